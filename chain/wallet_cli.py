"""Commands around wallets: keys on this machine, balances on a chain."""

import asyncio
import json
import os
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from chain.client import Call, Receipt, connect
from chain.keys import Keypair, ss58_decode
from chain.password import read_password
from chain.wallet import Mnemonics, Wallet, list_wallets

_RAO_DIGITS = 9
_CHAIN_SECONDS = 10.0

Command = Callable[..., Any]

_DIRECTORY = click.option(
    "--wallet-dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default="~/.hivegate/wallets",
    show_default=True,
    help="Folder of wallets.",
)
_HOTKEY = click.option("--hotkey", default="default", show_default=True, help="Name of the hotkey.")
_PASSWORD = click.option(
    "--password-file", type=click.Path(path_type=Path), help="Instead of HIVEGATE_PASSWORD or a prompt."
)
_CHAIN = click.option("--chain", "url", default="ws://127.0.0.1:9944", show_default=True, help="Chain to ask.")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON value on stdout.")


class AmountType(click.ParamType[int]):
    """An amount of TAO with up to nine decimals, as rao."""

    name = "TAO"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            rao = Decimal(str(value)).scaleb(_RAO_DIGITS)
        except InvalidOperation:
            self.fail(f"{value!r} is not a number", param, ctx)
        if not rao.is_finite() or rao <= 0 or rao != rao.to_integral_value():
            self.fail(f"{value!r} is not a positive amount with at most {_RAO_DIGITS} decimals", param, ctx)
        return int(rao)


@click.group()
def group() -> None:
    """Create, import, list and use wallets.

    A wallet has a coldkey, which owns, and hotkeys, which sign for a miner or validator. Secrets are sealed with a
    password; the phrases are shown once, when they are made.
    """


@group.command()
@click.argument("name")
@_DIRECTORY
@_HOTKEY
@_PASSWORD
@_JSON
def create(name: str, directory: Path, hotkey: str, password_file: Path | None, as_json: bool) -> None:
    """Make wallet NAME with fresh keys; for a wallet that exists, add a hotkey (--hotkey)."""
    wallet = Wallet(directory.expanduser(), name, hotkey)
    password = read_password(password_file, confirm=True)
    if any(found.name == name for found in list_wallets(wallet.directory)):
        phrases = wallet.create_hotkey(password)
    else:
        phrases = wallet.create(password)
    _show(wallet, phrases, as_json)


@group.command("import")
@click.argument("name")
@_DIRECTORY
@_HOTKEY
@_PASSWORD
@_JSON
def import_(name: str, directory: Path, hotkey: str, password_file: Path | None, as_json: bool) -> None:
    """Make wallet NAME from phrases or key URIs, which are asked for and never taken from the command line."""
    coldkey_uri = click.prompt("phrase or URI of the coldkey", hide_input=True, err=True)
    hotkey_uri = click.prompt("phrase or URI of the hotkey (empty: a fresh one)", default="", hide_input=True, err=True)
    wallet = Wallet(directory.expanduser(), name, hotkey)
    password = read_password(password_file, confirm=True)
    phrases = wallet.create(password, coldkey_uri=coldkey_uri.strip(), hotkey_uri=hotkey_uri.strip() or None)
    _show(wallet, phrases, as_json)


@group.command("list")
@_DIRECTORY
@_JSON
def list_(directory: Path, as_json: bool) -> None:
    """Show names and addresses."""
    rows = [_describe(wallet) for wallet in list_wallets(directory.expanduser())]
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo(f"{row['name']}  coldkey {row['coldkey']}")
        for name, address in row["hotkeys"].items():
            click.echo(f"  hotkey {name}  {address}")
    if not rows:
        click.echo(f"no wallets in {directory.expanduser()} (make one with: hivegate wallet create NAME)")


