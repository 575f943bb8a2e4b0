"""What one hidden text showed about the experts that foretold it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from validator.errors import CorruptRecords
from validator.routing import Route
from validator.seats import Float64

FORMAT = 1

Groups = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Observation:
    """One text of one audit round.

    ``logprobs`` is float64 [1 + experts, steps], natural, the anchor first, NaN where an expert was absent.
    ``item`` names the text without telling it; ``groups`` are experts that count as one, see gating.
    """

    round: int
    item: str
    domain: str
    route: Route
    logprobs: Float64
    groups: Groups = field(default=())

    def encode(self) -> dict[str, object]:
        """Record of the audit log; floats survive JSON to the last bit, an absent answer is null."""
        rows = [[None if np.isnan(value) else float(value) for value in row] for row in self.logprobs]
        return {
            "format": FORMAT,
            "round": self.round,
            "item": self.item,
            "domain": self.domain,
            "experts": self.route.experts,
            "propensities": self.route.propensities,
            "routed": self.route.routed,
            "prior": [float(value) for value in self.route.prior],
            "groups": self.groups,
            "logprobs": rows,
        }

    @classmethod
    def decode(cls, record: Mapping[str, Any]) -> "Observation":
        """The observation of a record; what the gate saw of the text is private and not in it.

        Raises: CorruptRecords.
        """
        try:
            if record["format"] != FORMAT:
                raise CorruptRecords(f"audit record of format {record['format']} (this version reads {FORMAT})")
            route = Route(
                features=np.zeros(0),
                experts=tuple(record["experts"]),
                prior=np.array(record["prior"], dtype=np.float64),
                propensities=tuple(record["propensities"]),
                routed=tuple(record["routed"]),
            )
            groups = tuple(tuple(group) for group in record["groups"])
            logprobs = np.array(record["logprobs"], dtype=np.float64)
            return cls(int(record["round"]), str(record["item"]), str(record["domain"]), route, logprobs, groups)
        except (KeyError, TypeError, ValueError) as error:
            raise CorruptRecords(f"audit record is damaged ({error!r})") from error
