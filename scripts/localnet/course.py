"""Who joins a running network late, and who leaves it early."""

from collections.abc import Mapping
from dataclasses import dataclass

from localnet.plan import MinerPlan
from localnet.settings import Settings


@dataclass
class Course:
    """The miners of a network as it goes on; changes come so many epochs after the founders have learnt.

    The last honest miner is the newcomer, and the best paid honest one at that time leaves.
    """

    miners: tuple[MinerPlan, ...]
    newcomer: int | None = None
    leaver: int | None = None
    epoch: int = 0
    learnt_in: int | None = None
    """Epoch in which the last founder had learnt."""
    gone: MinerPlan | None = None

    @property
    def present(self) -> tuple[MinerPlan, ...]:
        """The miners that should run now."""
        late = None if self.newcomer is None or self._is_time(self.newcomer) else self._last
        return tuple(miner for miner in self.miners if miner not in (late, self.gone))

    def follow(self, epoch: int, states: Mapping[str, str], incentives: Mapping[str, float | None]) -> None:
        """Go on to an epoch, with what the miners of some names do and earn."""
        self.epoch = epoch
        if self.learnt_in is None and all(states.get(miner.name) == "serving" for miner in self.present):
            self.learnt_in = epoch
        if self.gone is None and self.leaver is not None and self._is_time(self.leaver):
            staying = [miner for miner in self.present if miner.honest]
            if self.newcomer is not None:
                staying = [miner for miner in staying if miner != self._last]
            self.gone = max(staying, key=lambda miner: incentives.get(miner.name) or 0.0)

    @property
    def _last(self) -> MinerPlan:
        return [miner for miner in self.miners if miner.honest][-1]

    def _is_time(self, epochs: int) -> bool:
        return self.learnt_in is not None and self.epoch - self.learnt_in >= epochs


def plan_course(settings: Settings, miners: tuple[MinerPlan, ...]) -> Course:
    """The wished changes."""
    return Course(miners, settings.newcomer, settings.leaver)
