"""Whoever adds nothing earns nothing: synthetic experts and real models through gate, pay and scores."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gating.contribution import contribution
from gating.features import Features
from gating.mixture import gate_weights
from gating.objective import audit_seed
from gating.router import LinUCBRouter
from gating.scores import Asked, Scoreboard
from gating.text.corpus import build_splits, default_corpora
from gating.text.objective import TextItem, load_objective
from gating.text.tokenizer import train_tokenizer

if TYPE_CHECKING:
    from gating.text.model import LanguageModel


@dataclass
class Validator:
    """Gate, pay and scores as a validator runs them when it can ask everybody; answers are [T] per text."""

    experts: list[str]
    router: LinUCBRouter = field(default_factory=LinUCBRouter)
    board: Scoreboard = field(default_factory=Scoreboard)
    features: Features = field(default_factory=Features)

    def audit(self, items: Iterable[TextItem], logprobs: Iterable[np.ndarray]) -> None:
        self.board.track(self.experts)
        lessons = []
        for item, rows in zip(items, logprobs, strict=True):
            seen = self.features.encode(item.context)
            weights = gate_weights(self.router.predict(seen, self.experts))
            found = contribution(rows, weights)
            self.board.record({hotkey: Asked(paid) for hotkey, paid in zip(self.experts, found.paid, strict=True)})
            lessons.append((seen, found.own_gain))
        for seen, gains in lessons:
            for hotkey, gain in zip(self.experts, gains, strict=True):
                self.router.update(hotkey, seen, gain)

    def shares(self) -> dict[str, float]:
        scores = self.board.scores()
        return {hotkey: score / sum(scores.values()) for hotkey, score in scores.items()}


CONTEXTS = ("def f(self):\n    return self.x\n", "template <class T> T* find();\n", "This licence is granted. ")


def synthetic_text(domain: int, rng: np.random.Generator) -> tuple[TextItem, np.ndarray]:
    """An anchor, three specialists (one weak), random weights, noise, a copy of the anchor, and a boaster."""
    anchor = -rng.exponential(3.0, 32)
    gains = [0.4 if domain == 2 else 0.9, -2.5]
    rows = [anchor + rng.normal(gains[number != domain], 1.0, 32) for number in range(3)]
    rows.append(np.log(1 / 2048) + rng.normal(0, 0.3, 32))
    rows.append(np.log(1 / 2048) - 2 + rng.normal(0, 2.0, 32))
    rows.append(anchor + rng.normal(-0.02, 0.05, 32))
    rows.append(np.where(rng.random(32) < 0.2, -0.01, -25.0))
    item = TextItem(str(domain), (), (), CONTEXTS[domain] * 2 + str(rng.integers(1_000)))
    return item, np.minimum(np.vstack([anchor, *rows]), 0.0)


@pytest.mark.parametrize("seed", range(3))
def test_synthetic_bad_experts_earn_less_than_two_percent(seed: int) -> None:
    rng = np.random.default_rng(seed)
    validator = Validator(["one", "two", "weak", "random", "noise", "copy", "boaster"])
    for _ in range(15):
        texts = [synthetic_text(turn % 3, rng) for turn in range(16)]
        validator.audit([item for item, _ in texts], [rows for _, rows in texts])
    shares = validator.shares()
    assert min(shares[honest] for honest in ("one", "two", "weak")) > 0.05
    assert max(shares[bad] for bad in ("random", "noise", "copy", "boaster")) < 0.02


def test_real_specialists_are_paid_and_random_weights_and_noise_are_not(tmp_path: Path) -> None:
    import torch

    from gating.text.model import LanguageModel, ModelConfig
    from gating.text.sources import read_folder
    from gating.text.training import Schedule, Trainer

    torch.set_num_threads(1)
    domains = ["docstrings", "python"]
    build_splits({name: default_corpora()[name] for name in domains}, tmp_path, 1)
    tokenizer = train_tokenizer(tmp_path / "train", tmp_path / "tokenizer.json", 512)
    shape = ModelConfig(tokenizer.vocab_size, width=64, layers=1)

    def train(seed: int, *names: str) -> LanguageModel:
        streams = [tokenizer.encode(read_folder(tmp_path / "train" / name)[:300_000]) for name in names]
        trainer = Trainer(
            LanguageModel.build(shape, seed), streams, seed, Schedule(total_seconds=120), count().__next__
        )
        while not trainer.finished:
            trainer.step()
        return trainer.model

    models = [train(0, *domains), train(1, "docstrings"), train(2, "python"), LanguageModel.build(shape, 3)]
    objective = load_objective(tmp_path / "audit" / "validator-0", tokenizer)
    validator, rng = Validator([*domains, "random", "noise"]), np.random.default_rng(0)
    for number in range(8):
        items = objective.draw(audit_seed(b"secret", bytes([number])), 16)
        answers = [_true_logprobs(model, items) for model in models] + [_noise(tokenizer.vocab_size, rng)]
        validator.audit(items, [np.stack(rows) for rows in zip(*answers, strict=True)])
    shares = validator.shares()
    assert min(shares[name] for name in domains) > 0.1
    assert max(shares["random"], shares["noise"]) < 0.02


def _true_logprobs(model: "LanguageModel", items: Sequence[TextItem]) -> list[np.ndarray]:
    """[T] for each text: what the model said of each true token before it saw it."""
    tables = model.score([[*item.prefix, *item.continuation] for item in items])
    return [
        table[np.arange(32) + len(item.prefix) - 1, list(item.continuation)].astype(np.float64)
        for item, table in zip(items, tables, strict=True)
    ]


def _noise(vocab_size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """[T] for each of 16 texts: the true token's share of a distribution drawn at random."""
    logits = rng.normal(0.0, 2.0, (16, 32, vocab_size))
    return list(logits[..., 0] - np.log(np.exp(logits).sum(axis=-1)))
