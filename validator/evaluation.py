"""The mixture against the best single expert and the anchor, on held-out text.

The mixture is that of an app's answer to given text: the gate routes it, those whom it goes to are mixed token by
token, and only what they said in time counts. Before every token the text is routed anew, by its newest words and by
how those asked so far have done; as the text is given, the weights follow the fixed share, and an expert that is asked
again keeps its standing. All of it comes from the same sessions as what every miner gives the tokens alone.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gating.checkpoint import write_file
from gating.mixture import FixedShare
from gating.text.tokenizer import TextTokenizer
from validator.answers import MixtureService, Selection
from validator.bits import Figures, TokenRecord, compute_figures, mix_logprobs
from validator.hearing import Hearing, hear
from validator.routing import ANCHOR, Course, Route
from validator.seats import Float64
from validator.windows import HeldOut, Window

Members = tuple[str, ...]


@dataclass(frozen=True)
class Request:
    """Which windows to measure, with how many experts each; mixed ones change their domain halfway."""

    numbers: range
    k: int
    mixed: bool = False


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
            heard = await hear(service, windows, experts)
            mixed = await _mix(service, windows, heard, request.k)
            rows = zip(windows, mixed, heard, strict=True)
            records = [record for window, told, single in rows for record in self._records(window, told, single)]
            kind = "mixed" if request.mixed else "records"
            path = self._directory / f"{kind}-{numbers[0]:06d}-{len(numbers)}.jsonl"
            write_file(path, b"".join(record.encode() for record in records))
            return compute_figures(records), path

    def _records(self, window: Window, mixed: Sequence[Mixed], heard: Hearing) -> Iterable[TokenRecord]:
        for at, (token, result) in enumerate(zip(window.target, mixed, strict=True)):
            anchor = result.logprobs[0]
            assert anchor is not None, "the anchor always answers"
            yield TokenRecord(
                window=window.number,
                domain=window.domain,
                position=window.position + len(window.prefix) + at,
                token=token,
                size_bytes=len(self._tokenizer.token_bytes(token)),
                alone=heard.alone(at),
                anchor=anchor,
                members=result.members,
                logprobs=result.logprobs,
                weights=result.weights,
                mixture=result.mixture,
            )


async def _mix(
    service: MixtureService, windows: Sequence[Window], heard: Sequence[Hearing], k: int
) -> list[list[Mixed]]:
    """What the mixture makes of each window's tokens."""
    pairs = zip(windows, heard, strict=True)
    return [await _follow(service.sources.gate.pursue(), window, said, k) for window, said in pairs]


async def _follow(course: Course, window: Window, heard: Hearing, k: int) -> list[Mixed]:
    """One window from its first token to its last; others have their turn after each token."""
    follower, found = Follower(), list[Mixed]()
    for at, piece in enumerate(window.split(1)):
        route = course.route(piece.prefix, heard.experts, k)
        follower.turn([route])
        told = heard.told(route.experts, at)
        found += follower.follow(told[np.newaxis])
        course.observe(told[:, np.newaxis])
        await asyncio.sleep(0)
    return found


def _place(name: str, members: Members) -> int:
    return members.index(name) if name in members else -1


def _known(values: Float64) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(value) else float(value) for value in values)
