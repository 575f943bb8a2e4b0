"""Batched decoding says exactly what reading each text alone says."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from gating.checkpoint import CorruptCheckpoint
from gating.text.model import LanguageModel, ModelConfig

SMALL = ModelConfig(vocab_size=97, width=32, layers=2, context=48)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


def make_model(kind: str) -> LanguageModel:
    if kind == "llama":
        return LanguageModel.build(SMALL, seed=3)
    config = GPT2Config(vocab_size=97, n_embd=32, n_layer=2, n_head=4, n_positions=48, bos_token_id=0, eos_token_id=0)
    return LanguageModel(GPT2LMHeadModel(config))


def alone(model: LanguageModel, tokens: list[int]) -> np.ndarray:
    with torch.no_grad():
        return torch.log_softmax(model.network(torch.tensor([tokens])).logits[0].float(), -1).numpy()


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_ragged_batches_decode_as_if_each_text_were_alone(kind: str) -> None:
    model = make_model(kind)
    rng = np.random.default_rng(0)
    rows = [list(map(int, rng.integers(0, 97, length))) for length in (1, 17, 5, 30)]
    state = model.start(rows)
    for _ in range(12):
        for row, logprobs in zip(rows, state.logprobs, strict=True):
            np.testing.assert_allclose(logprobs, alone(model, row)[-1], atol=1e-4)
        tokens = [int(token) for token in rng.integers(0, 97, len(rows))]
        rows = [[*row, token] for row, token in zip(rows, tokens, strict=True)]
        state.advance(tokens)


def test_a_row_that_outgrows_the_context_keeps_its_newest_text_and_leaves_others_alone() -> None:
    model = make_model("llama")
    rng = np.random.default_rng(1)
    long, short = [list(map(int, rng.integers(0, 97, length))) for length in (47, 4)]
    state = model.start([long, short])
    for _ in range(30):
        tokens = [int(token) for token in rng.integers(0, 97, 2)]
        long, short = [*long, tokens[0]], [*short, tokens[1]]
        state.advance(tokens)
    kept = long[49 - 24 :]  # cut when it reached 49 tokens, and again 25 tokens later
    kept = kept[-(24 + len(kept) - 49) :] if len(kept) > 48 else kept
    np.testing.assert_allclose(state.logprobs[0], alone(model, kept)[-1], atol=1e-4)
    np.testing.assert_allclose(state.logprobs[1], alone(model, short)[-1], atol=1e-4)


def test_score_equals_decoding() -> None:
    model = make_model("llama")
    rows = [[1, 2, 3, 4, 5], [9], [7, 8, 9]]
    for row, logprobs in zip(rows, model.score(rows), strict=True):
        np.testing.assert_allclose(logprobs, alone(model, row), atol=1e-4)


def test_empty_prefix_and_long_prefix_are_read() -> None:
    model = make_model("llama")
    long = [int(token) for token in np.random.default_rng(2).integers(0, 97, 200)]
    state = model.start([[], long])
    np.testing.assert_allclose(state.logprobs[0], alone(model, [0])[-1], atol=1e-4)
    np.testing.assert_allclose(state.logprobs[1], alone(model, long[-48:])[-1], atol=1e-4)


def test_bad_tokens_are_refused() -> None:
    state = make_model("llama").start([[1], [2]])
    with pytest.raises(ValueError, match="2 sequences"):
        state.advance([1])
    with pytest.raises(ValueError, match="vocabulary"):
        state.advance([1, 97])
    with pytest.raises(ValueError, match="no prefixes"):
        make_model("llama").start([])


def test_saved_model_loads_the_same_and_overwrites_safely(tmp_path: Path) -> None:
    first, second = LanguageModel.build(SMALL, 1), LanguageModel.build(SMALL, 2)
    first.save(tmp_path / "model")
    second.save(tmp_path / "model")
    loaded = LanguageModel.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.score([[1, 2]])[0], second.score([[1, 2]])[0])
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert (tmp_path / "model/model.safetensors").is_file()


def test_interrupted_overwrite_leaves_the_old_model(tmp_path: Path) -> None:
    LanguageModel.build(SMALL, 1).save(tmp_path / "model")
    (tmp_path / "model").rename(tmp_path / ".model.previous")
    assert LanguageModel.load(tmp_path / "model").vocab_size == 97


def test_damaged_models_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LanguageModel.load(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="no model called"):
        LanguageModel.load(str(tmp_path / "nowhere"))
    for name, data in [
        ("model.safetensors", b"garbage"),
        ("config.json", b"{"),
        ("config.json", json.dumps({}).encode()),
    ]:
        LanguageModel.build(SMALL, 1).save(tmp_path / "model")
        (tmp_path / "model" / name).write_bytes(data)
        with pytest.raises(CorruptCheckpoint, match="delete it to start afresh"):
            LanguageModel.load(tmp_path / "model")


def test_default_shape_has_the_reference_size() -> None:
    assert 650_000 < LanguageModel.build(ModelConfig(2048), 0).parameter_count() < 720_000
