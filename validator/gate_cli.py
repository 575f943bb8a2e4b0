"""Commands about the gate: routers compared off-line, and the map of missing specialists."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import click

from gating.routers import ROUTERS

FETCH_SECONDS = 10.0
EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.option("--data-dir", type=EXISTING_FOLDER, required=True, help="The validator's folder, with its logs.")
@click.option("--router", "kinds", multiple=True, type=click.Choice(list(ROUTERS)), help="To compare; all by default.")
@click.option("--k", type=click.IntRange(1, 8), default=2, show_default=True, help="Experts that an answer asks.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def compare_routers(data_dir: Path, kinds: tuple[str, ...], k: int, as_json: bool) -> None:
    """Estimate from logged audits what other routers would be worth, before switching to one.

    Reads logs only; the validator may be running. Where the log does not support a conclusion, it says so.

    \b
    hivegate validator compare-routers --data-dir ~/.hivegate/validator --router knn
    """
    from validator.comparing import compare_logged  # noqa: PLC0415  (keeps --help quick)

    found = compare_logged(data_dir, kinds or tuple(ROUTERS), k)
    click.echo(json.dumps(found.encode()) if as_json else "\n".join(found.describe()))


@click.command()
@click.option("--api", default="http://127.0.0.1:9945", show_default=True, metavar="URL", help="A validator's address.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def demand(api: str, as_json: bool) -> None:
    """Show which kinds of texts a validator lacks experts for: what a new specialist would be paid for.

    \b
    hivegate validator demand --api http://127.0.0.1:9945
    """
    from validator.demand import tell  # noqa: PLC0415  (keeps --help quick)

    found = _fetch(f"{api.rstrip('/')}/status")
    if "demand" not in found:
        raise click.ClickException(f"{api} tells of no demand (is it a validator of this version?)")
    click.echo(json.dumps(found["demand"]) if as_json else "\n".join(tell(found["demand"])))


def _fetch(url: str) -> dict[str, Any]:
    if not url.startswith(("http://", "https://")):
        raise click.ClickException(f"{url} is no address of a validator (http://HOST:PORT)")
    try:
        with urllib.request.urlopen(url, timeout=FETCH_SECONDS) as reply:
            found = json.load(reply)
    except (urllib.error.URLError, ValueError, OSError) as error:
        raise click.ClickException(f"{url} gives no status: {error} (is the validator running?)") from error
    return found if isinstance(found, dict) else {}
