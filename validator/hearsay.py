"""What other validators found out, as it went into our scores."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any

from gating.pooling import Electorate, Estimate, Report, pool_all
from gating.scores import Scoreboard


@dataclass(frozen=True)
class Hearsay:
    """The reports of the other validators, and how stake is spread."""

    reports: tuple[Report, ...]
    electorate: Electorate

    def encode(self) -> dict[str, object]:
        """Record of the audit log; floats survive JSON to the last bit."""
        reports = [
            {
                "validator": one.validator,
                "stake": one.stake,
                "estimates": {hotkey: astuple(found) for hotkey, found in sorted(one.estimates.items())},
            }
            for one in self.reports
        ]
        return {"reports": reports, "own_stake": self.electorate.own, "stake": self.electorate.whole}

    @classmethod
    def decode(cls, record: Mapping[str, Any]) -> "Hearsay":
        """From a record; raises KeyError, TypeError or ValueError when it is something else."""
        reports = tuple(
            Report(
                str(one["validator"]),
                int(one["stake"]),
                {str(hotkey): Estimate(*found) for hotkey, found in one["estimates"].items()},
            )
            for one in record["reports"]
        )
        return cls(reports, Electorate(int(record["own_stake"]), int(record["stake"])))


def score_together(board: Scoreboard, hotkeys: Mapping[str, str], heard: Hearsay) -> dict[str, float]:
    """What each of ``hotkeys`` is paid for, by our own evidence and that of others."""
    settings = board.settings
    known = {hotkey: board.evidence(hotkey) for hotkey in sorted(hotkeys)}
    own = {hotkey: Estimate(*found.estimate(settings)) for hotkey, found in known.items() if found.audits}
    pooled = pool_all(own, heard.reports, heard.electorate)
    nothing = Estimate(0.0, 0.0)
    bounds = {hotkey: pooled.get(hotkey, nothing) for hotkey in known}
    return {
        hotkey: max(0.0, found.mean - settings.doubt * found.error) * known[hotkey].availability
        for hotkey, found in bounds.items()
    }
