"""Drawing from distributions as they travel, and blocks as messages."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.patience import PATIENCE_SECONDS
from tests.wire.tiny_expert import VOCAB, connected
from wire.blocks import BlockReply, BlockRequest, DraftWish, decode_block, decode_reply, encode_block, encode_reply
from wire.distribution import Distribution
from wire.drawing import Drawing, draw
from wire.errors import ExpertRefused, InvalidDistribution, TensorError
from wire.message import decode_request, decode_response, encode_request, encode_response


def random_distribution(seed: int, rows: int, vocab_size: int = 40, k: int = 8) -> Distribution:
    return Distribution.from_logprobs(2.0 * np.random.default_rng(seed).standard_normal((rows, vocab_size)), k=k)


def frequencies(distribution: Distribution, drawing: Drawing, draws: int = 4_000) -> np.ndarray:
    """How often each token is drawn from the first row, by evenly spread numbers."""
    wide = Distribution(
        np.repeat(distribution.topk_ids[:1], draws, axis=0),
        np.repeat(distribution.topk_logprobs[:1], draws, axis=0),
        np.repeat(distribution.tail_logprob[:1], draws),
        distribution.vocab_size,
    )
    tokens = draw(wide, (np.arange(draws) + 0.5) / draws, drawing)
    return np.bincount(tokens, minlength=distribution.vocab_size) / draws


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.sampled_from([(40, 8), (40, 40), (7, 3)]))
def test_draws_follow_the_distribution_listed_or_not(seed, shape):
    distribution = random_distribution(seed, 1, *shape)
    np.testing.assert_allclose(frequencies(distribution, Drawing()), distribution.dense()[0], atol=6e-4)


@pytest.mark.parametrize("temperature", [0.5, 1.7])
def test_temperature_sharpens_or_flattens_what_is_drawn(temperature):
    distribution = random_distribution(3, 1)
    expected = distribution.dense()[0] ** (1 / temperature)
    found = frequencies(distribution, Drawing(temperature))
    np.testing.assert_allclose(found, expected / expected.sum(), atol=6e-4)


@pytest.mark.parametrize("top_p", [0.0, 0.3, 0.8, 0.97])
def test_nucleus_is_the_smallest_set_that_holds_the_mass_into_the_tail(top_p):
    distribution = random_distribution(5, 1)
    dense = distribution.dense()[0]
    drawn = np.flatnonzero(frequencies(distribution, Drawing(1.0, top_p)))
    rest = np.sort(np.delete(dense, drawn))
    assert dense[drawn].sum() >= top_p - 1e-9
    assert dense[drawn].sum() - dense[drawn].min() < max(top_p, dense.max()) + 1e-9
    assert not len(rest) or rest.max() <= dense[drawn].min() + 1e-12


def test_temperature_zero_takes_the_likeliest():
    distribution = random_distribution(7, 4)
    assert draw(distribution, np.zeros(4), Drawing(0.0)).tolist() == distribution.dense().argmax(axis=1).tolist()


@given(st.integers(0, 10_000))
@example(4810)
def test_both_ends_draw_the_same_token(seed):
    rng = np.random.default_rng(seed)
    said = random_distribution(seed, 6, 300, 64)
    reply = BlockReply(said, np.zeros((2, 0), np.uint32))
    request = BlockRequest(np.zeros((2, 3), np.uint32))
    heard = decode_reply(decode_response(encode_response(encode_reply(reply))), request).distributions
    uniforms, drawing = rng.random(6), Drawing(float(rng.uniform(0, 2)), float(rng.random()))
    assert draw(said, uniforms, drawing).tolist() == draw(heard, uniforms, drawing).tolist()


def test_block_survives_the_wire():
    rng = np.random.default_rng(1)
    wish = DraftWish(rng.random((2, 4)), Drawing(0.7, 0.9))
    sent = BlockRequest(rng.integers(0, 50, (2, 3)).astype(np.uint32), True, wish)
    got = decode_block(decode_request(encode_request(encode_block(sent))), 2, 50)
    assert got.tokens.tolist() == sent.tokens.tolist()
    assert got.wish is not None
    assert (got.instead, got.positions, got.wish.drawing) == (True, 6, wish.drawing)
    assert got.wish.uniforms.tolist() == wish.uniforms.tolist()


@pytest.mark.parametrize(
    "request_",
    [
        BlockRequest(np.zeros((2, 0), np.uint32)),
        BlockRequest(np.zeros((3, 2), np.uint32)),
        BlockRequest(np.full((2, 2), 50, np.uint32)),
        BlockRequest(np.zeros((2, 99), np.uint32)),
        BlockRequest(np.zeros((2, 1), np.uint32), False, DraftWish(np.ones((2, 4)), Drawing())),
        BlockRequest(np.zeros((2, 1), np.uint32), False, DraftWish(np.full((2, 4), np.nan), Drawing())),
        BlockRequest(np.zeros((2, 1), np.uint32), False, DraftWish(np.zeros((2, 99)), Drawing())),
        BlockRequest(np.zeros((2, 1), np.uint32), False, DraftWish(np.zeros((2, 4)), Drawing(-1.0))),
        BlockRequest(np.zeros((2, 1), np.uint32), False, DraftWish(np.zeros((2, 4)), Drawing(1.0, 7.0))),
    ],
    ids=["nothing", "rows", "beyond", "too long", "one", "nan", "long draft", "cold", "top_p"],
)
def test_block_that_makes_no_sense_is_refused(request_):
    with pytest.raises(TensorError):
        decode_block(decode_request(encode_request(encode_block(request_))), 2, 50)


def test_reply_of_another_shape_than_asked_for_is_refused():
    request = BlockRequest(np.zeros((2, 2), np.uint32), False, DraftWish(np.zeros((2, 3)), Drawing()))
    good = BlockReply(random_distribution(1, 8), np.zeros((2, 3), np.uint32))
    short = BlockReply(random_distribution(1, 6), np.zeros((2, 3), np.uint32))
    few = BlockReply(random_distribution(1, 8), np.zeros((2, 2), np.uint32))
    beyond = BlockReply(random_distribution(1, 8), np.full((2, 3), 40, np.uint32))

    def read(reply: BlockReply) -> BlockReply:
        return decode_reply(decode_response(encode_response(encode_reply(reply))), request)

    assert read(good).of(1).topk_ids.tolist() == good.distributions.topk_ids[4:].tolist()
    for bad in (short, few, beyond):
        with pytest.raises((InvalidDistribution, TensorError)):
            read(bad)


async def test_expert_without_blocks_says_so_and_its_session_ends():
    async with connected() as channel:
        with pytest.raises(ExpertRefused, match="unknown mode 'block'"):
            async with channel.session([[1]], step_timeout=PATIENCE_SECONDS) as session:
                await session.read(BlockRequest(np.full((1, 2), VOCAB - 1, np.uint32)))


@pytest.mark.parametrize("temperature", [0.6, 1.0, 1.8])
def test_expected_log_probability_counts_the_tail(temperature):
    distribution = random_distribution(9, 3)
    dense = distribution.dense()
    drawn = dense ** (1 / temperature)
    expected = (drawn * np.log(dense)).sum(axis=1) / drawn.sum(axis=1)
    np.testing.assert_allclose(distribution.expected_logprob(temperature), expected, rtol=1e-6)
    certain = Distribution.from_logprobs(np.array([[0.0, -80.0, -80.0]]))
    assert certain.expected_logprob(temperature) == pytest.approx(0.0, abs=1e-6)
    assert Distribution.from_logprobs(np.zeros((1, 4))).expected_logprob() == pytest.approx(-np.log(4), abs=1e-6)
