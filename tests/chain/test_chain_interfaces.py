"""Signatures and struct layouts of the runtime interfaces against the metadata of a real runtime (spec 381)."""

import re
from pathlib import Path

import pytest

from chain.runtime.runtime import RUNTIME
from chain.scale.composite import Struct
from chain.scale.containers import Array, Compact, Option, Vec
from chain.scale.products import Newtype, Tuple

TEXT = (Path(__file__).parent.parent / "vectors" / "dialect" / "interfaces381.txt").read_text()
NEWER = {"activity_cutoff": "Compact<u64>"}
"""Fields that are wider since."""


def short(kind):
    """A type as the recorded text writes it."""
    if isinstance(kind, Array):
        return kind.name.replace(" ", "")
    if isinstance(kind, Compact | Vec):
        return f"{type(kind).__name__}<{short(kind.inner)}>"
    if isinstance(kind, Option):
        return f"Option<{short(kind.inner)}>"
    if isinstance(kind, Tuple):
        return "(" + ",".join(map(short, kind.types)) + ")"
    if isinstance(kind, Newtype) and kind.name not in {"AccountId32", "FixedI64", "FixedI128"}:
        return short(kind.inner)
    return kind.name


def parts(pattern, line):
    match = re.fullmatch(pattern, line)
    assert match, line
    return match.groups()


def recorded_structs():
    for line in TEXT[TEXT.index("## structs") :].splitlines()[1:]:
        path, fields = parts(r"(\S+) \{ (.*) \}", line)
        yield path, re.findall(r"(\w+): (.*?)(?:, (?=\w+: )|$)", fields)


def recorded_methods():
    for section in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]:
        head, *lines = section.splitlines()
        for line in lines if head.startswith("api") else ():
            name, arguments, result = parts(r"\s*(\w+)\((.*)\) -> (.*)", line)
            yield f"{head.split()[1]}_{name}", (arguments, result)


STRUCT_LINES, METHOD_LINES = list(recorded_structs()), list(recorded_methods())
METHODS = {f"{api.name}_{method.name}": method for api in RUNTIME.apis for method in api.methods}


def structs_of(kind, found):
    if isinstance(kind, Struct) and kind not in found:
        found[kind] = "::".join(kind.path)
        for field in kind.shape.fields:
            structs_of(field.type, found)
    for inner in getattr(kind, "types", None) or [getattr(kind, "inner", None)]:
        if inner is not None:
            structs_of(inner, found)
    return found


STRUCTS = {path: kind for method in METHODS.values() for kind, path in structs_of(method.output, {}).items()}


@pytest.mark.parametrize(("path", "fields"), STRUCT_LINES, ids=[path for path, _ in STRUCT_LINES])
def test_struct_has_the_fields_of_the_dialect_in_their_order(path, fields):
    ours = [(field.name, short(field.type)) for field in STRUCTS[path].shape.fields]
    expected = [(name, kind) for name, kind in fields]
    for (name, kind), (given_name, given) in zip(ours, expected, strict=True):
        newer = NEWER.get(name)
        assert name == given_name
        assert kind in (given, newer, f"Option<{newer}>"), name


@pytest.mark.parametrize(("name", "signature"), METHOD_LINES, ids=[name for name, _ in METHOD_LINES])
def test_method_takes_and_gives_what_the_dialect_says(name, signature):
    method = METHODS[name]
    arguments = ", ".join(f"{field.name}: {short(field.type)}" for field in method.inputs)
    assert (arguments, short(method.output)) == signature
