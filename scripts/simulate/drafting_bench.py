"""How fast the mixture writes, against the expert that drafts alone over the same wire."""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import numpy as np
import orjson

from gating.text.tokenizer import TextTokenizer, train_tokenizer
from simulate import drafting_study
from simulate.drafting_world import PLAN, World, connect, hidden, running
from wire.blocks import BlockRequest, DraftWish
from wire.drawing import Drawing
from wire.expert import ExpertChannel

USAGE = """Measure how fast a mixture of two experts writes.

Two miners and a validator are processes of their own on loopback; the models are small Llamas made on the spot, whose
speed does not depend on what they know. In each of several turns the same number of tokens is asked of everyone: of
one miner alone, over the expert wire, in sessions with the rows, length and blocks of a validator's; and of the
mixture at k = 2 through the app API, by blocks, greedily by blocks, and token by token. A share is tokens per second
divided by those of the expert alone in the same turn; cpu_ms is the processor time of a token, of all processes
but the app. With --json the last line is an object with the mean and the
95 % interval of each figure.
"""

SECONDS = 60.0
QUANTILES = {1: 12.7, 2: 4.3, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26}
"""Of Student's t at 97.5 %, by degrees of freedom."""


@dataclass(frozen=True)
class Task:
    """How much is written, by blocks of how many tokens."""

    tokens: int
    block: int


async def write_alone(channel: ExpertChannel, task: Task, seed: int, vocab_size: int) -> int:
    """Have one miner draft all tokens, in sessions as a validator opens them; the number of tokens."""
    random = np.random.default_rng(seed)
    text = random.integers(1, vocab_size, 64).tolist()
    written = 0
    while written < task.tokens:
        cover = hidden(PLAN.rows - 1, vocab_size)
        prefixes = [text[-PLAN.context :], *(list(item.question) for item in cover)]
        async with channel.session(prefixes, step_timeout=SECONDS) as session:
            reveal = np.zeros((PLAN.rows, 0), dtype=np.uint32)
            for start in range(0, min(PLAN.outcomes, task.tokens - written), task.block):
                wish = DraftWish(random.random((PLAN.rows, task.block)), Drawing())
                reply = await session.read(BlockRequest(reveal, wish=wish))
                rest = [item.outcomes[start : start + task.block] for item in cover]
                reveal = np.array([reply.drafted[0].tolist(), *rest], dtype=np.uint32)
                text += reply.drafted[0].tolist()
            written += start + task.block
    return written


async def write_mixed(http: aiohttp.ClientSession, task: Task, seed: int, **wishes: object) -> int:
    """Have the mixture write through the app API, streaming; the number of tokens."""
    body = {"model": "moe/k2", "prompt": list(range(100, 164)), "max_tokens": task.tokens, "seed": seed, "stream": True}
    body |= {"stream_options": {"include_usage": True}, **wishes}
    written = 0
    async with http.post("/v1/completions", json=body) as reply:
        reply.raise_for_status()
        async for line in reply.content:
            if line.startswith(b"data: {"):
                usage = orjson.loads(line[6:]).get("usage")
                written = written if usage is None else usage["completion_tokens"]
    return written


async def measure(world: World, task: Task, seeds: int, tokenizer: TextTokenizer) -> dict[str, list[float]]:
    """Tokens a second of every way to write, and milliseconds of processor time of a token, turn by turn."""
    found: dict[str, list[float]] = {}
    url = f"http://127.0.0.1:{world.api}"
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    size = tokenizer.vocab_size
    async with connect(0, world.miners[0], size) as channel, aiohttp.ClientSession(url, timeout=timeout) as http:
        moe = {"block_tokens": task.block}
        ways: dict[str, Callable[[int], Awaitable[int]]] = {
            "alone": lambda seed: write_alone(channel, task, seed, size),
            "blocks": lambda seed: write_mixed(http, task, seed, moe=moe),
            "greedy": lambda seed: write_mixed(http, task, seed, moe=moe, temperature=0),
            "tokenwise": lambda seed: write_mixed(http, task, seed, moe={"block_tokens": 1}),
        }
        for turn in range(-1, seeds):  # the first turn warms up
            for name in _rotated(list(ways), turn):
                started, worked = time.perf_counter(), world.processor_seconds()
                tokens = await ways[name](turn + 1)
                if turn >= 0:
                    found.setdefault(f"{name}_tokens_per_second", []).append(tokens / (time.perf_counter() - started))
                    found.setdefault(f"{name}_cpu_ms", []).append(1e3 * (world.processor_seconds() - worked) / tokens)
    return found


def _rotated(names: list[str], turn: int) -> list[str]:
    at = turn % len(names)
    return names[at:] + names[:at]


def summarise(found: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Means with 95 % intervals: tokens a second, and shares of those of the expert alone."""
    figures = dict(found)
    alone = found["alone_tokens_per_second"]
    for name in ("blocks", "greedy", "tokenwise"):
        values = found[f"{name}_tokens_per_second"]
        figures[f"{name}_share"] = [one / other for one, other in zip(values, alone, strict=True)]
    return {name: _interval(values) for name, values in figures.items()}


def _interval(values: Sequence[float]) -> dict[str, float]:
    mean, count = float(np.mean(values)), len(values)
    half = QUANTILES.get(count - 1, 2.0) * float(np.std(values, ddof=1)) / count**0.5 if count > 1 else 0.0
    return {"mean": mean, "low": mean - half, "high": mean + half}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench/generate", description=USAGE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON in the last line")
    parser.add_argument("--quick", action="store_true", help="two short turns")
    parser.add_argument("--seeds", type=int, default=5, help="turns (5)")
    parser.add_argument("--tokens", type=int, default=256, help="tokens of an answer (256)")
    parser.add_argument("--block", type=int, default=8, help="tokens of a block (8)")
    parser.add_argument(
        "--judges", action="store_true", help="instead, how well others tell drafts from junk (trains experts)"
    )
    chosen = parser.parse_args(arguments)
    if chosen.judges:
        drafting_study.main()
        return 0
    task = Task(64 if chosen.quick else chosen.tokens, chosen.block)
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = _train(Path(folder))
        with running(Path(folder) / "tokenizer.json") as world:
            found = asyncio.run(measure(world, task, 2 if chosen.quick else chosen.seeds, tokenizer))
    results = summarise(found)
    for name, figure in results.items():
        print(f"{name:28} {figure['mean']:8.2f}   {figure['low']:8.2f} … {figure['high']:.2f}", file=sys.stderr)
    if chosen.json:
        print(json.dumps({"results": results}))
    return 0


def _train(folder: Path) -> TextTokenizer:
    """A tokenizer of this project's own text."""
    texts = folder / "train" / "own"
    texts.mkdir(parents=True)
    for number, file in enumerate(sorted(Path(__file__).parents[2].glob("*/*.py"))):
        (texts / f"{number}.txt").write_text(file.read_text())
    return train_tokenizer(folder / "train", folder / "tokenizer.json")


if __name__ == "__main__":
    sys.exit(main())
