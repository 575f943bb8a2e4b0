"""A miner's own training, in small steps between answers, with a checkpoint that survives anything."""

import hashlib
import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
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


class NothingLearnt(Exception):
    """The trained model knows its own domain no better than counting tokens does: nobody would pay for it."""


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

    def __init__(self, trainer: Trainer, config: LearnerConfig, held_out: list[int], counted: float | None) -> None:
        self._trainer = trainer
        self._config = config
        self._held_out = held_out
        self._counted_bits_per_byte = self._per_byte(counted)
        self._saved_at = time.monotonic()
        self._saved_steps = trainer.progress.steps
        self.on_checkpoint: Callable[[bool], None] = lambda _: None
        self.learned = Learned()
        self._report(self._measure() if trainer.progress.steps else None)

    @property
    def finished(self) -> bool:
        """Whether the budget is spent."""
        return self._trainer.finished

    @property
    def settled(self) -> bool:
        """Whether the budget is spent, and what was learnt is saved and measured."""
        return self.finished and self._saved_steps == self._trainer.progress.steps

    def step(self) -> None:
        """One micro-batch, and a checkpoint when it is time."""
        self._trainer.step()
        if self._trainer.progress.steps % _REPORT_STEPS == 0 or self.finished:
            self._report()
        if self.finished or time.monotonic() - self._saved_at >= SAVE_SECONDS:
            self._save()

    def check(self) -> None:
        """Hold what was learnt against counting tokens, once training is over; passes where nothing was held out.

        Raises: NothingLearnt.
        """
        found, least = self.learned.heldout_bits_per_byte, self._counted_bits_per_byte
        if found is not None and least is not None and not found < least:
            raise NothingLearnt(
                f"{found:.2f} bits a byte on held-out text after {self.learned.steps} steps, and counting tokens gives"
                f" {least:.2f} (train longer with --train-seconds, or add text of one kind; --no-rehearse pays anyway)"
            )

    def close(self) -> None:
        """Keep what was learnt since the last checkpoint."""
        if self._trainer.progress.steps > self._saved_steps:
            self._save()

    def _save(self) -> None:
        self._trainer.save(self._config.directory)
        self._report(self._measure())
        self._saved_at, self._saved_steps = time.monotonic(), self._trainer.progress.steps
        self.on_checkpoint(self.finished)

    def _measure(self) -> float | None:
        if not self._held_out:
            return None
        return self._per_byte(heldout_nats(self._trainer.model, self._held_out))

    def _per_byte(self, nats: float | None) -> float | None:
        """Bits per byte of the held-out text, from nats per token."""
        if nats is None:
            return None
        return nats / math.log(2) * len(self._held_out) / max(1, self._config.tokenizer.count_bytes(self._held_out))

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
    if len(held_out) <= schedule.window_tokens:
        return TextLearner(trainer, config, [], None)
    return TextLearner(trainer, config, held_out, _counted_nats(train, held_out, model.vocab_size))


def _counted_nats(train: Sequence[int], held_out: Sequence[int], vocab_size: int) -> float:
    """Nats per token of ``held_out`` when all that is known is how often each token occurs in ``train``."""
    counts = np.bincount(np.asarray(train), minlength=vocab_size) + 1.0
    return float(-np.log(counts[np.asarray(held_out)] / counts.sum()).mean())


def _read_tokens(corpus_dir: Path, tokenizer: TextTokenizer) -> list[int]:
    return tokenizer.encode(read_folder(corpus_dir))


def limit_threads() -> None:
    """One thread of torch: roles share a machine, and small models gain nothing from more."""
    torch.set_num_threads(1)


def to_seed(public_key: bytes) -> int:
    """Seed that differs by hotkey."""
    return int.from_bytes(hashlib.blake2b(public_key, digest_size=4).digest(), "little")
