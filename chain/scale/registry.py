"""The portable type registry: every type used by the metadata, once, by number."""

from collections.abc import Sequence

from chain.scale.compact import encode_bytes, encode_compact
from chain.scale.types import Type


class Registry:
    """Collects types as they are referred to; encode it last."""

    def __init__(self) -> None:
        self._numbers: dict[Type[object], int] = {}
        self._entries: list[bytes] = []

    def reference(self, kind: Type[object]) -> bytes:
        """Compact number of ``kind``, which is registered on first use, together with all it refers to."""
        kind = kind.resolve()
        number = self._numbers.get(kind)
        if number is None:
            number = self._numbers[kind] = len(self._entries)
            self._entries.append(b"")  # reserved: the type may refer to itself
            params = [self._parameter(name, value) for name, value in kind.params]
            parts = [
                encode_text_list(kind.path),
                encode_list(params),
                kind.definition(self),
                encode_text_list(kind.docs),
            ]
            self._entries[number] = b"".join(parts)
        return encode_compact(number)

    def field(self, name: str | None, kind: Type[object], type_name: str | None, docs: Sequence[str] = ()) -> bytes:
        """Encoded field of a composite or a variant."""
        written = encode_option_text(type_name)
        return encode_option_text(name) + self.reference(kind) + written + encode_text_list(docs)

    def encode(self) -> bytes:
        """All entries, each behind its number."""
        return encode_list([encode_compact(number) + entry for number, entry in enumerate(self._entries)])

    def _parameter(self, name: str, kind: Type[object] | None) -> bytes:
        return encode_text(name) + (b"\0" if kind is None else b"\1" + self.reference(kind))


def encode_text(text: str) -> bytes:
    """A string."""
    return encode_bytes(text.encode())


def encode_option_text(text: str | None) -> bytes:
    """A string or nothing."""
    return b"\0" if text is None else b"\1" + encode_text(text)


def encode_list(items: Sequence[bytes]) -> bytes:
    """Items that are encoded already, behind their number."""
    return encode_compact(len(items)) + b"".join(items)


def encode_text_list(texts: Sequence[str]) -> bytes:
    """A list of strings."""
    return encode_list([encode_text(text) for text in texts])
