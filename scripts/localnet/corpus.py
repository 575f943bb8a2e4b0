"""``hivegate corpus``: the texts and the tokenizer that a network shares."""

from pathlib import Path

import click

from gating.text.corpus import CorpusSource, build_splits, default_corpora
from gating.text.tokenizer import load_tokenizer, train_tokenizer
from localnet.flags import CORPUS, FOLDER


@click.command(context_settings={"show_default": True})
@click.option("--out", type=FOLDER, required=True, help="Folder for train, audit and evaluation parts.")
@click.option("--tokenizer", type=click.Path(path_type=Path), required=True, help="File for the tokenizer.")
@click.option("--validators", type=click.IntRange(1, 256), default=3, help="How many private audit parts.")
@click.option("--corpus", "corpora", type=CORPUS, multiple=True, help="Own text as NAME=DIR; may be repeated.")
@click.option("--domain", "domains", multiple=True, help="Use only these domains; may be repeated.")
def corpus(
    out: Path,
    tokenizer: Path,
    validators: int,
    corpora: tuple[tuple[str, Path], ...],
    domains: tuple[str, ...],
) -> None:
    """Split texts into parts that share nothing, and train the tokenizer on the train part.

    Own text comes beside the default domains, which are public text of this machine: demo grade, as anyone may
    have seen the answers. What is there already stays.

    \b
    hivegate corpus --out texts --tokenizer tokenizer.json --corpus notes=~/notes
    """
    sources: dict[str, CorpusSource | Path] = {**default_corpora(), **dict(corpora)}
    unknown = set(domains) - set(sources)
    if unknown:
        raise click.UsageError(f"no such domain: {', '.join(sorted(unknown))} (there are {', '.join(sources)})")
    chosen = {name: sources[name] for name in domains or sources}
    click.echo(f"splitting {', '.join(chosen)}")
    build_splits(chosen, out, validators)
    if tokenizer.exists():
        load_tokenizer(tokenizer)
    else:
        click.echo("training the tokenizer")
        train_tokenizer(out / "train", tokenizer)
