"""Who audits whom: a committee of validators for each group of miners, drawn from what everyone can see.

Every committee holds more than half of all stake, so each miner is judged by a majority in every epoch, and any two
committees have a validator in common: figures of different groups can always be compared through somebody. Integers
only: all who know the seed, the stakes and the names arrive at the same committees.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gating.objective import uniform_integers

GROUP_SIZE = 8
FEWEST = 2
"""Validators of a committee where there are as many: one alone could not be compared with anybody."""
_HALF = 2


@dataclass(frozen=True)
class Committee:
    """Miners of one group and the validators who audit them, both sorted."""

    miners: tuple[str, ...]
    validators: tuple[str, ...]


def assign_committees(
    seed: bytes, stakes: Mapping[str, int], miners: Sequence[str], group_size: int = GROUP_SIZE
) -> tuple[Committee, ...]:
    """Random groups of miners, each with a random committee; more stake makes more likely to be drawn.

    ``stakes`` are positive, by validator. A committee is drawn one by one without replacement until it holds more than
    half of all stake and has two members, or is everybody.
    """
    assert all(stake > 0 for stake in stakes.values()), "a validator without stake decides nothing"
    integers = uniform_integers(hashlib.sha256(b"hivegate committees" + seed).digest())
    ordered = _shuffle(sorted(miners), integers)
    groups = [ordered[at : at + group_size] for at in range(0, len(ordered), group_size)]
    return tuple(Committee(tuple(sorted(group)), _draw(stakes, integers)) for group in groups)


def find_charge(committees: Sequence[Committee], validator: str) -> frozenset[str]:
    """The miners that a validator audits."""
    return frozenset(miner for one in committees if validator in one.validators for miner in one.miners)


def _draw(stakes: Mapping[str, int], integers: Iterator[int]) -> tuple[str, ...]:
    left, whole = dict(sorted(stakes.items())), sum(stakes.values())
    chosen: list[str] = []
    held = 0
    while left and (_HALF * held <= whole or len(chosen) < FEWEST):
        found = _pick(left, _below(sum(left.values()), integers))
        held += left.pop(found)
        chosen.append(found)
    return tuple(sorted(chosen))


def _pick(stakes: Mapping[str, int], ticket: int) -> str:
    """The holder of one of the tickets, of which everyone has as many as stake."""
    for validator, stake in stakes.items():
        if ticket < stake:
            return validator
        ticket -= stake
    raise AssertionError("the ticket is below the sum of all stakes")


def _shuffle(names: Sequence[str], integers: Iterator[int]) -> list[str]:
    """A uniform order. Source: Fisher and Yates."""
    order = list(names)
    for at in range(len(order) - 1, 0, -1):
        other = _below(at + 1, integers)
        order[at], order[other] = order[other], order[at]
    return order


def _below(bound: int, integers: Iterator[int]) -> int:
    """A uniform integer below ``bound``; of 128 bits, so that what the remainder favours is beyond measuring."""
    return ((next(integers) << 64) | next(integers)) % bound
