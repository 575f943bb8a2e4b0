"""Typed storage items, declared once: the declaration gives keys, codec and metadata entry.

    TEMPO = StorageMap("SubtensorModule", "Tempo", (IDENTITY, U16), U16, default=360)
    KEY = StorageValue("Sudo", "Key", ACCOUNT_ID)                  # without default: optional

    TEMPO.get(state, netuid)            # the default where unset; None for an optional item
    TEMPO.put(state, netuid, value)     # stores even the default; None removes
    TEMPO.items(state)                  # (key, value) pairs in the order of raw keys

``StorageDoubleMap`` and ``StorageTripleMap`` take two and three ``(hasher, type)`` pairs; their keys come as
separate arguments, and ``items`` can be narrowed by the first ones.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Generic, Protocol, TypeVar, cast, overload

from chain.crypto import twox_128
from chain.runtime.errors import Overflow
from chain.runtime.hashers import BLAKE2_128_CONCAT, IDENTITY, TWOX_64_CONCAT, Hasher
from chain.scale.compact import encode_bytes
from chain.scale.errors import ScaleError
from chain.scale.products import Tuple
from chain.scale.registry import Registry, encode_list, encode_text, encode_text_list
from chain.scale.types import Type, erase
from chain.state.overlay import State

__all__ = [
    "BLAKE2_128_CONCAT",
    "IDENTITY",
    "TWOX_64_CONCAT",
    "Hasher",
    "StateReader",
    "StorageDoubleMap",
    "StorageItem",
    "StorageMap",
    "StorageTripleMap",
    "StorageValue",
]

K = TypeVar("K")
K1 = TypeVar("K1")
K2 = TypeVar("K2")
K3 = TypeVar("K3")
V = TypeVar("V")
T = TypeVar("T")


class StateReader(Protocol):
    """Whatever values can be read from: a block in the making, or a committed state."""

    def get(self, key: bytes, /) -> bytes | None:
        """Value at ``key``, or ``None``."""
        ...

    def iter_prefix(self, prefix: bytes, /) -> Iterator[tuple[bytes, bytes]]:
        """Keys that start with ``prefix`` and their values, in ascending order of keys."""
        ...


Key = tuple[Hasher, Type[K]]


_REMEMBERED_KEYS = 65_536
"""A transaction reads and writes the same few keys many times, and hashing them is most of the work."""
_REMEMBERED_VALUES = 32_768


class StorageItem(Generic[V]):
    """What all kinds of items share; ``V`` is what reading gives."""

    def __init__(
        self,
        pallet: str,
        name: str,
        keys: Sequence[tuple[Hasher, Type[object]]],
        value: Type[object],
        default: object,
        docs: str,
    ) -> None:
        self.pallet = pallet
        self.name = name
        self.keys = tuple(keys)
        self.value = value
        self.default = cast(V, default)
        self.docs = docs
        self.prefix = twox_128(pallet.encode()) + twox_128(name.encode())
        self._codecs = [(hasher.hash, kind.encode) for hasher, kind in keys]
        self._encode = value.encode
        self.raw_key: Callable[..., bytes] = lru_cache(_REMEMBERED_KEYS)(self._hash_keys)
        """Storage key under the map keys; of the first few only: the prefix of all keys that start so."""
        self._mutable = isinstance(default, list)
        self._decoded: dict[bytes, V] | None = {} if value.format is not None and value.leaves > 1 else None

    def __repr__(self) -> str:
        return f"<storage {self.pallet}.{self.name}>"

    def _hash_keys(self, *keys: object) -> bytes:
        raw = self.prefix
        for (hash_key, encode), key in zip(self._codecs, keys, strict=False):
            raw += hash_key(encode(key))
        return raw

    def decode(self, data: bytes | None) -> V:
        """Value of raw bytes; the default where there are none."""
        if data is not None:
            return cast(V, self.value.decode(data)) if self._decoded is None else self._recall(data)
        return cast(V, list(cast(list[object], self.default))) if self._mutable else self.default

    def _recall(self, data: bytes) -> V:
        """Value of ``data``; structs of fixed size cannot change, so that one that is known serves again."""
        assert self._decoded is not None
        value = self._decoded.get(data)
        if value is None:
            value = cast(V, self.value.decode(data))
            self._remember(data, value)
        return value

    def _remember(self, data: bytes, value: V) -> None:
        assert self._decoded is not None
        if len(self._decoded) >= _REMEMBERED_VALUES:
            self._decoded.clear()
        self._decoded[data] = value

    def decode_keys(self, raw: bytes) -> tuple[object, ...]:
        """Map keys of a storage key, all of whose hashers must be transparent."""
        keys = []
        offset = len(self.prefix)
        for hasher, kind in self.keys:
            assert not hasher.opaque, f"the keys of {self!r} cannot be told from their hashes"
            key, offset = kind.decode_from(raw, offset + hasher.digest_bytes)
            keys.append(key)
        return tuple(keys)

    def read(self, state: StateReader, keys: tuple[object, ...]) -> V:
        """Value under the map keys, or the default."""
        return self.decode(state.get(self.raw_key(*keys)))

    def write(self, state: State, keys: tuple[object, ...], value: V) -> None:
        """Set the value under the map keys; ``None`` removes it.

        Raises:
            Overflow: the value is out of the range of its type.
        """
        try:
            data = None if value is None else self._encode(value)
        except ScaleError as error:
            raise Overflow(f"{self!r}: {error}") from error
        if self._decoded is not None and data is not None:
            self._remember(data, value)
        state.put(self.raw_key(*keys), data)

    def scan(self, state: StateReader, keys: tuple[object, ...]) -> Iterator[tuple[tuple[object, ...], V]]:
        """Map keys and values under the first ``keys``, in the order of raw keys."""
        for raw, data in state.iter_prefix(self.raw_key(*keys)):
            yield self.decode_keys(raw), self.decode(data)

    def clear(self, state: State, *keys: object) -> int:
        """Remove every value under the first ``keys`` (all of them where none is given); their number."""
        found = [raw for raw, _ in state.iter_prefix(self.raw_key(*keys))]
        for raw in found:
            state.delete(raw)
        return len(found)

    def describe(self, registry: Registry) -> bytes:
        """Entry in the metadata."""
        default = b"\0" if self.default is None else self.value.encode(self.default)
        modifier = b"\0" if self.default is None else b"\1"
        parts = [encode_text(self.name), modifier, self._describe_kind(registry), encode_bytes(default)]
        return b"".join(parts) + encode_text_list(self.docs.splitlines())

    def _describe_kind(self, registry: Registry) -> bytes:
        if not self.keys:
            return b"\0" + registry.reference(self.value)
        types = [kind for _, kind in self.keys]
        key = types[0] if len(types) == 1 else erase(Tuple(types))
        hashers = encode_list([bytes([hasher.number]) for hasher, _ in self.keys])
        return b"\1" + hashers + registry.reference(key) + registry.reference(self.value)


class StorageValue(StorageItem[V]):
    """One value."""

    @overload
    def __init__(
        self: "StorageValue[T | None]", pallet: str, name: str, value: Type[T], /, *, docs: str = ""
    ) -> None: ...
    @overload
    def __init__(
        self: "StorageValue[T]", pallet: str, name: str, value: Type[T], /, *, default: T, docs: str = ""
    ) -> None: ...
    def __init__(self, pallet: str, name: str, value: Type[T], /, *, default: T | None = None, docs: str = "") -> None:
        super().__init__(pallet, name, (), erase(value), default, docs)

    def get(self, state: StateReader) -> V:
        """The value, or the default."""
        return self.decode(state.get(self.prefix))

    def put(self, state: State, value: V) -> None:
        """Set the value; ``None`` removes it."""
        self.write(state, (), value)

    def contains(self, state: StateReader) -> bool:
        """Whether a value is stored."""
        return state.get(self.prefix) is not None

    def remove(self, state: State) -> None:
        """Return to the default."""
        state.delete(self.prefix)


class StorageMap(StorageItem[V], Generic[K, V]):
    """A value for each key."""

    @overload
    def __init__(
        self: "StorageMap[K1, T | None]", pallet: str, name: str, key: Key[K1], value: Type[T], /, *, docs: str = ""
    ) -> None: ...
    @overload
    def __init__(
        self: "StorageMap[K1, T]",
        pallet: str,
        name: str,
        key: Key[K1],
        value: Type[T],
        /,
        *,
        default: T,
        docs: str = "",
    ) -> None: ...
    def __init__(
        self, pallet: str, name: str, key: Key[K1], value: Type[T], /, *, default: T | None = None, docs: str = ""
    ) -> None:
        super().__init__(pallet, name, (_erase_key(key),), erase(value), default, docs)

    def get(self, state: StateReader, key: K) -> V:
        """Value of ``key``, or the default."""
        return self.decode(state.get(self.raw_key(key)))

    def put(self, state: State, key: K, value: V) -> None:
        """Set the value of ``key``; ``None`` removes it."""
        self.write(state, (key,), value)

    def contains(self, state: StateReader, key: K) -> bool:
        """Whether a value is stored for ``key``."""
        return state.get(self.raw_key(key)) is not None

    def remove(self, state: State, key: K) -> None:
        """Return ``key`` to the default."""
        state.delete(self.raw_key(key))

    def items(self, state: StateReader) -> Iterator[tuple[K, V]]:
        """Stored keys and values, in the order of raw keys."""
        for keys, value in self.scan(state, ()):
            yield cast(K, keys[0]), value


class StorageDoubleMap(StorageItem[V], Generic[K1, K2, V]):
    """A value for each pair of keys."""

    @overload
    def __init__(
        self: "StorageDoubleMap[K1, K2, T | None]",
        pallet: str,
        name: str,
        key1: Key[K1],
        key2: Key[K2],
        value: Type[T],
        /,
        *,
        docs: str = "",
    ) -> None: ...
    @overload
    def __init__(
        self: "StorageDoubleMap[K1, K2, T]",
        pallet: str,
        name: str,
        key1: Key[K1],
        key2: Key[K2],
        value: Type[T],
        /,
        *,
        default: T,
        docs: str = "",
    ) -> None: ...
    def __init__(  # noqa: PLR0913  one line of a declaration
        self,
        pallet: str,
        name: str,
        key1: Key[K1],
        key2: Key[K2],
        value: Type[T],
        /,
        *,
        default: T | None = None,
        docs: str = "",
    ) -> None:
        super().__init__(pallet, name, (_erase_key(key1), _erase_key(key2)), erase(value), default, docs)

    def get(self, state: StateReader, key1: K1, key2: K2) -> V:
        """Value of the keys, or the default."""
        return self.decode(state.get(self.raw_key(key1, key2)))

    def put(self, state: State, key1: K1, key2: K2, value: V) -> None:
        """Set the value of the keys; ``None`` removes it."""
        self.write(state, (key1, key2), value)

    def contains(self, state: StateReader, key1: K1, key2: K2) -> bool:
        """Whether a value is stored for the keys."""
        return state.get(self.raw_key(key1, key2)) is not None

    def remove(self, state: State, key1: K1, key2: K2) -> None:
        """Return the keys to the default."""
        state.delete(self.raw_key(key1, key2))

    def items(self, state: StateReader, *first: K1) -> Iterator[tuple[tuple[K1, K2], V]]:
        """Stored keys and values, all or under a first key, in the order of raw keys."""
        for keys, value in self.scan(state, first):
            yield cast(tuple[K1, K2], keys), value


class StorageTripleMap(StorageItem[V], Generic[K1, K2, K3, V]):
    """A value for each three keys."""

    @overload
    def __init__(
        self: "StorageTripleMap[K1, K2, K3, T | None]",
        pallet: str,
        name: str,
        keys: tuple[Key[K1], Key[K2], Key[K3]],
        value: Type[T],
        /,
        *,
        docs: str = "",
    ) -> None: ...
    @overload
    def __init__(
        self: "StorageTripleMap[K1, K2, K3, T]",
        pallet: str,
        name: str,
        keys: tuple[Key[K1], Key[K2], Key[K3]],
        value: Type[T],
        /,
        *,
        default: T,
        docs: str = "",
    ) -> None: ...
    def __init__(
        self,
        pallet: str,
        name: str,
        keys: tuple[Key[K1], Key[K2], Key[K3]],
        value: Type[T],
        /,
        *,
        default: T | None = None,
        docs: str = "",
    ) -> None:
        erased = (_erase_key(keys[0]), _erase_key(keys[1]), _erase_key(keys[2]))
        super().__init__(pallet, name, erased, erase(value), default, docs)

    def get(self, state: StateReader, key1: K1, key2: K2, key3: K3) -> V:
        """Value of the keys, or the default."""
        return self.decode(state.get(self.raw_key(key1, key2, key3)))

    def put(self, state: State, keys: tuple[K1, K2, K3], value: V) -> None:
        """Set the value of the keys; ``None`` removes it."""
        self.write(state, keys, value)

    def contains(self, state: StateReader, key1: K1, key2: K2, key3: K3) -> bool:
        """Whether a value is stored for the keys."""
        return state.get(self.raw_key(key1, key2, key3)) is not None

    def remove(self, state: State, key1: K1, key2: K2, key3: K3) -> None:
        """Return the keys to the default."""
        state.delete(self.raw_key(key1, key2, key3))

    def items(self, state: StateReader, *first: object) -> Iterator[tuple[tuple[K1, K2, K3], V]]:
        """Stored keys and values, all or under the first keys, in the order of raw keys."""
        for keys, value in self.scan(state, first):
            yield cast(tuple[K1, K2, K3], keys), value


def _erase_key(key: Key[K]) -> tuple[Hasher, Type[object]]:
    return key[0], erase(key[1])
