"""What follows from a validator's samples: what each miner earned on each text, and its gains by domain.

Both are computed here from log-probabilities; of what the other validator made of them, nothing is taken over.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from typing import Any

import numpy as np

from gating.contribution import own_gains
from gating.residuals import Moments
from gating.scores import Asked
from validator.errors import CorruptRecords
from validator.observation import Groups, Observation
from validator.payroll import value_experts
from validator.samples import Bundle

Group = Callable[[Observation], Groups]
"""Which experts count as one player, as far as we know."""


@dataclass(frozen=True)
class Text:
    """One audited text: the newest block when its round began, whom it could have asked, what each earned."""

    block: int
    among: frozenset[str]
    asked: Mapping[str, Asked]


@dataclass(frozen=True)
class Findings:
    """What a validator found out in one epoch."""

    validator: str
    epoch: int
    texts: tuple[Text, ...]
    gains: Mapping[str, Mapping[str, Moments]]
    """Gains over the anchor, nats per token, by miner and domain."""

    def encode(self) -> dict[str, object]:
        """As JSON."""
        texts = [
            [text.block, sorted(text.among), {key: astuple(entry) for key, entry in text.asked.items()}]
            for text in self.texts
        ]
        gains = {miner: {name: astuple(cell) for name, cell in row.items()} for miner, row in self.gains.items()}
        return {"validator": self.validator, "epoch": self.epoch, "texts": texts, "gains": gains}

    @classmethod
    def decode(cls, saved: Mapping[str, Any]) -> "Findings":
        """From JSON; raises KeyError, TypeError or ValueError when it is something else."""
        texts = tuple(
            Text(int(block), frozenset(among), {key: Asked(*entry) for key, entry in asked.items()})
            for block, among, asked in saved["texts"]
        )
        gains = {miner: {name: Moments(*cell) for name, cell in row.items()} for miner, row in saved["gains"].items()}
        return cls(str(saved["validator"]), int(saved["epoch"]), texts, gains)


def find_out(bundle: Bundle, group: Group) -> Findings:
    """What follows from a bundle; experts count as one where ``group`` says so, whatever the bundle says.

    Raises: CorruptRecords when what it holds cannot be valued.
    """
    everyone = frozenset(name for one in bundle.rounds for seen in one.texts for name in seen.route.experts)
    texts, gains = [], dict[str, dict[str, Moments]]()
    for one in bundle.rounds:
        for seen in one.texts:
            among = (everyone if one.charge is None else one.charge) | set(seen.route.experts)
            texts.append(Text(one.block, among, _value(replace(seen, groups=group(seen)))))
            _add_gains(gains, seen)
    return Findings(bundle.title.validator, bundle.title.epoch, tuple(texts), gains)


def tabulate_gains(findings: Iterable[Findings]) -> dict[str, dict[str, Moments]]:
    """Gains of one validator's findings by miner, and by domain and epoch: miners learn, so epochs are kept apart."""
    table: dict[str, dict[str, Moments]] = {}
    for one in findings:
        for miner, row in one.gains.items():
            table.setdefault(miner, {}).update({f"{domain} in {one.epoch}": cell for domain, cell in row.items()})
    return table


def _value(seen: Observation) -> dict[str, Asked]:
    try:
        return value_experts(seen)
    except ValueError as error:
        raise CorruptRecords(f"an observation cannot be valued ({error})") from error


def _add_gains(gains: dict[str, dict[str, Moments]], seen: Observation) -> None:
    answered = [not bool(np.isnan(row).all()) for row in seen.logprobs[1:]]
    for hotkey, gain, present in zip(seen.route.experts, own_gains(seen.logprobs), answered, strict=True):
        if present:
            row = gains.setdefault(hotkey, {})
            row[seen.domain] = row.get(seen.domain, Moments()).add(gain)
