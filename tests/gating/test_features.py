"""Features are fixed, fast and tell kinds of text apart."""

import subprocess
import sys
import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gating.features import Features

FEATURES = Features()
CODE = "def choose(self, candidates):\n    return sorted(candidates)[: self.k]\n"
PROSE = "The licensee may copy and distribute the work, provided that this notice is kept.\n"


@given(st.text(max_size=600))
def test_every_text_has_a_unit_vector(text: str) -> None:
    vector = FEATURES.encode(text)
    assert vector.shape == (256,)
    assert abs(float(np.sum(vector * vector)) - 1.0) < 1e-12


def test_like_texts_point_the_same_way() -> None:
    code, more_code = FEATURES.encode(CODE), FEATURES.encode(CODE.replace("choose", "select"))
    assert code @ more_code > 0.9
    assert code @ FEATURES.encode(PROSE) < 0.6


def test_only_the_newest_text_of_a_long_one_counts() -> None:
    newest = CODE * 100
    np.testing.assert_array_equal(FEATURES.encode(PROSE * 100 + newest), FEATURES.encode(newest))


def test_another_process_with_another_hash_seed_sees_the_same() -> None:
    program = (
        "import hashlib; from gating.features import Features;"
        f"print(hashlib.sha256(Features().encode({CODE!r}).tobytes()).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def test_encoding_400_characters_takes_less_than_a_millisecond() -> None:
    text = (CODE * 10)[:400]
    FEATURES.encode(text)
    began = time.process_time()
    for _ in range(50):
        FEATURES.encode(text)
    assert (time.process_time() - began) / 50 < 1e-3
