"""Who joins a running network late, and who leaves it early."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from localnet.plan import MinerPlan
from localnet.settings import Settings


@dataclass(frozen=True)
class Change:
    """One miner that comes or leaves in an epoch; who comes rehearses before it takes a seat."""

    epoch: int
    miner: MinerPlan
    joins: bool


def plan_changes(settings: Settings, miners: Sequence[MinerPlan]) -> tuple[Change, ...]:
    """The wished changes, the earliest first: the last honest miner joins, the first honest one leaves."""
    honest = [miner for miner in miners if miner.honest]
    changes = []
    if settings.newcomer is not None:
        changes.append(Change(settings.newcomer, honest[-1], joins=True))
    if settings.leaver is not None:
        changes.append(Change(settings.leaver, honest[0], joins=False))
    return tuple(sorted(changes, key=lambda change: change.epoch))


def present_at(epoch: int, miners: Iterable[MinerPlan], changes: Iterable[Change]) -> tuple[MinerPlan, ...]:
    """The miners that should run in an epoch."""
    absent = {change.miner.name for change in changes if change.joins != (change.epoch <= epoch)}
    return tuple(miner for miner in miners if miner.name not in absent)
