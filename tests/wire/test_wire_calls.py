"""The wire over real gRPC, against a tiny expert."""

import asyncio
from contextlib import closing, nullcontext

import grpc
import numpy as np
import pytest

from chain.keys import Keypair, verify
from tests.patience import PATIENCE_SECONDS
from tests.wire.tiny_expert import ALICE, MALLORY, MINER, TinyExpert, connected
from wire import oip_pb2
from wire.distribution import Distribution
from wire.envelope import RECEIPT_KEY, REQUEST_KEY, compute_digest, sign_request
from wire.errors import ExpertRefused, ExpertTimeout, ExpertUnavailable, InvalidReply
from wire.expert import ExpertChannel
from wire.identity import Identity
from wire.message import Message, encode_request
from wire.nonces import NonceStore
from wire.operations import encode_describe
from wire.server import PortTaken, ServerConfig, serving
from wire.service import MODEL_INFER, Methods, ServiceHandler, path_of
from wire.tensor import to_tensor


def envelope_of(data: bytes, signer=ALICE):
    envelope = sign_request(Identity(signer, verify), MINER.public_key, MODEL_INFER, compute_digest(data))
    return ((REQUEST_KEY, envelope.encode()),)


async def infer(channel, data: bytes, metadata):
    return await channel._channel.unary_unary(MODEL_INFER)(data, metadata=metadata, timeout=PATIENCE_SECONDS)


async def status_of(channel, data: bytes, metadata=None) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await infer(channel, data, envelope_of(data) if metadata is None else metadata)
    return caught.value.code(), caught.value.details()


async def test_expert_describes_itself_and_scores():
    async with connected() as channel:
        assert await channel.live(PATIENCE_SECONDS)
        description = await channel.describe(timeout=PATIENCE_SECONDS)
        assert (description.domain, description.vocab_size) == ("counting", 300)
        reply = await channel.score([[1, 2, 3], [7, 200]], timeout=PATIENCE_SECONDS)
        assert [item.size for item in reply.distributions] == [2, 1]
        assert reply.target_logprob[0].min() > -0.2
        assert reply.target_logprob[1].max() < -4


async def test_session_answers_each_reveal_and_is_signed_as_a_whole():
    expert = TinyExpert()
    async with connected(expert) as channel:
        async with channel.session([[1, 2], [50]], step_timeout=PATIENCE_SECONDS) as session:
            assert session.first.topk_ids[:, 0].tolist() == [3, 51]
            for tokens in ([10, 20], [299, 0], [5, 5]):
                answer = await session.reveal(tokens)
                assert answer.topk_ids[:, 0].tolist() == [(token + 1) % 300 for token in tokens]
            assert session.receipt is None
        assert session.receipt is not None
        assert session.receipt.signer == MINER.public_key
        assert session.receipt.is_valid(verify)
        assert expert.open_sessions == 0


async def test_body_that_was_swapped_on_the_way_is_refused():
    async with connected() as channel:
        signed, swapped = encode_request(encode_describe()), encode_request(Message({"mode": "score"}))
        code, details = await status_of(channel, swapped, envelope_of(signed))
        assert code is grpc.StatusCode.UNAUTHENTICATED
        assert "body" in details


async def test_replay_is_refused_even_after_a_restart(tmp_path):
    data = encode_request(encode_describe())
    metadata = envelope_of(data)
    for restart in range(2):
        with closing(NonceStore(tmp_path / "nonces")) as nonces:
            async with connected(config=ServerConfig(nonces)) as channel:
                if not restart:
                    await infer(channel, data, metadata)
                assert (await status_of(channel, data, metadata))[0] is grpc.StatusCode.UNAUTHENTICATED


async def test_stock_client_reads_metadata_but_needs_an_identity_to_infer():
    async with connected() as channel:
        request = oip_pb2.ModelMetadataRequest(name="expert").SerializeToString()
        raw = await channel._channel.unary_unary(path_of("ModelMetadata"))(request, timeout=PATIENCE_SECONDS)
        assert oip_pb2.ModelMetadataResponse.FromString(raw).inputs[0].name == "input_ids"
        code, details = await status_of(channel, encode_request(encode_describe()), ())
        assert code is grpc.StatusCode.UNAUTHENTICATED
        assert "ExpertChannel" in details


