"""``hivegate simulate``: what attacks on pay and on consensus return, without a network."""

import json
from pathlib import Path

import click

from simulate.attack_bench import Options, Report, run, write_plots
from simulate.experts import default_cache
from simulate.texts import Amount


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print all figures as one JSON object, last.")
@click.option("--quick", is_flag=True, help="Few epochs, experts of a few seconds: a smoke test.")
@click.option("--seeds", type=click.IntRange(1), default=None, help="Trials.  [default: 5, 2 with --quick]")
@click.option("--corpus", "corpora", multiple=True, metavar="NAME=DIR", help="A domain's folder of text; repeatable.")
@click.option("--train-seconds", type=float, default=None, help="Processor seconds for each expert.  [default: 40]")
@click.option("--cache", type=click.Path(path_type=Path), default=default_cache, help="Where experts are kept.")
@click.option("--plots", type=click.Path(path_type=Path), default=None, help="Folder to write plots to.")
def simulate(  # noqa: PLR0913, PLR0917  click gives an argument for each option
    as_json: bool,
    quick: bool,
    seeds: int | None,
    corpora: tuple[str, ...],
    train_seconds: float | None,
    cache: Path,
    plots: Path | None,
) -> None:
    """What attacks return on their cost, and how much honest stake protects.

    Miners answer from recordings of small real experts; gate, pay, scores and epochs are those of the network. Experts
    are trained at the first run, which takes some minutes.
    """
    options = Options(
        seeds=seeds or (2 if quick else 5),
        epochs=15 if quick else 32,
        train_seconds=train_seconds or (4.0 if quick else 40.0),
        amount=Amount(audits=40, variants=12, pure=12, mixed=1) if quick else Amount(),
        corpora=corpora,
        cache=cache,
        quick=quick,
    )
    report = run(options, click.echo)
    if plots:
        write_plots(report, plots)
    if as_json:
        click.echo(json.dumps(_encode(report)))


def _encode(report: Report) -> dict[str, dict[str, dict[str, float]]]:
    return {"results": {name: figure.encode() for name, figure in report.figures.items()}}
