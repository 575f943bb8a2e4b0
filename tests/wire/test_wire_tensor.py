import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from wire.errors import FrameError, TensorError
from wire.frame import join, split
from wire.limits import Limits
from wire.message import Message, decode_request, decode_response, encode_request, encode_response
from wire.tensor import DTYPES, Tensor, decode_raw, encode_raw, from_bfloat16, to_bfloat16, to_tensor

GIGABYTE_SHAPE = [1 << 10, 1 << 20]


@pytest.mark.parametrize("datatype", sorted(DTYPES))
def test_every_datatype_survives_the_wire(datatype):
    data = np.arange(6).reshape(2, 3).astype(DTYPES[datatype])
    message = Message({"mode": "score"}, (Tensor("x", datatype, data),))
    for encode, decode in ((encode_request, decode_request), (encode_response, decode_response)):
        (tensor,) = decode(encode(message)).tensors
        assert (tensor.name, tensor.datatype) == ("x", datatype)
        np.testing.assert_array_equal(tensor.data, data)


@given(hnp.arrays(np.float32, hnp.array_shapes(max_dims=4)))
def test_any_array_survives_the_wire(data):
    (tensor,) = decode_request(encode_request(Message({}, (to_tensor("x", data),)))).tensors
    assert tensor.data.tobytes() == data.tobytes()
    assert tensor.data.shape == data.shape


@given(st.lists(st.binary(max_size=9), max_size=20))
def test_strings_survive_the_wire(items):
    data = np.array([*items, None], dtype=object)[:-1]
    (tensor,) = decode_request(encode_request(Message({}, (to_tensor("x", data),)))).tensors
    assert tensor.data.tolist() == items


def test_decoding_copies_nothing():
    raw = np.arange(1000, dtype="<f4").tobytes()
    tensor = decode_raw("x", "FP32", [1000], raw)
    assert np.shares_memory(tensor.data, np.frombuffer(raw, dtype=np.uint8))
    assert not tensor.data.flags.writeable


def test_bfloat16_rounds_to_nearest_even_and_keeps_special_values():
    values = np.array([1.0, 1.00390625, 1.01171875, -2.5, np.inf, np.nan], dtype=np.float32)
    back = from_bfloat16(to_bfloat16(values))
    np.testing.assert_array_equal(back[:5], [1.0, 1.0, 1.015625, -2.5, np.inf])
    assert np.isnan(back[5])


@pytest.mark.parametrize(
    ("shape", "datatype"), [(GIGABYTE_SHAPE, "FP32"), ([2**62, 2**62], "FP64"), ([1 << 30], "BYTES"), ([-1], "UINT8")]
)
def test_shape_that_does_not_fit_the_bytes_is_refused_before_memory_is_taken(shape, datatype):
    with pytest.raises(TensorError):
        decode_raw("x", datatype, shape, b"\0" * 64)


def test_string_that_claims_more_bytes_than_there_are_is_refused():
    with pytest.raises(TensorError, match="cut off"):
        decode_raw("x", "BYTES", [1], struct.pack("<I", 1 << 30) + b"abc")


@pytest.mark.parametrize("raw", [b"\0" * 9, b""])
def test_raw_contents_must_have_exactly_the_size_of_the_shape(raw):
    with pytest.raises(TensorError, match="needs 8 bytes"):
        decode_raw("x", "INT32", [2], raw)


def test_unknown_datatype_is_refused():
    with pytest.raises(TensorError, match="FP8"):
        decode_raw("x", "FP8", [1], b"\0")
    with pytest.raises(TensorError):
        encode_raw(Tensor("x", "FP8", np.zeros(1)))


def test_array_declared_as_another_datatype_is_not_sent():
    with pytest.raises(TensorError):
        encode_raw(Tensor("ids", "FP16", np.zeros(3, dtype=np.uint32)))


def test_typed_contents_are_refused_with_the_fix():
    from wire import oip_pb2

    request = oip_pb2.ModelInferRequest()
    request.inputs.add(name="x", datatype="INT32", shape=[1]).contents.int_contents.append(1)
    with pytest.raises(TensorError, match="send raw contents"):
        decode_request(request.SerializeToString())


def test_many_empty_tensors_are_refused_before_protobuf_sees_them():
    with pytest.raises(FrameError):
        decode_request(b"\x2a\x00" * 100_000)
    with pytest.raises(FrameError):
        decode_request(join(b"", 7, [b""] * 17))


def test_header_without_bound_is_refused():
    with pytest.raises(FrameError, match="describes itself"):
        decode_request(join(b"", 1, [b"a" * 70_000]))


def test_message_over_the_limit_is_refused():
    with pytest.raises(FrameError, match="larger"):
        split(b"\0" * 101, 7, Limits(message_bytes=100))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_a_request_or_a_wire_error(data):
    with suppress(FrameError, TensorError):
        decode_request(data)


@given(st.binary(max_size=60), st.lists(st.binary(max_size=300), max_size=5))
def test_split_undoes_join(name, raws):
    header = join(b"", 1, [name])
    found_header, found = split(join(header, 7, raws), 7)
    assert found_header == header
    assert [bytes(raw) for raw in found] == raws
