"""The state as a persistent trie: every update gives a new trie that shares what did not change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from chain.crypto import blake2_256
from chain.scale.compact import encode_compact
from chain.state.nibbles import count_shared, pack, unpack
from chain.state.node import EMPTY_ROOT, FANOUT, Layout, Node, Value, ValueHash, encode_node, is_hashed

_NO_CHILDREN: tuple[Node | None, ...] = (None,) * FANOUT
_Change = tuple[bytes, Value | None]


class Trie:
    """Ordered map of keys to values with a Merkle root. Immutable; reading an old one stays valid for ever."""

    __slots__ = ("_layout", "_node", "_root")

    def __init__(self, layout: Layout = Layout.V1, node: Node | None = None) -> None:
        self._layout = layout
        self._node = node
        self._root: bytes | None = None

    def update(self, changes: Mapping[bytes, Value | None]) -> Trie:
        """Trie after writing every item of ``changes``; None deletes, also what is not there."""
        if not changes:
            return self
        ordered: list[_Change] = [(unpack(key), changes[key]) for key in sorted(changes)]
        return Trie(self._layout, _apply(self._node, ordered, 0))

    @property
    def root(self) -> bytes:
        """32-byte Merkle root."""
        if self._root is None:
            self._root = EMPTY_ROOT if self._node is None else blake2_256(encode_node(self._node, self._layout))
        return self._root

    def get(self, key: bytes) -> bytes | None:
        """Value at ``key``, None where there is none.

        Raises:
            LookupError: only the hash of the value is in this trie.
        """
        node, rest = self._node, unpack(key)
        while node is not None:
            size = len(node.partial)
            if rest[:size] != node.partial:
                return None
            if len(rest) == size:
                return _plain(node.value)
            node, rest = node.children[rest[size]] if node.children else None, rest[size + 1 :]
        return None

    def iter_prefix(self, prefix: bytes = b"", after: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        """Items whose keys begin with ``prefix``, in order of keys; only keys strictly above ``after`` if given."""
        wanted = unpack(prefix)
        bound = None if after is None or after < prefix else unpack(after)
        for nibbles, value in _walk(self._node, b"", wanted, bound):
            yield pack(nibbles), value

    def prove(self, keys: Iterable[bytes]) -> list[bytes]:
        """Nodes, and large values, that show what is at each of ``keys`` to one who knows the root."""
        found: dict[bytes, None] = {}
        for key in keys:
            for node in self._path(unpack(key)):
                found.update(dict.fromkeys(self._preimages(node)))
            value = self.get(key)
            if value is not None and is_hashed(value, self._layout):
                found[value] = None
        return list(found)

    def _path(self, rest: bytes) -> Iterator[Node]:
        node = self._node
        while node is not None:
            yield node
            size = len(node.partial)
            if rest[:size] != node.partial or len(rest) == size or node.children is None:
                return
            node, rest = node.children[rest[size]], rest[size + 1 :]

    def _preimages(self, node: Node) -> Iterator[bytes]:
        """The node's encoding, unless it lies inside its parent's."""
        encoded = encode_node(node, self._layout)
        if node is self._node or len(encoded) > len(EMPTY_ROOT) - 1:
            yield encoded


def compute_ordered_root(values: Sequence[bytes], layout: Layout = Layout.V0) -> bytes:
    """Root of a list, keyed by compact index: the extrinsics root of a header."""
    return Trie(layout).update({encode_compact(index): value for index, value in enumerate(values)}).root


def _plain(value: Value | None) -> bytes | None:
    if isinstance(value, ValueHash):
        raise LookupError(f"only the hash of this value is known: {value.digest.hex()}")
    return value


def _apply(node: Node | None, changes: Sequence[_Change], depth: int) -> Node | None:
    """Node after ``changes``: not empty, in order, all alike in their first ``depth`` nibbles."""
    first, last = changes[0][0], changes[-1][0]
    if node is None:
        if len(changes) == 1:
            value = changes[0][1]
            return None if value is None else Node(first[depth:], value, None)
        partial, held, children = first[depth : depth + count_shared(first[depth:], last[depth:])], None, None
    else:
        partial, held, children = _split(node, min(_shared(node, first, depth), _shared(node, last, depth)))
    end = depth + len(partial)
    if len(first) == end:
        held, changes = changes[0][1], changes[1:]
    branches = list(children or _NO_CHILDREN)
    for nibble, group in _group(changes, end):
        branches[nibble] = _apply(branches[nibble], group, end + 1)
    return _normalise(partial, held, branches)


def _shared(node: Node, key: bytes, depth: int) -> int:
    return count_shared(node.partial, key[depth : depth + len(node.partial)])


def _split(node: Node, size: int) -> tuple[bytes, Value | None, tuple[Node | None, ...] | None]:
    """Parts of a node whose partial key is cut to ``size`` nibbles, the rest of it in a child."""
    if size == len(node.partial):
        return node.partial, node.value, node.children
    children = list(_NO_CHILDREN)
    children[node.partial[size]] = Node(node.partial[size + 1 :], node.value, node.children)
    return node.partial[:size], None, tuple(children)


def _group(changes: Sequence[_Change], at: int) -> Iterator[tuple[int, Sequence[_Change]]]:
    """Runs of ``changes`` that are alike in nibble ``at``."""
    if changes and changes[0][0][at] == changes[-1][0][at]:
        yield changes[0][0][at], changes
        return
    starts = [i for i in range(len(changes)) if i == 0 or changes[i][0][at] != changes[i - 1][0][at]]
    for start, end in pairwise([*starts, len(changes)]):
        yield changes[start][0][at], changes[start:end]


def _normalise(partial: bytes, value: Value | None, branches: list[Node | None]) -> Node | None:
    """Node of these parts in the one form that the trie allows: no empty node, no branch with one child alone."""
    alive = [nibble for nibble, child in enumerate(branches) if child is not None]
    if not alive:
        return None if value is None else Node(partial, value, None)
    only = branches[alive[0]]
    if value is None and len(alive) == 1 and only is not None:
        return Node(partial + bytes(alive) + only.partial, only.value, only.children)
    return Node(partial, value, tuple(branches))


def _walk(node: Node | None, path: bytes, prefix: bytes, after: bytes | None) -> Iterator[tuple[bytes, bytes]]:
    """Items below ``node``, which hangs at ``path``, that begin with ``prefix`` and lie above ``after``."""
    if node is None:
        return
    here = path + node.partial
    size = min(len(here), len(prefix))
    if here[:size] != prefix[:size] or (after is not None and here < after[: len(here)]):
        return
    bound = after if after is not None and after[: len(here)] == here else None
    value = _plain(node.value)
    if value is not None and len(here) >= len(prefix) and bound is None:
        yield here, value
    for nibble, child in enumerate(node.children or ()):
        yield from _walk(child, here + bytes((nibble,)), prefix, bound)
