"""Straight-line Python for sequences of fields: runs of fixed size become one ``struct.Struct``.

Every type of fixed size tells its ``format`` (letters of ``struct``), how to ``load`` its value from the
unpacked leaves and how to ``dump`` a value to them, as expressions. The functions made here are what makes
a pure Python ledger fast enough; they are equal in effect to encoding field by field.
"""

import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from chain.scale.errors import ScaleError

if TYPE_CHECKING:
    from chain.scale.types import Type

Encoder = Callable[[object], bytes]
Decoder = Callable[[bytes, int, int], tuple[object, int]]
"""``(data, offset, depth) -> (value, next offset)``; depth counts nested calls."""


class Scope:
    """The global names of one generated function."""

    def __init__(self) -> None:
        self.names: dict[str, object] = {}

    def use(self, value: object) -> str:
        """Name under which the source can refer to ``value``."""
        name = f"g{len(self.names)}"
        self.names[name] = value
        return name

    def function(self, head: str, lines: Sequence[str]) -> object:
        """The function ``head`` with a body of ``lines``, which see only the names of this scope."""
        source = f"def {head}:\n" + "".join(f"    {line}\n" for line in lines)
        exec(compile(source, "<scale>", "exec"), self.names)
        return self.names[head.partition("(")[0]]


def build_encoder(types: Sequence["Type[object]"], parts: Sequence[str]) -> Encoder:
    """Encoder of the value ``v`` whose fields are the expressions ``parts``, e.g. ``v[0]`` or ``v.nonce``."""
    scope = Scope()
    pieces: list[str] = []
    for run in _runs(types):
        if types[run.start].format is None:
            pieces.append(f"{scope.use(types[run.start].encoder)}({parts[run.start]})")
            continue
        pack = scope.use(_run_struct(types, run).pack)
        leaves = [leaf for index in run for leaf in types[index].dump(scope, parts[index])]
        pieces.append(f"{pack}({', '.join(leaves)})")
    return cast(Encoder, scope.function("encode(v)", [f"return {' + '.join(pieces) or repr(b'')}"]))


def build_decoder(types: Sequence["Type[object]"], make: Callable[[Scope, list[str]], str]) -> Decoder:
    """Decoder of consecutive ``types``; ``make`` gives the expression of the value from those of its fields."""
    scope = Scope()
    lines: list[str] = []
    values: list[str] = []
    for run in _runs(types):
        if types[run.start].format is None:
            name = f"v{run.start}"
            lines.append(f"{name}, o = {scope.use(types[run.start].decoder)}(b, o, depth)")
            values.append(name)
            continue
        layout = _run_struct(types, run)
        names = [[f"v{index}_{leaf}" for leaf in range(types[index].leaves)] for index in run]
        targets = "".join(f"{name}, " for group in names for name in group)
        if targets:
            lines += [f"{targets}= {scope.use(layout.unpack_from)}(b, o)", f"o += {layout.size}"]
        values += [types[index].load(scope, group) for index, group in zip(run, names, strict=True)]
    return cast(Decoder, scope.function("decode(b, o, depth)", [*lines, f"return {make(scope, values)}, o"]))


def make_tuple(scope: Scope, values: list[str]) -> str:
    """Expression of a tuple of the fields."""
    return "(" + "".join(f"{value}, " for value in values) + ")"


def exact(value: bytes, size: int) -> bytes:
    """``value`` itself, whose length must be ``size``.

    Raises:
        ScaleError: another length.
    """
    if len(value) != size:
        raise ScaleError(f"expected {size} bytes, not {len(value)}")
    return value


def truth(byte: int) -> bool:
    """Boolean of a byte that is 0 or 1.

    Raises:
        ScaleError: another byte.
    """
    if byte > 1:
        raise ScaleError(f"byte {byte} is not a boolean")
    return byte == 1


def _runs(types: Sequence["Type[object]"]) -> list[range]:
    """Maximal ranges of types of fixed size; each other type alone."""
    runs: list[range] = []
    for index, kind in enumerate(types):
        extends = runs and kind.format is not None and types[runs[-1].start].format is not None
        if extends:
            runs[-1] = range(runs[-1].start, index + 1)
        else:
            runs.append(range(index, index + 1))
    return runs


def _run_struct(types: Sequence["Type[object]"], run: range) -> struct.Struct:
    return struct.Struct("<" + "".join(types[index].format or "" for index in run))
