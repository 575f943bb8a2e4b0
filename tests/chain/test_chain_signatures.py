"""Signatures checked in batches, in real processes, also when those die."""

import asyncio
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp
import orjson

from chain.keys import ED25519, Keypair
from chain.node.rpc.protocol import Dispatcher
from chain.node.rpc.registry import build_table, method
from chain.node.rpc.server import ServerConfig, serve
from chain.node.signatures import claim as claims
from chain.node.signatures.checker import BatchChecker, InlineChecker
from chain.node.signatures.claim import Claim, decode_claims, encode_claims
from chain.node.signatures.process import WorkerProcess
from chain.node.signatures.worker import serve as work
from tests.patience import PATIENCE_SECONDS

ALICE = Keypair.from_uri("//Alice")
EDWARD = Keypair.from_seed(b"e" * 32, ED25519)


def make_claims(count: int) -> list[tuple[Claim, bool]]:
    """Claims of both kinds, every third of them false."""
    made = []
    for index in range(count):
        pair, kind = ((ALICE, claims.SR25519), (EDWARD, claims.ED25519))[index % 2]
        message = b"m%d" % index * (index % 7)
        signature = pair.sign(message if index % 3 else message + b"!")
        made.append((Claim(kind, pair.public_key, signature, message), bool(index % 3)))
    return made


def never(holds: bool) -> None:
    """Takes what is told later, where all is told at once."""
    raise AssertionError(holds)


async def ask(checker, given):
    told = [asyncio.get_running_loop().create_future() for _ in given]
    for (claim, _), verdict in zip(given, told, strict=True):
        holds = checker.check(claim, verdict.set_result)
        if holds is not None:
            verdict.set_result(holds)
    return await asyncio.gather(*told)


def test_claims_come_back_from_their_bytes_and_worker_answers_each_with_a_byte():
    given = make_claims(20)
    frame = encode_claims([claim for claim, _ in given])
    assert list(decode_claims(frame[4:])) == [claim for claim, _ in given]
    target = io.BytesIO()
    work(io.BytesIO(frame + encode_claims([given[1][0]])), target)
    assert target.getvalue() == bytes([truth for _, truth in given] + [True])


async def test_few_are_answered_at_once_and_many_by_processes_in_order():
    checker, given = BatchChecker(2), make_claims(400)
    running = asyncio.create_task(checker.run())
    assert checker.check(given[0][0], never) is False
    assert checker.check(given[1][0], never) is True
    assert await ask(checker, given) == [truth for _, truth in given]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not children(os.getpid())


async def test_killed_process_costs_no_verdict():
    checker, given = BatchChecker(1), make_claims(300)
    running = asyncio.create_task(checker.run())
    for _ in range(3):
        assert await ask(checker, given) == [truth for _, truth in given]
        for child in children(os.getpid()):
            os.kill(child, signal.SIGKILL)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_process_ends_with_the_input_that_it_lost():
    process = await WorkerProcess.start()
    assert await process.check([make_claims(2)[1][0]]) == [True]
    stdin = process._process.stdin
    assert stdin is not None
    stdin.close()
    assert await asyncio.wait_for(process._process.wait(), PATIENCE_SECONDS) == 0


def test_process_whose_node_was_killed_ends_without_a_word():
    command = [sys.executable, "-m", "chain.node.signatures.worker"]
    frame = encode_claims([claim for claim, _ in make_claims(2)])
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        command, input=frame, stdout=writer, stderr=subprocess.PIPE, timeout=PATIENCE_SECONDS, check=True
    )
    os.close(writer)
    assert done.stderr == b""


async def test_without_processes_every_claim_is_answered_at_once():
    given = make_claims(9)
    assert [InlineChecker().check(claim, never) for claim, _ in given] == [truth for _, truth in given]


def children(parent: int) -> list[int]:
    """Worker processes that this one has started."""
    lists = [path.read_text() for path in Path(f"/proc/{parent}/task").glob("*/children")]
    found = [int(child) for child in " ".join(lists).split()]
    return [child for child in found if b"signatures.worker" in Path(f"/proc/{child}/cmdline").read_bytes()]


class Gate:
    """One method that waits, one that opens the gate."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()

    @method("wait")
    async def wait(self) -> str:
        await self.opened.wait()
        return "waited"

    @method("open")
    def open(self) -> str:
        self.opened.set()
        return "opened"


async def test_request_that_waits_holds_up_no_later_one_of_the_same_client():
    table = build_table([Gate()])
    async with (
        serve(Dispatcher(table, 8), ServerConfig(port=0)) as url,
        aiohttp.ClientSession() as session,
        session.ws_connect(url) as socket,
    ):
        for identifier, name in enumerate(("wait", "wait", "open")):
            await socket.send_str(orjson.dumps({"id": identifier, "method": name, "params": []}).decode())
        answers = [await socket.receive_json() for _ in range(3)]
        assert answers[0] == {"jsonrpc": "2.0", "id": 2, "result": "opened"}
        assert {answer["id"] for answer in answers[1:]} == {0, 1}
        await socket.send_str('[{"id":7,"method":"open"},{"id":8,"method":"wait"},{"method":"wait"}]')
        assert [answer["id"] for answer in await socket.receive_json()] == [7, 8]
