"""Bits per byte, from the per-token records of an evaluation, by whoever has them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from validator.errors import CorruptRecords

TOLERANCE = 1e-9


@dataclass(frozen=True)
class TokenRecord:
    """One foretold token: what each expert gave it alone, what the mixture's members gave, and their weights.

    Log-probabilities are natural. ``members`` and ``weights`` begin with the anchor; a member that did
    not answer has no log-probability and no say in the mixture.
    """

    window: int
    domain: str
    position: int
    token: int
    size_bytes: int
    alone: Mapping[str, float | None]
    anchor: float
    members: tuple[str, ...]
    logprobs: tuple[float | None, ...]
    weights: tuple[float, ...]
    mixture: float

    def encode(self) -> bytes:
        """One JSON line."""
        return orjson.dumps(self.__dict__) + b"\n"


@dataclass(frozen=True)
class Figures:
    """What an evaluation found, in bits per byte.

    ``best_single`` is the best expert over all windows, ``best_per_window`` is made of the best of each
    window in hindsight, the anchor among them: what no router that asks one expert for a text can beat.
    """

    mixture: float
    best_single: float | None
    best_per_window: float
    anchor: float
    per_miner: Mapping[str, float]
    best_miner: str | None
    tokens: int
    size_bytes: int

    def summary(self) -> dict[str, float | None]:
        """The figures that matter."""
        names = ("mixture", "best_single", "best_per_window", "anchor")
        return {name: getattr(self, name) for name in names}


def mix_logprobs(logprobs: Sequence[float | None], weights: Sequence[float]) -> float:
    """Log-probability in the linear mixture of the members that answered."""
    present = [(weight, value) for weight, value in zip(weights, logprobs, strict=True) if value is not None]
    total = math.fsum(weight for weight, _ in present)
    return math.log(math.fsum(weight * math.exp(value) for weight, value in present) / total)


def compute_figures(records: Iterable[TokenRecord]) -> Figures:
    """Bits per byte of the mixture, of each miner that answered every token, and of the anchor.

    Raises: CorruptRecords when there is nothing to compute from.
    """
    found = list(records)
    size_bytes = sum(record.size_bytes for record in found)
    if not size_bytes:
        raise CorruptRecords("the records hold no tokens (run an evaluation first)")

    def rate(values: Iterable[float]) -> float:
        return -math.fsum(values) / math.log(2) / size_bytes

    alone = _complete(found)
    per_miner = {hotkey: rate(values) for hotkey, values in sorted(alone.items())}
    best = min(per_miner, key=lambda hotkey: per_miner[hotkey], default=None)
    return Figures(
        mixture=rate(record.mixture for record in found),
        best_single=None if best is None else per_miner[best],
        best_per_window=rate(_best_of_each_window(found)),
        anchor=rate(record.anchor for record in found),
        per_miner=per_miner,
        best_miner=best,
        tokens=len(found),
        size_bytes=size_bytes,
    )


def _complete(records: Sequence[TokenRecord]) -> dict[str, list[float]]:
    """Log-probabilities of the miners that answered all tokens."""
    found: dict[str, list[float]] = {}
    for record in records:
        for hotkey, value in record.alone.items():
            if value is not None:
                found.setdefault(hotkey, []).append(value)
    return {hotkey: values for hotkey, values in found.items() if len(values) == len(records)}


def _best_of_each_window(records: Sequence[TokenRecord]) -> Iterable[float]:
    """Log-probability of each window by the best of its experts and the anchor."""
    windows: dict[int, list[TokenRecord]] = {}
    for record in records:
        windows.setdefault(record.window, []).append(record)
    for part in windows.values():
        alone = _complete(part).values()
        yield max(math.fsum(record.anchor for record in part), *(math.fsum(values) for values in alone))


def recompute(path: Path) -> Figures:
    """Figures of a file of records, with every mixture computed anew from its members.

    Raises: CorruptRecords when a line is damaged or a mixture does not follow from its members.
    """
    return compute_figures(_checked(path))


def _checked(path: Path) -> Iterable[TokenRecord]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                record = TokenRecord(**orjson.loads(line))
                expected = mix_logprobs(record.logprobs, record.weights)
            except (orjson.JSONDecodeError, TypeError, ValueError, ZeroDivisionError) as error:
                raise CorruptRecords(f"{path}, line {number} is damaged ({error})") from error
            if abs(expected - record.mixture) > TOLERANCE:
                raise CorruptRecords(
                    f"{path}, line {number}: mixture {record.mixture} does not follow from its members"
                )
            yield record
