"""Time the making of blocks by itself: no sockets, one process.

usage: scripts/bench/blocks [--json] [--quick] [--accounts N] [--transfers N] [--blocks N]

For each kind of transaction, processor time by step: examining (decode, nonce, fee), checking signatures here and in a
worker process, executing, the state's root, and writing the block with its synced state; us is microseconds of a
transaction. Growth is memory and disk of a chain of many blocks with a few transfers each, and of empty ones. With
--json the last line is an object with the results.
"""

import argparse
import asyncio
import gc
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from chain.block import Block, Header, encode_slot
from chain.node.admission import Applicant, examine
from chain.node.genesis import Genesis
from chain.node.ledger import Ledger, SealedBlock, compute_changes
from chain.node.signatures.claim import Claim
from chain.node.signatures.process import WorkerProcess
from chain.runtime.executive import BlockEnv, build_block
from chain.state.trie import compute_ordered_root
from workbench.report import Report, build_parser
from workbench.world import World, build_world

ROOT = Path(__file__).resolve().parents[2]
BATCH = 256


class Stopwatch:
    """Microseconds of this process's time for each of ``count`` transactions, by step."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._started = 0.0
        self.steps: dict[str, float] = {}

    def start(self) -> None:
        """Begin a step."""
        gc.collect()
        self._started = time.process_time()

    def stop(self, step: str) -> None:
        """End it under that name."""
        self.steps[step] = round((time.process_time() - self._started) / self._count * 1e6, 1)


def measure_steps(ledger: Ledger, name: str, extrinsics: Sequence[bytes]) -> dict[str, object]:
    """One block of ``extrinsics``, step by step."""
    watch = Stopwatch(len(extrinsics))
    watch.start()
    applicants = [examine(ledger, raw) for raw in extrinsics]
    watch.stop("examine_us")
    claims = [applicant.claim for applicant in applicants]
    watch.start()
    assert all(claim.holds() for claim in claims)
    watch.stop("signatures_us")
    watch.start()
    asyncio.run(check_elsewhere(claims))
    watch.stop("signatures_in_worker_us")
    sealed = measure_block(ledger, watch, applicants)
    watch.start()
    ledger._store.append(sealed.block, sealed.changes, ledger.state.get)  # the seal's own last step, timed alone
    watch.stop("store_us")
    ledger.adopt(sealed)
    return {"name": name, "count": len(extrinsics), **watch.steps}


def measure_block(ledger: Ledger, watch: Stopwatch, applicants: Sequence[Applicant]) -> SealedBlock:
    """What :meth:`Ledger.seal` does before it writes, each step timed."""
    head = ledger.head
    logs = (encode_slot(head.number),)
    env = BlockEnv(head.number + 1, head.hash, 1_000_000 * (head.number + 1), ledger.genesis_hash, logs)
    candidates = [applicant.transaction.proven or applicant.transaction.raw for applicant in applicants]
    watch.start()
    result = build_block(ledger.state, env, candidates)
    watch.stop("execute_us")
    if result.rejected:
        raise SystemExit(f"{len(result.rejected)} rejected: {next(iter(result.rejected.values()))!r}")
    watch.start()
    changes = compute_changes(ledger.state, result.changes)
    trie = ledger.state.trie.update(changes)
    root, extrinsics_root = trie.root, compute_ordered_root(result.extrinsics)
    watch.stop("roots_us")
    return SealedBlock(
        Block(Header(head.hash, env.number, root, extrinsics_root, logs), result.extrinsics), changes, trie
    )


async def check_elsewhere(claims: Sequence[Claim]) -> None:
    """Have a worker process check ``claims`` in batches."""
    process = await WorkerProcess.start()
    for start in range(0, len(claims), BATCH):
        assert all(await process.check(claims[start : start + BATCH]))
    await process.stop()


def measure_growth(world: World, name: str, blocks: int, transfers: int, history: int) -> dict[str, object]:
    """Memory and disk that a chain of ``blocks`` with ``transfers`` each takes, scaled to 1,000 blocks."""
    raws = world.sign_transfers(blocks * transfers)
    with tempfile.TemporaryDirectory(prefix="hivegate-bench-") as folder:
        ledger = open_ledger(world, Path(folder), history)
        points = []
        for number in range(blocks):
            batch = raws[number * transfers : (number + 1) * transfers]
            ledger.adopt(ledger.seal(batch, 1_000_000 * (number + 1), number))
            if number in (blocks // 2, blocks - 1):
                gc.collect()
                points.append((number, measure_memory(), measure_disk(Path(folder))))
        ledger.close()
    (first, memory, disk), (last, memory_after, disk_after) = points
    scale = 1000 / (last - first)
    return {
        "name": f"growth per 1,000 {name} blocks",
        "history": history,
        "blocks": blocks,
        "memory_mb": round((memory_after - memory) * scale / 1e6, 2),
        "disk_mb": round((disk_after - disk) * scale / 1e6, 2),
    }


def open_ledger(world: World, folder: Path, history: int | None = None) -> Ledger:
    """A ledger that begins with ``world``, out of the way of the collector as in a running node."""
    ledger = Ledger.open(folder, Genesis(b"bench", world.items.copy), history)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)
    return ledger


def measure_memory() -> int:
    """Resident bytes of this process."""
    return int(re.findall(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[0]) * 1024


def measure_disk(folder: Path) -> int:
    """Bytes that the files in ``folder`` occupy."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def measure(options: argparse.Namespace, tell: Callable[[dict[str, object]], None]) -> None:
    """All measurements, each told as it is done."""
    world = build_world(options.accounts, options.transfers)
    with tempfile.TemporaryDirectory(prefix="hivegate-bench-") as folder:
        ledger = open_ledger(world, Path(folder))
        tell(measure_steps(ledger, "transfer", world.sign_transfers(options.transfers)))
        tell(measure_steps(ledger, "set_weights of 256", world.sign_weights(options.weights, 256, 1)))
        ledger.close()
    small = build_world(2_000, 1_000)
    tell(measure_growth(small, "empty", options.blocks, 0, options.history))
    tell(measure_growth(small, "ten-transfer", options.blocks, 10, options.history))


def main() -> None:
    """Read the flags, measure, print."""
    parser = build_parser("blocks", __doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--transfers", type=int, default=5_000)
    parser.add_argument("--weights", type=int, default=128)
    parser.add_argument("--blocks", type=int, default=2_000)
    parser.add_argument("--history", type=int, default=500)
    options = parser.parse_args()
    if options.quick:
        options.accounts, options.transfers, options.weights = 5_000, 1_000, 64
        options.blocks, options.history = 200, 50
    report = Report(as_json=options.json)
    measure(options, report.tell)
    report.end()


if __name__ == "__main__":
    main()
