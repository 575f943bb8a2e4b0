"""The mixture against the best single expert and the anchor, on held-out text.

The mixture takes the path of an app's answer: the gate routes the text that is given, sessions are
opened with those experts, and what they say is mixed token by token. Every few tokens the text is routed
anew, by its newest words and by how those asked so far have done; as the text is given, the weights follow
the fixed share, and an expert that is asked again keeps its standing. Every miner is also asked alone
about the same tokens.
"""

import asyncio
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
from validator.panel import UNHURRIED
from validator.routing import ANCHOR, Route
from validator.seats import Expert, Float64
from validator.sessions import LockstepSession
from validator.windows import HeldOut, Window

MOST_SIDE_BY_SIDE = 8
ROUTE_EVERY_TOKENS = 8

T = TypeVar("T")

Members = tuple[str, ...]


@dataclass(frozen=True)
class Request:
    """Which windows to measure, with how many experts each; mixed ones change their domain halfway."""

    numbers: range
    k: int
    mixed: bool = False


@dataclass(frozen=True)
class Batch:
    """Pieces of windows that go out in one session, their places among the pieces, and who is asked."""

    places: tuple[int, ...]
    pieces: tuple[Window, ...]
    experts: Members

    @property
    def prefixes(self) -> list[tuple[int, ...]]:
        """The given tokens of each piece."""
        return [piece.prefix for piece in self.pieces]


@dataclass(frozen=True)
class Mixed:
    """What the mixture made of one token."""

    members: Members
    logprobs: tuple[float | None, ...]
    weights: tuple[float, ...]

    @property
    def mixture(self) -> float:
        """Log-probability of the token."""
        return mix_logprobs(self.logprobs, self.weights)


class Follower:
    """The weights of one window after another's members, row by row, as their texts go on."""

    def __init__(self) -> None:
        self._members: list[Members] = []
        self._share: FixedShare | None = None

    def turn(self, routes: Sequence[Route]) -> None:
        """Go on with the experts of ``routes``, as many as before."""
        members = [(ANCHOR, *route.experts) for route in routes]
        prior = np.stack([route.prior for route in routes])
        if self._share is None:
            self._share = FixedShare(prior)
        else:
            pairs = zip(self._members, members, strict=True)
            self._share.replace(prior, np.array([[_place(name, old) for name in new] for old, new in pairs]))
        self._members = members

    def follow(self, logprobs: Float64) -> list[Mixed]:
        """Take what the members gave the true tokens, [rows, members]; what the mixture made of them."""
        assert self._share is not None, "turn to somebody first"
        rows = zip(self._members, logprobs, self._share.weights, strict=True)
        found = [Mixed(members, _known(values), tuple(map(float, weights))) for members, values, weights in rows]
        self._share.update(logprobs)
        return found


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

    async def run(self, service: MixtureService, request: Request) -> tuple[Figures, Path]:
        """Figures over the windows asked for, and the file of their records."""
        async with self._running:
            numbers = request.numbers
            windows = [self._held_out.window(number, mixed=request.mixed) for number in numbers]
            experts = service.sources.candidates(Selection(request.k))
            mixed = await _mix(service, windows, experts, request.k)
            alone = await _ask_alone(service, windows, experts)
            rows = zip(windows, mixed, alone, strict=True)
            records = [record for window, told, single in rows for record in self._records(window, told, single)]
            kind = "mixed" if request.mixed else "records"
            path = self._directory / f"{kind}-{numbers[0]:06d}-{len(numbers)}.jsonl"
            write_file(path, b"".join(record.encode() for record in records))
            return compute_figures(records), path

    def _records(
        self, window: Window, mixed: Sequence[Mixed], alone: Sequence[Mapping[str, float]]
    ) -> Iterable[TokenRecord]:
        for at, (token, result, single) in enumerate(zip(window.target, mixed, alone, strict=True)):
            anchor = result.logprobs[0]
            assert anchor is not None, "the anchor always answers"
            yield TokenRecord(
                window=window.number,
                domain=window.domain,
                position=window.position + len(window.prefix) + at,
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
    service: MixtureService, windows: Sequence[Window], experts: Mapping[str, Expert], k: int
) -> list[list[Mixed]]:
    """What the mixture makes of each window's tokens, on the path and with the patience of an app's answer."""
    follower = Follower()
    found: list[list[Mixed]] = [[] for _ in windows]
    length = min(ROUTE_EVERY_TOKENS, service.limits.segment_tokens)
    courses = [service.sources.gate.pursue() for _ in windows]
    for pieces in zip(*(window.split(length) for window in windows), strict=True):
        routes = [course.route(piece.prefix, list(experts), k) for course, piece in zip(courses, pieces, strict=True)]
        follower.turn(routes)
        told = await _listen_to_routed(service, pieces, routes, experts)
        for logprobs in told:
            for row, mixed in zip(found, follower.follow(logprobs), strict=True):
                row.append(mixed)
        for place, course in enumerate(courses):
            course.observe(told[:, place].T)
    return found


