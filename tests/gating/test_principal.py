"""Components of a validator's texts tell domains apart."""

from pathlib import Path

import numpy as np
import pytest

from gating.checkpoint import Arrays, CorruptCheckpoint, save_arrays
from gating.principal import fit_principal, load_principal

WORDS = {"code": "def return self import for in if not", "law": "hereby licence warranty notice copyright holder"}


def make_texts(domain: str, count: int) -> list[str]:
    random = np.random.default_rng(len(domain))
    words = np.array(WORDS[domain].split())
    return [" ".join(random.choice(words, 12)) for _ in range(count)]


def test_texts_of_one_domain_point_the_same_way() -> None:
    seen = fit_principal([*make_texts("code", 40), *make_texts("law", 40)], dimension=8)
    code = np.stack([seen.encode(text) for text in make_texts("code", 60)[40:]])
    law = np.stack([seen.encode(text) for text in make_texts("law", 60)[40:]])
    assert (code @ code.T).mean() > 0.5 > (code @ law.T).mean()


def test_vectors_have_unit_length_even_of_an_empty_text() -> None:
    seen = fit_principal(make_texts("code", 10), dimension=16)
    for text in ("", "x", "def return"):
        vector = seen.encode(text)
        assert vector.shape == (seen.dimension,) == (16,)
        assert np.linalg.norm(vector) == pytest.approx(1.0)


def test_saved_components_see_the_same(tmp_path: Path) -> None:
    seen = fit_principal(make_texts("law", 20), dimension=8)
    seen.save(tmp_path / "principal")
    assert (load_principal(tmp_path / "principal").encode("a notice") == seen.encode("a notice")).all()


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    save_arrays(tmp_path / "other", {"moment": np.zeros(3)}, {})
    with pytest.raises(CorruptCheckpoint, match="lacks"):
        load_principal(tmp_path / "other")


def test_components_of_other_grams_are_refused(tmp_path: Path) -> None:
    seen = fit_principal(make_texts("law", 20), dimension=8)
    arrays: Arrays = {"rarity": seen.rarity, "centre": seen.centre, "components": seen.components}
    save_arrays(tmp_path / "older", arrays, {"seed": 0, "grams": [2, 3]})
    with pytest.raises(CorruptCheckpoint, match="other lengths"):
        load_principal(tmp_path / "older")


def test_one_text_has_no_directions() -> None:
    with pytest.raises(ValueError, match="do not differ"):
        fit_principal(["alone"])


def test_what_tells_kinds_apart_is_seen_though_something_else_differs_more() -> None:
    random = np.random.default_rng(5)
    noise = np.array(["alpha beta gamma delta", "12 34 56 78 90", "-- ++ == // **", "QWERTY UIOP ASDF"])

    def make(count: int) -> tuple[list[str], list[str]]:
        kinds = [("code", "law")[number % 2] for number in range(count)]
        words = {"code": "return", "law": "notice"}
        return [f"{' '.join(random.choice(noise, 4))} {words[kind]}" for kind in kinds], kinds

    texts, kinds = make(120)
    seen = fit_principal(texts, 16, kinds)
    fresh, truth = make(40)
    found = np.array([seen.encode(text)[1] for text in fresh])
    middle = np.median(found)
    right = np.mean([(value > middle) == (kind == "law") for value, kind in zip(found, truth, strict=True)])
    assert max(right, 1 - right) > 0.95


def test_kinds_leave_the_shape_as_it_is() -> None:
    kinds = [str(number % 30) for number in range(60)]
    assert fit_principal(make_texts("law", 60), 16, kinds).components.shape[1] == 15
