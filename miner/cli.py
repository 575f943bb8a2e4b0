"""Command line of a miner."""

import asyncio
import importlib
from functools import cache, partial
from pathlib import Path
from typing import Any

import click

from chain.password import read_password

BEHAVIOURS = ("honest", "random", "noise", "two-faced", "relay")


class CorpusType(click.ParamType[tuple[str, Path]]):
    """``NAME=DIR``."""

    name = "NAME=DIR"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Path]:
        """Name and folder."""
        if isinstance(value, tuple):
            return value
        name, separator, folder = str(value).partition("=")
        if not (name and separator and folder):
            self.fail(f"{value!r} is not of the form NAME=DIR", param, ctx)
        return name, Path(folder)


@click.group()
def group() -> None:
    """Serve and train an expert."""


@group.command()
@click.option("--chain", "chain_url", required=True, metavar="URL", help="Chain to join, such as ws://127.0.0.1:9944.")
@click.option("--netuid", default=1, show_default=True, help="Subnet to join.")
@click.option("--wallet-dir", required=True, type=click.Path(path_type=Path), help="Folder of wallets.")
@click.option("--wallet", required=True, help="Name of the wallet.")
@click.option("--hotkey", default="default", show_default=True, help="Name of the hotkey.")
@click.option("--password-file", type=click.Path(path_type=Path), help="Instead of HIVEGATE_PASSWORD or a prompt.")
@click.option("--data-dir", required=True, type=click.Path(path_type=Path), help="Where model and status are kept.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--announce", help="Address to publish on chain, where it differs from --host.")
@click.option("--port", required=True, type=click.IntRange(0, 65_535), help="Port to listen on.")
@click.option("--corpus", required=True, type=CorpusType(), help="Domain, and folder of the text to learn.")
@click.option("--tokenizer", required=True, type=click.Path(path_type=Path), help="The subnet's tokenizer file.")
@click.option("--model", help="Path or name of a transformers causal LM to start from.")
@click.option("--train-seconds", default=60.0, show_default=True, help="Training time; serving does not count.")
@click.option(
    "--rehearse/--no-rehearse", default=True, show_default=True, help="Learn, and check it, before paying for a seat."
)
@click.option("--behaviour", type=click.Choice(BEHAVIOURS), default="honest", show_default=True, help="For attacks.")
def run(**flags: Any) -> None:
    """Serve an expert until SIGTERM, and train it on its own text meanwhile.

    Registers the hotkey if need be (that needs the coldkey's password) and publishes address and model commitment.
    A hotkey without a seat trains first, and registers once its model foretells held-out text.

    \b
    hivegate miner run --chain ws://127.0.0.1:9944 --wallet-dir ~/.hivegate/wallets --wallet me \\
        --data-dir ~/.hivegate/miner --port 9001 --corpus notes=~/notes --tokenizer tokenizer.json
    """
    app = importlib.import_module("miner.app")
    asyncio.run(app.run_miner(_to_config(flags)))


def _to_config(flags: dict[str, Any]) -> Any:
    app = importlib.import_module("miner.app")
    wallet = importlib.import_module("chain.wallet")
    presence = importlib.import_module("miner.presence")
    domain, corpus_dir = flags["corpus"]
    host = flags["host"]
    return app.MinerConfig(
        place=presence.Place(flags["chain_url"], flags["netuid"], flags["announce"] or host, flags["port"]),
        bind_host=host,
        wallet=wallet.Wallet(flags["wallet_dir"].expanduser(), flags["wallet"], flags["hotkey"]),
        password=cache(partial(read_password, flags["password_file"])),
        data_dir=flags["data_dir"].expanduser(),
        domain=domain,
        corpus_dir=corpus_dir.expanduser(),
        tokenizer_file=flags["tokenizer"].expanduser(),
        model=flags["model"],
        train_seconds=flags["train_seconds"],
        rehearse=flags["rehearse"],
        behaviour=app.Behaviour(flags["behaviour"]),
    )
