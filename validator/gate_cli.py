"""Commands about the gate: routers compared off-line, and the map of missing specialists."""

import json
from pathlib import Path

import click

from gating.routers import ROUTERS

EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.option("--data-dir", type=EXISTING_FOLDER, required=True, help="The validator's folder, with its logs.")
@click.option("--router", "kinds", multiple=True, type=click.Choice(list(ROUTERS)), help="To compare; all by default.")
@click.option("--k", type=click.IntRange(1, 8), default=2, show_default=True, help="Experts that an answer asks.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def compare_routers(data_dir: Path, kinds: tuple[str, ...], k: int, as_json: bool) -> None:
    """Estimate from logged audits what other routers would be worth, before switching to one.

    Reads logs only; the validator may be running. Where the log does not support a conclusion, it says so.
    """
    from validator.comparing import compare_logged  # noqa: PLC0415  (keeps --help quick)

    found = compare_logged(data_dir, kinds or tuple(ROUTERS), k)
    click.echo(json.dumps(found.encode()) if as_json else "\n".join(found.describe()))
