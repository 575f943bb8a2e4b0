"""A chain at one block: what another directory needs to go on from there, without the blocks before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from chain.block import Block, decode_block
from chain.node.errors import NodeError
from chain.node.store import IMPORTED, ChainStore
from chain.scale.errors import ScaleError
from chain.state.trie import Trie

_SCHEMA: Final = "hivegate/snapshot/1"


class InvalidSnapshot(NodeError):
    """The file is no snapshot, or its parts do not belong together."""


class NotEmpty(NodeError):
    """The directory holds a chain already."""


@dataclass(frozen=True)
class Snapshot:
    """The first block of a chain, a later one, and the state after that."""

    genesis: Block
    head: Block
    state: Mapping[bytes, bytes] = field(repr=False)


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """The snapshot as JSON."""
    state = {"0x" + key.hex(): "0x" + value.hex() for key, value in snapshot.state.items()}
    blocks = {"genesis": "0x" + snapshot.genesis.encode().hex(), "head": "0x" + snapshot.head.encode().hex()}
    return orjson.dumps({"schema": _SCHEMA, **blocks, "state": state}) + b"\n"


def read_snapshot(path: Path) -> Snapshot:
    """The snapshot in ``path``, its state checked against the root that its head names.

    Raises:
        InvalidSnapshot: it is none, or damaged.
    """
    try:
        snapshot = _parse(path.read_bytes())
    except OSError as error:
        raise InvalidSnapshot(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, ScaleError) as error:
        raise InvalidSnapshot(f"{path} is no snapshot ({error!r}); make one with chain export --snapshot") from error
    if Trie().update(snapshot.state).root != snapshot.head.header.state_root:
        raise InvalidSnapshot(f"the state in {path} is not that of block {snapshot.head.number}; export it again")
    return snapshot


def import_snapshot(snapshot: Snapshot, directory: Path) -> None:
    """Begin a chain in ``directory`` at the snapshot's head; older states and blocks are unknown to it.

    Raises:
        NotEmpty: there is a chain already.
        NodeError: one of its kinds; the directory cannot be used.
    """
    store = ChainStore.open(directory, IMPORTED)
    try:
        if store.head() is not None:
            raise NotEmpty(f"{directory} holds a chain already; choose an empty --data-dir")
        store.begin_at(snapshot.genesis, snapshot.head, snapshot.state)
    finally:
        store.close()


def _parse(data: bytes) -> Snapshot:
    document = orjson.loads(data)
    if document["schema"] != _SCHEMA:
        raise ValueError(f"schema {document['schema']!r}")
    state = {_parse_hex(key): _parse_hex(value) for key, value in document["state"].items()}
    genesis, head = (decode_block(_parse_hex(document[name])) for name in ("genesis", "head"))
    return Snapshot(genesis, head, state)


def _parse_hex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