async def _listen_to_routed(
    service: MixtureService, pieces: Sequence[Window], routes: Sequence[Route], experts: Mapping[str, Expert]
) -> Float64:
    """What anchor and routed experts give the true tokens: [steps, pieces, 1 + experts], NaN where absent."""
    sessions = service.sources.sessions
    found = np.full((len(pieces[0].target), len(pieces), 1 + len(routes[0].experts)), np.nan)
    for batch in _group(pieces, routes, sessions.rows):
        chosen = [experts[hotkey] for hotkey in batch.experts]
        async with sessions.open(chosen, batch.prefixes, service.deadlines) as session:
            told = [table.T async for table in _listen(session, batch)]
        for row, place in enumerate(batch.places):
            columns = [0, *(1 + batch.experts.index(hotkey) for hotkey in routes[place].experts)]
            found[:, place] = [step[row, columns] for step in told]
    return found


async def _ask_alone(
    service: MixtureService, windows: Sequence[Window], experts: Mapping[str, Expert]
) -> list[list[dict[str, float]]]:
    """What each expert alone gives each token; nobody is hurried, so that each is as good as it can be."""
    sessions = service.sources.sessions
    found: list[list[dict[str, float]]] = [[{} for _ in window.target] for window in windows]
    pieces = [(place, p) for place, window in enumerate(windows) for p in window.split(service.limits.segment_tokens)]
    for hotkeys in _chunks(sorted(experts), MOST_SIDE_BY_SIDE):
        asked = [experts[hotkey] for hotkey in hotkeys]
        for batch in _batches(pieces, tuple(hotkeys), sessions.rows):
            async with sessions.open(asked, batch.prefixes, UNHURRIED) as session:
                _note_alone([table[1:].T async for table in _listen(session, batch)], batch, windows, found)
    return found


def _note_alone(
    told: Sequence[Float64], batch: Batch, windows: Sequence[Window], found: Sequence[list[dict[str, float]]]
) -> None:
    """Put what a batch showed where its tokens belong."""
    for row, (place, piece) in enumerate(zip(batch.places, batch.pieces, strict=True)):
        start = len(piece.prefix) - len(windows[place].prefix)
        for at, table in enumerate(told):
            known = zip(batch.experts, table[row], strict=True)
            found[place][start + at] |= {hotkey: float(value) for hotkey, value in known if not np.isnan(value)}


async def _listen(session: LockstepSession, batch: Batch) -> AsyncIterator[Float64]:
    """What each member gives the true tokens of a step, [1 + experts, pieces]; each is revealed after its turn."""
    columns = [list(column) for column in zip(*(piece.target for piece in batch.pieces), strict=True)]
    for at, tokens in enumerate(columns):
        yield session.logprobs(tokens)
        if at + 1 < len(columns):
            await session.reveal(tokens)


def _group(pieces: Sequence[Window], routes: Sequence[Route], rows: int) -> Iterable[Batch]:
    """Pieces that go to the same experts share a session."""
    groups: dict[Members, list[tuple[int, Window]]] = defaultdict(list)
    for place, (piece, route) in enumerate(zip(pieces, routes, strict=True)):
        groups[tuple(sorted(route.experts))].append((place, piece))
    for experts, members in groups.items():
        yield from _batches(members, experts, rows)


def _batches(members: Sequence[tuple[int, Window]], experts: Members, rows: int) -> Iterable[Batch]:
    """Sessions of at most ``rows`` pieces of one length."""
    lengths = sorted({len(piece.target) for _, piece in members})
    for length in lengths:
        alike = [member for member in members if len(member[1].target) == length]
        for part in _chunks(alike, rows):
            yield Batch(tuple(place for place, _ in part), tuple(piece for _, piece in part), experts)


def _chunks(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (items[at : at + size] for at in range(0, len(items), size))


def _place(name: str, members: Members) -> int:
    return members.index(name) if name in members else -1


def _known(values: Float64) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(value) else float(value) for value in values)
