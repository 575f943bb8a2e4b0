"""A whole miner: real chain, real gRPC, real training."""

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager

import grpc
import pytest

from chain.client import Call, connect
from chain.keys import Keypair, verify
from miner.app import running
from miner.behaviour import Behaviour
from miner.commitment import compute_commitment
from miner.learning import NothingLearnt
from tests.miner.conftest import hotkey_of
from tests.patience import PATIENCE_SECONDS
from wire.errors import ExpertError, ExpertRefused
from wire.expert import ExpertChannel

ALICE, STRANGER, OWNER = Keypair.from_uri("//Alice"), Keypair.from_uri("//Stranger"), Keypair.from_uri("//Bob")
VALIDATOR = Keypair.from_uri("//Bob//validator")
PREFIXES = [[1, 2, 3], [4, 5]]


async def until(condition) -> None:
    """Wait for something that another process or thread does; the deadline is the test's."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():  # noqa: ASYNC110  (what is awaited happens on chain or in a thread)
            await asyncio.sleep(0.05)


async def become_validator(url: str, stake: int = 10**11) -> None:
    async with connect(url) as client:
        hotkey = VALIDATOR.ss58_address
        await client.submit(Call("SubtensorModule", "burned_register", {"netuid": 1, "hotkey": hotkey}), OWNER)
        params = {"netuid": 1, "hotkey": hotkey, "amount_staked": stake}
        await client.submit(Call("SubtensorModule", "add_stake", params), OWNER)


@asynccontextmanager
async def talking(miner, signer=VALIDATOR):
    address, receiver = f"127.0.0.1:{miner.port}", miner.hotkey.public_key
    async with ExpertChannel(address=address, signer=signer, receiver=receiver, verify=verify) as channel:
        yield channel


async def is_known(miner, key: Keypair) -> bool:
    metagraph = miner.membership.metagraph
    return metagraph is not None and metagraph.uid_of(key.ss58_address) is not None


async def test_miner_registers_serves_learns_commits_and_resumes(node, make_config):
    config = make_config(node.url)
    await become_validator(node.url)
    async with running(config) as miner, talking(miner) as channel:
        learner = miner.brain.learner
        assert learner is not None
        await until(lambda: is_known(miner, miner.hotkey))
        async with channel.session(PREFIXES, step_timeout=PATIENCE_SECONDS) as session:
            answer = await session.reveal([7, 8])
            assert answer.size == 2
        assert session.receipt is not None
        description = await channel.describe(timeout=PATIENCE_SECONDS)
        assert (description.domain, description.vocab_size) == ("tales", 320)

        async def is_trained() -> bool:
            return learner.finished and learner.learned.heldout_bits_per_byte is not None

        await until(is_trained)
        async with connect(node.url) as client:

            async def is_published() -> bool:
                found = await client.query("Commitments", "CommitmentOf", [1, miner.hotkey.ss58_address])
                return found is not None and found["info"]["fields"] == [{"Raw32": "0x" + expected.hex()}]

            expected = compute_commitment(config.checkpoint_dir / "model", miner.brain.tokenizer.hash)
            await until(is_published)
            neuron = (await client.metagraph(1)).by_hotkey()[miner.hotkey.ss58_address]
            assert neuron.axon == ("127.0.0.1", miner.port)
        steps = learner.learned.steps
    status = json.loads((config.data_dir / "status.json").read_text())
    assert status["state"] == "stopped"
    assert status["steps"] == steps
    assert status["loss"] < 6

    async with running(config) as again:
        assert again.read_status().steps == steps
        assert again.brain.commitment == expected
        await until(lambda: is_known(again, again.hotkey))
        assert again.membership.uid_of(again.hotkey.public_key) == status["uid"]


async def test_newcomer_learns_before_it_pays_for_a_seat(node, make_config):
    async with running(make_config(node.url, rehearse=True, train_seconds=3)) as miner:
        learner = miner.brain.learner
        assert learner is not None

        async def sees_the_chain() -> bool:
            return miner.membership.block > 0

        await until(sees_the_chain)
        assert learner.settled or miner.read_status().state == "rehearsing"
        await until(lambda: is_known(miner, miner.hotkey))
        assert learner.settled
        assert learner.learned.heldout_bits_per_byte is not None
        assert miner.read_status().state == "serving"


async def test_newcomer_that_learnt_nothing_does_not_pay(node, make_config):
    with pytest.RaisesGroup(pytest.RaisesExc(NothingLearnt, match="train longer"), flatten_subgroups=True):
        async with running(make_config(node.url, rehearse=True, train_seconds=0.001)):
            await asyncio.Event().wait()
    async with connect(node.url) as client:
        assert (await client.metagraph(1)).by_hotkey().get(hotkey_of("fox").ss58_address) is None


async def test_callers_get_what_their_place_on_chain_allows(node, make_config):
    await become_validator(node.url)
    async with running(make_config(node.url, train_seconds=0)) as miner:
        await until(lambda: is_known(miner, miner.hotkey))
        async with talking(miner, STRANGER) as channel:
            with pytest.raises(ExpertRefused, match="not registered") as refused:
                await channel.describe(timeout=PATIENCE_SECONDS)
            assert refused.value.code is grpc.StatusCode.PERMISSION_DENIED
        async with talking(miner, miner.hotkey) as channel:
            assert await channel.describe(timeout=PATIENCE_SECONDS)
            with pytest.raises(ExpertRefused, match="sessions need"):
                async with channel.session(PREFIXES, step_timeout=PATIENCE_SECONDS):
                    pass
        async with talking(miner) as channel, channel.session(PREFIXES, step_timeout=PATIENCE_SECONDS) as session:
            assert session.first.size == 2


async def test_relay_answers_with_the_work_of_another_miner(node, make_config):
    await become_validator(node.url)
    relay_config = make_config(node.url, "relay", "//Dave", behaviour=Behaviour.RELAY)
    async with running(make_config(node.url, train_seconds=0)) as victim, running(relay_config) as relay:

        async def can_relay() -> bool:
            metagraph = victim.membership.metagraph
            place = metagraph and metagraph.by_hotkey().get(relay.hotkey.ss58_address)
            own = relay.membership.metagraph
            others = own and own.by_hotkey().get(victim.hotkey.ss58_address)
            return bool(place and (place.stake or place.validator_permit) and others and others.axon)

        await until(can_relay)
        async with talking(victim) as channel, channel.session(PREFIXES, step_timeout=PATIENCE_SECONDS) as session:
            expected = session.first
        async with talking(relay) as channel:
            await until(lambda: has_session(channel))
            async with channel.session(PREFIXES, step_timeout=PATIENCE_SECONDS) as session:
                assert session.first.topk_ids.tolist() == expected.topk_ids.tolist()
                assert (await session.reveal([1, 2])).size == 2


async def has_session(channel) -> bool:
    """Whether the relay, and the one behind it, let us in: permits come with the first epoch."""
    try:
        async with channel.session(PREFIXES, step_timeout=PATIENCE_SECONDS):
            return True
    except ExpertError:
        return False


async def test_miner_that_never_reached_the_chain_tells_callers_to_come_back(make_config):
    async with running(make_config("ws://127.0.0.1:9", train_seconds=0)) as miner, talking(miner) as channel:
        assert await channel.live(PATIENCE_SECONDS)
        with pytest.raises(ExpertRefused, match="has not reached the chain") as refused:
            await channel.describe(timeout=PATIENCE_SECONDS)
        assert refused.value.retry_after_seconds


async def test_miner_serves_on_when_the_chain_dies(make_config, make_node):
    async with AsyncExitStack() as stack:
        async with make_node() as node:
            await become_validator(node.url)
            miner = await stack.enter_async_context(running(make_config(node.url, train_seconds=0)))
            await until(lambda: is_known(miner, miner.hotkey))
            channel = await stack.enter_async_context(talking(miner))
            session = await stack.enter_async_context(channel.session(PREFIXES, step_timeout=PATIENCE_SECONDS))
        assert (await session.reveal([1, 2])).size == 2
        async with channel.session(PREFIXES, step_timeout=PATIENCE_SECONDS) as another:
            assert another.first.size == 2


async def test_status_holds_no_secret(node, make_config):
    config = make_config(node.url, train_seconds=0)
    async with running(config) as miner:
        status = (config.data_dir / "status.json").read_text() if (config.data_dir / "status.json").exists() else ""
        told = status + repr(miner.hotkey) + repr(miner.read_status())
        assert miner.hotkey.private_key.hex() not in told
        assert config.password() not in told
    assert config.password() not in (config.data_dir / "status.json").read_text()
