import numpy as np
import pytest

from validator.sampling import Sampler, Sampling, keep_nucleus, sharpen

PROBABILITIES = np.array([0.1, 0.5, 0.15, 0.25])


def test_temperature_zero_takes_the_likeliest():
    assert Sampler(Sampling(temperature=0)).draw(PROBABILITIES) == 1


def test_draws_follow_the_probabilities():
    sampler = Sampler(Sampling(seed=1))
    counts = np.bincount([sampler.draw(PROBABILITIES) for _ in range(20_000)], minlength=4)
    assert np.allclose(counts / 20_000, PROBABILITIES, atol=0.015)


def test_same_seed_gives_the_same_tokens_and_choices_differ():
    def tokens(choice: int) -> list[int]:
        sampler = Sampler(Sampling(seed=7), choice)
        return [sampler.draw(PROBABILITIES) for _ in range(50)]

    assert tokens(0) == tokens(0)
    assert tokens(0) != tokens(1)


@pytest.mark.parametrize(
    ("top_p", "kept"), [(0.0, [1]), (0.5, [1]), (0.6, [1, 3]), (0.8, [1, 2, 3]), (1.0, [0, 1, 2, 3])]
)
def test_nucleus_is_the_smallest_set_that_holds_the_mass(top_p, kept):
    assert np.flatnonzero(keep_nucleus(PROBABILITIES, top_p)).tolist() == kept


def test_low_temperature_sharpens():
    assert np.allclose(sharpen(PROBABILITIES, 0.5), PROBABILITIES**2 / (PROBABILITIES**2).sum())


def test_impossible_tokens_are_never_drawn():
    sampler = Sampler(Sampling(temperature=2.0, seed=3))
    assert {sampler.draw(np.array([0.0, 1.0, 0.0])) for _ in range(200)} == {1}
