"""Kinds of values on the command line."""

from collections.abc import Mapping
from pathlib import Path

import click

from localnet.settings import BEHAVIOURS

FOLDER = click.Path(file_okay=False, path_type=Path)


class CorpusType(click.ParamType[tuple[str, Path]]):
    """``NAME=DIR`` where the folder exists and is not empty."""

    name = "NAME=DIR"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Path]:
        name, equals, folder = str(value).partition("=")
        path = Path(folder).expanduser().absolute()
        if not (name and equals and folder):
            self.fail(f"{value!r} is not NAME=DIR", param, ctx)
        if not path.is_dir():
            self.fail(f"{path} is not a folder (make it and put text files into it)", param, ctx)
        if not any(path.iterdir()):
            self.fail(f"{path} is empty (put text files into it)", param, ctx)
        return name, path


class BadMinersType(click.ParamType[Mapping[str, int]]):
    """``KIND=N,…`` with the known kinds of dishonest miners."""

    name = "KIND=N,…"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Mapping[str, int]:
        if isinstance(value, Mapping):
            return value
        counts: dict[str, int] = {}
        for part in str(value).split(","):
            kind, _, number = part.partition("=")
            if kind not in BEHAVIOURS or not number.isdecimal():
                self.fail(f"{part!r} is not KIND=N with a KIND of {', '.join(BEHAVIOURS)}", param, ctx)
            counts[kind] = counts.get(kind, 0) + int(number)
        return counts


CORPUS = CorpusType()
BAD_MINERS = BadMinersType()
