"""Generation by drafted blocks: who drafts, what the others make of it, and what follows for the weights.

The linear mixture of whole blocks, sum over i of w_i p_i(block), is sampled without anybody's full distributions: draw
an expert by its weight and let it draft. Generated text carries no evidence, so weights only ever fall, and nobody is
a judge of its own draft.

Shape suffixes: E members with the anchor as number 0, T tokens of one block. A member without an answer has NaN.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ANCHOR = 0


@dataclass(frozen=True)
class Forbearance:
    """What is forgiven, in nats: of a drafter per token and in all, of a reader in all.

    A drafter's tokens are measured by how surprised the most lenient of the others is beyond the surprise that
    it would expect of a draft of its own. Texts of honest specialists stay within this; junk does not.
    """

    drafter_per_token: float = 1.5
    drafter: float = 8.0
    reader: float = 2.0


@dataclass(frozen=True, eq=False)
class Verdicts:
    """What the members said of one block: log-probabilities of its tokens, and those that they would expect, [E, T].

    A member expects the mean log-probability of tokens that it draws itself, at the temperature of the draft.
    """

    logprobs: Array
    expected: Array

    def typicality(self) -> Array:
        """How much likelier the block is to each member than it expects of its own drafts, nats, [E]."""
        return np.asarray((self.logprobs - self.expected).sum(axis=1))

    def by_others(self, drafter: int) -> float:
        """Typicality to the most lenient member but the drafter; zero when nobody else answered."""
        others = np.delete(self.typicality(), drafter)
        return 0.0 if np.isnan(others).all() else float(np.nanmax(others))


@dataclass
class Standing:
    """Weights of one text that is being generated, [E]: they may fall, never rise; the anchor takes what is lost."""

    prior: Array
    forbearance: Forbearance = field(default_factory=Forbearance)

    def __post_init__(self) -> None:
        self.prior = self.prior / self.prior.sum()
        self._drafts = _Debts(len(self.prior), self.forbearance.drafter)
        self._reading = _Debts(len(self.prior), self.forbearance.reader)
        self._gone = np.zeros(len(self.prior), dtype=bool)

    @property
    def weights(self) -> Array:
        """The weights in force, [E]."""
        kept = np.where(self._gone, 0.0, self._drafts.factors() * self._reading.factors())
        weights = self.prior * kept
        weights[ANCHOR] = 1.0 - weights[ANCHOR + 1 :].sum()
        return np.asarray(weights)

    def dismiss(self, member: int) -> None:
        """An expert that answers no more is out for good."""
        self._gone[member] = member != ANCHOR

    def judge(self, drafter: int, verdicts: Verdicts) -> None:
        """Take note of what was said of a block that ``drafter`` drafted.

        The drafter falls if all the others find its block untypical; the others fall if they find it far less
        likely than the anchor does.
        """
        tokens = verdicts.logprobs.shape[1]
        self._drafts.owe(drafter, -verdicts.by_others(drafter) - tokens * self.forbearance.drafter_per_token)
        behind = (verdicts.logprobs[ANCHOR] - verdicts.logprobs).sum(axis=1)
        for member in range(1, len(behind)):
            if member != drafter and not np.isnan(behind[member]):
                self._reading.owe(member, float(behind[member]))


class _Debts:
    """What each member owes, and the most it ever owed: good deeds pay debts, they earn no credit."""

    def __init__(self, members: int, forgiven: float) -> None:
        self._owed = np.zeros(members)
        self._most = np.zeros(members)
        self._forgiven = forgiven

    def owe(self, member: int, nats: float) -> None:
        self._owed[member] = max(0.0, self._owed[member] + nats)
        self._most[member] = max(self._most[member], self._owed[member])

    def factors(self) -> Array:
        return np.asarray(np.exp(-np.maximum(0.0, self._most - self._forgiven)))


def choose_drafter(weights_E: Array, uniform: float) -> int:
    """The member that drafts the next block, drawn by weight with a number in [0, 1)."""
    below = np.cumsum(weights_E)
    return int(min(np.searchsorted(below, uniform * below[-1], side="right"), np.flatnonzero(weights_E)[-1]))


def rank_drafts(weights_E: Array, drafters: Sequence[int], verdicts: Sequence[Verdicts]) -> list[int]:
    """Numbers of the drafts from best to worst by the mixture without their drafter.

    Drafts that all the others find less typical than they expect of any text come last, however likely somebody
    says that they are, except the anchor's own; else a liar could talk down all drafts but its own.
    """
    allowed_per_token = Forbearance().drafter_per_token

    def key(at: int) -> tuple[bool, float]:
        drafter, verdict = drafters[at], verdicts[at]
        allowed = verdict.logprobs.shape[1] * allowed_per_token
        junk = drafter != ANCHOR and verdict.by_others(drafter) < -allowed
        return not junk, _plausibility(weights_E, drafter, verdict)

    return sorted(range(len(drafters)), key=key, reverse=True)


def _plausibility(weights_E: Array, drafter: int, verdicts: Verdicts) -> float:
    """Log-probability of a block in the mixture without its drafter; minus infinity when nobody else answered."""
    weights = np.where(np.isnan(verdicts.logprobs).any(axis=1), 0.0, weights_E)
    weights[drafter] = 0.0
    if not weights.any():
        return -np.inf
    return float(_log_sum(_log(weights / weights.sum()) + np.nan_to_num(verdicts.logprobs.sum(axis=1))))


@dataclass(frozen=True, eq=False)
class Account:
    """Who spoke each token of a block that was drawn from the mixture.

    ``logprobs``, [T], sum to the block's logarithm in the mixture of blocks. ``before``, [T, E], are the members'
    shares in what was said of the block up to each token, ``shares`` with that token: their posterior, which
    explains and never raises a weight.
    """

    logprobs: Array
    before: Array
    shares: Array


def explain(weights_E: Array, logprobs_ET: Array) -> Account:
    """The account of a block with these weights; members without an answer have no share."""
    absent_E = np.isnan(logprobs_ET).any(axis=1)
    weights = np.where(absent_E, 0.0, weights_E)
    said_TE = np.where(absent_E, 0.0, logprobs_ET.T)
    joint_TE = _log(weights / weights.sum()) + np.vstack([np.zeros(len(weights)), said_TE.cumsum(axis=0)])
    total_T = _log_sum(joint_TE)
    shares_TE = np.exp(joint_TE - total_T[:, None])
    return Account(np.diff(total_T), shares_TE[:-1], shares_TE[1:])


def _log(values: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(values))


def _log_sum(values: Array) -> Array:
    """Logarithm of the sum of exponentials over the last axis."""
    top = values.max(axis=-1, keepdims=True)
    return np.asarray((np.log(np.exp(values - top).sum(axis=-1, keepdims=True)) + top)[..., 0])
