"""What the documentation says exists: links, scripts, commands and their flags, code."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import hivegate

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]*)(?:#([^)\s]*))?\)")
_PROMPT = ".venv/bin/"


def blocks(language: str) -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for found, code in _FENCE.findall(page.read_text()):
            if found == language:
                yield page.name, code


def command_lines() -> Iterator[tuple[str, list[str]]]:
    for name, code in blocks("sh"):
        for line in code.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words:
                yield name, [words[0].removeprefix(_PROMPT), *words[1:]]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target, anchor in _LINK.findall(page.read_text()):
        if target.startswith("http"):
            continue
        path = page.parent / target if target else page
        assert path.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(path), f"{page.name}: {target}#{anchor}"


def test_scripts_that_are_named_exist():
    for page in PAGES:
        for name in re.findall(r"\b(scripts/[a-z_/.-]+\w)", page.read_text()):
            assert (ROOT / name).exists(), f"{page.name}: {name}"


def test_commands_are_spelled_as_the_program_wants_them():
    checked = 0
    for page, words in command_lines():
        if words[0] in ("hivegate", "scripts/up"):
            check_command(page, ["up", *words[1:]] if words[0] == "scripts/up" else words[1:])
            checked += 1
    assert checked > 5


def check_command(page: str, words: list[str]) -> None:
    """Walk down the groups, then let the command's own parser read the flags without running it."""
    command: click.Command = hivegate.cli
    context = click.Context(command, info_name="hivegate")
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        assert found is not None, f"{page}: hivegate has no {words[0]}"
        command, words = found, words[1:]
        context = click.Context(command, info_name=command.name, parent=context)
    try:
        values, rest, _ = command.make_parser(context).parse_args(args=list(words))
    except click.UsageError as error:
        pytest.fail(f"{page}: {' '.join(words)}: {error.format_message()}")
    assert not rest, f"{page}: {words}"
    for parameter in command.params:
        given = values.get(parameter.name or "")
        assert not parameter.required or given is not None, f"{page}: {words} lacks {parameter.name}"


def test_python_in_the_pages_compiles():
    for page, code in blocks("python"):
        compile(code, page, "exec")