@group.command()
@click.argument("name")
@click.argument("message")
@_DIRECTORY
@_HOTKEY
@_PASSWORD
@click.option("--coldkey", is_flag=True, help="Sign with the coldkey instead of a hotkey.")
def sign(name: str, message: str, directory: Path, hotkey: str, password_file: Path | None, coldkey: bool) -> None:
    """Sign MESSAGE and print the signature in hexadecimal."""
    wallet = Wallet(directory.expanduser(), name, hotkey)
    password = read_password(password_file)
    key = wallet.unlock_coldkey(password) if coldkey else wallet.unlock_hotkey(password)
    click.echo(f"0x{key.sign(os.fsencode(message)).hex()}")


@group.command()
@click.argument("name_or_address")
@_DIRECTORY
@_CHAIN
@_JSON
def balance(name_or_address: str, directory: Path, url: str, as_json: bool) -> None:
    """Show the free balance of a coldkey."""
    address = _address(name_or_address, directory)
    rao = asyncio.run(_read_balance(url, address))
    click.echo(json.dumps({"address": address, "free": rao}) if as_json else f"{address}  {_tao(rao)} TAO")


@group.command()
@click.argument("name")
@click.argument("receiver")
@click.argument("amount", type=AmountType())
@_DIRECTORY
@_CHAIN
@_PASSWORD
@click.option("--yes", is_flag=True, help="Do not ask.")
def transfer(name: str, receiver: str, amount: int, directory: Path, url: str, **options: Any) -> None:
    """Send AMOUNT of TAO from the coldkey of wallet NAME to RECEIVER, a wallet's name or an address.

    \b
    hivegate wallet transfer me 5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty 1.5
    """
    address = _address(receiver, directory)
    if not options["yes"]:
        click.confirm(f"send {_tao(amount)} TAO to {address}", abort=True, err=True)
    coldkey = Wallet(directory.expanduser(), name).unlock_coldkey(read_password(options["password_file"]))
    receipt = asyncio.run(_transfer(url, coldkey, address, amount))
    click.echo(f"{receipt.extrinsic_hash} in block {receipt.block_number}, fee {_tao(receipt.fee)} TAO")


def _show(wallet: Wallet, phrases: Mnemonics, as_json: bool) -> None:
    """Print a new wallet's addresses, and its phrases this once."""
    made = {"coldkey": phrases.coldkey, "hotkey": phrases.hotkey}
    if as_json:
        click.echo(json.dumps({**_describe(wallet), "phrases": made}))
        return
    click.echo(f"coldkey {wallet.coldkey_address()}\nhotkey  {wallet.hotkey_address()}")
    for key, phrase in made.items():
        if phrase is not None:
            click.echo(f"phrase of the {key}, shown this once; write it down:\n  {phrase}")


def _describe(wallet: Wallet) -> dict[str, Any]:
    hotkeys = {name: Wallet(wallet.directory, wallet.name, name).hotkey_address() for name in wallet.hotkeys()}
    return {"name": wallet.name, "coldkey": wallet.coldkey_address(), "hotkeys": hotkeys}


def _address(name_or_address: str, directory: Path) -> str:
    """Address of a wallet of that name, or the address itself.

    Raises:
        InvalidAddress: it is neither.
    """
    for wallet in list_wallets(directory.expanduser()):
        if wallet.name == name_or_address:
            return wallet.coldkey_address()
    ss58_decode(name_or_address)
    return name_or_address


async def _read_balance(url: str, address: str) -> int:
    async with connect(url, timeout=_CHAIN_SECONDS) as client:
        account = await client.query("System", "Account", [address])
        return int(account["data"]["free"])


async def _transfer(url: str, sender: Keypair, receiver: str, value: int) -> Receipt:
    async with connect(url, timeout=_CHAIN_SECONDS) as client:
        call = Call("Balances", "transfer_keep_alive", {"dest": receiver, "value": value})
        return await client.submit(call, sender)


def _tao(rao: int) -> str:
    whole, rest = divmod(rao, 10**_RAO_DIGITS)
    return f"{whole}.{rest:0{_RAO_DIGITS}d}"
