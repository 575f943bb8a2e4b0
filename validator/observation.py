"""What one hidden text showed about the experts that foretold it."""

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from gating.lottery import Lottery
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
            "lottery": None if self.route.lottery is None else asdict(self.route.lottery),
        }

    def glimpse(self) -> dict[str, object]:
        """Record of what the gate saw of the text; private, because texts can be guessed from it."""
        seen = self.route.features.astype("<f4").tobytes()
        return {"round": self.round, "item": self.item, "features": base64.b64encode(seen).decode()}

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
                lottery=_decode_lottery(record.get("lottery")),
            )
            groups = tuple(tuple(group) for group in record["groups"])
            logprobs = np.array(record["logprobs"], dtype=np.float64)
            return cls(int(record["round"]), str(record["item"]), str(record["domain"]), route, logprobs, groups)
        except (KeyError, TypeError, ValueError) as error:
            raise CorruptRecords(f"audit record is damaged ({error!r})") from error


def _decode_lottery(found: Mapping[str, Any] | None) -> Lottery | None:
    if found is None:
        return None
    explored = found["explored"]
    return Lottery(
        greedy=tuple(found["greedy"]),
        share=float(found["share"]),
        explored=None if explored is None else tuple(explored),
        pool=int(found["pool"]),
    )


def decode_glimpse(record: Mapping[str, Any]) -> Float64:
    """What the gate saw, from a record of ``Observation.glimpse``, to single precision.

    Raises: CorruptRecords.
    """
    try:
        return np.frombuffer(base64.b64decode(record["features"], validate=True), dtype="<f4").astype(np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptRecords(f"record of features is damaged ({error!r})") from error
