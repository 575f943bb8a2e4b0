"""Inference requests and responses: parameters and named tensors, to and from wire bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from google.protobuf.message import DecodeError

from wire import oip_pb2
from wire.errors import FrameError, TensorError
from wire.frame import Buffer, join, read_fields, split
from wire.limits import DEFAULT_LIMITS, Limits
from wire.tensor import Array, Tensor, decode_raw, encode_raw

MODEL = "expert"
VERSION = "1"
RAW_INPUT, RAW_OUTPUT = 7, 6
_WRAPPED_ERROR, _WRAPPED_RESPONSE = 1, 2

Parameter = bool | int | float | str


def _to_parameter(value: Parameter) -> oip_pb2.InferParameter:
    if isinstance(value, bool):
        return oip_pb2.InferParameter(bool_param=value)
    if isinstance(value, int):
        return oip_pb2.InferParameter(int64_param=value)
    if isinstance(value, float):
        return oip_pb2.InferParameter(double_param=value)
    return oip_pb2.InferParameter(string_param=value)


def _from_parameters(parameters: Mapping[str, oip_pb2.InferParameter]) -> dict[str, Parameter]:
    """Plain values; a parameter of no known kind is left out."""
    kinds = ((name, value, value.WhichOneof("parameter_choice")) for name, value in parameters.items())
    return {name: getattr(value, kind) for name, value, kind in kinds if kind is not None}


@dataclass(frozen=True, eq=False)
class Message:
    """Parameters and tensors, as a request carries inputs and a response outputs."""

    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    tensors: tuple[Tensor, ...] = ()
    outputs: tuple[str, ...] = ()
    """Requested outputs; empty for all, and in responses."""
    id: str = ""

    def text(self, name: str, default: str = "") -> str:
        """Parameter ``name`` if it is text, else ``default``."""
        value = self.parameters.get(name, default)
        return value if isinstance(value, str) else default

    def integer(self, name: str, default: int = 0) -> int:
        """Parameter ``name`` if it is an integer, else ``default``."""
        value = self.parameters.get(name, default)
        return value if isinstance(value, int) else default

    def number(self, name: str, default: float = 0.0) -> float:
        """Parameter ``name`` if it is a number, else ``default``."""
        value = self.parameters.get(name, default)
        return float(value) if isinstance(value, int | float) else default

    def tensor(self, name: str, datatypes: Sequence[str], dimensions: int) -> Array:
        """Data of tensor ``name``, of one of ``datatypes`` and with ``dimensions`` axes.

        Raises: TensorError.
        """
        for tensor in self.tensors:
            if tensor.name == name:
                if tensor.datatype not in datatypes or tensor.data.ndim != dimensions:
                    wanted = " or ".join(datatypes)
                    raise TensorError(
                        f"tensor {name!r} is {tensor.datatype} with {tensor.data.ndim} dimensions,"
                        f" must be {wanted} with {dimensions}"
                    )
                return tensor.data
        raise TensorError(f"tensor {name!r} is missing")

    def has(self, name: str) -> bool:
        """Whether there is a tensor ``name``."""
        return any(tensor.name == name for tensor in self.tensors)


def encode_request(message: Message) -> bytes:
    """Wire bytes of a ``ModelInferRequest``."""
    header = oip_pb2.ModelInferRequest(model_name=MODEL, id=message.id)
    for name, value in message.parameters.items():
        header.parameters[name].CopyFrom(_to_parameter(value))
    for tensor in message.tensors:
        header.inputs.add(name=tensor.name, datatype=tensor.datatype, shape=tensor.data.shape)
    for name in message.outputs:
        header.outputs.add(name=name)
    return join(header.SerializeToString(), RAW_INPUT, [encode_raw(tensor) for tensor in message.tensors])


def encode_response(message: Message) -> bytes:
    """Wire bytes of a ``ModelInferResponse``."""
    header = oip_pb2.ModelInferResponse(model_name=MODEL, model_version=VERSION, id=message.id)
    for name, value in message.parameters.items():
        header.parameters[name].CopyFrom(_to_parameter(value))
    for tensor in message.tensors:
        header.outputs.add(name=tensor.name, datatype=tensor.datatype, shape=tensor.data.shape)
    return join(header.SerializeToString(), RAW_OUTPUT, [encode_raw(tensor) for tensor in message.tensors])


class _Described(Protocol):
    """The fields that input and output tensors share."""

    name: str
    datatype: str

    @property
    def shape(self) -> Sequence[int]: ...


def _decode_tensors(
    described: Sequence[_Described],
    raws: Sequence[memoryview],
    limits: Limits,
) -> tuple[Tensor, ...]:
    if len(described) != len(raws):
        raise TensorError(
            f"{len(described)} tensors are described but {len(raws)} have raw contents"
            " (send raw contents, not typed ones)"
        )
    names = {tensor.name for tensor in described}
    if len(names) != len(described):
        raise TensorError("two tensors have the same name")
    return tuple(
        decode_raw(tensor.name, tensor.datatype, tensor.shape, raw, limits)
        for tensor, raw in zip(described, raws, strict=True)
    )


def decode_request(data: Buffer, limits: Limits = DEFAULT_LIMITS) -> Message:
    """Request in ``data``; tensors are views of it.

    Raises: FrameError, TensorError.
    """
    header, raws = split(data, RAW_INPUT, limits)
    try:
        request = oip_pb2.ModelInferRequest.FromString(header)
    except DecodeError as error:
        raise FrameError("request is not a ModelInferRequest") from error
    if request.model_name not in ("", MODEL):
        raise TensorError(f"unknown model {request.model_name!r} (this server has one model, {MODEL!r})")
    tensors = _decode_tensors(request.inputs, raws, limits)
    outputs = tuple(output.name for output in request.outputs)
    return Message(_from_parameters(request.parameters), tensors, outputs, request.id)


def decode_response(data: Buffer, limits: Limits = DEFAULT_LIMITS) -> Message:
    """Response in ``data``; tensors are views of it.

    Raises: FrameError, TensorError.
    """
    header, raws = split(data, RAW_OUTPUT, limits)
    try:
        response = oip_pb2.ModelInferResponse.FromString(header)
    except DecodeError as error:
        raise FrameError("reply is not a ModelInferResponse") from error
    tensors = _decode_tensors(response.outputs, raws, limits)
    return Message(_from_parameters(response.parameters), tensors, (), response.id)


def wrap_response(response: bytes) -> bytes:
    """Wire bytes of Triton's stream wrapper around an encoded response."""
    return join(b"", _WRAPPED_RESPONSE, [response])


def wrap_error(text: str) -> bytes:
    """Wire bytes of Triton's stream wrapper with an error."""
    return join(b"", _WRAPPED_ERROR, [text.encode()])


def unwrap_response(data: Buffer) -> memoryview:
    """Encoded response inside Triton's stream wrapper.

    Raises: FrameError.
    """
    view = memoryview(data)
    found: memoryview | None = None
    for item in read_fields(view):
        if item.number == _WRAPPED_ERROR and item.end > item.value:
            text = bytes(view[item.value : item.end]).decode(errors="replace")
            raise FrameError(f"stream answered with an error: {text}")
        if item.number == _WRAPPED_RESPONSE:
            found = view[item.value : item.end]
    if found is None:
        raise FrameError("stream answered with neither a response nor an error")
    return found
