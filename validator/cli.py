"""``hivegate validator``: run one, train an anchor, check the figures of an evaluation."""

import asyncio
import functools
import importlib
import json
import os
from pathlib import Path
from typing import Any

import click

from gating.routers import DEFAULT_ROUTER, ROUTERS
from validator.explain_cli import explain
from validator.gate_cli import compare_routers, demand

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Small matrices are slower on several threads, and every other process of the machine pays for the wait."""

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def group() -> None:
    """Route questions to experts, serve their mixture to apps, audit and pay.

    \b
    hivegate validator run --chain ws://127.0.0.1:9944 --wallet alice --data-dir data/alice ...
    hivegate validator anchor --train texts/train --tokenizer texts/tokenizer.json --out anchor
    hivegate validator recompute data/alice/evaluation/records-000000-20.jsonl
    hivegate validator replay 12 --data-dir data/alice --chain ws://127.0.0.1:9944
    hivegate validator explain 5F3sa2TJ… --data-dir data/alice
    """


@group.command()
@click.option("--chain", "chain_url", required=True, metavar="URL", help="Chain to join, such as ws://127.0.0.1:9944.")
@click.option("--netuid", type=click.IntRange(0, 65_535), default=1, show_default=True, help="Subnet to join.")
@click.option("--wallet-dir", type=FOLDER, required=True, help="Folder of wallets.")
@click.option("--wallet", required=True, help="Name of the wallet.")
@click.option("--hotkey", default="default", show_default=True, help="Name of the hotkey.")
@click.option("--password-file", type=FILE, help="Instead of HIVEGATE_PASSWORD or a prompt.")
@click.option("--data-dir", type=FOLDER, required=True, help="Where scores, logs and receipts are kept.")
@click.option("--anchor", type=FOLDER, required=True, help="Folder of the anchor model; waited for if absent.")
@click.option("--tokenizer", type=EXISTING_FILE, required=True, help="The subnet's tokenizer.")
@click.option("--texts", type=EXISTING_FOLDER, required=True, help="This validator's private texts, <domain>.txt.")
@click.option("--evaluation", type=EXISTING_FOLDER, required=True, help="Held-out texts, <domain>.txt.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve apps on.")
@click.option("--api-port", type=click.IntRange(0, 65_535), required=True, help="Port to serve apps on.")
@click.option("--shared-texts", type=EXISTING_FOLDER, help="Texts that other validators hold too, <domain>.txt.")
@click.option("--public-url", default="", metavar="URL", help="Where other validators reach the API, if elsewhere.")
@click.option("--k", type=click.IntRange(1, 8), default=2, show_default=True, help="Experts that an answer asks.")
@click.option("--audit-texts", type=click.IntRange(1, 256), default=16, show_default=True, help="Texts of a round.")
@click.option("--audit-steps", type=click.IntRange(1, 256), default=32, show_default=True, help="Steps of a text.")
@click.option("--session-rows", type=click.IntRange(1, 64), default=8, show_default=True, help="Rows of a session.")
@click.option(
    "--share-above",
    type=click.IntRange(0),
    default=8,
    show_default=True,
    help="Miners from which on audits are shared.",
)
@click.option("--context", type=click.IntRange(16, 8192), default=128, show_default=True, help="Tokens experts see.")
@click.option("--router", type=click.Choice(list(ROUTERS)), default=DEFAULT_ROUTER, show_default=True, help="Gate.")
@click.option(
    "--organic-texts",
    type=click.IntRange(0, 4096),
    default=64,
    show_default=True,
    help="Texts of apps, where these allow it, that are kept in memory to be asked again.",
)
@click.option("--publish-words", is_flag=True, help="Let the demand map tell words that many of your texts share.")
def run(**flags: Any) -> None:
    """Serve apps, audit miners and set weights until SIGTERM.

    The API is at http://HOST:API_PORT/v1, the dashboard at its root.

    \b
    hivegate validator run --chain ws://127.0.0.1:9944 --wallet-dir ~/.hivegate/wallets --wallet me \\
        --data-dir ~/.hivegate/validator --anchor anchor --tokenizer tokenizer.json \\
        --texts texts/audit/validator-0 --evaluation texts/evaluation --api-port 9945
    """
    for variable in THREADS:
        os.environ.setdefault(variable, "1")
    asyncio.run(importlib.import_module("validator.app").run_validator(_to_settings(flags)))


def _to_settings(flags: dict[str, Any]) -> Any:
    settings, password = importlib.import_module("validator.settings"), importlib.import_module("chain.password")
    wallet = importlib.import_module("chain.wallet")
    return settings.Settings(
        chain_url=flags["chain_url"],
        netuid=flags["netuid"],
        wallet=wallet.Wallet(flags["wallet_dir"].expanduser(), flags["wallet"], flags["hotkey"]),
        password=functools.cache(lambda: password.read_password(flags["password_file"])),
        folders=settings.Folders(
            data=flags["data_dir"].expanduser(),
            anchor=flags["anchor"].expanduser(),
            tokenizer=flags["tokenizer"],
            texts=flags["texts"],
            evaluation=flags["evaluation"],
        ),
        host=flags["host"],
        api_port=flags["api_port"],
        public_url=flags["public_url"],
        shared_texts=flags["shared_texts"],
        audits=settings.AuditPlan(
            texts=flags["audit_texts"],
            steps=flags["audit_steps"],
            rows=flags["session_rows"],
            k=flags["k"],
            context=flags["context"],
            share_above=flags["share_above"],
        ),
        router=flags["router"],
        publish_words=flags["publish_words"],
        organic_texts=flags["organic_texts"],
    )


@group.command()
@click.option("--train", type=EXISTING_FOLDER, required=True, help="Folder with one folder of texts per domain.")
@click.option("--tokenizer", type=EXISTING_FILE, required=True, help="The subnet's tokenizer.")
@click.option("--out", type=FOLDER, required=True, help="Where the anchor is written, whole or not at all.")
@click.option(
    "--seconds", type=click.FloatRange(min=1), default=30.0, show_default=True, help="Processor time to train."
)
def anchor(train: Path, tokenizer: Path, out: Path, seconds: float) -> None:
    """Train the small generalist that is always in the mixture."""
    from gating.text.prepare import AnchorProgress, train_anchor  # noqa: PLC0415  (imports torch)

    def report(progress: AnchorProgress) -> None:
        click.echo(f"{progress.seconds:5.0f} s of {progress.total_seconds:.0f}: loss {progress.loss:.3f} nats a token")

    loss = train_anchor(train, tokenizer, out, seconds, report)
    click.echo(f"anchor in {out}: loss {loss:.3f} nats a token")


@group.command()
@click.argument("records", type=EXISTING_FILE)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def recompute(records: Path, as_json: bool) -> None:
    """Compute bits per byte anew from an evaluation's per-token RECORDS."""
    from validator.bits import recompute as compute  # noqa: PLC0415  (keeps --help quick)

    figures = compute(records)
    if as_json:
        body = {"bits_per_byte": figures.summary(), "per_miner": figures.per_miner, "tokens": figures.tokens}
        click.echo(json.dumps(body))
        return
    click.echo(f"{figures.tokens} tokens, {figures.size_bytes} bytes; bits per byte:")
    for name, value in [*figures.summary().items(), *figures.per_miner.items()]:
        click.echo(f"  {name:<50} {'–' if value is None else f'{value:.4f}'}")


@group.command()
@click.argument("epoch", type=click.IntRange(0))
@click.option("--data-dir", type=EXISTING_FOLDER, required=True, help="The validator's folder, with its logs.")
@click.option("--chain", "chain_url", metavar="URL", help="Also compare with the weights on this chain.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def replay(epoch: int, data_dir: Path, chain_url: str | None, as_json: bool) -> int:
    """Recompute the scores and weights of EPOCH from the audit log, to the last bit.

    Compares them with what the validator told, with the receipt, and with the chain. Exit code 1 on any difference.
    """
    from validator import replay_report  # noqa: PLC0415  (keeps --help quick)

    report = replay_report.make_report(data_dir, epoch)
    if chain_url:
        report = asyncio.run(replay_report.ask_chain(report, chain_url))
    lines = [json.dumps(replay_report.encode(report))] if as_json else replay_report.describe(report)
    for line in lines:
        click.echo(line)
    return 1 if report.differences else 0


group.add_command(explain)
group.add_command(compare_routers)
group.add_command(demand)
