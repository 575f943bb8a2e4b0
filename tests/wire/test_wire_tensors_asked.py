"""Sessions about tensors: what is asked arrives as it was, and nonsense is refused before anything is computed."""

import numpy as np
import pytest

from wire import operations as ops
from wire.errors import TensorError
from wire.limits import Limits
from wire.message import Message, decode_request, encode_request
from wire.tensor import to_tensor


def test_tensors_arrive_as_they_were_sent() -> None:
    tensors = np.arange(24, dtype=np.float32).reshape(3, 2, 4)
    message = decode_request(encode_request(ops.encode_session(list(tensors))))
    assert ops.asks_tensors(message)
    assert np.array_equal(ops.decode_tensors(message), tensors)
    assert not ops.asks_tensors(ops.encode_session([[1, 2], [3]]))


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (np.zeros(4, np.float32), "must hold"),
        (np.zeros((0, 4), np.float32), "must hold"),
        (np.zeros((2, 0), np.float32), "must hold"),
        (np.zeros((5, 4), np.float32), "1 to 4 tensors"),
        (np.full((1, 4), np.inf, np.float32), "not finite"),
        (np.zeros((1, 4), np.float64), "must be FP32"),
        (np.array([[b"x"]], dtype=object), "must be FP32"),
    ],
)
def test_what_is_no_batch_of_finite_tensors_is_refused(data: np.ndarray, fault: str) -> None:
    with pytest.raises(TensorError, match=fault):
        ops.decode_tensors(Message({ops.MODE: ops.SESSION}, (to_tensor(ops.INPUT, data),)), Limits(rows=4))


def test_tokens_and_tensors_do_not_mix() -> None:
    with pytest.raises(ValueError, match="one session"):
        ops.encode_session([[1, 2], np.zeros((2, 2), np.float32)])
