"""Train the validators' anchor: one small generalist on the train text of all domains."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from gating.text.model import LanguageModel, ModelConfig
from gating.text.sources import CorpusError, read_folder
from gating.text.tokenizer import load_tokenizer
from gating.text.training import Schedule, Trainer

_REPORT_STEPS = 20


@dataclass(frozen=True)
class AnchorProgress:
    """How far the anchor is; ``loss`` in nats per token, seconds of processor time."""

    steps: int
    seconds: float
    total_seconds: float
    loss: float


def _ignore(_: AnchorProgress) -> None:
    """Report to nobody."""


def train_anchor(
    train_dir: Path,
    tokenizer_file: Path,
    out_dir: Path,
    seconds: float,
    report: Callable[[AnchorProgress], None] = _ignore,
) -> float:
    """Train on every domain equally often and write the model to ``out_dir``; the last mean loss, nats per token.

    ``out_dir`` appears whole at the end or not at all.

    Raises: CorpusError when there is no train text.
    """
    torch.set_num_threads(1)
    tokenizer = load_tokenizer(tokenizer_file)
    domains = sorted(path for path in train_dir.glob("*") if path.is_dir())
    if not domains:
        raise CorpusError(f"no train text in {train_dir} (prepare the corpora first)")
    streams = [tokenizer.encode(read_folder(domain)) for domain in domains]
    trainer = Trainer(
        LanguageModel.build(ModelConfig(tokenizer.vocab_size), seed=0), streams, 0, Schedule(total_seconds=seconds)
    )
    while not trainer.finished:
        trainer.step()
        if trainer.progress.steps % _REPORT_STEPS == 0:
            _report(trainer, report)
    _report(trainer, report)
    trainer.model.save(out_dir)
    return trainer.progress.loss


def _report(trainer: Trainer, report: Callable[[AnchorProgress], None]) -> None:
    done = trainer.progress
    loss = done.loss if math.isfinite(done.loss) else math.inf
    report(AnchorProgress(done.steps, done.seconds, trainer.schedule.total_seconds, loss))
