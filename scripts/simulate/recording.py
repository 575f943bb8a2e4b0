"""What every expert said of every text, recorded once: log-probabilities of the true tokens.

Shape suffixes: N texts, T tokens, V vocabulary.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from gating.checkpoint import load_arrays, save_arrays
from gating.text.model import LanguageModel
from gating.text.objective import TextItem

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Tokens = NDArray[np.int64]

VERSION = 1
_BATCH = 16


@dataclass(frozen=True)
class Way:
    """One way of answering with a model: its log-probabilities [T, V] and the true tokens in, [T] out."""

    suffix: str
    answer: Callable[[Float32, Tokens], Float32]


def honest() -> Way:
    """What the model says."""
    return Way("", lambda table_TV, targets: table_TV[np.arange(len(targets)), targets])


def tempered(power: float) -> Way:
    """Sharpened when ``power`` is above one, flattened when below."""

    def answer(table_TV: Float32, targets: Tokens) -> Float32:
        scaled = np.float32(power) * table_TV
        return scaled[np.arange(len(targets)), targets] - _log_total(scaled)

    return Way(f"^{power:g}", answer)


def noisy(deviation: float) -> Way:
    """Every log-probability disturbed by normal noise and normalised again; the noise follows from the targets."""

    def answer(table_TV: Float32, targets: Tokens) -> Float32:
        random = np.random.default_rng([7, *targets.tolist()])
        said = table_TV + np.float32(deviation) * random.standard_normal(table_TV.shape, dtype=np.float32)
        return said[np.arange(len(targets)), targets] - _log_total(said)

    return Way(f"~{deviation:g}", answer)


def parroting() -> Way:
    """The first distribution again and again: no work after the prefix."""
    return Way("!parrot", lambda table_TV, targets: table_TV[0, targets])


def _log_total(table_TV: Float32) -> Float32:
    top = table_TV.max(axis=1)
    result: Float32 = top + np.log(np.exp(table_TV - top[:, None]).sum(axis=1))
    return result


Script = Mapping[str, tuple[Way, ...]]
"""Ways of answering by name of the model."""


@dataclass(frozen=True, eq=False)
class Recording:
    """Texts of one length and what each respondent gave their true tokens, [N, T] by name of model and suffix."""

    items: tuple[TextItem, ...]
    answers: Mapping[str, Float64]
    size_bytes: NDArray[np.int64]

    def rows(self, names: Sequence[str], text: int) -> Float64:
        """Answers of some respondents to one text, [names, T]."""
        return np.stack([self.answers[name][text] for name in names])


Loader = Callable[[str], LanguageModel]


def record(items: Sequence[TextItem], load: Loader, script: Script, file: Path) -> Mapping[str, Float64]:
    """Answers of all respondents of ``script``, taken from ``file`` where it has them."""
    wanted = {name + way.suffix for name, ways in script.items() for way in ways}
    digest = _digest(items)
    answers: dict[str, Float32] = {}
    if file.is_file():
        arrays, meta = load_arrays(file)
        if meta == {"version": VERSION, "texts": digest}:
            answers = {name: array.astype(np.float32) for name, array in arrays.items()}
    if missing := wanted - answers.keys():
        for name, ways in script.items():
            if needed := [way for way in ways if name + way.suffix in missing]:
                answers |= _question(items, load(name), name, needed)
        save_arrays(file, answers, {"version": VERSION, "texts": digest})
    return {name: answers[name].astype(np.float64) for name in sorted(wanted)}


def _question(items: Sequence[TextItem], model: LanguageModel, name: str, ways: Sequence[Way]) -> dict[str, Float32]:
    torch.set_num_threads(1)
    found: dict[str, list[Float32]] = {name + way.suffix: [] for way in ways}
    for at in range(0, len(items), _BATCH):
        part = items[at : at + _BATCH]
        for item, table in zip(part, model.score([item.prefix + item.continuation for item in part]), strict=True):
            first = len(item.prefix) - 1
            foretold = table[first : first + len(item.continuation)]
            targets = np.array(item.continuation)
            for way in ways:
                found[name + way.suffix].append(way.answer(foretold, targets).astype(np.float32))
    return {key: np.minimum(np.stack(rows), 0.0) for key, rows in found.items()}


def _digest(items: Sequence[TextItem]) -> str:
    digest = hashlib.sha256()
    for item in items:
        digest.update(np.array([len(item.prefix), *item.prefix, *item.continuation], dtype="<u4").tobytes())
    return digest.hexdigest()
