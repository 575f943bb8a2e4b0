"""``hivegate validator explain``: why a miner earns what it earns."""

import json
from pathlib import Path

import click

EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("hotkey")
@click.option("--data-dir", type=EXISTING_FOLDER, required=True, help="The validator's folder, with its logs.")
@click.option("--texts", type=click.IntRange(1), default=10, show_default=True, help="Newest texts to show.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with all texts.")
def explain(hotkey: str, data_dir: Path, texts: int, as_json: bool) -> None:
    """Tell why the miner HOTKEY earns what it earns: text by text, its log-score, what it added, what was paid.

    Reads the validator's own log, which holds weights that may still be hidden: think before you hand it on.

    \b
    hivegate validator explain 5F3sa2TJAWMqDhXG6jhV4N8ko9SxwGy8TpaNS1repo5EYjQX --data-dir data/alice
    """
    from validator import explaining  # noqa: PLC0415  (keeps --help quick)
    from validator.parts import Records  # noqa: PLC0415

    found = explaining.explain(Records.in_folder(data_dir).audits.read(), hotkey)
    lines = [json.dumps(explaining.encode(found))] if as_json else explaining.describe(found, texts)
    for line in lines:
        click.echo(line)
