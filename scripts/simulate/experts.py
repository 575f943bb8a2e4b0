"""Small specialists and a generalist, trained once and kept in a cache."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from gating.text.corpus import build_splits
from gating.text.model import LanguageModel, ModelConfig
from gating.text.sources import CorpusSource, folder_source, read_folder
from gating.text.tokenizer import TextTokenizer, load_tokenizer, train_tokenizer
from gating.text.training import Schedule, Trainer

ANCHOR = "anchor"
UNTRAINED = "untrained"


@dataclass(frozen=True)
class Workshop:
    """How experts are made: seconds of processor time for each, and the shape of their models."""

    train_seconds: float = 40.0
    width: int = 128
    layers: int = 2
    vocab_size: int = 2048


@dataclass(frozen=True)
class Experts:
    """Specialists by domain, the generalist that serves as anchor, and the texts that none has seen."""

    domains: tuple[str, ...]
    folder: Path
    tokenizer: TextTokenizer

    def load(self, name: str) -> LanguageModel:
        """A specialist, the anchor, or one that has learnt nothing."""
        if name == UNTRAINED:
            return LanguageModel.build(_shape(Workshop(), self.tokenizer), seed=97)
        return LanguageModel.load(self.folder / "models" / name)

    def audit_tokens(self, domain: str) -> list[int]:
        """Tokens of the hidden texts that a validator audits with."""
        return self.tokenizer.encode((self.folder / "audit" / "validator-0" / f"{domain}.txt").read_text())

    def evaluation_tokens(self, domain: str) -> list[int]:
        """Tokens of the texts that results are measured on."""
        return self.tokenizer.encode((self.folder / "evaluation" / f"{domain}.txt").read_text())


def default_cache() -> Path:
    """Folder for what takes long to make, outside of any checkout."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hivegate" / "bench"


def prepare_experts(sources: Mapping[str, CorpusSource | Path], cache: Path, workshop: Workshop) -> Experts:
    """The experts for these texts; trains those that the cache lacks.

    Raises: CorpusError.
    """
    torch.set_num_threads(1)
    folder = cache / _fingerprint(sources, workshop)
    build_splits(sources, folder, validators=1)
    file = folder / "tokenizer.json"
    tokenizer = load_tokenizer(file) if file.is_file() else _train_tokenizer(folder, workshop)
    experts = Experts(tuple(sorted(sources)), folder, tokenizer)
    streams = {name: tokenizer.encode(read_folder(folder / "train" / name)) for name in experts.domains}
    for seed, name in enumerate(experts.domains):
        _train(experts, name, [streams[name]], seed, workshop)
    _train(experts, ANCHOR, [streams[name] for name in experts.domains], 90, workshop)
    return experts


def _train_tokenizer(folder: Path, workshop: Workshop) -> TextTokenizer:
    return train_tokenizer(folder / "train", folder / "tokenizer.json", workshop.vocab_size)


def _train(experts: Experts, name: str, streams: Sequence[Sequence[int]], seed: int, workshop: Workshop) -> None:
    target = experts.folder / "models" / name
    if target.is_dir():
        return
    model = LanguageModel.build(_shape(workshop, experts.tokenizer), seed)
    trainer = Trainer(model, streams, seed, Schedule(total_seconds=workshop.train_seconds))
    while not trainer.finished:
        trainer.step()
    model.save(target)
    print(f"trained {name}: {trainer.progress.steps} steps, {trainer.progress.loss:.3f} nats/token", flush=True)


def _shape(workshop: Workshop, tokenizer: TextTokenizer) -> ModelConfig:
    return ModelConfig(tokenizer.vocab_size, workshop.width, workshop.layers)


def _fingerprint(sources: Mapping[str, CorpusSource | Path], workshop: Workshop) -> str:
    found = {
        name: (folder_source(name, source) if isinstance(source, Path) else source).fingerprint
        for name, source in sorted(sources.items())
    }
    described = json.dumps([found, asdict(workshop)], sort_keys=True)
    return hashlib.sha256(described.encode()).hexdigest()[:16]
