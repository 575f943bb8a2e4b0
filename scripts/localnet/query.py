"""``hivegate query``: ask a validator as any app would, with the unmodified OpenAI client."""

import json
from collections.abc import Iterator
from typing import Any

import click

from localnet.errors import LaunchError
from localnet.snippets import MODEL

_EXPERTS, _WEIGHTS = "x-moe-experts", "x-moe-weights"


class QueryFailed(LaunchError):
    """A validator did not answer."""


@click.command(context_settings={"show_default": True})
@click.argument("prompt")
@click.option("--url", default="http://127.0.0.1:9945", help="Where the validator serves apps.")
@click.option("--model", default=MODEL, help="moe/auto routes; moe/<domain> and moe/<hotkey> ask one expert.")
@click.option("--max-tokens", type=click.IntRange(1), default=64, help="Length of the answer.")
@click.option(
    "--temperature", type=click.FloatRange(0, 2), default=0.6, help="0 is greedy: small models repeat themselves."
)
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), default=60.0, help="Deadline.")
@click.option("--store", is_flag=True, help="Allow the validator to ask experts about this text again.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with the answer, experts and weights.")
def query(prompt: str, url: str, seconds: float, as_json: bool, store: bool, **parameters: Any) -> None:
    """Continue PROMPT with the mixture of experts; the text streams as it comes.

    \b
    hivegate query "def fibonacci(n):" --max-tokens 48
    """
    import openai  # noqa: PLC0415 - a second of imports that only this command needs

    client = openai.OpenAI(base_url=f"{url.rstrip('/')}/v1", api_key="none", timeout=seconds, max_retries=0)
    try:
        raw = client.completions.with_raw_response.create(
            prompt=prompt, stream=True, extra_body={"store": store}, **parameters
        )
        pieces = _show((part.choices[0].text for part in raw.parse() if part.choices), quiet=as_json)
    except openai.APIStatusError as error:
        raise QueryFailed(f"{url} refused: {error.message}") from error
    except openai.APIConnectionError as error:
        raise QueryFailed(f"{url} does not answer (start a network with: hivegate up)") from error
    experts, weights = raw.headers.get(_EXPERTS, ""), raw.headers.get(_WEIGHTS, "")
    if as_json:
        click.echo(json.dumps({"text": pieces, "experts": experts, "weights": weights}))
    else:
        click.echo(f"\n\nexperts {experts or '–'}\nweights {weights or '–'}", err=True)


def _show(texts: Iterator[str], *, quiet: bool) -> str:
    """Print pieces as they come unless ``quiet``; the whole text."""
    whole = ""
    for text in texts:
        whole += text
        if not quiet:
            click.echo(text, nl=False)
    return whole
