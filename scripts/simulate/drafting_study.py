"""How well a few others tell honest drafts from junk, measured on trained specialists."""

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gating.drafting import Forbearance, Standing, Verdicts
from gating.text.model import LanguageModel
from simulate.corpora import read_sources
from simulate.experts import ANCHOR, Experts, Workshop, default_cache, prepare_experts
from wire.distribution import Distribution
from wire.drawing import Drawing, draw

ROWS, BLOCK, BLOCKS, PREFIX = 8, 8, 15, 64

Tokens = NDArray[np.int64]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """Texts [rows, tokens] that somebody drafted after given prefixes, and the temperature of the draft."""

    prefixes: list[list[int]]
    texts: Tokens
    temperature: float = 1.0


def study(seconds: float) -> dict[str, dict[str, float]]:
    """Typicality of blocks to the most lenient of two others, and weights that were lost, by who drafted."""
    experts = prepare_experts(read_sources(()), default_cache(), Workshop(seconds))
    random = np.random.default_rng(0)
    found: dict[str, list[Verdicts]] = {}
    for domain in experts.domains:
        judges = [experts.load(ANCHOR), experts.load(_another(experts, domain, random))]
        for name, case in _cases(experts, domain, random).items():
            found.setdefault(name, []).extend(_judge(judges, case))
    return {name: _summarise(verdicts) for name, verdicts in found.items()}


def _another(experts: Experts, domain: str, random: np.random.Generator) -> str:
    return str(random.choice([name for name in experts.domains if name != domain]))


def _cases(experts: Experts, domain: str, random: np.random.Generator) -> dict[str, Case]:
    tokens = experts.evaluation_tokens(domain)
    starts = random.integers(0, len(tokens) - PREFIX, ROWS)
    prefixes = [tokens[start : start + PREFIX] for start in starts]
    specialist, length = experts.load(domain), BLOCK * BLOCKS
    vocab_size = experts.tokenizer.vocab_size
    honest = {
        f"honest at {temperature}": Case(prefixes, _write(specialist, prefixes, temperature, random), temperature)
        for temperature in (0.7, 1.0, 1.5)
    }
    repeated = np.repeat(random.integers(1, vocab_size, (ROWS, 1)), length, axis=1)
    return {
        **honest,
        "junk, tokens by chance": Case(prefixes, random.integers(1, vocab_size, (ROWS, length))),
        "junk, one token": Case(prefixes, repeated),
    }


def _write(model: LanguageModel, prefixes: list[list[int]], temperature: float, random: np.random.Generator) -> Tokens:
    state = model.start(prefixes)
    columns, logprobs = [], state.logprobs
    for _ in range(BLOCK * BLOCKS):
        said = Distribution.from_logprobs(logprobs)
        columns.append(draw(said, random.random(len(prefixes)), Drawing(temperature)))
        logprobs = state.advance(columns[-1].tolist())
    return np.stack(columns, axis=1).astype(np.int64)


def _judge(judges: list[LanguageModel], case: Case) -> list[Verdicts]:
    """What the judges say of each text; the drafter, number 1, is certain of it all."""
    logprobs = np.zeros((len(case.texts), 1 + len(judges), case.texts.shape[1]))
    expected = np.zeros_like(logprobs)
    for number, model in zip((0, 2), judges, strict=True):
        state = model.start(case.prefixes)
        dense = [state.logprobs, *np.moveaxis(state.read(case.texts[:, :-1].tolist()), 1, 0)]
        for at, logits in enumerate(dense):
            said = Distribution.from_logprobs(logits)
            logprobs[:, number, at] = np.maximum(said.logprob(case.texts[:, at]), -100.0)
            expected[:, number, at] = said.expected_logprob(case.temperature)
    return [Verdicts(*parts) for parts in zip(logprobs, expected, strict=True)]


def _summarise(verdicts: list[Verdicts]) -> dict[str, float]:
    typical, kept = [], []
    forbearance = Forbearance(reader=np.inf)
    for verdict in verdicts:
        standing, weights = Standing(np.array([0.1, 0.45, 0.45]), forbearance), []
        for start in range(0, BLOCK * BLOCKS, BLOCK):
            part = slice(start, start + BLOCK)
            block = Verdicts(verdict.logprobs[:, part], verdict.expected[:, part])
            typical.append(block.by_others(1))
            standing.judge(1, block)
            weights.append(standing.weights[1] / 0.45)
        kept.append(weights)
    fallen = (np.array(kept) < 0.5).mean(axis=0)
    figures = {"mean": float(np.mean(typical)), "deviation": float(np.std(typical))}
    return figures | {f"fallen_after_{blocks}": float(fallen[blocks - 1]) for blocks in (1, 2, 4, 15)}


def main(seconds: float = 40.0) -> None:
    """Print the table."""
    for name, figures in study(seconds).items():
        print(f"{name:24}", *(f"{key} {value:.2f}" for key, value in figures.items()), sep="  ")


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
