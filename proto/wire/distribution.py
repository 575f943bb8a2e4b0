"""Next-token distributions as they travel: the likeliest tokens, and the mass of all others.

Shapes: B sequences, K listed tokens, V vocabulary.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wire.errors import InvalidDistribution
from wire.tensor import Array

TOP_K = 64
MASS_TOLERANCE = 1e-3
_NEVER = -1e3
"""Stands for the logarithm of nothing."""

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


def _round_down_to_half(values: Array) -> Float32:
    """Largest FP16 values not above ``values``, as float32."""
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    above = half.astype(np.float64) > values
    half[above] = np.nextafter(half[above], np.float16(-np.inf))
    return half.astype(np.float32)


@dataclass(frozen=True, eq=False)
class Distribution:
    """Distributions of the next token of B sequences; natural logarithms."""

    topk_ids: NDArray[np.uint32]  # [B, K]
    topk_logprobs: Float32  # [B, K], FP16 on the wire
    tail_logprob: Float32  # [B], logarithm of the mass that is not in the top K
    vocab_size: int

    @property
    def size(self) -> int:
        """Number of sequences, B."""
        return int(self.tail_logprob.shape[0])

    def validate(self) -> "Distribution":
        """Itself, if it is one distribution per sequence.

        Raises: InvalidDistribution.
        """
        ids, logprobs, tail = self.topk_ids, self.topk_logprobs, self.tail_logprob
        if ids.ndim != 2 or ids.shape != logprobs.shape or tail.shape != ids.shape[:1] or ids.shape[1] < 1:
            raise InvalidDistribution(f"shapes {ids.shape}, {logprobs.shape}, {tail.shape} do not fit together")
        if ids.shape[1] > self.vocab_size or np.any(ids >= self.vocab_size):
            raise InvalidDistribution(f"token ids reach beyond the vocabulary of {self.vocab_size}")
        if not (np.all(logprobs <= 0) and np.all(tail <= 0)):
            raise InvalidDistribution("a log-probability is positive or not a number")
        if np.any(np.diff(np.sort(ids, axis=1), axis=1) == 0):
            raise InvalidDistribution("a token is listed twice")
        mass = self._mass()
        if not np.all((mass > 0) & (mass <= 1 + MASS_TOLERANCE)):
            raise InvalidDistribution(f"probabilities sum to {float(mass.max()):.4f}, must be in (0, 1]")
        return self

    def _mass(self) -> Float64:
        """[B] before normalisation; a tail without tokens is nobody's."""
        listed: Float64 = np.exp(self.topk_logprobs.astype(np.float64)).sum(axis=1)
        return listed + np.exp(self.tail_logprob.astype(np.float64)) if self._others() else listed

    def _others(self) -> int:
        """Number of tokens that are not listed."""
        return self.vocab_size - int(self.topk_ids.shape[1])

    def share_of_unlisted(self) -> Float64:
        """[B] log-probability of each token that is not listed, before normalisation."""
        if not self._others():
            return np.full(self.size, -np.inf)
        share: Float64 = self.tail_logprob.astype(np.float64) - np.log(self._others())
        return share

    def logprob(self, tokens: Array) -> Float64:
        """[B] log-probability of one token per sequence; an unlisted one gets its share of the tail."""
        match = self.topk_ids == np.asarray(tokens)[:, None]
        listed = match.any(axis=1)
        found = np.take_along_axis(self.topk_logprobs, match.argmax(axis=1)[:, None], axis=1)[:, 0]
        chosen: Float64 = np.where(listed, found.astype(np.float64), self.share_of_unlisted())
        return chosen - np.log(self._mass())

    def dense(self) -> Float64:
        """[B, V] probabilities; each row sums to one."""
        probabilities = np.repeat(np.exp(self.share_of_unlisted())[:, None], self.vocab_size, axis=1)
        listed = np.exp(self.topk_logprobs.astype(np.float64))
        np.put_along_axis(probabilities, self.topk_ids.astype(np.int64), listed, axis=1)
        total: Float64 = probabilities.sum(axis=1, keepdims=True)
        result: Float64 = probabilities / total
        return result

    def rows(self, start: int, stop: int) -> "Distribution":
        """The distributions of sequences ``start`` to ``stop``."""
        part = slice(start, stop)
        return Distribution(self.topk_ids[part], self.topk_logprobs[part], self.tail_logprob[part], self.vocab_size)

    def every(self, count: int) -> "Distribution":
        """The last distribution of each ``count`` in a row."""
        last = slice(count - 1, None, count)
        return Distribution(self.topk_ids[last], self.topk_logprobs[last], self.tail_logprob[last], self.vocab_size)

    def expected_logprob(self, temperature: float = 1.0) -> Float64:
        """[B] mean log-probability of a token drawn at a ``temperature`` above zero; minus the entropy at one."""
        mass = np.log(self._mass())
        listed = np.maximum(self.topk_logprobs.astype(np.float64), _NEVER) - mass[:, None]
        share = np.maximum(self.share_of_unlisted(), _NEVER) - mass
        top = np.maximum(listed.max(axis=1), share) / temperature
        drawn = np.exp(listed / temperature - top[:, None])
        others = self._others() * np.exp(share / temperature - top)
        result: Float64 = ((drawn * listed).sum(axis=1) + others * share) / (drawn.sum(axis=1) + others)
        return result

    @classmethod
    def join(cls, parts: Sequence["Distribution"], rows: int) -> "Distribution":
        """Distributions of all parts, sequence by sequence; a part holds as many for each of ``rows`` sequences."""
        k = parts[0].topk_ids.shape[1]
        ids = np.concatenate([part.topk_ids.reshape(rows, -1, k) for part in parts], axis=1)
        logprobs = np.concatenate([part.topk_logprobs.reshape(rows, -1, k) for part in parts], axis=1)
        tail = np.concatenate([part.tail_logprob.reshape(rows, -1) for part in parts], axis=1)
        return cls(ids.reshape(-1, k), logprobs.reshape(-1, k), tail.reshape(-1), parts[0].vocab_size)

    @classmethod
    def from_logprobs(cls, logprobs: Array, k: int = TOP_K) -> "Distribution":
        """Top ``k`` of dense log-probabilities [B, V], normalised first.

        Listed values are rounded down to FP16 and the tail takes up the difference, so what
        is sent sums to one. Order of listed tokens: falling probability, then rising id.

        Raises: InvalidDistribution.
        """
        logits = np.asarray(logprobs, dtype=np.float64)
        if logits.ndim != 2 or not np.isfinite(logits.max(axis=1, initial=-np.inf)).all() or np.isnan(logits).any():
            raise InvalidDistribution("the model's output is not a finite [B, V] array")
        logits = logits - logits.max(axis=1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
        vocab_size = logits.shape[1]
        k = min(k, vocab_size)
        ids = np.sort(np.argpartition(-logits, k - 1, axis=1)[:, :k], axis=1)
        order = np.argsort(-np.take_along_axis(logits, ids, axis=1), axis=1, kind="stable")
        ids = np.take_along_axis(ids, order, axis=1)
        listed = _round_down_to_half(np.take_along_axis(logits, ids, axis=1))
        rest = np.maximum(1.0 - np.exp(listed.astype(np.float64)).sum(axis=1), 1e-30)
        return cls(ids.astype(np.uint32), listed, np.log(rest).astype(np.float32), vocab_size)
