"""Audit items come from private text, follow from the seed alone, and are the text as it is."""

import sys
from pathlib import Path

import pytest

from gating.objective import audit_seed, commit
from gating.text.objective import AuditShape, NextTokenObjective, TextItem, load_objective
from gating.text.sources import CorpusError
from gating.text.tokenizer import train_tokenizer

SHAPE = AuditShape(shortest_prefix=4, longest_prefix=9, steps=5)


@pytest.fixture(scope="module")
def objective(tmp_path_factory: pytest.TempPathFactory) -> NextTokenObjective:
    folder = tmp_path_factory.mktemp("audit")
    for domain in ("code", "law", "prose"):
        (folder / "train" / domain).mkdir(parents=True)
        (folder / f"{domain}.txt").write_text(f"the {domain} of\n\tthe hive, told anew\n" * 60)
        (folder / "train" / domain / "text.txt").write_text((folder / f"{domain}.txt").read_text())
    return load_objective(folder, train_tokenizer(folder / "train", folder / "tokenizer.json", 300), SHAPE)


def test_items_follow_from_the_seed_alone(objective: NextTokenObjective) -> None:
    assert objective.draw(b"seed", 12) == objective.draw(b"seed", 12)
    assert objective.draw(b"seed", 12) != objective.draw(b"other", 12)


def test_domains_take_turns_and_shapes_hold(objective: NextTokenObjective) -> None:
    items = objective.draw(b"seed", 12)
    assert sorted(item.domain for item in items) == sorted(objective.domains * 4)
    assert all(4 <= len(item.prefix) <= 9 and len(item.continuation) == 5 for item in items)


def test_items_are_the_text_with_its_whitespace(objective: NextTokenObjective) -> None:
    def whole(item: TextItem) -> str:
        return objective._tokenizer.decode([*item.prefix, *item.continuation])

    items = objective.draw(b"seed", 30)
    assert all(whole(item) in f"the {item.domain} of\n\tthe hive, told anew\n" * 60 for item in items)
    assert any("\n\t" in whole(item) for item in items)


def test_missing_or_short_text_says_what_to_do(objective: NextTokenObjective, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="prepare"):
        load_objective(tmp_path, objective._tokenizer)
    (tmp_path / "tiny.txt").write_text("tiny")
    with pytest.raises(CorpusError, match="long"):
        load_objective(tmp_path, objective._tokenizer)


def test_seeds_bind_secret_and_block() -> None:
    assert (
        len({commit(b"a"), commit(b"b"), audit_seed(b"a", b"1"), audit_seed(b"a", b"2"), audit_seed(b"b", b"1")}) == 5
    )


def test_the_gate_needs_no_torch() -> None:
    import subprocess

    modules = "features, router, mixture, contribution, scores, objective, text.corpus, text.objective, text.tokenizer"
    names = ", ".join(f"gating.{name}" for name in modules.split(", "))
    program = f"import sys, {names}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": ":".join(sys.path)}, check=True)
