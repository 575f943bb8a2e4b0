"""The shared vocabulary loses nothing and counts bytes exactly."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.checkpoint import CorruptCheckpoint
from gating.text.sources import CorpusError
from gating.text.tokenizer import TextTokenizer, load_tokenizer, train_tokenizer


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> TextTokenizer:
    folder = tmp_path_factory.mktemp("text")
    (folder / "train/prose").mkdir(parents=True)
    (folder / "train/prose/text.txt").write_text("the gate mixes what the experts say\n\n" * 50)
    train_tokenizer(folder / "train", folder / "tokenizer.json", 300)
    return load_tokenizer(folder / "tokenizer.json")


@given(st.text())
def test_text_survives_the_round_trip_with_exact_bytes(tokenizer: TextTokenizer, text: str) -> None:
    ids = tokenizer.encode(text)
    assert b"".join(map(tokenizer.token_bytes, ids)) == text.encode()
    assert tokenizer.count_bytes(ids) == len(text.encode())
    assert tokenizer.decode(ids) == text


def test_end_of_text_written_out_is_ordinary_text(tokenizer: TextTokenizer) -> None:
    ids = tokenizer.encode("<|endoftext|>")
    assert tokenizer.end_of_text not in ids
    assert tokenizer.decode(ids) == "<|endoftext|>"
    assert tokenizer.token_bytes(tokenizer.end_of_text) == b""


def test_hash_is_the_same_for_the_same_text_and_differs_for_other(tokenizer: TextTokenizer, tmp_path: Path) -> None:
    (tmp_path / "a/prose").mkdir(parents=True)
    (tmp_path / "a/prose/text.txt").write_text("the gate mixes what the experts say\n\n" * 50)
    same = train_tokenizer(tmp_path / "a", tmp_path / "a.json", 300)
    other = train_tokenizer(tmp_path / "a", tmp_path / "b.json", 270)
    assert same.hash == tokenizer.hash != other.hash


def test_unknown_token_and_damaged_file_are_refused(tokenizer: TextTokenizer, tmp_path: Path) -> None:
    with pytest.raises(IndexError):
        tokenizer.token_bytes(tokenizer.vocab_size)
    (tmp_path / "bad.json").write_text('{"model": ')
    with pytest.raises(CorruptCheckpoint, match="delete it"):
        load_tokenizer(tmp_path / "bad.json")
    with pytest.raises(CorpusError):
        train_tokenizer(tmp_path / "nothing", tmp_path / "c.json")
