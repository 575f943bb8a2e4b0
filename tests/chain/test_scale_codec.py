"""The codec: round trips, canonical forms, hostile bytes."""

from enum import Enum
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.scale.compact import decode_compact, encode_compact
from chain.scale.composite import enum_of, struct, unit_enum, variant
from chain.scale.containers import BYTES, Array, Compact, FixedBytes, Option, Vec
from chain.scale.errors import ScaleError
from chain.scale.hints import describe, of, u16, u32, u64
from chain.scale.products import UNIT, Newtype, Tuple, tuple_of
from chain.scale.registry import Registry
from chain.scale.result import Result
from chain.scale.types import BOOL, I8, I16, I32, I64, I128, STR, U8, U16, U32, U64, U128, U256, Type, erase


@unit_enum("tests::Colour")
class Colour(Enum):
    Red = 0
    Blue = 7


@struct("tests::Point")
class Point:
    x: u16
    y: Annotated[int, I128]
    lit: bool
    colour: Colour


@struct("tests::Line")
class Line:
    name: str
    ends: tuple[Point, Point]
    tags: list[u32]
    parent: bytes | None
    weight: Annotated[int, Compact(U64)]


@variant(0)
class Empty:
    pass


@variant(3)
class Dot:
    point: Point


@variant(9)
class Path:
    lines: list[Line]
    closed: bool


SHAPE: Type[Empty | Dot | Path] = enum_of("tests::Shape", Empty, Dot, Path)

_POINTS = st.builds(
    Point, st.integers(0, 2**16 - 1), st.integers(-(2**127), 2**127 - 1), st.booleans(), st.sampled_from(Colour)
)
_LINES = st.builds(
    Line,
    st.text(max_size=5),
    st.tuples(_POINTS, _POINTS),
    st.lists(st.integers(0, 2**32 - 1), max_size=4),
    st.none() | st.binary(max_size=5),
    st.integers(0, 2**64 - 1),
)

