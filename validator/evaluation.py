"""The mixture against the best single expert and the anchor, on held-out text.

The mixture takes the path of an app's answer: the gate routes the text that is given, sessions are
opened with those experts, and what they say is mixed token by token; as the text is given, the weights
follow the fixed share. Every miner is also asked alone about the same tokens.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from gating.checkpoint import write_file
from gating.mixture import FixedShare
from gating.text.tokenizer import TextTokenizer
from validator.answers import MixtureService, Selection
from validator.bits import Figures, TokenRecord, compute_figures, mix_logprobs
from validator.panel import UNHURRIED
from validator.routing import ANCHOR, Route
from validator.seats import Expert, Float64
from validator.sessions import LockstepSession
from validator.windows import HeldOut, Window

MOST_SIDE_BY_SIDE = 8

T = TypeVar("T")


Place = tuple[int, int]
"""A piece of a window: the window's number, and how many tokens were given."""


def _place(piece: Window) -> Place:
    return piece.number, len(piece.prefix)


@dataclass(frozen=True)
class Batch:
    """Pieces of windows that go out in one session, and who is asked."""

    pieces: tuple[Window, ...]
    experts: tuple[str, ...]
    priors: tuple[Float64, ...] = ()

    @property
    def prefixes(self) -> list[tuple[int, ...]]:
        """The given tokens of each piece."""
        return [piece.prefix for piece in self.pieces]


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

    def __init__(self, held_out: HeldOut, tokenizer: TextTokenizer, directory: Path) -> None:
        self._held_out = held_out
        self._tokenizer = tokenizer
        self._directory = directory
        self._running = asyncio.Lock()

    @property
    def domains(self) -> tuple[str, ...]:
        """Domains that there is held-out text of."""
        return self._held_out.domains

    async def run(self, service: MixtureService, numbers: Sequence[int], k: int) -> tuple[Figures, Path]:
        """Figures over the windows of the given numbers, and the file of their records."""
        async with self._running:
            length = service.limits.segment_tokens
            pieces = [piece for number in numbers for piece in self._held_out.window(number).split(length)]
            experts = service.sources.candidates(Selection(k))
            mixed = await _mix(service, pieces, experts, k)
            alone = await _ask_alone(service, pieces, experts)
            records = [record for piece in pieces for record in self._records(piece, mixed, alone)]
            path = self._directory / f"records-{numbers[0]:06d}-{len(numbers)}.jsonl"
            write_file(path, b"".join(record.encode() for record in records))
            return compute_figures(records), path

    def _records(
        self, piece: Window, mixed: Mapping[Place, list[Mixed]], alone: Mapping[Place, list[dict[str, float]]]
    ) -> Iterable[TokenRecord]:
        found = zip(piece.target, mixed[_place(piece)], alone[_place(piece)], strict=True)
        for at, (token, result, single) in enumerate(found):
            anchor = result.logprobs[0]
            assert anchor is not None, "the anchor always answers"
            yield TokenRecord(
                window=piece.number,
                domain=piece.domain,
                position=piece.position + len(piece.prefix) + at,
                token=token,
                size_bytes=len(self._tokenizer.token_bytes(token)),
                alone=single,
                anchor=anchor,
                members=result.members,
                logprobs=result.logprobs,
                weights=result.weights,
                mixture=result.mixture,
            )


async def _mix(
    service: MixtureService, pieces: Sequence[Window], experts: Mapping[str, Expert], k: int
) -> dict[Place, list[Mixed]]:
    """What the mixture makes of each token, on the path and with the patience of an app's answer."""
    sources = service.sources
    routed = [(piece, sources.gate.route(piece.prefix, list(experts), k)) for piece in pieces]
    found: dict[Place, list[Mixed]] = {}
    for batch in _group(routed, sources.sessions.rows):
        chosen = [experts[hotkey] for hotkey in batch.experts]
        async with sources.sessions.open(chosen, batch.prefixes, service.deadlines) as session:
            found |= await _follow_share(session, batch)
    return found


async def _ask_alone(
    service: MixtureService, pieces: Sequence[Window], experts: Mapping[str, Expert]
) -> dict[Place, list[dict[str, float]]]:
    """What each expert alone gives each token; nobody is hurried, so that each is as good as it can be."""
    sessions = service.sources.sessions
    found: dict[Place, list[dict[str, float]]] = {_place(piece): [{} for _ in piece.target] for piece in pieces}
    for hotkeys in _chunks(sorted(experts), MOST_SIDE_BY_SIDE):
        asked = [experts[hotkey] for hotkey in hotkeys]
        for batch in _batches([(piece, ()) for piece in pieces], tuple(hotkeys), sessions.rows):
            async with sessions.open(asked, batch.prefixes, UNHURRIED) as session:
                await _listen(session, batch, found)
    return found


async def _follow_share(session: LockstepSession, batch: Batch) -> dict[Place, list[Mixed]]:
    """Reveal the true tokens step by step; the mixture's weights follow what they show."""
    share = FixedShare(np.stack(batch.priors))
    members = (ANCHOR, *batch.experts)
    found: dict[Place, list[Mixed]] = {_place(piece): [] for piece in batch.pieces}
    async for tokens in _steps(session, batch):
        table = session.logprobs(tokens).T
        for piece, weights, values in zip(batch.pieces, share.weights, table, strict=True):
            logprobs = tuple(None if np.isnan(value) else float(value) for value in values)
            found[_place(piece)].append(Mixed(members, logprobs, tuple(map(float, weights))))
        share.update(table)
    return found


async def _listen(session: LockstepSession, batch: Batch, found: Mapping[Place, list[dict[str, float]]]) -> None:
    """Note what each expert alone gives the true tokens."""
    at = 0
    async for tokens in _steps(session, batch):
        for piece, values in zip(batch.pieces, session.logprobs(tokens)[1:].T, strict=True):
            known = zip(batch.experts, values, strict=True)
            found[_place(piece)][at] |= {hotkey: float(value) for hotkey, value in known if not np.isnan(value)}
        at += 1


async def _steps(session: LockstepSession, batch: Batch) -> AsyncIterator[list[int]]:
    """The true tokens of every step, each revealed after its turn."""
    columns = [list(column) for column in zip(*(piece.target for piece in batch.pieces), strict=True)]
    for at, tokens in enumerate(columns):
        yield tokens
        if at + 1 < len(columns):
            await session.reveal(tokens)


def _group(routed: Iterable[tuple[Window, Route]], rows: int) -> Iterable[Batch]:
    """Pieces that go to the same experts share a session."""
    groups: dict[tuple[str, ...], list[tuple[Window, Float64]]] = defaultdict(list)
    for piece, route in routed:
        experts = tuple(sorted(route.experts))
        groups[experts].append((piece, route.prior_of(experts)))
    for experts, members in groups.items():
        yield from _batches(members, experts, rows)


def _batches(members: Sequence[tuple[Window, Any]], experts: tuple[str, ...], rows: int) -> Iterable[Batch]:
    """Sessions of at most ``rows`` pieces of one length."""
    lengths = sorted({len(piece.target) for piece, _ in members})
    for length in lengths:
        alike = [member for member in members if len(member[0].target) == length]
        for part in _chunks(alike, rows):
            yield Batch(tuple(piece for piece, _ in part), experts, tuple(prior for _, prior in part))


def _chunks(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (items[at : at + size] for at in range(0, len(items), size))
