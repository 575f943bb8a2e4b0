import numpy as np
import pytest
import torch

from gating.text.batching import advance_together
from gating.text.model import LanguageModel, ModelConfig


@pytest.fixture(scope="module")
def model():
    torch.set_num_threads(1)
    return LanguageModel.build(ModelConfig(vocab_size=50, width=32, layers=2, heads=2, context=16), seed=3)


PREFIXES = [[[1, 2, 3], [4]], [[5]], [[6] * 12, [7, 8]]]


def test_states_advanced_together_say_what_they_would_say_alone(model):
    """Past the context too, where each state falls back to its newest text at its own time."""
    random = np.random.default_rng(0)
    together, alone = ([model.start(prefixes) for prefixes in PREFIXES] for _ in range(2))
    for _ in range(40):
        tokens = [random.integers(0, 50, len(state.rows)).tolist() for state in together]
        joint = advance_together(together, tokens)
        for state, chosen, got in zip(alone, tokens, joint, strict=True):
            np.testing.assert_allclose(got, state.advance(chosen), atol=2e-4)
    assert [state.rows for state in together] == [state.rows for state in alone]


def test_a_state_may_join_and_leave_at_any_step(model):
    first, second = model.start([[1, 2]]), model.start([[3], [4, 5]])
    same = model.start([[1, 2]])
    first.advance([9])
    advance_together([first, second], [[8], [7, 6]])
    first.advance([5])
    for token in (9, 8, 5):
        same.advance([token])
    np.testing.assert_allclose(first.logprobs, same.logprobs, atol=2e-4)


def test_a_wrong_token_changes_no_state(model):
    first, second = model.start([[1]]), model.start([[2]])
    with pytest.raises(ValueError, match="vocabulary"):
        advance_together([first, second], [[3], [50]])
    assert (first.rows, second.rows) == ([[1]], [[2]])
