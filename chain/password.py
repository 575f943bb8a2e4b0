"""The password of a wallet, from where its owner put it."""

import getpass
import os
import sys
from pathlib import Path

VARIABLE = "HIVEGATE_PASSWORD"


class NoPassword(Exception):
    """A password is needed and nobody gave one."""


def read_password(file: Path | None = None, *, confirm: bool = False) -> str:
    """First line of ``file``, else ``HIVEGATE_PASSWORD``, else what is typed at the terminal.

    ``confirm`` asks twice at the terminal.

    Raises:
        NoPassword: there is no file, no variable and no terminal, or the two did not agree.
    """
    if file is not None:
        return _from_file(file)
    if VARIABLE in os.environ:
        return os.environ[VARIABLE]
    if not sys.stdin.isatty():
        raise NoPassword(f"a wallet's password is needed (pass --password-file, or set {VARIABLE})")
    password = getpass.getpass("wallet password: ")
    if confirm and getpass.getpass("the same again: ") != password:
        raise NoPassword("the two passwords differ (try again)")
    return password


def _from_file(file: Path) -> str:
    try:
        lines = file.expanduser().read_text().splitlines()
    except OSError as error:
        raise NoPassword(f"{file} cannot be read: {error.strerror} (check --password-file)") from error
    if not lines:
        raise NoPassword(f"{file} is empty (put the password on its first line)")
    return lines[0]