async def test_unregistered_caller_is_told_the_fix():
    async with connected(signer=MALLORY) as channel:
        with pytest.raises(ExpertRefused, match="hivegate register") as caught:
            await channel.describe(timeout=PATIENCE_SECONDS)
        assert caught.value.code is grpc.StatusCode.PERMISSION_DENIED
        with pytest.raises(ExpertRefused, match="hivegate register"):
            async with channel.session([[1]], step_timeout=PATIENCE_SECONDS):
                pass


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (Message(), grpc.StatusCode.UNIMPLEMENTED),
        (Message({"mode": "dance"}), grpc.StatusCode.UNIMPLEMENTED),
        (Message({"mode": 7}), grpc.StatusCode.UNIMPLEMENTED),
        (Message({"mode": "session"}), grpc.StatusCode.INVALID_ARGUMENT),
        (Message({"mode": "score"}), grpc.StatusCode.INVALID_ARGUMENT),
        (
            Message({"mode": "score"}, (to_tensor("input_ids", np.zeros((0, 0), dtype=np.uint32)),)),
            grpc.StatusCode.INVALID_ARGUMENT,
        ),
        (
            Message({"mode": "score"}, (to_tensor("input_ids", np.full((1, 4), 300, dtype=np.uint32)),)),
            grpc.StatusCode.INVALID_ARGUMENT,
        ),
        (
            Message({"mode": "score"}, (to_tensor("input_ids", np.full((1, 4), 3, dtype=np.float16)),)),
            grpc.StatusCode.INVALID_ARGUMENT,
        ),
        (
            Message({"mode": "score"}, (to_tensor("input_ids", np.zeros((1, 9_000), dtype=np.uint32)),)),
            grpc.StatusCode.INVALID_ARGUMENT,
        ),
    ],
    ids=["empty", "unknown", "number", "unary session", "no tensor", "no rows", "beyond", "half ids", "too long"],
)
async def test_bad_request_gets_a_clear_status_and_nobody_else_notices(message, code):
    async with connected() as channel, channel.session([[1]], step_timeout=PATIENCE_SECONDS) as session:
        assert (await status_of(channel, encode_request(message)))[0] is code
        assert (await session.reveal([4])).topk_ids[0, 0] == 5


@pytest.mark.parametrize("data", [b"", b"\xff" * 50, b"\x2a\x00" * 50_000])
async def test_garbage_is_answered_with_a_status(data):
    async with connected() as channel:
        code, _ = await status_of(channel, data)
        assert code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNIMPLEMENTED)
        assert await channel.describe(timeout=PATIENCE_SECONDS)


async def test_gigabyte_shape_is_refused():
    header = oip_pb2.ModelInferRequest(model_name="expert", raw_input_contents=[b"\0" * 16])
    header.parameters["mode"].string_param = "score"
    header.inputs.add(name="input_ids", datatype="UINT32", shape=[1 << 10, 1 << 18])
    async with connected() as channel:
        code, details = await status_of(channel, header.SerializeToString())
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert "needs 1073741824 bytes" in details


async def test_fault_inside_the_expert_stays_with_its_caller(caplog):
    expert = TinyExpert()
    async with connected(expert) as channel:
        expert.failure = RuntimeError("secret detail")
        with pytest.raises(ExpertRefused) as caught:
            await channel.describe(timeout=PATIENCE_SECONDS)
        assert caught.value.code is grpc.StatusCode.INTERNAL
        assert "secret" not in str(caught.value)
        assert "secret detail" in caplog.text
        expert.failure = None
        assert await channel.describe(timeout=PATIENCE_SECONDS)


class Impostor:
    """Answers describe like an expert, but signs as told or not at all."""

    def __init__(self, receipt: bytes | None) -> None:
        self._receipt = receipt

    async def infer(self, _request: bytes, context) -> bytes:
        if self._receipt is not None:
            context.set_trailing_metadata(((RECEIPT_KEY, self._receipt),))
        return oip_pb2.ModelInferResponse(model_name="expert").SerializeToString()


