"""Wallets on disk: a coldkey that owns, hotkeys that sign, each sealed with a password.

    <directory>/<name>/coldkey.json  coldkeypub.txt  hotkeys/<hotkey>.json

Files are readable by their owner only and appear whole or not at all. The coldkey's file need not be on the machine
where a hotkey works.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from chain.keys import Keypair, verify

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SCRYPT = {"n": 2**15, "r": 8, "p": 1}
_SCRYPT_MEMORY = 2**26
_STRONGEST_SCRYPT = 2**20
_SALT_BYTES = 16


class WalletError(Exception):
    """A wallet cannot do what was asked; the message says the fix."""


class WalletNotFound(WalletError):
    """There is no such wallet or hotkey."""


class WalletExists(WalletError):
    """There is such a wallet or hotkey already; it is never overwritten."""


class WrongPassword(WalletError):
    """The password does not open the key."""


class CorruptWallet(WalletError):
    """A file of the wallet is damaged."""


class InvalidWalletName(WalletError):
    """The name cannot be a file's name."""


@dataclass(frozen=True)
class Mnemonics:
    """Phrases that were made for a new wallet, to be shown once; None for a key that was given."""

    coldkey: str | None
    hotkey: str | None


@dataclass(frozen=True)
class Wallet:
    """One coldkey and one of its hotkeys in a folder of wallets."""

    directory: Path
    name: str
    hotkey_name: str = "default"

    def __post_init__(self) -> None:
        for name in (self.name, self.hotkey_name):
            if not _NAME.fullmatch(name):
                raise InvalidWalletName(f"{name!r} cannot name a wallet or hotkey (use letters, digits, - and _)")

    def create(self, password: str, *, coldkey_uri: str | None = None, hotkey_uri: str | None = None) -> Mnemonics:
        """Make coldkey and hotkey, from fresh phrases unless key URIs are given.

        Raises:
            WalletExists: the name is taken.
            InvalidKeyUri: a URI has no meaning.
        """
        if self._folder.exists():
            raise WalletExists(f"wallet {self.name} exists in {self.directory} (choose another name)")
        cold_phrase = None if coldkey_uri else Keypair.generate_mnemonic()
        hot_phrase = None if hotkey_uri else Keypair.generate_mnemonic()
        coldkey = Keypair.from_uri(coldkey_uri or cold_phrase or "")
        hotkey = Keypair.from_uri(hotkey_uri or hot_phrase or "")
        files = {
            "coldkey.json": seal_key(coldkey, password),
            "coldkeypub.txt": f"{coldkey.ss58_address}\n",
            f"hotkeys/{self.hotkey_name}.json": seal_key(hotkey, password),
        }
        self._place(files)
        return Mnemonics(cold_phrase, hot_phrase)

    def create_hotkey(self, password: str, *, hotkey_uri: str | None = None) -> Mnemonics:
        """Add a hotkey to a wallet that exists.

        Raises:
            WalletExists: the hotkey's name is taken.
            WalletNotFound: there is no such wallet.
        """
        self.coldkey_address()
        if self._hotkey_file.exists():
            raise WalletExists(f"hotkey {self.hotkey_name} of wallet {self.name} exists (choose another --hotkey)")
        phrase = None if hotkey_uri else Keypair.generate_mnemonic()
        sealed = seal_key(Keypair.from_uri(hotkey_uri or phrase or ""), password)
        fresh = self._hotkey_file.with_name(f".{self.hotkey_name}-{secrets.token_hex(4)}")
        _write(fresh, sealed)
        fresh.rename(self._hotkey_file)
        return Mnemonics(None, phrase)

    def coldkey_address(self) -> str:
        """Address of the coldkey; needs no password."""
        return _read(self._folder / "coldkeypub.txt", self.name).strip()

    def hotkey_address(self) -> str:
        """Address of the hotkey; needs no password."""
        return _address(self._hotkey_file, self.name)

    def hotkeys(self) -> list[str]:
        """Names of all hotkeys of the wallet."""
        return sorted(path.stem for path in (self._folder / "hotkeys").glob("[!.]*.json"))

    def unlock_coldkey(self, password: str) -> Keypair:
        """The coldkey.

        Raises:
            WalletNotFound, WrongPassword, CorruptWallet.
        """
        return _unlock(self._folder / "coldkey.json", self.name, password)

    def unlock_hotkey(self, password: str) -> Keypair:
        """The hotkey.

        Raises:
            WalletNotFound, WrongPassword, CorruptWallet.
        """
        return _unlock(self._hotkey_file, self.name, password)

    @property
    def _folder(self) -> Path:
        return self.directory / self.name

    @property
    def _hotkey_file(self) -> Path:
        return self._folder / "hotkeys" / f"{self.hotkey_name}.json"

    def _place(self, files: dict[str, str]) -> None:
        """Write all files aside, then let the whole folder appear at once."""
        self.directory.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=self.directory, prefix=f".{self.name}-"))
        try:
            (fresh / "hotkeys").mkdir(mode=0o700)
            for name, text in files.items():
                _write(fresh / name, text)
            fresh.rename(self._folder)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise


def list_wallets(directory: Path) -> list[Wallet]:
    """Every wallet of a folder, by name; none where there is no folder."""
    folders = sorted(path for path in directory.glob("[!.]*") if (path / "coldkeypub.txt").is_file())
    return [Wallet(directory, path.name) for path in folders]


def seal_key(key: Keypair, password: str) -> str:
    """JSON of a key whose secret only the password opens."""
    salt = secrets.token_bytes(_SALT_BYTES)
    box = SecretBox(_stretch(password, salt, _SCRYPT))
    content = {
        "version": 1,
        "address": key.ss58_address,
        "public_key": key.public_key.hex(),
        "crypto_type": key.crypto_type,
        "scrypt": {**_SCRYPT, "salt": salt.hex()},
        "sealed": box.encrypt(key.private_key).hex(),
    }
    return json.dumps(content, indent=1)


def _unlock(path: Path, name: str, password: str) -> Keypair:
    content = _parse(path, name)
    try:
        costs = content["scrypt"]
        if costs["n"] > _STRONGEST_SCRYPT:
            raise ValueError("its scrypt cost is beyond reason")
        box = SecretBox(_stretch(password, bytes.fromhex(costs["salt"]), costs))
        secret = box.decrypt(bytes.fromhex(content["sealed"]))
        key = Keypair(bytes.fromhex(content["public_key"]), secret, content["crypto_type"])
        intact = verify(key.public_key, b"wallet", key.sign(b"wallet"), key.crypto_type)
    except CryptoError as error:
        raise WrongPassword(
            f"the password does not open {path} (check --password-file or HIVEGATE_PASSWORD)"
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise _corrupt(path, error) from error
    if not intact:
        raise _corrupt(path, "secret and public key do not belong together")
    return key


def _address(path: Path, name: str) -> str:
    content = _parse(path, name)
    address = content.get("address")
    if not isinstance(address, str):
        raise _corrupt(path, "it has no address")
    return address


def _parse(path: Path, name: str) -> dict[str, Any]:
    try:
        content = json.loads(_read(path, name))
    except ValueError as error:
        raise _corrupt(path, error) from error
    if not isinstance(content, dict):
        raise _corrupt(path, "it is not an object")
    return content


def _read(path: Path, name: str) -> str:
    try:
        return path.read_text()
    except FileNotFoundError as error:
        raise WalletNotFound(f"no {path} (make it with: hivegate wallet create {name})") from error


def _corrupt(path: Path, reason: object) -> CorruptWallet:
    return CorruptWallet(f"{path} is damaged: {reason} (restore it from a backup, or import its phrase)")


def _stretch(password: str, salt: bytes, costs: dict[str, int]) -> bytes:
    n, r, p = costs["n"], costs["r"], costs["p"]
    memory = max(_SCRYPT_MEMORY, 256 * n * r)
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=memory, dklen=SecretBox.KEY_SIZE)


def _write(path: Path, text: str) -> None:
    """Write a file that only its owner may read, down to the disk."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
