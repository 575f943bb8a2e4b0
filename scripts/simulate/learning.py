"""A validator's gate and scores, learning from recorded audits of which it sees only a part."""

from dataclasses import dataclass, field

import numpy as np

from gating.contribution import contribution
from gating.likeness import Likeness, Text
from gating.mixture import gate_weights
from gating.router import Choice, Router
from gating.scores import Asked, Scoreboard, answered_share
from simulate.experts import ANCHOR
from simulate.recording import Float64, Recording


@dataclass
class Validator:
    """Learns whom to ask and whom to pay."""

    experts: tuple[str, ...]
    router: Router
    asked: int = 2
    board: Scoreboard = field(default_factory=Scoreboard)
    likeness: Likeness = field(default_factory=Likeness)

    def __post_init__(self) -> None:
        self.board.track(self.experts)

    def audit(self, recording: Recording, text: int, features: Float64) -> None:
        """Question a few experts about one recorded text and learn from their answers alone."""
        choice = self.router.choose(features, self.experts, self.asked, explore=True)
        self.take(choice, recording.rows([ANCHOR, *choice.hotkeys], text), features)

    def take(self, choice: Choice, logprobs: Float64, features: Float64) -> None:
        """Learn from the answers of those who were asked, [1 + asked, T]."""
        prior = gate_weights(np.array(choice.scores))
        found = contribution(logprobs, prior, self.likeness.groups(Text(choice.hotkeys, logprobs)))
        self.likeness.observe(choice.hotkeys, logprobs)
        for hotkey, gain, propensity in zip(choice.hotkeys, found.own_gain, choice.propensities, strict=True):
            self.router.update(hotkey, features, gain, propensity)
        parts = zip(found.paid, choice.propensities, choice.routed, answered_share(logprobs), strict=True)
        self.board.record({hotkey: Asked(*part) for hotkey, part in zip(choice.hotkeys, parts, strict=True)})

    def shares(self) -> dict[str, float]:
        """Each expert's part of the pay; zero for everyone while nobody has earned."""
        scores = self.board.scores()
        total = sum(scores.values())
        return {hotkey: score / total if total > 0 else 0.0 for hotkey, score in scores.items()}
