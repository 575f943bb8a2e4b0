"""The mixture on held-out texts, as a validator serves it: routed, routed anew as the text goes on, and mixed.

Shape suffixes: N texts, S segments, V views, T tokens, E members with the anchor as number 0, D features.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from gating.mixture import FixedShare
from gating.pursuit import VIEWS, Pursuit
from gating.router import Router
from gating.text.tokenizer import TextTokenizer
from simulate.experts import ANCHOR
from simulate.recording import Float64, Recording
from simulate.study import Encode

SEGMENT_TOKENS = 1


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Texts with what the gate sees before each of their segments in each view, [N, S, V, D]."""

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
    """Loss of the mixture in bits per byte, and who was asked at each turn: numbers of members, [N, S, E]."""

    loss: float
    members: NDArray[np.int64]

    @property
    def joins(self) -> float:
        """How many experts join on the way, per text."""
        before, after = self.members[:, :-1, None, :], self.members[:, 1:, :, None]
        return float((before != after).all(axis=3).sum(axis=(1, 2)).mean())


def look_ahead(recording: Recording, tokenizer: TextTokenizer, encode: Encode) -> HeldOut:
    """Features of the newest text before each segment."""
    steps = next(iter(recording.answers.values())).shape[1]
    features = []
    for item in recording.items:
        tokens = item.prefix + item.continuation
        ends = range(len(item.prefix), len(item.prefix) + steps, SEGMENT_TOKENS)
        features.append([[encode(tokenizer.decode(tokens[:end][-view:])) for view in VIEWS] for end in ends])
    return HeldOut(recording, np.array(features), SEGMENT_TOKENS)


@dataclass(frozen=True)
class Manner:
    """How a mixture is served; without the parts that are switched off to see what they are worth."""

    anchor: bool = True
    follow: bool = True
    """Route anew for each segment."""
    heed: bool = True
    """Choose in the light of the answers to the tokens so far; otherwise by what the gate sees alone."""
    alpha: float = 0.02
    """Share of the weights that goes back to the gate's at each token; one leaves them there."""


def serve(held_out: HeldOut, router: Router, experts: Sequence[str], k: int, manner: Manner | None = None) -> Served:
    """Route every text to ``k`` experts, anew for each segment, and mix them with the anchor."""
    manner = manner or Manner()
    answers = np.stack([held_out.recording.answers[name] for name in (ANCHOR, *experts)])
    texts, length = answers.shape[1], held_out.segment_tokens
    crew = Crew(router, experts, texts, heed=manner.heed)
    share: FixedShare | None = None
    logprobs, turns = np.zeros(answers.shape[1:]), []
    for segment in range(held_out.features.shape[1]):
        if segment == 0 or manner.follow:
            prior, members, places = crew.turn(held_out.features[:, segment], k)
            prior[:, 0] *= manner.anchor
            if share is None:
                share = FixedShare(prior, manner.alpha)
            else:
                share.replace(prior, places)
        assert share is not None, "the first segment routes"
        turns.append(members)
        part = slice(segment * length, (segment + 1) * length)
        said = answers[members, np.arange(texts)[:, None], part]
        logprobs[:, part] = np.stack([share.update(said[:, :, step]) for step in range(said.shape[2])], axis=1)
        crew.observe(said)
    return Served(held_out.bits(logprobs), np.stack(turns, axis=1))


class Crew:
    """The members of each text's mixture as the texts go on."""

    def __init__(self, router: Router, experts: Sequence[str], texts: int, *, heed: bool = True) -> None:
        self._router = router
        self._experts = experts
        self._heed = heed
        self._number = {name: place + 1 for place, name in enumerate(experts)}
        self._pursuits = [Pursuit(router) for _ in range(texts)]
        self._members: NDArray[np.int64] = np.zeros((texts, 1), dtype=np.int64)

    def turn(self, features_NVD: Float64, k: int) -> tuple[Float64, NDArray[np.int64], NDArray[np.int64]]:
        """Weights, numbers, and numbers among the members before, -1 for newcomers, of each text's members, [N, E]."""
        pairs = zip(self._pursuits, features_NVD, strict=True)
        choices = [pursuit.choose(list(sights), self._experts, k) for pursuit, sights in pairs]
        before = self._members
        self._members = np.array([[0, *(self._number[name] for name in choice.hotkeys)] for choice in choices])
        prior = np.stack([one.weigh(choice) for one, choice in zip(self._pursuits, choices, strict=True)])
        return prior, self._members, _places(before, self._members)

    def observe(self, said_NET: Float64) -> None:
        """Take in what the members gave the tokens that were revealed since the last turn; without heed, forget it."""
        if not self._heed:
            self._pursuits = [Pursuit(self._router) for _ in self._pursuits]
            return
        for pursuit, said in zip(self._pursuits, said_NET, strict=True):
            pursuit.observe(said)


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
