"""A miner's own training, in small steps between answers, with a checkpoint that survives anything."""

import hashlib
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from gating.text.model import LanguageModel, ModelConfig
from gating.text.sources import read_folder
from gating.text.tokenizer import TextTokenizer
from gating.text.training import Schedule, Trainer, heldout_nats, model_directory

logger = logging.getLogger(__name__)

SAVE_SECONDS = 10.0
_HELD_OUT_SHARE = 0.05
_HELD_OUT_TOKENS = 20_000
_REPORT_STEPS = 10


class CorpusTooShort(Exception):
    """The text cannot fill one training window."""


@dataclass(frozen=True)
class Learned:
    """How far training is; ``loss`` in nats per token."""

    steps: int = 0
    seconds: float = 0.0
    loss: float | None = None
    heldout_bits_per_byte: float | None = None


@dataclass(frozen=True)
class LearnerConfig:
    """What to learn, where to keep it, for how long."""

    corpus_dir: Path
    tokenizer: TextTokenizer
    directory: Path
    seconds: float
    seed: int


def load_or_build(directory: Path, source: str | None, vocab_size: int, seed: int) -> LanguageModel:
    """The model of the last checkpoint; else that of ``source``; else a new one.

    Raises: CorruptCheckpoint.
    """
    if model_directory(directory).is_dir():
        return LanguageModel.load(model_directory(directory))
    if source is not None:
        return LanguageModel.load(Path(source) if Path(source).exists() else source)
    return LanguageModel.build(ModelConfig(vocab_size), seed)


class TextLearner:
    """Trains a model on a folder of text; all calls but ``learned`` come from the worker thread.

    ``on_checkpoint`` is called after a checkpoint is written, with whether training is over.
    """

    def __init__(self, trainer: Trainer, config: LearnerConfig, held_out: list[int]) -> None:
        self._trainer = trainer
        self._config = config
        self._held_out = held_out
        self._saved_at = time.monotonic()
        self._saved_steps = trainer.progress.steps
        self.on_checkpoint: Callable[[bool], None] = lambda _: None
        self.learned = Learned()
        self._report(self._measure() if trainer.progress.steps else None)

    @property
    def finished(self) -> bool:
        """Whether the budget is spent."""
        return self._trainer.finished

    def step(self) -> None:
        """One micro-batch, and a checkpoint when it is time."""
        self._trainer.step()
        if self._trainer.progress.steps % _REPORT_STEPS == 0 or self.finished:
            self._report()
        if self.finished or time.monotonic() - self._saved_at >= SAVE_SECONDS:
            self._save()

    def close(self) -> None:
        """Keep what was learnt since the last checkpoint."""
        if self._trainer.progress.steps > self._saved_steps:
            self._save()

    def _save(self) -> None:
        self._trainer.save(self._config.directory)
        self._saved_at, self._saved_steps = time.monotonic(), self._trainer.progress.steps
        self._report(self._measure())
        self.on_checkpoint(self.finished)

    def _measure(self) -> float | None:
        if not self._held_out:
            return None
        nats = heldout_nats(self._trainer.model, self._held_out)
        tokens_per_byte = len(self._held_out) / max(1, self._config.tokenizer.count_bytes(self._held_out))
        return nats / math.log(2) * tokens_per_byte

    def _report(self, heldout: float | None = None) -> None:
        progress = self._trainer.progress
        loss = None if math.isnan(progress.loss) else progress.loss
        heldout = self.learned.heldout_bits_per_byte if heldout is None else heldout
        self.learned = Learned(progress.steps, progress.seconds, loss, heldout)


def build_learner(model: LanguageModel, config: LearnerConfig) -> TextLearner:
    """A learner that goes on where the last checkpoint stopped.

    Raises: CorruptCheckpoint, CorpusError, CorpusTooShort.
    """
    tokens = _read_tokens(config.corpus_dir, config.tokenizer)
    kept = min(int(len(tokens) * _HELD_OUT_SHARE), _HELD_OUT_TOKENS)
    schedule = Schedule(total_seconds=config.seconds)
    train, held_out = tokens[: len(tokens) - kept], tokens[len(tokens) - kept :]
    if len(train) <= schedule.window_tokens:
        raise CorpusTooShort(
            f"{config.corpus_dir} has {len(tokens)} tokens of text, too few to train on (add more .txt files)"
        )
    trainer = Trainer(model, [train], config.seed, schedule)
    if model_directory(config.directory).is_dir():
        trainer.resume(config.directory)
        logger.info("training goes on at step %d", trainer.progress.steps)
    long_enough = len(held_out) > schedule.window_tokens
    return TextLearner(trainer, config, held_out if long_enough else [])


def _read_tokens(corpus_dir: Path, tokenizer: TextTokenizer) -> list[int]:
    return tokenizer.encode(read_folder(corpus_dir))


def limit_threads() -> None:
    """One thread of torch: roles share a machine, and small models gain nothing from more."""
    torch.set_num_threads(1)


def to_seed(public_key: bytes) -> int:
    """Seed that differs by hotkey."""
    return int.from_bytes(hashlib.blake2b(public_key, digest_size=4).digest(), "little")
