"""Who joins a running network late, and who leaves it early."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from localnet.plan import MinerPlan
from localnet.settings import Settings


@dataclass(frozen=True)
class Change:
    """One miner that comes or leaves so many epochs after the founders have learnt; who comes rehearses first."""

    epochs: int
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
    return tuple(sorted(changes, key=lambda change: change.epochs))


def present_at(since: int, miners: Iterable[MinerPlan], changes: Iterable[Change]) -> tuple[MinerPlan, ...]:
    """The miners that should run ``since`` epochs after the founders have learnt."""
    absent = {change.miner.name for change in changes if change.joins != (change.epochs <= since)}
    return tuple(miner for miner in miners if miner.name not in absent)
