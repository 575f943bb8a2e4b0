"""What ``hivegate up`` shows: a live table on a terminal, plain lines elsewhere."""

import sys
import time
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from localnet.observe import Snapshot

_PLAIN_SECONDS = 15.0


class View(Protocol):
    """Where progress goes: lines of events, text to copy, and the state of the network."""

    def say(self, line: str) -> None: ...

    def print(self, text: str) -> None: ...

    def show(self, snapshot: Snapshot) -> None: ...

    def close(self) -> None: ...


class PlainView:
    """One line an event on stderr, and one a few seconds for the state; for logs and pipes."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._shown: float | None = None

    def say(self, line: str) -> None:
        self.print(f"[{time.monotonic() - self._started:6.1f}s] {line}")

    def print(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def show(self, snapshot: Snapshot) -> None:
        now = time.monotonic()
        if self._shown is not None and now - self._shown < _PLAIN_SECONDS:
            return
        self._shown = now
        miners = ", ".join(
            f"{row.domain} {row.state} loss {_number(row.loss, 2)} score {_number(row.audit_score, 3)} "
            f"weight {_percent(row.weight)} incentive {_percent(row.incentive)}"
            for row in snapshot.miners
        )
        self.say(f"{_headline(snapshot)}; {miners}")

    def close(self) -> None:
        pass


class LiveView:
    """A table that is redrawn in place; events scroll above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, refresh_per_second=4, transient=False)
        self._live.start()

    def say(self, line: str) -> None:
        self._console.print(escape(line), highlight=False)

    def print(self, text: str) -> None:
        self._console.print(escape(text), highlight=False, soft_wrap=True)

    def show(self, snapshot: Snapshot) -> None:
        self._live.update(_table(snapshot))

    def close(self) -> None:
        self._live.stop()


def build_view(*, plain: bool) -> View:
    """The live view on a terminal; the plain one elsewhere, or when asked for."""
    console = Console(stderr=True)
    return PlainView() if plain or not console.is_terminal else LiveView(console)


def _table(snapshot: Snapshot) -> Group:
    table = Table(expand=False, pad_edge=False)
    for name in ("miner", "domain", "state", "hotkey"):
        table.add_column(name, no_wrap=True)
    for name in ("loss", "score", "weight", "incentive"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in snapshot.miners:
        table.add_row(
            row.name,
            escape(row.domain),
            row.state,
            f"{row.hotkey[:8]}…",
            _number(row.loss, 3),
            _number(row.audit_score, 3),
            _percent(row.weight),
            _percent(row.incentive),
        )
    return Group(Text(_headline(snapshot), style="bold"), table)


def _headline(snapshot: Snapshot) -> str:
    bits = snapshot.bits_per_byte or {}
    figures = ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in bits.items() if value is not None)
    parts = [
        f"block {_whole(snapshot.block)}",
        f"epoch {_whole(snapshot.epoch)}",
        f"audits {_whole(snapshot.audits)}",
        f"{len(snapshot.validators)} validators answer",
        f"bits/byte: {figures or '–'}",
    ]
    return " · ".join(parts)


def _whole(value: int | None) -> str:
    return "–" if value is None else str(value)


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}%"
