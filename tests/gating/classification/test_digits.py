"""Images are drawn, seen and classified without a word of text."""

import sys
from pathlib import Path

import numpy as np
import pytest

from gating.checkpoint import CorruptCheckpoint, save_arrays
from gating.classification.digits import CLASSES, Images, MissingImages, load_digits
from gating.classification.features import fit_tensors, load_tensor_features
from gating.classification.model import load_linear, train_linear
from gating.classification.objective import ClassificationObjective


@pytest.fixture(scope="module")
def images() -> Images:
    return load_digits()


def test_the_bundled_images_are_all_there(images: Images) -> None:
    assert images.pixels.shape == (1797, 8, 8)
    assert (images.pixels.min(), images.pixels.max()) == (0.0, 1.0)
    parts = images.split(3, seed=0)
    assert [len(part) for part in parts] == [599, 599, 599]
    dealt = np.concatenate([part.labels for part in parts])
    assert np.array_equal(np.sort(dealt), np.sort(images.labels))


def test_without_the_library_the_fix_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingImages, match="pip install"):
        load_digits()


def test_items_follow_from_the_seed_and_are_like_no_public_image(images: Images) -> None:
    objective = ClassificationObjective(images)
    items, again = objective.draw(b"seed", 20), objective.draw(b"seed", 20)
    assert [item.content() for item in items] == [item.content() for item in again]
    assert [item.content() for item in objective.draw(b"other", 20)] != [item.content() for item in items]
    public = {image.tobytes() for image in images.pixels}
    assert not any(np.asarray(item.question).tobytes() in public for item in items)
    assert {item.domain for item in items} == {"digits"}, "a domain must not tell the class"
    assert all(len(item.outcomes) == 1 and 0 <= item.outcomes[0] < 10 for item in items)


def test_what_is_told_of_images_is_their_most_frequent_classes(images: Images) -> None:
    objective = ClassificationObjective(images.pick(np.flatnonzero(np.isin(images.labels, [3, 8]))))
    items = objective.draw(b"seed", 40)
    assert set(objective.describe([items])[0]) == {"3", "8"}
    assert objective.outcomes == len(CLASSES)
    assert objective.language != ClassificationObjective(images, classes=("a", "b")).language
    with pytest.raises(ValueError, match="no images"):
        ClassificationObjective(images.pick(np.arange(0)))


def test_the_gate_tells_classes_apart(images: Images, tmp_path: Path) -> None:
    objective = ClassificationObjective(images)
    items = objective.draw(b"fit", 300)
    eyes = objective.fit_eyes(items, 16)
    seen = np.stack([eyes.encode(item.question) for item in items])
    assert eyes.dimension == seen.shape[1] == 16
    assert np.allclose((seen * seen).sum(axis=1), 1.0)
    labels = np.array([item.outcomes[0] for item in items])
    nearest = (seen @ seen.T - 2 * np.eye(300)).argmax(axis=1)
    assert (labels[nearest] == labels).mean() > 0.8
    digest = eyes.save(tmp_path / "eyes")
    assert objective.load_eyes(tmp_path / "eyes").save(tmp_path / "again") == digest
    with pytest.raises(ValueError, match="do not differ"):
        fit_tensors([items[0].question], 4)
    save_arrays(tmp_path / "other", {}, {})
    with pytest.raises(CorruptCheckpoint):
        load_tensor_features(tmp_path / "other")


def test_the_anchor_learns_and_survives_a_restart(images: Images, tmp_path: Path) -> None:
    train, test = images.split(2, seed=1)
    model = train_linear(train, 10)
    found = model.logprobs(test.pixels)
    assert (found.argmax(axis=1) == test.labels).mean() > 0.9
    assert np.allclose(np.exp(found).sum(axis=1), 1.0)
    model.save(tmp_path / "anchor")
    assert np.array_equal(load_linear(tmp_path / "anchor").logprobs(test.pixels), found)
    save_arrays(tmp_path / "other", {}, {})
    with pytest.raises(CorruptCheckpoint):
        load_linear(tmp_path / "other")