_LEAVES = st.sampled_from(
    [
        (BOOL, st.booleans()),
        (STR, st.text(max_size=8)),
        (BYTES, st.binary(max_size=80)),
        (FixedBytes(4), st.binary(min_size=4, max_size=4)),
        (UNIT, st.none()),
        (Newtype("tests::Id", U16), st.integers(0, 2**16 - 1)),
        (of(Point), _POINTS),
        (of(Line), _LINES),
        (of(Colour), st.sampled_from(Colour)),
        (
            SHAPE,
            st.just(Empty()) | st.builds(Dot, _POINTS) | st.builds(Path, st.lists(_LINES, max_size=2), st.booleans()),
        ),
        *[(kind, st.integers(0, 256**kind.min_size - 1)) for kind in (U8, U16, U32, U64, U128, U256)],
        *[(Compact(kind), st.integers(0, 256**kind.min_size - 1)) for kind in (U8, U32, U128)],
        *[
            (kind, st.integers(-(256**kind.min_size) // 2, 256**kind.min_size // 2 - 1))
            for kind in (I8, I16, I32, I64, I128)
        ],
    ]
)


def _grow(inner):
    def lists(pair):
        return Vec(pair[0]), st.lists(pair[1], max_size=3)

    def arrays(pair):
        return Array(pair[0], 2), st.lists(pair[1], min_size=2, max_size=2)

    def options(pair):
        return Option(pair[0]), st.none() | pair[1].filter(lambda value: value is not None)

    def tuples(pairs):
        return Tuple([kind for kind, _ in pairs]), st.tuples(*[values for _, values in pairs])

    sized = inner.filter(lambda pair: pair[0].min_size > 0)
    return sized.map(lists) | sized.map(arrays) | sized.map(options) | st.lists(inner, max_size=4).map(tuples)


_TYPES = st.recursive(_LEAVES, _grow, max_leaves=6)
_TYPED_VALUES = _TYPES.flatmap(lambda pair: st.tuples(st.just(pair[0]), pair[1]))


@given(_TYPED_VALUES)
def test_values_round_trip(typed):
    kind, value = typed
    data = kind.encode(value)
    assert kind.decode(data) == value
    assert len(data) >= kind.min_size


@given(_TYPED_VALUES, st.data())
def test_truncated_values_are_refused(typed, data):
    kind, value = typed
    encoded = kind.encode(value)
    if encoded:
        with pytest.raises(ScaleError):
            kind.decode(encoded[: data.draw(st.integers(0, len(encoded) - 1))])


@given(_TYPED_VALUES, st.binary(min_size=1, max_size=3))
def test_bytes_left_over_are_refused(typed, rest):
    kind, value = typed
    with pytest.raises(ScaleError):
        kind.decode(kind.encode(value) + rest)


@given(_TYPES, st.binary(max_size=60))
def test_whatever_decodes_is_canonical(pair, data):
    kind = pair[0]
    try:
        value = kind.decode(data)
    except ScaleError:
        return
    assert kind.encode(value) == data


@given(_TYPES)
def test_every_type_can_be_registered(pair):
    registry = Registry()
    assert registry.reference(pair[0]) == registry.reference(pair[0]) == b"\0"
    registry.encode()


@given(st.integers(0, 2**536 - 1))
def test_compact_integers_round_trip(value):
    data = encode_compact(value)
    assert decode_compact(data) == (value, len(data))


@given(st.binary(max_size=70))
def test_compact_integers_have_one_form(data):
    try:
        value, end = decode_compact(data)
    except ScaleError:
        return
    assert encode_compact(value) == data[:end]


@pytest.mark.parametrize(
    ("value", "hexadecimal"),
    [(0, "00"), (63, "fc"), (64, "0101"), (16383, "fdff"), (16384, "02000100"), (2**30 - 1, "feffffff"),
     (2**30, "0300000040"), (2**64 - 1, "13ffffffffffffffff")],
)  # fmt: skip
def test_compact_boundaries(value, hexadecimal):
    assert encode_compact(value).hex() == hexadecimal


def test_a_huge_count_is_refused_before_anything_is_allocated():
    with pytest.raises(ScaleError, match="exceed"):
        Vec(U64).decode(encode_compact(2**60) + bytes(64))
    with pytest.raises(ScaleError, match="exceed"):
        BYTES.decode(encode_compact(2**500))
    with pytest.raises(ScaleError, match="exceed"):
        Vec(UNIT).decode(encode_compact(2**40))


@pytest.mark.parametrize(
    ("kind", "data"),
    [(BOOL, b"\2"), (Option(U8), b"\2\0"), (STR, b"\4\xff"), (of(Colour), b"\1"), (SHAPE, b"\1"),
     (Compact(U8), b"\1\4"), (Result(U8, STR, str), b"\2")],
)  # fmt: skip
def test_bytes_without_meaning_are_refused(kind, data):
    with pytest.raises(ScaleError):
        kind.decode(data)


@pytest.mark.parametrize(
    ("kind", "value"),
    [(U8, 256), (U8, -1), (U128, 2**128), (I128, 2**127), (FixedBytes(4), b"12345"), (FixedBytes(4), b"1"),
     (Array(U8, 2), [1]), (Compact(U16), 2**16), (Compact(U16), -1), (STR, 5), (of(Point), 1), (SHAPE, Point),
     (Vec(Compact(U8)), [1, 256]), (Vec(Compact(U8)), [-1]),
     (tuple_of(U8, U8), (1,)), (U16, None), (U16, 1.5), (Vec(U16), [70_000])],
)  # fmt: skip
def test_values_that_do_not_fit_are_refused(kind, value):
    with pytest.raises(ScaleError):
        kind.encode(value)


def test_annotations_describe_types():
    assert describe(list[tuple[u16, bytes]]) == Vec(Tuple([erase(U16), erase(BYTES)]))
    assert describe(bool | None) == Option(BOOL)
    assert Vec(U8) == BYTES
    assert describe(u64) == U64
    with pytest.raises(TypeError):
        describe(int)


def test_runs_of_fixed_fields_are_fused():
    assert of(Point).format == "H16sBB"
    assert of(Point).encode(Point(1, -1, True, Colour.Blue)).hex() == "0100" + "ff" * 16 + "0107"


@given(st.lists(st.booleans()))
def test_list_of_booleans_has_a_byte_for_each_and_no_other_bytes(values):
    encoded = Vec(BOOL).encode(values)
    assert encoded == encode_compact(len(values)) + b"".join(map(BOOL.encode, values))
    assert Vec(BOOL).decode(encoded) == values
    with pytest.raises(ScaleError):
        Vec(BOOL).decode(encode_compact(len(values) + 1) + encoded[len(encode_compact(len(values))) :] + b"\2")


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_tuple_is_encoded_as_the_list_of_its_items(values):
    kind = Vec(Compact(U64))
    assert kind.encode(tuple(values)) == kind.encode(tuple(values)) == kind.encode(values)  # type: ignore[arg-type]
