"""The mixture against the best single expert and the anchor, on held-out text.

The mixture takes the path of an app's answer: the gate routes the text that is given, sessions are
opened with those experts, and what they say is mixed token by token; as the text is given, the weights
follow the fixed share. Every miner is also asked alone about the same tokens.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from gating.checkpoint import write_file
from gating.mixture import FixedShare
from gating.text.tokenizer import TextTokenizer
from validator.answers import MixtureService, Selection
from validator.bits import Figures, TokenRecord, compute_figures, mix_logprobs
from validator.panel import UNHURRIED, Panel, Table, open_panel
from validator.routing import ANCHOR, Route
from validator.seats import Expert, Float64
from validator.windows import HeldOut, Window

log = logging.getLogger(__name__)

MOST_SIDE_BY_SIDE = 8

T = TypeVar("T")


@dataclass(frozen=True)
class Batch:
    """Windows that go out in one session, and who is asked."""

    windows: tuple[Window, ...]
    experts: tuple[str, ...]
    priors: tuple[Float64, ...] = ()

    @property
    def table(self) -> Table:
        """The given tokens of each window."""
        return Table([list(window.prefix) for window in self.windows])


@dataclass(frozen=True)
class Mixed:
    """What the mixture made of one token."""

    members: tuple[str, ...]
    logprobs: tuple[float | None, ...]
    weights: tuple[float, ...]

    @property
    def mixture(self) -> float:
        """Log-probability of the token."""
        return mix_logprobs(self.logprobs, self.weights)


class Evaluation:
    """Measures the network; one evaluation at a time."""

    def __init__(self, held_out: HeldOut, tokenizer: TextTokenizer, directory: Path, rows: int) -> None:
        self._held_out = held_out
        self._tokenizer = tokenizer
        self._directory = directory
        self._rows = rows
        self._running = asyncio.Lock()

    @property
    def domains(self) -> tuple[str, ...]:
        """Domains that there is held-out text of."""
        return self._held_out.domains

    async def run(self, service: MixtureService, numbers: Sequence[int], k: int) -> tuple[Figures, Path]:
        """Figures over the windows of the given numbers, and the file of their records."""
        async with self._running:
            windows = [self._held_out.window(number) for number in numbers]
            experts = service.sources.candidates(Selection(k))
            mixed = await self._mix(service, windows, experts, k)
            alone = await self._ask_alone(service, windows, experts)
            records = list(self._records(windows, mixed, alone))
            path = self._directory / f"records-{numbers[0]:06d}-{len(numbers)}.jsonl"
            write_file(path, b"".join(record.encode() for record in records))
            return compute_figures(records), path

    async def _mix(
        self, service: MixtureService, windows: Sequence[Window], experts: Mapping[str, Expert], k: int
    ) -> dict[int, list[Mixed]]:
        routed = [(window, service.sources.gate.route(window.prefix, list(experts), k)) for window in windows]
        found: dict[int, list[Mixed]] = {}
        for batch in _group(routed, self._rows):
            chosen = [experts[hotkey] for hotkey in batch.experts]
            async with open_panel(service.sources.anchor, chosen, batch.table, service.deadlines) as panel:
                found |= await _follow_share(panel, batch)
        return found

    async def _ask_alone(
        self, service: MixtureService, windows: Sequence[Window], experts: Mapping[str, Expert]
    ) -> dict[int, list[dict[str, float]]]:
        found: dict[int, list[dict[str, float]]] = {window.number: [{} for _ in window.target] for window in windows}
        for hotkeys in _chunks(sorted(experts), MOST_SIDE_BY_SIDE):
            asked = [experts[hotkey] for hotkey in hotkeys]
            for part in _chunks(windows, self._rows):
                batch = Batch(tuple(part), tuple(hotkeys))
                async with open_panel(service.sources.anchor, asked, batch.table, UNHURRIED) as panel:
                    await _listen(panel, batch, found)
        return found

    def _records(
        self, windows: Sequence[Window], mixed: Mapping[int, list[Mixed]], alone: Mapping[int, list[dict[str, float]]]
    ) -> Iterable[TokenRecord]:
        for window in windows:
            for at, (token, result) in enumerate(zip(window.target, mixed[window.number], strict=True)):
                anchor = result.logprobs[0]
                assert anchor is not None, "the anchor always answers"
                yield TokenRecord(
                    window=window.number,
                    domain=window.domain,
                    position=window.position + len(window.prefix) + at,
                    token=token,
                    size_bytes=len(self._tokenizer.token_bytes(token)),
                    alone=alone[window.number][at],
                    anchor=anchor,
                    members=result.members,
                    logprobs=result.logprobs,
                    weights=result.weights,
                    mixture=result.mixture,
                )


async def _follow_share(panel: Panel, batch: Batch) -> dict[int, list[Mixed]]:
    """Reveal the true tokens step by step; the mixture's weights follow what they show."""
    share = FixedShare(np.stack(batch.priors))
    members = (ANCHOR, *batch.experts)
    found: dict[int, list[Mixed]] = {window.number: [] for window in batch.windows}
    async for tokens in _steps(panel, batch):
        table = panel.logprobs(tokens).T
        for window, weights, values in zip(batch.windows, share.weights, table, strict=True):
            logprobs = tuple(None if np.isnan(value) else float(value) for value in values)
            found[window.number].append(Mixed(members, logprobs, tuple(map(float, weights))))
        share.update(table)
    return found


async def _listen(panel: Panel, batch: Batch, found: Mapping[int, list[dict[str, float]]]) -> None:
    """Note what each expert alone gives the true tokens."""
    at = 0
    async for tokens in _steps(panel, batch):
        table = panel.logprobs(tokens)
        for row, window in enumerate(batch.windows):
            known = zip(batch.experts, table[1:, row], strict=True)
            found[window.number][at] |= {hotkey: float(value) for hotkey, value in known if not np.isnan(value)}
        at += 1


async def _steps(panel: Panel, batch: Batch) -> AsyncIterator[list[int]]:
    """The true tokens of every step, each revealed after its turn."""
    columns = [list(column) for column in zip(*(window.target for window in batch.windows), strict=True)]
    for at, tokens in enumerate(columns):
        yield tokens
        if at + 1 < len(columns):
            await panel.reveal(tokens)


def _group(routed: Iterable[tuple[Window, Route]], rows: int) -> Iterable[Batch]:
    """Windows that go to the same experts share a session."""
    groups: dict[tuple[str, ...], list[tuple[Window, Route]]] = defaultdict(list)
    for window, route in routed:
        groups[tuple(sorted(route.experts))].append((window, route))
    for experts, members in groups.items():
        for part in _chunks(members, rows):
            priors = tuple(route.prior_of(experts) for _, route in part)
            yield Batch(tuple(window for window, _ in part), experts, priors)


def _chunks(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (items[at : at + size] for at in range(0, len(items), size))
