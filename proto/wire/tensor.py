"""Dense tensors of the Open Inference Protocol, as raw contents: little-endian, row-major."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wire.errors import TensorError
from wire.frame import Buffer
from wire.limits import DEFAULT_LIMITS, Limits

Array = NDArray[Any]

BYTES = "BYTES"
DTYPES = {
    "BOOL": np.dtype("?"),
    "UINT8": np.dtype("u1"),
    "UINT16": np.dtype("<u2"),
    "UINT32": np.dtype("<u4"),
    "UINT64": np.dtype("<u8"),
    "INT8": np.dtype("i1"),
    "INT16": np.dtype("<i2"),
    "INT32": np.dtype("<i4"),
    "INT64": np.dtype("<i8"),
    "FP16": np.dtype("<f2"),
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
    "BF16": np.dtype("<u2"),
}
"""BF16 has no numpy type: its bits are seen as uint16 (``from_bfloat16``)."""

_DATATYPES = {dtype: name for name, dtype in reversed(DTYPES.items())}
_DATATYPES[np.dtype("<u2")] = "UINT16"


@dataclass(frozen=True, eq=False)
class Tensor:
    """A named array; BYTES is an object array of ``bytes``. Decoded arrays are read-only views."""

    name: str
    datatype: str
    data: Array


def to_tensor(name: str, data: Array) -> Tensor:
    """Tensor whose datatype is that of ``data``."""
    if data.dtype == np.dtype(object):
        return Tensor(name, BYTES, data)
    datatype = _DATATYPES.get(data.dtype.newbyteorder("<"))
    if datatype is None:
        raise TensorError(f"tensor {name!r}: no datatype for numpy {data.dtype}")
    return Tensor(name, datatype, data)


def to_bfloat16(data: Array) -> Array:
    """Bits (uint16) of ``data`` rounded to the nearest bfloat16, ties to even; NaN stays NaN."""
    values = np.ascontiguousarray(data, dtype="<f4")
    bits = values.view("<u4").astype(np.uint64)
    rounded = ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2")
    return np.where(np.isnan(values), np.uint16(0x7FC0), rounded).astype("<u2")


def from_bfloat16(bits: Array) -> Array:
    """float32 values of bfloat16 ``bits``."""
    return (bits.astype("<u4") << np.uint32(16)).view("<f4")


def encode_raw(tensor: Tensor) -> Buffer:
    """Raw contents of ``tensor``.

    Raises: TensorError.
    """
    if tensor.datatype == BYTES:
        items = [bytes(item) for item in tensor.data.reshape(-1)]
        return b"".join(part for item in items for part in (len(item).to_bytes(4, "little"), item))
    dtype = DTYPES.get(tensor.datatype)
    if dtype is None:
        raise TensorError(f"tensor {tensor.name!r}: unknown datatype {tensor.datatype!r}")
    if tensor.data.dtype.newbyteorder("<") != dtype:
        raise TensorError(f"tensor {tensor.name!r}: {tensor.data.dtype} data declared as {tensor.datatype}")
    return np.ascontiguousarray(tensor.data, dtype=dtype).tobytes()


def decode_raw(name: str, datatype: str, shape: Sequence[int], raw: Buffer, limits: Limits = DEFAULT_LIMITS) -> Tensor:
    """Tensor over ``raw`` without a copy; shape, datatype and size are checked first.

    Raises: TensorError.
    """
    if len(shape) > limits.dimensions:
        raise TensorError(f"tensor {name!r} has {len(shape)} dimensions, more than {limits.dimensions}")
    if any(size < 0 for size in shape):
        raise TensorError(f"tensor {name!r} has a negative dimension in {list(shape)}")
    count = math.prod(shape)
    if datatype == BYTES:
        return Tensor(name, BYTES, _decode_strings(name, count, raw, limits).reshape(tuple(shape)))
    dtype = DTYPES.get(datatype)
    if dtype is None:
        raise TensorError(f"tensor {name!r} has unknown datatype {datatype!r}")
    if count * dtype.itemsize != len(raw):
        raise TensorError(
            f"tensor {name!r}: {datatype} {list(shape)} needs {count * dtype.itemsize} bytes, message has {len(raw)}"
        )
    return Tensor(name, datatype, np.frombuffer(raw, dtype=dtype).reshape(tuple(shape)))


def _decode_strings(name: str, count: int, raw: Buffer, limits: Limits) -> Array:
    if count > limits.strings:
        raise TensorError(f"tensor {name!r} has {count} strings, more than {limits.strings}")
    if count * 4 > len(raw):
        raise TensorError(f"tensor {name!r}: {count} strings do not fit into {len(raw)} bytes")
    items = np.empty(count, dtype=object)
    at = 0
    for index in range(count):
        start = at + 4
        at = start + int.from_bytes(raw[start - 4 : start], "little")
        if at > len(raw):
            raise TensorError(f"tensor {name!r}: string {index} is cut off")
        items[index] = bytes(raw[start:at])
    if at != len(raw):
        raise TensorError(f"tensor {name!r}: {len(raw) - at} bytes left over after {count} strings")
    return items
