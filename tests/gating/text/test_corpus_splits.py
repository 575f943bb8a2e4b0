"""Text is split so that nothing held out was ever trained on."""

import random
import re
import time
from hashlib import sha256
from pathlib import Path

import pytest

from gating.text.corpus import CorpusError, build_splits, default_corpora, read_folder

WORDS = [
    "the",
    "gate",
    "asks",
    "two",
    "experts",
    "and",
    "mixes",
    "their",
    "answers",
    "while",
    "every",
    "validator",
    "hides",
    "its",
    "own",
    "text",
    "from",
    "them",
]


def make_folder(folder: Path, files: int = 200, seed: int = 0) -> Path:
    folder.mkdir(parents=True)
    rng = random.Random(seed)
    for index in range(files):
        paragraphs = [" ".join(rng.choices(WORDS, k=40)) for _ in range(8)]
        (folder / f"{index}.txt").write_text("\n\n\t".join(paragraphs) + "\n")
    return folder


def paragraphs_of(paths: list[Path]) -> set[str]:
    texts = "\n\n".join(path.read_text() for path in paths)
    folded = ("".join(piece.split()).lower() for piece in re.split(r"\n(?:\s*\.?\s*\n)+", texts))
    return {piece for piece in folded if len(piece) >= 100}


def parts_of(out: Path, validators: int) -> list[set[str]]:
    groups = ["train/*", "evaluation", *(f"audit/validator-{index}" for index in range(validators))]
    return [paragraphs_of(sorted(out.glob(f"{group}/*.txt"))) for group in groups]


def test_no_paragraph_is_in_two_parts(tmp_path: Path) -> None:
    build_splits({"mine": make_folder(tmp_path / "mine")}, tmp_path / "out", 3)
    parts = parts_of(tmp_path / "out", 3)
    assert all(parts)
    assert len(set.union(*parts)) == sum(map(len, parts))


def test_default_corpora_are_split_without_overlap_in_five_seconds(tmp_path: Path) -> None:
    began = time.process_time()
    build_splits(default_corpora(), tmp_path, 3)
    assert time.process_time() - began < 5
    for domain in default_corpora():
        groups = [tmp_path / "train" / domain / "text.txt", tmp_path / "evaluation" / f"{domain}.txt"]
        groups += [tmp_path / "audit" / f"validator-{index}" / f"{domain}.txt" for index in range(3)]
        parts = [paragraphs_of([path]) for path in groups]
        assert all(parts), domain
        assert len(set.union(*parts)) == sum(map(len, parts)), domain
        assert groups[0].stat().st_size < 1_700_000


def test_copies_of_a_document_are_kept_once(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "mine")
    for index in range(20):
        (folder / f"copy-{index}.txt").write_text((folder / "0.txt").read_text())
    build_splits({"mine": folder}, tmp_path / "out", 1)
    everything = "".join(path.read_text() for path in (tmp_path / "out").rglob("*.txt"))
    assert everything.count((folder / "0.txt").read_text()[:100]) == 1


def test_a_large_document_fills_no_part_alone_where_there_are_others(tmp_path: Path) -> None:
    folder, large = make_folder(tmp_path / "mine"), make_folder(tmp_path / "large", seed=2, files=400)
    first = min((f"large-{index}.txt" for index in range(4000)), key=lambda name: sha256(name.encode()).digest())
    (folder / first).write_text("\n\n".join(path.read_text() for path in sorted(large.iterdir())))
    build_splits({"mine": folder}, tmp_path / "out", 1)
    everything = (folder / first).read_text()
    audit = (tmp_path / "out/audit/validator-0/mine.txt").read_text()
    assert 0 < sum(len(piece) for piece in audit.split("\n\n") if piece.strip() in everything) < len(audit) / 4


def test_one_large_document_is_text_enough(tmp_path: Path) -> None:
    folder, large = tmp_path / "mine", make_folder(tmp_path / "large", files=40)
    folder.mkdir()
    (folder / "book.txt").write_text("\n\n".join(path.read_text() for path in sorted(large.iterdir())))
    build_splits({"mine": folder}, tmp_path / "out", 1)
    size = (folder / "book.txt").stat().st_size
    assert sum(path.stat().st_size for path in (tmp_path / "out").rglob("*.txt")) > 0.9 * min(size, 1_500_000)


def test_whitespace_and_newlines_stay(tmp_path: Path) -> None:
    build_splits({"mine": make_folder(tmp_path / "mine")}, tmp_path / "out", 1)
    assert "\n\n\t" in (tmp_path / "out/train/mine/text.txt").read_text()


def test_second_run_changes_nothing_and_reads_nothing(tmp_path: Path) -> None:
    sources = {"mine": make_folder(tmp_path / "mine")}
    build_splits(sources, tmp_path / "out", 2)
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in (tmp_path / "out").rglob("*.txt")}
    build_splits(sources, tmp_path / "out", 2)
    assert before == {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in (tmp_path / "out").rglob("*.txt")}


def test_new_documents_never_move_old_ones_into_another_part(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "mine")
    build_splits({"mine": folder}, tmp_path / "a", 2)
    for path in make_folder(tmp_path / "more", seed=1).iterdir():
        path.rename(folder / f"new-{path.name}")
    build_splits({"mine": folder}, tmp_path / "b", 2)
    before, after = parts_of(tmp_path / "a", 2), parts_of(tmp_path / "b", 2)
    for index, part in enumerate(before):
        others = set.union(*(other for place, other in enumerate(after) if place != index))
        assert not part & others


def test_missing_empty_and_tiny_folders_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match="does not exist"):
        build_splits({"mine": tmp_path / "nowhere"}, tmp_path / "out", 1)
    with pytest.raises(CorpusError, match="is empty"):
        build_splits({"mine": tmp_path / "empty"}, tmp_path / "out", 1)
    with pytest.raises(CorpusError, match="too small"):
        build_splits({"mine": make_folder(tmp_path / "few", files=1)}, tmp_path / "out", 1)
    with pytest.raises(CorpusError, match="not usable"):
        build_splits({"../x": tmp_path / "few"}, tmp_path / "out", 1)
    with pytest.raises(CorpusError, match="does not exist"):
        read_folder(tmp_path / "nowhere")


def test_binary_and_hidden_files_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "text.txt").write_text("real text")
    (folder / "image.bin").write_bytes(b"\x00\x01")
    (folder / ".secret").write_text("hidden")
    assert read_folder(folder) == "real text"
