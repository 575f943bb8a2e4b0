"""One byte-level BPE vocabulary for the whole network, trained once from the train text."""

import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from gating.checkpoint import CorruptCheckpoint, write_file
from gating.text.sources import CorpusError, read_folder

END_OF_TEXT = "<|endoftext|>"
_CHARACTERS_PER_DOMAIN = 400_000


@functools.cache
def _byte_of() -> dict[str, int]:
    """The printable character that stands for each byte in byte-level BPE (GPT-2's table), reversed."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(hidden)}


@dataclass(frozen=True)
class TextTokenizer:
    """Text to token ids and back without loss.

    ``hash`` names vocabulary and merges, so that experts and validators can tell whether they speak of
    the same tokens. ``end_of_text`` begins an empty prompt and is never produced by ``encode``.
    """

    backend: Tokenizer
    hash: str
    vocab_size: int
    end_of_text: int

    def encode(self, text: str) -> list[int]:
        return list(self.backend.encode(text, add_special_tokens=False).ids)

    def decode(self, ids: Sequence[int]) -> str:
        """Text of the tokens; bytes that are not whole characters become U+FFFD."""
        return b"".join(map(self.token_bytes, ids)).decode("utf-8", "replace")

    def token_bytes(self, token_id: int) -> bytes:
        """Exactly the bytes that a token adds to the text; nothing for the end of text."""
        if token_id == self.end_of_text:
            return b""
        piece = self.backend.id_to_token(token_id)
        if piece is None:
            raise IndexError(f"token {token_id} is not in a vocabulary of {self.vocab_size}")
        table = _byte_of()
        return bytes(table[character] for character in piece)

    def count_bytes(self, ids: Sequence[int]) -> int:
        return sum(len(self.token_bytes(token)) for token in ids)


def _wrap(backend: Tokenizer) -> TextTokenizer:
    backend.encode_special_tokens = True
    model = json.loads(backend.to_str())["model"]
    content = json.dumps([model["vocab"], model["merges"]], sort_keys=True, ensure_ascii=True)
    digest = hashlib.sha256(content.encode()).hexdigest()
    return TextTokenizer(backend, digest, backend.get_vocab_size(), int(model["vocab"][END_OF_TEXT]))


def _samples(train_dir: Path) -> list[str]:
    """A like amount of text from every domain, so that no domain owns the vocabulary."""
    domains = sorted(path for path in train_dir.glob("*") if path.is_dir())
    if not domains:
        raise CorpusError(f"no train text in {train_dir} (prepare the corpora first)")
    return [read_folder(domain)[:_CHARACTERS_PER_DOMAIN] for domain in domains]


def train_tokenizer(train_dir: Path, out_file: Path, vocab_size: int = 2048) -> TextTokenizer:
    """Learn merges from ``<train_dir>/<domain>/*.txt`` and write them atomically.

    Raises: CorpusError when there is no text.
    """
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    backend.train_from_iterator(_samples(train_dir), trainer)
    write_file(out_file, backend.to_str().encode())
    return _wrap(backend)


def load_tokenizer(file: Path) -> TextTokenizer:
    """The tokenizer that ``train_tokenizer`` wrote.

    Raises: FileNotFoundError, CorruptCheckpoint.
    """
    text = file.read_text()
    try:
        vocabulary = json.loads(text)["model"]["vocab"]
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptCheckpoint(file, "it is not a tokenizer") from error
    if END_OF_TEXT not in vocabulary:
        raise CorruptCheckpoint(file, f"it lacks {END_OF_TEXT}")
    return _wrap(Tokenizer.from_str(text))
