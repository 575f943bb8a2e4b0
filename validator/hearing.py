"""What every expert gives every token of some windows, asked once: alone figures and the mixture both come from it.

Sessions have the rows and steps of audits; several windows share one. Nobody is hurried, but it is noted who would
have been too late for an app.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from validator.answers import MixtureService
from validator.panel import UNHURRIED, Deadlines
from validator.seats import Expert, Float64
from validator.windows import Window

MOST_SIDE_BY_SIDE = 8

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Hearing:
    """One window: ``logprobs`` is float64 [1 + experts, tokens], the anchor first, NaN where one did not answer.

    ``late`` tells which of the answers an app would not have waited for.
    """

    experts: tuple[str, ...]
    logprobs: Float64
    late: npt.NDArray[np.bool_]

    def alone(self, at: int) -> dict[str, float]:
        """What each expert that answered gave a token."""
        told = zip(self.experts, self.logprobs[1:, at].tolist(), strict=True)
        return {hotkey: value for hotkey, value in told if not np.isnan(value)}

    def told(self, experts: Sequence[str], at: int) -> Float64:
        """What the anchor and some experts gave a token in time, [1 + chosen]; NaN for who failed or was late."""
        rows = [0, *(1 + self.experts.index(hotkey) for hotkey in experts)]
        result: Float64 = np.where(self.late[rows, at], np.nan, self.logprobs[rows, at])
        return result


@dataclass(frozen=True)
class _Batch:
    """Pieces of windows that share a session, and the windows' places."""

    places: tuple[int, ...]
    pieces: tuple[Window, ...]


async def hear(service: MixtureService, windows: Sequence[Window], experts: Mapping[str, Expert]) -> list[Hearing]:
    """Ask anchor and experts about every token of the windows."""
    names = tuple(sorted(experts))
    found = [_nothing(names, len(window.target)) for window in windows]
    deadlines = replace(UNHURRIED, usual=service.deadlines)
    for hotkeys in _chunks(names, MOST_SIDE_BY_SIDE) if names else [()]:
        asked = [experts[hotkey] for hotkey in hotkeys]
        rows = [0, *(1 + names.index(hotkey) for hotkey in hotkeys)]
        for batch in _batches(windows, service):
            logprobs, late = await _listen(service, batch, asked, deadlines)
            for row, (place, piece) in enumerate(zip(batch.places, batch.pieces, strict=True)):
                start = len(piece.prefix) - len(windows[place].prefix)
                columns = slice(start, start + len(piece.target))
                found[place].logprobs[rows, columns] = logprobs[:, :, row].T
                found[place].late[rows, columns] = late.T
    return found


async def _listen(
    service: MixtureService, batch: _Batch, experts: Sequence[Expert], deadlines: Deadlines
) -> tuple[Float64, npt.NDArray[np.bool_]]:
    """What anchor and experts give the tokens, [steps, 1 + experts, pieces], and who was late, [steps, 1 + experts]."""
    columns = [list(column) for column in zip(*(piece.target for piece in batch.pieces), strict=True)]
    found, late = [], []
    prefixes = [piece.prefix for piece in batch.pieces]
    async with service.sources.sessions.open(experts, prefixes, deadlines) as session:
        for at, tokens in enumerate(columns):
            found.append(session.logprobs(tokens))
            late.append([False, *(expert.hotkey in session.late for expert in experts)])
            if at + 1 < len(columns):
                await session.reveal(tokens)
    return np.stack(found), np.array(late)


def _batches(windows: Sequence[Window], service: MixtureService) -> Iterable[_Batch]:
    """Sessions as long as an audit's, of as many pieces as an audit has rows, all of one length."""
    length, rows = service.limits.segment_tokens, service.sources.sessions.rows
    for pieces in zip(*(window.split(length) for window in windows), strict=True):
        for places in _chunks(range(len(windows)), rows):
            yield _Batch(tuple(places), tuple(pieces[place] for place in places))


def _nothing(names: tuple[str, ...], tokens: int) -> Hearing:
    shape = (1 + len(names), tokens)
    return Hearing(names, np.full(shape, np.nan), np.zeros(shape, dtype=bool))


def _chunks(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (items[at : at + size] for at in range(0, len(items), size))
