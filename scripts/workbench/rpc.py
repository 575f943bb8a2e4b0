"""Time a node from outside: a process of its own, asked over WebSocket.

usage: scripts/bench/rpc [--json] [--quick] [--accounts N] [--transfers N] [--connections N]

Transfers and weights are signed beforehand, sent one by one over several connections, and counted once they are in
blocks, which are on disk then: the rate is from the first byte sent to the last block announced. A connection has up to
512 requests unanswered; those that find the pool full go again with the next block. Everything shares the processors of
this machine, the sender too; node_cpu_us is what the node and its workers used for each transaction. The
watched transfers are subscribed to, each from ready over inBlock to finalized. With --json the last line is an object
with the results and the load of the machine, from keys and transactions that are the same in every run.
"""

import argparse
import asyncio
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import orjson
import uvloop

from chain.node.genesis import ChainIdentity
from chain.node.rpc.errors import POOL_FULL, TOO_MANY_SUBSCRIPTIONS
from chain.node.spec import encode_spec
from chain.scale.types import U16
from workbench.report import Report, build_parser
from workbench.world import LARGE_NETUID, World, build_world

ROOT = Path(__file__).resolve().parents[2]
WATCHED_CONNECTIONS = 16
SUBMIT, WATCH = "author_submitExtrinsic", "author_submitAndWatchExtrinsic"
WINDOW = 512
"""How many requests of a connection may wait for their answers."""
_NEWS = '{"jsonrpc":"2.0","method"'
_NEW_HEAD = _NEWS + ':"chain_newHead"'
_SCHEDULED = 2
"""Which of a process's clocks in Linux: that of the scheduler, in nanoseconds."""


@dataclass(frozen=True)
class Node:
    """A node in its own process."""

    url: str
    pid: int
    start_seconds: float

    def cpu_seconds(self) -> float:
        """Processor time of the node and of its children."""
        children = " ".join(path.read_text() for path in Path(f"/proc/{self.pid}/task").glob("*/children"))
        return sum(map(_cpu_seconds, [self.pid, *map(int, children.split())]))

    def memory_bytes(self) -> int:
        """Resident memory of the node."""
        return int(re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())[0]) * 1024


def _cpu_seconds(pid: int) -> float:
    return time.clock_gettime(~pid << 3 | _SCHEDULED)


