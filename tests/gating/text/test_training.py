"""Training learns, yields after short steps, and continues where it stopped."""

import itertools
from pathlib import Path

import pytest
import torch

from gating.checkpoint import CorruptCheckpoint
from gating.text.model import LanguageModel, ModelConfig
from gating.text.prepare import AnchorProgress, train_anchor
from gating.text.sources import CorpusError
from gating.text.tokenizer import train_tokenizer
from gating.text.training import Schedule, Trainer, heldout_nats, model_directory

SMALL = ModelConfig(vocab_size=50, width=32, layers=1, context=64)
TOKENS = list(itertools.islice(itertools.cycle(range(3, 47)), 3_000))
QUICK = Schedule(total_seconds=1_000, window_tokens=24, warm_up_steps=5)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


def make_trainer(seed: int = 0) -> Trainer:
    return Trainer(LanguageModel.build(SMALL, 0), [TOKENS], seed, QUICK, clock=itertools.count().__next__)


def test_a_regular_text_is_learnt() -> None:
    trainer = make_trainer()
    before = heldout_nats(trainer.model, TOKENS, 24)
    for _ in range(60):
        trainer.step()
    assert heldout_nats(trainer.model, TOKENS, 24) < 0.3 * before


def test_a_resumed_run_takes_the_same_steps(tmp_path: Path) -> None:
    straight, first = make_trainer(), make_trainer()
    for _ in range(6):
        straight.step()
    for _ in range(3):
        first.step()
    first.save(tmp_path / "run")
    model = LanguageModel.load(model_directory(tmp_path / "run"))
    second = Trainer(model, [TOKENS], 0, QUICK, clock=itertools.count().__next__)
    second.resume(tmp_path / "run")
    for _ in range(3):
        second.step()
    assert second.progress == straight.progress


def test_rate_warms_up_then_decays_with_the_seconds_spent() -> None:
    schedule = Schedule(total_seconds=10, peak=1.0, floor=0.1, warm_up_steps=4)
    assert [schedule.rate(step, 0) for step in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert schedule.rate(9, 5) == 0.5
    assert schedule.rate(9, 100) == 0.1


def test_budget_ends_training() -> None:
    trainer = Trainer(
        LanguageModel.build(SMALL, 0),
        [TOKENS],
        0,
        Schedule(total_seconds=2, window_tokens=8),
        itertools.count().__next__,
    )
    while not trainer.finished:
        trainer.step()
    assert trainer.progress.steps == 2


def test_damaged_record_and_short_text_are_refused(tmp_path: Path) -> None:
    trainer = make_trainer()
    trainer.step()
    trainer.save(tmp_path / "run")
    (tmp_path / "run/trainer.json").write_text("{")
    with pytest.raises(CorruptCheckpoint, match="delete it"):
        make_trainer().resume(tmp_path / "run")
    with pytest.raises(ValueError, match="longer than"):
        Trainer(LanguageModel.build(SMALL, 0), [TOKENS[:20]], 0, QUICK)


def test_anchor_appears_whole_and_reports_its_progress(tmp_path: Path) -> None:
    for domain, line in {"a": "one expert speaks of this\n", "b": "another says that, often\n"}.items():
        (tmp_path / "train" / domain).mkdir(parents=True)
        (tmp_path / "train" / domain / "text.txt").write_text(line * 400)
    train_tokenizer(tmp_path / "train", tmp_path / "tokenizer.json", 300)
    seen: list[AnchorProgress] = []
    train_anchor(tmp_path / "train", tmp_path / "tokenizer.json", tmp_path / "anchor", 1.0, seen.append)
    assert seen[-1].seconds >= 1.0
    assert LanguageModel.load(tmp_path / "anchor").vocab_size <= 300
    with pytest.raises(CorpusError):
        train_anchor(tmp_path / "none", tmp_path / "tokenizer.json", tmp_path / "other", 1.0)