@pytest.mark.parametrize("receipt", [None, b"\1" + bytes(168), b"short"], ids=["none", "wrong", "malformed"])
async def test_unsigned_reply_is_no_reply(receipt):
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((ServiceHandler(Methods({"ModelInfer": Impostor(receipt).infer}, {})),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        address = f"127.0.0.1:{port}"
        async with ExpertChannel(address=address, signer=ALICE, receiver=MINER.public_key, verify=verify) as channel:
            with pytest.raises(InvalidReply):
                await channel.describe(timeout=PATIENCE_SECONDS)
    finally:
        await server.stop(0)


async def test_miner_with_another_key_than_expected_is_not_asked():
    other = Keypair.from_uri("//Other")
    async with connected(receiver=other.public_key) as channel:
        with pytest.raises(ExpertRefused, match="another hotkey"):
            await channel.describe(timeout=PATIENCE_SECONDS)


async def test_nobody_listening_is_unavailable(unused_tcp_port):
    address = f"127.0.0.1:{unused_tcp_port}"
    async with ExpertChannel(address=address, signer=ALICE, receiver=MINER.public_key, verify=verify) as channel:
        assert not await channel.live(PATIENCE_SECONDS)
        with pytest.raises(ExpertUnavailable):
            await channel.describe(timeout=PATIENCE_SECONDS)
        with pytest.raises(ExpertUnavailable):
            async with channel.session([[1]], step_timeout=PATIENCE_SECONDS):
                pass


class Hanging:
    """A session that never answers a reveal."""

    def __init__(self, first: Distribution) -> None:
        self.first = first
        self.cancelled = asyncio.Event()

    async def advance(self, _tokens) -> Distribution:
        never: asyncio.Future[Distribution] = asyncio.get_running_loop().create_future()
        try:
            return await never
        finally:
            self.cancelled.set()


class HangingExpert(TinyExpert):
    def __init__(self) -> None:
        super().__init__()
        self.hanging = Hanging(Distribution.from_logprobs(np.zeros((1, 300))))

    def session(self, _caller, _prefixes):
        return nullcontext(self.hanging)


async def test_late_step_is_a_timeout_and_the_miner_stops_working_on_it():
    expert = HangingExpert()
    async with connected(expert) as channel:
        with pytest.raises(ExpertTimeout):
            async with channel.session([[1]], step_timeout=0.2) as session:
                await session.reveal([1])
        async with asyncio.timeout(PATIENCE_SECONDS):
            await expert.hanging.cancelled.wait()


async def test_session_left_by_an_error_ends_on_the_miner_too():
    expert = TinyExpert()
    async with connected(expert) as channel:

        async def leave_early() -> None:
            async with channel.session([[1]], step_timeout=PATIENCE_SECONDS):
                assert expert.open_sessions == 1
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await leave_early()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while expert.open_sessions:
                await channel.describe(timeout=PATIENCE_SECONDS)


async def test_silent_session_is_closed_by_the_miner():
    expert = TinyExpert()
    async with connected(expert, config=ServerConfig(idle_seconds=0.1)) as channel:

        async def say_nothing_for_long() -> None:
            async with channel.session([[1]], step_timeout=PATIENCE_SECONDS) as session:
                await session._call.code()
                await session.reveal([1])

        with pytest.raises(ExpertTimeout, match="nothing was said"):
            await say_nothing_for_long()
        assert expert.open_sessions == 0


async def test_answer_over_another_vocabulary_is_refused():
    async with connected() as channel:
        channel._vocab_size = 2048
        with pytest.raises(InvalidReply, match="answers over 300 tokens"):
            async with channel.session([[1]], step_timeout=PATIENCE_SECONDS):
                pass


async def test_taken_port_is_told_with_the_fix():
    async with serving(TinyExpert(), Identity(MINER, verify), "127.0.0.1:0") as port:
        with pytest.raises(PortTaken, match="choose another port"):
            async with serving(TinyExpert(), Identity(MINER, verify), f"127.0.0.1:{port}"):
                pass


async def test_many_sessions_share_one_channel():
    async def count(channel, start: int) -> list[int]:
        async with channel.session([[start]], step_timeout=PATIENCE_SECONDS) as session:
            answers = [session.first, *[await session.reveal([start + step]) for step in range(1, 20)]]
            return [int(answer.topk_ids[0, 0]) for answer in answers]

    async with connected() as channel:
        counts = await asyncio.gather(*[count(channel, start) for start in range(0, 200, 10)])
        assert counts == [[start + step + 1 for step in range(20)] for start in range(0, 200, 10)]
