"""The miner's service over real gRPC, with a metagraph written by hand."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

import grpc
import pytest

from chain.keys import Keypair, verify
from chain.metagraph import Metagraph, Neuron
from gating.text.model import LanguageModel, ModelConfig
from miner.expert import LanguageExpert
from miner.membership import LEAST_SHARE, Membership
from miner.service import LocalEngine, MinerService, ServiceConfig
from miner.worker import Worker
from tests.patience import PATIENCE_SECONDS
from wire.errors import ExpertError, ExpertRefused, Refusal
from wire.expert import ExpertChannel
from wire.identity import Identity
from wire.operations import Description
from wire.server import serving
from wire.service import MODEL_INFER, MODEL_STREAM_INFER

MINER, WHALE, SMALL, POOR = (Keypair.from_uri(f"//{name}") for name in ("Miner", "Whale", "Small", "Poor"))
PREFIX = [[1, 2, 3]]


def neuron(uid: int, key: Keypair, stake: int, permit: bool) -> Neuron:
    address = key.ss58_address
    return Neuron(uid, address, address, stake, permit, True, None, 0.0, 0.0, 0.0, 0.0, 0, 0, 0)


def metagraph(*, permits: bool) -> Metagraph:
    neurons = (neuron(0, WHALE, 900, permits), neuron(1, SMALL, 100, False), neuron(2, POOR, 0, False))
    return Metagraph(1, 5, "0x00", 20, 0, WHALE.ss58_address, neurons)


def member(*, permits: bool = True) -> Membership:
    membership = Membership(1)
    membership.update(metagraph(permits=permits))
    return membership


def may(membership: Membership, key: Keypair, method: str) -> bool:
    try:
        membership.authorize(key.public_key, method)
    except Refusal:
        return False
    return True


def test_members_may_score_and_holders_of_permits_open_sessions():
    membership = member()
    assert [may(membership, key, MODEL_INFER) for key in (WHALE, SMALL, POOR, MINER)] == [True, True, True, False]
    assert [may(membership, key, MODEL_STREAM_INFER) for key in (WHALE, SMALL, POOR)] == [True, False, False]


def test_stake_stands_for_permits_until_the_first_epoch():
    membership = member(permits=False)
    assert [may(membership, key, MODEL_STREAM_INFER) for key in (WHALE, SMALL, POOR)] == [True, True, False]


def test_share_follows_stake_and_is_never_nothing():
    membership = member()
    shares = [membership.share_of(key.public_key) for key in (WHALE, SMALL, POOR, MINER)]
    assert shares == [0.9, 0.1, LEAST_SHARE, LEAST_SHARE]


def test_hotkey_that_lost_its_place_loses_its_rights():
    membership = member()
    membership.update(Metagraph(1, 6, "0x01", 20, 0, WHALE.ss58_address, (neuron(0, POOR, 5, False),)))
    assert not may(membership, WHALE, MODEL_INFER)
    assert may(membership, POOR, MODEL_INFER)


@asynccontextmanager
async def served(config: ServiceConfig | None = None, *, permits: bool = False):
    """A service with a real model, and a way to talk to it as anybody."""
    model = LanguageModel.build(ModelConfig(vocab_size=300, width=32, layers=2, heads=2, context=32), seed=1)
    membership = member(permits=permits)
    async with AsyncExitStack() as stack:
        worker = await stack.enter_async_context(Worker(LanguageExpert(model), membership.share_of))
        description = Description("tales", "aa", "bb", 300)
        service = MinerService(LocalEngine(worker), membership, lambda: description, config)
        port = await stack.enter_async_context(serving(service, Identity(MINER, verify), "127.0.0.1:0"))

        async def connect(key: Keypair) -> ExpertChannel:
            address = f"127.0.0.1:{port}"
            channel = ExpertChannel(address=address, signer=key, receiver=MINER.public_key, verify=verify)
            return await stack.enter_async_context(channel)

        yield service, connect


async def test_sessions_of_a_caller_are_bounded_but_a_part_by_stake_is_always_free():
    async with served(ServiceConfig(sessions=10, least_sessions=2)) as (service, connect), AsyncExitStack() as held:
        small, whale = await connect(SMALL), await connect(WHALE)
        for _ in range(2):
            await held.enter_async_context(small.session(PREFIX, step_timeout=PATIENCE_SECONDS))
        with pytest.raises(ExpertRefused, match="2 sessions of yours") as refused:
            await held.enter_async_context(small.session(PREFIX, step_timeout=PATIENCE_SECONDS))
        assert refused.value.code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert refused.value.retry_after_seconds == 1.0
        for _ in range(9):
            await held.enter_async_context(whale.session(PREFIX, step_timeout=PATIENCE_SECONDS))
        assert service.open_sessions == 11
    assert service.open_sessions == 0


async def test_caller_that_floods_is_told_to_slow_down():
    async with served() as (_, connect):
        poor = await connect(POOR)
        results = await asyncio.gather(
            *[poor.describe(timeout=PATIENCE_SECONDS) for _ in range(100)], return_exceptions=True
        )
        refused = [result for result in results if isinstance(result, ExpertRefused)]
        assert refused
        assert {result.code for result in refused} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
        assert all(result.retry_after_seconds for result in refused)
        assert len(refused) < 60
        assert await (await connect(WHALE)).describe(timeout=PATIENCE_SECONDS)


async def test_while_draining_work_in_flight_is_answered_and_new_work_refused():
    async with served() as (service, connect):
        whale = await connect(WHALE)
        async with whale.session(PREFIX, step_timeout=PATIENCE_SECONDS) as session:
            service.drain()
            assert (await session.reveal([5])).size == 1
            with pytest.raises(ExpertRefused, match="shutting down"):
                await whale.describe(timeout=PATIENCE_SECONDS)
        assert session.receipt is not None


async def test_many_callers_share_one_model_without_mixing_up_their_texts():
    async def decode(channel: ExpertChannel, start: int) -> list[int]:
        async with channel.session([[start, start + 1]], step_timeout=PATIENCE_SECONDS) as session:
            answers = [session.first, *[await session.reveal([start + step]) for step in range(5)]]
            return [int(answer.topk_ids[0, 0]) for answer in answers]

    async with served() as (_, connect):
        whale = await connect(WHALE)
        together = await asyncio.gather(*[decode(whale, start) for start in range(20)])
        alone = [await decode(whale, start) for start in range(20)]
    assert together == alone


async def test_caller_that_leaves_in_the_middle_frees_its_session():
    async with served() as (service, connect):
        channel = await connect(WHALE)

        async def hang_up() -> None:
            async with channel.session(PREFIX, step_timeout=PATIENCE_SECONDS) as session:
                await channel.close()
                await session.reveal([1])

        with pytest.raises(ExpertError):
            await hang_up()
        other = await connect(WHALE)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while service.open_sessions:
                await other.describe(timeout=PATIENCE_SECONDS)
