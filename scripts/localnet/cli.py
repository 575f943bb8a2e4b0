"""``hivegate up``: a whole network from one command."""

import asyncio
import json
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from localnet.app import run_network
from localnet.flags import BAD_MINERS, CORPUS, FOLDER
from localnet.report import summary
from localnet.settings import Settings, default_data_dir
from localnet.view import build_view

_SECONDS = click.FloatRange(min=0, min_open=True)
_EPOCHS = click.IntRange(1)


@click.command(context_settings={"show_default": True})
@click.option("--miners", type=click.IntRange(1, 60), default=5, help="Honest miners, one domain each.")
@click.option("--bad-miners", type=BAD_MINERS, default={}, help="Dishonest miners on top: random=1,noise=1,…")
@click.option("--validators", type=click.IntRange(1, 8), help="With stakes of 40, 35, 25, 10, 10…  [default: 3]")
@click.option("--commit-reveal", is_flag=True, help="Hide weights for an epoch, as the public chain does.")
@click.option("--corpus", "corpora", type=CORPUS, multiple=True, help="Own text as NAME=DIR; may be repeated.")
@click.option("--data-dir", type=FOLDER, default=default_data_dir, help="Chain, wallets, models, logs.")
@click.option("--port-base", type=click.IntRange(1024, 65_000), default=9944, help="First port: the ledger's.")
@click.option("--for", "duration", type=_SECONDS, help="Stop after this many seconds and report.")
@click.option("--json", "as_json", is_flag=True, help="Report as one line of JSON on stdout.")
@click.option("--block-time", type=_SECONDS, default=1.0, help="Seconds between blocks.")
@click.option("--tempo", type=click.IntRange(2, 360), help="Blocks in an epoch.  [default: 20]")
@click.option("--train-seconds", type=_SECONDS, default=40.0, help="How long each miner trains.")
@click.option("--anchor-seconds", type=_SECONDS, default=15.0, help="How long the anchor trains, once.")
@click.option("--windows", type=click.IntRange(1), default=40, help="Held-out windows of the evaluation.")
@click.option("--newcomer", type=_EPOCHS, metavar="N", help="Let the last honest miner rehearse, then join.")
@click.option("--leaver", type=_EPOCHS, metavar="N", help="Let the best paid founder leave for good.")
def up(as_json: bool, corpora: tuple[tuple[str, Path], ...], **options: Any) -> None:
    """Run a ledger, miners and validators on this machine, on real text.

    Ctrl-C stops everything; the next start with the same data folder goes on where this one stopped. Own text comes
    before the default domains; miners take the domains in turn. A newcomer and a leaver come and go N epochs after the
    others have learnt.

    \b
    hivegate up
    hivegate up --corpus notes=~/notes --miners 6
    hivegate up --bad-miners random=1,noise=1 --for 420 --json
    hivegate up --leaver 2 --newcomer 4
    """
    settings = Settings(corpora=dict(corpora), **options)
    if settings.miners == 1 and (settings.newcomer or settings.leaver):
        raise click.UsageError("--newcomer and --leaver need at least --miners 2")
    report = asyncio.run(_run(settings, plain=as_json))
    if report is not None:
        click.echo(json.dumps(report) if as_json else summary(report))


async def _run(settings: Settings, *, plain: bool) -> Mapping[str, Any] | None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    view = build_view(plain=plain)
    try:
        return await run_network(settings, view, stop)
    finally:
        view.close()
