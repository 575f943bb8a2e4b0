"""Own text on the command line."""

import random

import pytest

import hivegate
from gating.text.tokenizer import load_tokenizer

WORDS = ["hive", "gate", "router", "expert", "anchor", "mixture", "audit", "stake", "epoch", "weights", "honest"]


@pytest.fixture
def notes(tmp_path):
    """A folder with enough distinct text of its own."""
    folder = tmp_path / "notes"
    folder.mkdir()
    dice = random.Random(1)
    for number in range(60):
        sentences = (" ".join(dice.choices(WORDS, k=12)) + f" {dice.random()}." for _ in range(60))
        (folder / f"{number}.txt").write_text("\n".join(sentences))
    return folder


def test_own_text_is_split_and_gets_a_tokenizer(tmp_path, notes, capsys):
    flags = ["--out", str(tmp_path / "texts"), "--tokenizer", str(tmp_path / "tokenizer.json")]
    own = ["--corpus", f"notes={notes}", "--domain", "notes", "--validators", "2"]
    assert hivegate.run(["corpus", *flags, *own]) == 0
    for part in ("train/notes/text.txt", "evaluation/notes.txt", "audit/validator-1/notes.txt"):
        assert (tmp_path / "texts" / part).stat().st_size > 0
    first = load_tokenizer(tmp_path / "tokenizer.json").hash
    assert hivegate.run(["corpus", *flags, *own]) == 0
    assert load_tokenizer(tmp_path / "tokenizer.json").hash == first
    assert "splitting notes" in capsys.readouterr().out


def test_unknown_domain_is_told(tmp_path, capsys):
    flags = ["--out", str(tmp_path), "--tokenizer", str(tmp_path / "t.json")]
    assert hivegate.run(["corpus", *flags, "--domain", "cooking"]) == 2
    assert "cooking" in capsys.readouterr().err
