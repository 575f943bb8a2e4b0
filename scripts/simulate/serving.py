"""The mixture on held-out texts, as a validator serves it: routed, routed anew as the text goes on, and mixed.

Shape suffixes: N texts, S segments, T tokens, E members with the anchor as number 0, D features.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from gating.mixture import FixedShare, gate_weights
from gating.router import Router
from gating.text.tokenizer import TextTokenizer
from simulate.experts import ANCHOR
from simulate.recording import Float64, Recording
from simulate.study import Encode

SEGMENT_TOKENS = 8
VIEWS = (160, 24)
"""Lengths of the newest text, in tokens, that the gate looks at: what it is about, and what it has turned to."""


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Texts with what the gate sees before each of their segments, [N, S, D]."""

    recording: Recording
    features: Float64
    segment_tokens: int

    def pick(self, texts: Sequence[int]) -> "HeldOut":
        """Some of the texts."""
        recording, chosen = self.recording, list(texts)
        answers = {name: rows[chosen] for name, rows in recording.answers.items()}
        items = tuple(recording.items[text] for text in chosen)
        return replace(
            self, recording=Recording(items, answers, recording.size_bytes[chosen]), features=self.features[chosen]
        )

    def bits(self, logprobs_NT: Float64) -> float:
        """Mean over texts of bits per byte."""
        return float((-logprobs_NT.sum(axis=1) / np.log(2) / self.recording.size_bytes).mean())


@dataclass(frozen=True, eq=False)
class Served:
    """Loss of the mixture in bits per byte, and who was asked first about each text."""

    loss: float
    chosen: tuple[tuple[str, ...], ...]


def look_ahead(recording: Recording, tokenizer: TextTokenizer, encode: Encode) -> HeldOut:
    """Features of the newest text before each segment, the mean of its views."""
    steps = next(iter(recording.answers.values())).shape[1]
    features = []
    for item in recording.items:
        tokens = item.prefix + item.continuation
        ends = range(len(item.prefix), len(item.prefix) + steps, SEGMENT_TOKENS)
        features.append([_look(tokens[:end], tokenizer, encode) for end in ends])
    return HeldOut(recording, np.array(features), SEGMENT_TOKENS)


def _look(tokens: Sequence[int], tokenizer: TextTokenizer, encode: Encode) -> Float64:
    """Mean of the views as a unit vector."""
    total: Float64 = sum((encode(tokenizer.decode(tokens[-view:])) for view in VIEWS), np.zeros(1))
    result: Float64 = total / np.sqrt((total * total).sum())
    return result


@dataclass(frozen=True)
class Manner:
    """How a mixture is served; without the parts that are switched off to see what they are worth."""

    anchor: bool = True
    follow: bool = True
    """Route anew for each segment."""
    alpha: float = 0.02
    """Share of the weights that goes back to the gate's at each token; one leaves them there."""

    def prior(self, gains: Float64) -> Float64:
        """Weights of anchor and experts for predicted gains, [N, E]."""
        weights = gate_weights(gains)
        weights[:, 0] *= self.anchor
        return weights


def serve(held_out: HeldOut, router: Router, experts: Sequence[str], k: int, manner: Manner | None = None) -> Served:
    """Route every text to ``k`` experts, anew for each segment, and mix them with the anchor."""
    manner = manner or Manner()
    answers = np.stack([held_out.recording.answers[name] for name in (ANCHOR, *experts)])
    number = {name: place + 1 for place, name in enumerate(experts)}
    texts, length = answers.shape[1], held_out.segment_tokens
    share: FixedShare | None = None
    members = np.zeros((texts, k + 1), dtype=np.int64)
    logprobs = np.zeros(answers.shape[1:])
    chosen: tuple[tuple[str, ...], ...] = ()
    for segment in range(held_out.features.shape[1]):
        if segment == 0 or manner.follow:
            choices = [router.choose(features, experts, k) for features in held_out.features[:, segment]]
            prior = manner.prior(np.array([choice.scores for choice in choices]))
            fresh = np.array([[0, *(number[name] for name in choice.hotkeys)] for choice in choices])
            if share is None:
                share, chosen = FixedShare(prior, manner.alpha), tuple(choice.hotkeys for choice in choices)
            else:
                share.replace(prior, _places(members, fresh))
            members = fresh
        assert share is not None, "the first segment routes"
        for step in range(segment * length, min((segment + 1) * length, answers.shape[2])):
            logprobs[:, step] = share.update(answers[members, np.arange(texts)[:, None], step])
    return Served(held_out.bits(logprobs), chosen)


def _places(old_NE: NDArray[np.int64], new_NE: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each new member its place among the old ones, -1 for one that was not there."""
    same = new_NE[:, :, None] == old_NE[:, None, :]
    return np.where(same.any(axis=2), same.argmax(axis=2), -1)


@dataclass(frozen=True)
class Bounds:
    """What hindsight and full information reach, bits per byte."""

    best_single: float
    per_query_oracle: float
    dense: float
    best_pair: float


def compute_bounds(held_out: HeldOut, experts: Sequence[str]) -> Bounds:
    """Best single model, best one for each text, mixture of all, and for each text the best pair with the anchor."""
    answers = held_out.recording.answers
    alone = np.stack([_text_bits(held_out, answers[name]) for name in (ANCHOR, *experts)])
    pairs = [_text_bits(held_out, _mixed(answers, pair)) for pair in combinations(experts, 2)]
    return Bounds(
        best_single=float(alone.mean(axis=1).min()),
        per_query_oracle=float(alone.min(axis=0).mean()),
        dense=float(_text_bits(held_out, _mixed(answers, experts)).mean()),
        best_pair=float(np.stack(pairs).min(axis=0).mean()),
    )


def _text_bits(held_out: HeldOut, logprobs_NT: Float64) -> Float64:
    bits: Float64 = -logprobs_NT.sum(axis=1) / np.log(2) / held_out.recording.size_bytes
    return bits


def _mixed(answers: Mapping[str, Float64], members: Sequence[str]) -> Float64:
    """Fixed share over some experts and the anchor from equal weights, [N, T]."""
    rows = np.stack([answers[name] for name in (ANCHOR, *members)], axis=-1)
    share = FixedShare(np.ones((rows.shape[0], rows.shape[2])))
    return np.stack([share.update(rows[:, step]) for step in range(rows.shape[1])], axis=1)
