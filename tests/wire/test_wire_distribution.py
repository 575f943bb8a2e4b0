import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.distribution import Distribution
from wire.errors import InvalidDistribution
from wire.message import decode_response, encode_response
from wire.operations import decode_step, encode_step


def make(logprobs, ids=None, tail=-20.0, vocab_size=100):
    logprobs = np.array(logprobs, dtype=np.float32)
    ids = np.tile(np.arange(logprobs.shape[1], dtype=np.uint32), (len(logprobs), 1)) if ids is None else ids
    return Distribution(ids, logprobs, np.full(len(logprobs), tail, dtype=np.float32), vocab_size)


@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 64, 65, 500]), st.floats(0.0, 30.0))
def test_what_travels_is_a_distribution_close_to_the_models(seed, vocab_size, sharpness):
    logits = sharpness * np.random.default_rng(seed).standard_normal((3, vocab_size))
    sent = Distribution.from_logprobs(logits).validate()
    got = decode_step(decode_response(encode_response(encode_step(sent))), 3)
    np.testing.assert_allclose(got.dense().sum(axis=1), 1.0, atol=1e-12)
    exact = np.exp(logits - logits.max(axis=1, keepdims=True))
    exact /= exact.sum(axis=1, keepdims=True)
    best = exact.argmax(axis=1)
    np.testing.assert_allclose(got.logprob(best), np.log(exact.max(axis=1)), atol=5e-3)


def test_uniform_distribution_over_the_listed_tokens_is_accepted():
    """Rounding to FP16 must not carry an honest sum over one."""
    for size in range(2, 65):
        assert Distribution.from_logprobs(np.zeros((1, size))).validate()


def test_logprob_of_every_token_agrees_with_the_dense_probabilities():
    logits = np.random.default_rng(0).standard_normal((1, 200))
    distribution = Distribution.from_logprobs(logits)
    dense = distribution.dense()[0]
    told = [distribution.logprob(np.array([token]))[0] for token in range(200)]
    np.testing.assert_allclose(np.exp(told), dense, rtol=1e-12)


def test_unlisted_token_gets_an_equal_share_of_the_tail():
    distribution = make([[np.log(0.6)]], tail=np.log(0.4), vocab_size=5)
    np.testing.assert_allclose(np.exp(distribution.logprob(np.array([3]))), 0.1, rtol=1e-6)


@pytest.mark.parametrize(
    "bad",
    [
        make([[np.nan, -1.0]]),
        make([[0.1, -1.0]]),
        make([[-0.1, -0.1]]),
        make([[-1.0, -1.0]], tail=np.nan),
        make([[-1.0, -1.0]], tail=0.0),
        make([[-np.inf, -np.inf]], tail=-np.inf),
        make([[-1.0, -2.0]], ids=np.array([[7, 7]], dtype=np.uint32)),
        make([[-1.0, -2.0]], ids=np.array([[7, 100]], dtype=np.uint32)),
        make([[-1.0, -2.0]], ids=np.array([[7]], dtype=np.uint32)),
    ],
    ids=["nan", "positive", "sum", "nan tail", "tail sum", "no mass", "duplicate", "beyond vocabulary", "shape"],
)
def test_what_is_no_distribution_is_refused(bad):
    with pytest.raises(InvalidDistribution):
        bad.validate()


def test_model_that_answers_nan_cannot_be_encoded():
    with pytest.raises(InvalidDistribution):
        Distribution.from_logprobs(np.full((2, 9), np.nan))


def test_ids_travel_as_integers():
    """FP16 holds integers exactly only up to 2048."""
    logits = np.zeros((1, 50_000))
    logits[0, 49_999] = 9.0
    encoded = encode_step(Distribution.from_logprobs(logits))
    datatypes = {tensor.name: tensor.datatype for tensor in encoded.tensors}
    assert datatypes == {"topk_ids": "UINT32", "topk_logprobs": "FP16", "tail_logprob": "FP32"}
    assert decode_step(decode_response(encode_response(encoded)), 1).topk_ids[0, 0] == 49_999


def test_ids_in_half_precision_are_refused():
    from wire.errors import TensorError
    from wire.message import Message
    from wire.tensor import to_tensor

    step = encode_step(Distribution.from_logprobs(np.zeros((1, 9))))
    ids = to_tensor("topk_ids", step.tensors[0].data.astype(np.float16))
    with pytest.raises(TensorError, match="UINT32"):
        decode_step(Message(step.parameters, (ids, *step.tensors[1:])), 1)


def test_one_token_of_the_default_size_is_392_bytes():
    step = encode_step(Distribution.from_logprobs(np.zeros((1, 2048))))
    assert sum(tensor.data.nbytes for tensor in step.tensors) - 4 == 384
