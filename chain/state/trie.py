"""The state as a persistent trie: every update gives a new trie that shares what did not change."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

from chain.crypto import blake2_256
from chain.scale.compact import encode_compact
from chain.state.nibbles import count_shared, pack, unpack
from chain.state.node import EMPTY_ROOT, FANOUT, Layout, Node, Value, ValueHash, encode_node, is_hashed

_NO_CHILDREN: tuple[Node | None, ...] = (None,) * FANOUT


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
        return Trie(self._layout, _Update(changes).apply_all(self._node))

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


class _Update:
    """Sorted changes on their way into a trie; a range of them stands for those below one node."""

    def __init__(self, changes: Mapping[bytes, Value | None]) -> None:
        ordered = sorted(changes)
        self._keys = [unpack(key) for key in ordered]
        self._values = [changes[key] for key in ordered]

    def apply_all(self, root: Node | None) -> Node | None:
        """The root after all changes."""
        return self._apply(root, 0, len(self._keys), 0)

    def _apply(self, node: Node | None, start: int, stop: int, depth: int) -> Node | None:
        """``node`` after the changes of a range that is not empty, all alike in their first ``depth`` nibbles."""
        first, last = self._keys[start], self._keys[stop - 1]
        if node is None:
            if stop - start == 1:
                value = self._values[start]
                return None if value is None else Node(first[depth:], value, None)
            partial, held, children = first[depth : depth + count_shared(first[depth:], last[depth:])], None, None
        else:
            partial, held, children = _split(node, min(_shared(node, first, depth), _shared(node, last, depth)))
        end = depth + len(partial)
        if len(first) == end:
            held, start = self._values[start], start + 1
        if start == stop and children is None:
            return None if held is None else Node(partial, held, None)
        branches = list(children or _NO_CHILDREN)
        while start < stop:
            group_stop = self._find_end(start, stop, end)
            nibble = self._keys[start][end]
            branches[nibble] = self._apply(branches[nibble], start, group_stop, end + 1)
            start = group_stop
        return _normalise(partial, held, branches)

    def _find_end(self, start: int, stop: int, at: int) -> int:
        """Where the run of keys ends that are alike in nibble ``at``."""
        keys = self._keys
        nibble = keys[start][at]
        if keys[stop - 1][at] == nibble:
            return stop
        if keys[start + 1][at] != nibble:
            return start + 1
        return bisect_left(keys, keys[start][:at] + bytes((nibble + 1,)), start + 1, stop)


def _shared(node: Node, key: bytes, depth: int) -> int:
    """Nibbles of the node's partial key that ``key`` has too."""
    partial = node.partial
    return len(partial) if key.startswith(partial, depth) else count_shared(partial, key[depth : depth + len(partial)])


def _split(node: Node, size: int) -> tuple[bytes, Value | None, tuple[Node | None, ...] | None]:
    """Parts of a node whose partial key is cut to ``size`` nibbles, the rest of it in a child."""
    if size == len(node.partial):
        return node.partial, node.value, node.children
    children = list(_NO_CHILDREN)
    children[node.partial[size]] = Node(node.partial[size + 1 :], node.value, node.children)
    return node.partial[:size], None, tuple(children)


def _normalise(partial: bytes, value: Value | None, branches: list[Node | None]) -> Node | None:
    """Node of these parts in the one form that the trie allows: no empty node, no branch with one child alone."""
    alive = FANOUT - branches.count(None)
    if alive == 0:
        return None if value is None else Node(partial, value, None)
    if alive == 1 and value is None:
        nibble, only = next((nibble, child) for nibble, child in enumerate(branches) if child is not None)
        return Node(partial + bytes((nibble,)) + only.partial, only.value, only.children)
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
