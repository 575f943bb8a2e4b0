"""Reads epoch vectors recorded from a real chain and tells where an implementation differs from them."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any  # vectors are JSON: their shape is checked by the comparison itself

from chain.runtime.yuma import NO_COMMIT, EpochCompute, EpochInputs, EpochOutputs, EpochParameters
from chain.runtime.yuma.packed import PackedRow

Document = Mapping[str, Any]

_PARAMETERS = {field.name for field in fields(EpochParameters)}
_NOT_COMPUTED = {"stake"}


def read_documents(path: Path) -> Iterator[tuple[str, Document]]:
    """Every vector under a folder, in a ``.json`` file or in a ``.jsonl.gz``, with the name it goes by.

    Raises: OSError, json.JSONDecodeError.
    """
    if path.is_dir():
        for file in sorted(path.iterdir()):
            if file.is_dir() or file.name.endswith((".json", ".jsonl.gz")):
                yield from read_documents(file)
        return
    if path.name.endswith(".gz"):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            documents = [json.loads(line) for line in lines if line.strip()]
    else:
        documents = [json.loads(path.read_text(encoding="utf-8"))]
    for document in documents:
        if "input" in document or "epochs" in document:
            yield str(document.get("id", path.name)), document


def read_inputs(given: Document, previous: EpochOutputs | None = None) -> EpochInputs:
    """The epoch inputs of a vector; bonds and permits that it leaves out are those of the previous epoch."""
    size = given["n"]
    rules = {"activity_cutoff_blocks": given["hyperparameters"].get("activity_cutoff"), **given["hyperparameters"]}
    parameters = {name: value for name, value in rules.items() if name in _PARAMETERS}
    stake = given.get("stake_weight_i64f64_bits") or [rao << 64 for rao in given["stake"]]
    carried = (previous.bonds, previous.validator_permit) if previous else ([None] * size, [False] * size)
    return EpochInputs(
        block=given["block"],
        tempo=given["tempo"],
        rao_emission=given["rao_emission"],
        stake=stake,
        registered_at=given["block_at_registration"],
        last_update=given["last_update"],
        validator_permit=given.get("validator_permit", carried[1]),
        weights=_rows(given["weights"]),
        bonds=_rows(given.get("bonds", carried[0])),
        parameters=EpochParameters(**parameters),
        earliest_commit=_earliest_commits(given),
    )


def _rows(rows: Sequence[Sequence[Sequence[int]] | None]) -> list[list[tuple[int, int]]]:
    return [[(uid, value) for uid, value in row or ()] for row in rows]


def _earliest_commits(given: Document) -> list[int]:
    """Oldest live commit block per uid: the first live one of the plain queue and all of the timelocked one."""
    earliest = [NO_COMMIT] * given["n"]
    queued: set[int] = set()
    live_from = given.get("min_live_epoch", 0)
    for kind in ("weight_commits", "timelocked_commits"):
        for uid, epoch, block in given.get(kind, ()):
            if epoch < live_from or (kind == "weight_commits" and uid in queued):
                continue
            queued.add(uid)
            earliest[uid] = min(earliest[uid], block)
    return earliest


def first_difference(document: Document, compute: EpochCompute) -> str | None:
    """Where the implementation first differs from the vector; None when every output and trace agrees."""
    previous = None
    for index, epoch in enumerate(document.get("epochs", [document])):
        previous = compute(read_inputs(epoch["input"], previous))
        for difference in _differences(epoch, previous):
            return f"epoch {index}: {difference}" if "epochs" in document else difference
    return None


def _differences(epoch: Document, outputs: EpochOutputs) -> Iterator[str]:
    computed: dict[str, object] = dict(outputs.trace.vectors)
    yield from _compare("trace", epoch.get("trace_i32f32_bits") or {}, computed)
    yield from _compare("matrix", epoch.get("trace_matrices_i32f32_bits") or {}, dict(outputs.trace.matrices))
    given = {name: value for name, value in epoch["output"].items() if name not in _NOT_COMPUTED}
    yield from _compare("output", given, {name: getattr(outputs, name, None) for name in given})


def _compare(kind: str, given: Document, computed: Mapping[str, object]) -> Iterator[str]:
    for name, expected in given.items():
        if computed.get(name) is None:
            if kind == "output":
                yield f"output {name} is not computed"
            continue
        actual = _plain(computed[name])
        if actual != expected:
            yield f"{kind} {name}{_where(expected, actual)}"


def _where(expected: Any, actual: Any) -> str:
    """Path and values of the first unequal leaf."""
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for index, (left, right) in enumerate(zip(expected, actual, strict=True)):
            if left != right:
                return f"[{index}]{_where(left, right)}"
    return f": expected {expected}, got {actual}"


def _plain(value: object) -> object:
    return [_plain(item) for item in value] if isinstance(value, list | tuple | PackedRow) else value
