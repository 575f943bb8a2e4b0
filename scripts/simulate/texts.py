"""The texts of a study: audits of one domain, held-out texts of one domain, and texts that change it on the way."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gating.text.objective import AuditShape, NextTokenObjective, TextItem
from simulate.experts import Experts

HELD_OUT_STEPS = 96
AUDIT_SHAPE = AuditShape()
HELD_OUT_SHAPE = AuditShape(steps=HELD_OUT_STEPS)


@dataclass(frozen=True)
class Amount:
    """How many texts of each kind and domain to record; of texts that change domain, for each pair of domains."""

    audits: int = 240
    variants: int = 40
    pure: int = 40
    mixed: int = 6


def audit_items(experts: Experts, amount: Amount) -> list[TextItem]:
    """Audit texts, domains in turn, from the validator's own text."""
    streams = {name: experts.audit_tokens(name) for name in experts.domains}
    return _draw(experts, streams, AUDIT_SHAPE, amount.audits)


def pure_items(experts: Experts, amount: Amount) -> list[TextItem]:
    """Held-out texts of one domain each."""
    return _draw(experts, _held_out(experts), HELD_OUT_SHAPE, amount.pure)


def mixed_items(experts: Experts, amount: Amount) -> list[TextItem]:
    """Held-out texts that begin in one domain and change to another halfway through what is foretold."""
    found, half = [], HELD_OUT_STEPS // 2
    streams = _held_out(experts)
    for first in experts.domains:
        for second in experts.domains:
            if first == second:
                continue
            random = np.random.default_rng(list(_seed(f"{first} {second}")))
            for _ in range(amount.mixed):
                length = int(random.integers(HELD_OUT_SHAPE.shortest_prefix, HELD_OUT_SHAPE.longest_prefix + 1))
                before = _window(streams[first], length + half, random)
                after = _window(streams[second], half, random)
                context = experts.tokenizer.decode(before[:length])
                found.append(
                    TextItem(f"{first}>{second}", tuple(before[:length]), tuple(before[length:] + after), context)
                )
    return found


def _held_out(experts: Experts) -> Mapping[str, list[int]]:
    return {name: experts.evaluation_tokens(name) for name in experts.domains}


def _draw(experts: Experts, streams: Mapping[str, list[int]], shape: AuditShape, per_domain: int) -> list[TextItem]:
    objective = NextTokenObjective(streams, experts.tokenizer, shape)
    return objective.draw(_seed(f"{shape.steps} steps"), per_domain * len(objective.domains))


def _window(tokens: Sequence[int], length: int, random: np.random.Generator) -> list[int]:
    start = int(random.integers(0, len(tokens) - length + 1))
    return list(tokens[start : start + length])


def _seed(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
