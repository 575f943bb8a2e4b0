"""Three things to try as soon as a network answers; each works as it is printed."""

import sys

MODEL = "moe/auto"
PROMPT = "def fibonacci(n):"

_OPENAI = """\
{python} - <<'END'
from openai import OpenAI

client = OpenAI(base_url="{url}/v1", api_key="none")
answer = client.completions.create(model="{model}", prompt="{prompt}", max_tokens=48, stream=True)
for part in answer:
    print(part.choices[0].text, end="", flush=True)
print()
END"""

_CURL = """\
curl -s {url}/v1/completions -H 'content-type: application/json' \\
    -d '{{"model": "{model}", "prompt": "{prompt}", "max_tokens": 48}}'"""


def curl_snippet(url: str) -> str:
    return _CURL.format(url=url, model=MODEL, prompt=PROMPT)


def openai_snippet(url: str) -> str:
    """A shell command that asks through the ``openai`` package."""
    return _OPENAI.format(python=sys.executable, url=url, model=MODEL, prompt=PROMPT)


def three_things(url: str) -> str:
    """What to print when a validator at ``url`` answers."""
    return (
        f"\nThe network answers. Three things to try:\n\n{curl_snippet(url)}\n\n{openai_snippet(url)}\n\n"
        f"and the dashboard: {url}/\n"
    )