@contextmanager
def run_node(*flags: str) -> Iterator[Node]:
    """A node with these flags, ready to be asked."""
    started = time.monotonic()
    command = [sys.executable, str(ROOT / "hivegate.py"), "chain", "run", "--port", "0", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line.startswith("listening on "):
                raise SystemExit("the node did not start")
            yield Node(line.split()[-1], process.pid, time.monotonic() - started)
        finally:
            process.send_signal(signal.SIGTERM)


def build_frames(method: str, extrinsics: Sequence[bytes]) -> list[str]:
    """A request for each extrinsic."""
    return [
        f'{{"jsonrpc":"2.0","id":{number},"method":"{method}","params":["0x{raw.hex()}"]}}'
        for number, raw in enumerate(extrinsics)
    ]


class Sender:
    """Sends a frame for each of many extrinsics over one connection, as fast as the node answers.

    What finds the pool full goes again with the next block, and so does all that is left.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, frames: dict[int, str]) -> None:
        self._socket = socket
        self._frames = frames
        self._left = deque(frames)
        self._unanswered = 0
        self._full = False

    async def run(self) -> None:
        """Until the node has taken them all."""
        await ask(self._socket, "chain_subscribeNewHeads")
        while self._left or self._unanswered:
            while self._left and self._unanswered < WINDOW and not self._full:
                await self._socket.send_str(self._frames[self._left.popleft()])
                self._unanswered += 1
            self._hear((await self._socket.receive()).data)

    def _hear(self, message: str) -> None:
        if message.startswith(_NEWS):
            self._full = self._full and not message.startswith(_NEW_HEAD)
            return
        self._unanswered -= 1
        if '"error"' not in message:
            return
        refusal = orjson.loads(message)
        if refusal["error"]["code"] not in (POOL_FULL, TOO_MANY_SUBSCRIPTIONS):
            raise SystemExit(f"refused: {refusal}")
        self._full = True
        self._left.append(refusal["id"])


async def ask(socket: aiohttp.ClientWebSocketResponse, method: str, *params: object) -> object:
    """Result of one request."""
    await socket.send_str(orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).decode())
    while "id" not in (reply := orjson.loads((await socket.receive()).data)):
        pass
    if "error" in reply:
        raise SystemExit(f"{method}: {reply['error']}")
    return reply["result"]


async def count_included(socket: aiohttp.ClientWebSocketResponse, wanted: int, first: int) -> tuple[float, int]:
    """When the block came that brought the total to ``wanted``, and its number."""
    total, number = 0, first
    while True:
        block_hash = await ask(socket, "chain_getBlockHash", number)
        if block_hash is None:
            await asyncio.sleep(0.02)
            continue
        seen = time.monotonic()
        block = await ask(socket, "chain_getBlock", block_hash)
        total += len(block["block"]["extrinsics"]) - 1  # type: ignore[index]  # JSON
        if total >= wanted:
            return seen, number
        number += 1


async def measure_load(node: Node, name: str, frames: Sequence[str], connections: int) -> dict[str, object]:
    """Send ``frames`` with an extrinsic each and wait for the block with the last of them."""
    async with aiohttp.ClientSession() as session:
        sockets = [await session.ws_connect(node.url, max_msg_size=0) for _ in range(connections + 1)]
        head = await ask(sockets[0], "chain_getHeader")
        first = int(head["number"], 16) + 1  # type: ignore[index]  # JSON
        used, started, own = node.cpu_seconds(), time.monotonic(), time.process_time()
        counting = asyncio.create_task(count_included(sockets[0], len(frames), first))
        shares = [dict(list(enumerate(frames))[start::connections]) for start in range(connections)]
        await asyncio.gather(*(Sender(*given).run() for given in zip(sockets[1:], shares, strict=True)))
        accepted = time.monotonic()
        finished, last = await counting
        used, own = node.cpu_seconds() - used, time.process_time() - own
        for socket in sockets:
            await socket.close()
    count = len(frames)
    return {
        "name": name,
        "count": count,
        "per_second": round(count / (finished - started)),
        "accepted_per_second": round(count / (accepted - started)),
        "blocks": last - first + 1,
        "node_cpu_us": round(used / count * 1e6),
        "sender_cpu_us": round(own / count * 1e6),
    }


async def measure_metagraph(node: Node, repeats: int) -> dict[str, object]:
    """Ask for the metagraph of a large subnet, each time after another block."""
    data = "0x" + U16.encode(LARGE_NETUID).hex()
    times, bytes_ = [], 0
    async with aiohttp.ClientSession() as session, session.ws_connect(node.url, max_msg_size=0) as socket:
        for _ in range(repeats):
            await ask(socket, "engine_createBlock")
            used, started = node.cpu_seconds(), time.monotonic()
            reply = await ask(socket, "state_call", "SubnetInfoRuntimeApi_get_metagraph", data)
            times.append((time.monotonic() - started, node.cpu_seconds() - used))
            bytes_ = len(str(reply)) // 2
    wall, cpu = zip(*times, strict=True)
    return {
        "name": "metagraph",
        "median_ms": round(statistics.median(wall) * 1000, 1),
        "fastest_ms": round(min(wall) * 1000, 1),
        "median_cpu_ms": round(statistics.median(cpu) * 1000),
        "bytes": bytes_,
    }


def measure_start(flags: Sequence[str]) -> dict[str, object]:
    """Start a node of the development chain and ask nothing of it."""
    with run_node("--tmp", *flags) as node:
        return {"name": "start", "seconds": round(node.start_seconds, 2), "cpu_seconds": round(node.cpu_seconds(), 2)}


def measure(options: argparse.Namespace, tell: Callable[[dict[str, object]], None]) -> None:
    """All measurements, each told as it is done."""
    tell(measure_start([]))
    world = build_world(options.accounts, options.senders, large=options.neurons)
    with tempfile.TemporaryDirectory(prefix="hivegate-bench-") as folder:
        spec = Path(folder, "spec.json")
        spec.write_bytes(encode_spec(world.items, ChainIdentity("Bench")))
        flags = ("--spec", str(spec), "--block-time", "1")
        kept = ("--data-dir", f"{folder}/chain")
        run = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        with run as runner:
            _measure_loads(world, options, (flags, kept), lambda job: tell(runner.run(job)))
            with run_node(*flags, *kept, "--manual") as node:
                started = {"name": "restart", "accounts": options.accounts, "seconds": round(node.start_seconds, 2)}
                tell({**started, "memory_mb": node.memory_bytes() >> 20})
                tell(runner.run(measure_metagraph(node, options.repeats)))


def _measure_loads(
    world: World, options: argparse.Namespace, given: tuple[Sequence[str], Sequence[str]], tell: Callable[..., None]
) -> None:
    flags, kept = given
    transfers = world.sign_transfers(options.transfers)
    with run_node(*flags, *kept) as node:
        tell(measure_load(node, "transfers", build_frames(SUBMIT, transfers), options.connections))
    with run_node(*flags, "--tmp") as node:
        frames = build_frames(WATCH, transfers[: options.transfers // 4])
        tell(measure_load(node, "watched transfers", frames, WATCHED_CONNECTIONS))
    sent = options.transfers // options.senders  # nonces that the transfers have used
    weights = world.sign_weights(options.weights, 256, sent)
    with run_node(*flags, *kept, "--block-time", "0.25") as node:  # a block's weight limit holds some 190 of them
        tell(measure_load(node, "set_weights of 256", build_frames(SUBMIT, weights), options.connections))


def main() -> None:
    """Read the flags, measure, print."""
    parser = build_parser("rpc", __doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--senders", type=int, default=10_000)
    parser.add_argument("--transfers", type=int, default=40_000)
    parser.add_argument("--weights", type=int, default=3_072)
    parser.add_argument("--neurons", type=int, default=4_096)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    if options.quick:
        options.accounts, options.senders, options.transfers = 5_000, 1_000, 3_000
        options.weights, options.neurons, options.repeats = 256, 512, 3
    report = Report(as_json=options.json)
    measure(options, report.tell)
    report.end()


if __name__ == "__main__":
    main()
