"""Texts that other validators hold too: only the part that is ours is audited with."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from gating.objective import Objective
from gating.text.holdings import divide_texts

Build = Callable[[Mapping[str, str]], Objective]
"""Makes an objective of texts by domain."""


class Holdings:
    """Our own texts, and our part of those that are shared, divided anew whenever validators come or go."""

    def __init__(self, own: Mapping[str, str], shared: Mapping[str, str], build: Build) -> None:
        self._own = own
        self._shared = shared
        self._build = build
        self._validators: frozenset[str] | None = None

    @property
    def shared(self) -> bool:
        """Whether there is anything to divide."""
        return bool(self._shared)

    async def divide(self, validators: frozenset[str], hotkey: str) -> Objective | None:
        """The objective of our texts among these validators; None while nothing has changed.

        Raises: CorpusError when none is long enough.
        """
        if hotkey not in validators or validators == self._validators:
            return None
        self._validators = validators
        return await asyncio.to_thread(self._combine, validators, hotkey)

    def _combine(self, validators: frozenset[str], hotkey: str) -> Objective:
        part = divide_texts(self._shared, validators, hotkey)
        domains = sorted({*self._own, *part})
        return self._build({name: "\n\n".join(filter(None, (self._own.get(name), part.get(name)))) for name in domains})


def read_texts(folder: Path | None) -> dict[str, str]:
    """The texts ``<folder>/<domain>.txt``; none where there is no folder."""
    files = sorted(folder.glob("*.txt")) if folder is not None else []
    return {file.stem: file.read_bytes().decode("utf-8", "ignore") for file in files}
