"""``hivegate doctor``: what is wrong on this machine or with a network, and the fix."""

import asyncio
import json
import shutil
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

import click

from chain.client import ChainError, connect
from chain.wallet import Wallet, WalletError
from localnet.flags import FOLDER

_PACKAGES = ("torch", "transformers", "grpcio", "protobuf", "substrate-interface", "rocksdict")
_FREE_GIB = 4
_CHAIN_SECONDS = 3.0
_PORT_SECONDS = 1.0
_CLOCK_SKEW_SECONDS = 30.0


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``fix`` is empty where all is well."""

    subject: str
    told: str
    fix: str = ""


@click.command(context_settings={"show_default": True})
@click.option("--chain", "chain_url", default="ws://127.0.0.1:9944", help="Chain to look at.")
@click.option("--api", "api_url", default="http://127.0.0.1:9945", help="Validator to look at.")
@click.option("--wallet-dir", type=FOLDER, default="~/.hivegate/wallets", help="Wallets to look at.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
def doctor(chain_url: str, api_url: str, wallet_dir: Path, as_json: bool) -> int:
    """Check Python, packages, disk, wallets, the chain with its clock, and a validator.

    Exit code 1 when something needs a fix.
    """
    findings = [
        *check_machine(),
        *check_wallets(wallet_dir.expanduser()),
        *asyncio.run(check_chain(chain_url)),
        check_validator(api_url),
    ]
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            mark = click.style("fix", fg="yellow") if finding.fix else click.style("ok ", fg="green")
            click.echo(f"{mark}  {finding.subject:<20} {finding.told}")
            if finding.fix:
                click.echo(f"     {'':<20} → {finding.fix}")
    return int(any(finding.fix for finding in findings))


def check_machine() -> Iterator[Finding]:
    """Python, pinned packages and free disk."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", python, "" if sys.version_info >= (3, 11) else "use Python 3.11 and run scripts/setup")
    for name in _PACKAGES:
        try:
            yield Finding(name, version(name))
        except PackageNotFoundError:
            yield Finding(name, "not installed", "run scripts/setup")
    free = shutil.disk_usage(Path.home()).free / 2**30
    yield Finding("disk", f"{free:.1f} GiB free", "" if free > _FREE_GIB else f"free at least {_FREE_GIB} GiB")


def check_wallets(directory: Path) -> Iterator[Finding]:
    """Whether every wallet of a folder can be read."""
    names = sorted(path.name for path in directory.glob("[!.]*") if path.is_dir())
    if not names:
        yield Finding("wallets", f"none in {directory} (make one with: hivegate wallet create NAME)")
    for name in names:
        try:
            yield Finding("wallet", f"{name} {Wallet(directory, name).coldkey_address()}")
        except WalletError as error:
            yield Finding("wallet", f"{name}: {error}", "restore the folder from a backup, or import its mnemonic")


async def check_chain(url: str) -> list[Finding]:
    """Whether the chain answers and agrees about the time."""
    try:
        async with asyncio.timeout(2 * _CHAIN_SECONDS), connect(url, timeout=_CHAIN_SECONDS) as client:
            block = await client.block_number()
            chain_ms = int(await client.query("Timestamp", "Now"))
    except (ChainError, TimeoutError) as error:
        return [Finding("chain", f"{url}: {error}", _fix_silence(url, "hivegate chain run", "--chain"))]
    return [Finding("chain", f"{url} at block {block}"), _clock(chain_ms)]


def _clock(chain_ms: int) -> Finding:
    skew = time.time() - chain_ms / 1000
    fix = "" if abs(skew) < _CLOCK_SKEW_SECONDS else "set this machine's clock (NTP); or the chain makes no blocks"
    return Finding("clock", f"{skew:+.1f} s against the last block", fix)


def check_validator(url: str) -> Finding:
    """Whether a validator serves apps."""
    try:
        with urllib.request.urlopen(f"{url}/v1/models", timeout=_CHAIN_SECONDS) as reply:
            models = [model["id"] for model in json.load(reply)["data"]]
    except (OSError, ValueError, KeyError) as error:
        return Finding("validator", f"{url}: {error}", _fix_silence(url, "hivegate up", "--api"))
    return Finding("validator", f"{url} serves {', '.join(models[:4])}")


def _fix_silence(url: str, command: str, flag: str) -> str:
    """What to do about a URL that does not answer as it should: is its port free, or held by something else?"""
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname or "", address.port or 80), timeout=_PORT_SECONDS).close()
    except OSError:
        return f"start it with: {command}, or pass {flag} URL"
    return f"another program holds port {address.port}: stop it, or pass {flag} URL"
