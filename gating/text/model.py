"""A causal language model that decodes batches of ragged prefixes, one token at a time.

Shape suffixes: B sequences, T tokens, V vocabulary.
"""

import inspect
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, DynamicCache, LlamaConfig, LlamaForCausalLM, PreTrainedModel
from transformers.cache_utils import DynamicLayer
from transformers.utils.logging import disable_progress_bar

from gating.checkpoint import CorruptCheckpoint, recover_directory, replace_directory

LogProbs = NDArray[np.float32]
Tokens = Sequence[int]


@dataclass(frozen=True)
class ModelConfig:
    """Shape of a small Llama."""

    vocab_size: int
    width: int = 128
    layers: int = 2
    heads: int = 4
    context: int = 256


class LanguageModel:
    """Next-token log-probabilities of a ``transformers`` causal LM on the CPU.

    Not safe for use by several threads at once; keep one worker thread per model.
    """

    def __init__(self, network: PreTrainedModel) -> None:
        self.network = network
        self.network.train(False)
        self.vocab_size = int(network.config.vocab_size)
        self.context = int(getattr(network.config, "max_position_embeddings", None) or 1024)
        bos = getattr(network.config, "bos_token_id", None)
        self._start_token = bos if isinstance(bos, int) else 0
        self._takes_positions = "position_ids" in inspect.signature(network.forward).parameters

    @classmethod
    def build(cls, config: ModelConfig, seed: int) -> "LanguageModel":
        """A new model with random weights that depend on ``seed`` alone."""
        shape = LlamaConfig(
            vocab_size=config.vocab_size,
            hidden_size=config.width,
            intermediate_size=3 * config.width,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            max_position_embeddings=config.context,
            tie_word_embeddings=True,
            bos_token_id=0,
            eos_token_id=0,
            pad_token_id=0,
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return cls(LlamaForCausalLM(shape))

    @classmethod
    def load(cls, path_or_name: str | Path) -> "LanguageModel":
        """A saved model, or any causal LM that ``transformers`` finds under the name; safetensors only, no pickle.

        Raises: FileNotFoundError when there is no such folder or name, CorruptCheckpoint when the folder holds
        no whole model.
        """
        path = Path(path_or_name)
        recover_directory(path)
        if isinstance(path_or_name, Path) and not path.is_dir():
            raise FileNotFoundError(f"no model in {path}")
        disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            return cls(
                AutoModelForCausalLM.from_pretrained(str(path_or_name), dtype=torch.float32, use_safetensors=True)
            )
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError, json.JSONDecodeError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            if not path.is_dir():
                raise FileNotFoundError(f"no model called {path_or_name} ({reason})") from error
            raise CorruptCheckpoint(path, f"no model can be loaded ({reason})") from error

    def save(self, directory: Path) -> None:
        """Write config and safetensors so that ``directory`` is always a whole model."""
        disable_progress_bar()  # type: ignore[no-untyped-call]
        with replace_directory(directory) as fresh:
            self.network.save_pretrained(fresh)

    def parameters(self) -> list[torch.nn.Parameter]:
        return list(self.network.parameters())

    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.parameters())

    def start(self, prefixes: Sequence[Tokens]) -> "DecodeState":
        """Read every prefix; the state knows the distribution of each next token.

        An empty prefix is read as the start token. Beyond the model's context the newest text is kept.
        """
        if not prefixes:
            raise ValueError("no prefixes to start from")
        return DecodeState(self, [self._newest(prefix) for prefix in prefixes])

    def score(self, sequences: Sequence[Tokens]) -> list[LogProbs]:
        """Log-probabilities after each token of each sequence, [T, V] per sequence; newest text when too long."""
        kept = [self._newest(tokens) for tokens in sequences]
        logits_BTV = self.forward(_left_padded(kept), [len(tokens) for tokens in kept], None, keep=0)
        return [log_softmax(logits_TV[-len(tokens) :]) for logits_TV, tokens in zip(logits_BTV, kept, strict=True)]

    def _newest(self, tokens: Tokens) -> list[int]:
        return list(tokens[-self.context :]) or [self._start_token]

    @torch.inference_mode()
    def forward(
        self, ids_BT: torch.Tensor, lengths: Sequence[int], cache: DynamicCache | None, *, keep: int
    ) -> torch.Tensor:
        """Logits of the last ``keep`` columns (0: all); ``lengths`` counts each row's tokens, cached ones too."""
        columns = torch.arange(max(lengths))
        padding_B1 = (max(lengths) - torch.tensor(lengths))[:, None]
        options: dict[str, object] = {"logits_to_keep": keep} if keep else {}
        if self._takes_positions:
            options["position_ids"] = (columns - padding_B1).clamp(min=0)[:, -ids_BT.shape[1] :]
        return self.network(  # type: ignore[no-any-return]
            input_ids=ids_BT,
            attention_mask=(columns >= padding_B1).long(),
            past_key_values=cache,
            use_cache=cache is not None,
            **options,
        ).logits


class DecodeState:
    """A batch of sequences in the middle of decoding, with their key-value cache."""

    def __init__(self, model: LanguageModel, rows: list[list[int]]) -> None:
        self.model = model
        self.rows = rows
        self.cache = DynamicCache()
        self.logprobs: LogProbs = self._prefill()

    def advance(self, tokens: Sequence[int]) -> LogProbs:
        """Append one token to every sequence; log-probabilities of the next ones, float32 [B, V].

        Raises: ValueError when the number of tokens is not B or a token is outside the vocabulary.
        """
        self.check(tokens)
        fits = self.has_room()
        self._append(tokens)
        self.logprobs = self._read(torch.tensor([[int(token)] for token in tokens]))[:, -1] if fits else self._prefill()
        return self.logprobs

    def read(self, block: Sequence[Tokens]) -> LogProbs:
        """Append as many tokens to every sequence; log-probabilities after each of them, float32 [B, T, V].

        Raises: ValueError when the block is empty, ragged or longer than half the context, or as ``advance``.
        """
        columns = list(zip(*block, strict=True))
        if not 1 <= len(columns) <= self.model.context // 2:
            raise ValueError(f"a block of {len(columns)} tokens (1 to {self.model.context // 2} can be read at once)")
        for column in columns:
            self.check(column)
        fits = max(map(len, self.rows)) + len(columns) <= self.model.context
        for column in columns:
            self._append(column)
        ids_BT = torch.tensor(list(block)) if fits else self._refit()
        logprobs = self._read(ids_BT, len(columns))
        self.logprobs = logprobs[:, -1]
        return logprobs

    def rewind(self, count: int) -> None:
        """Take back the last ``count`` tokens; ``logprobs`` are those of before until the next token.

        Raises: ValueError when a sequence is not longer than that.
        """
        if count == 0:
            return
        if not 0 < count < min(map(len, self.rows)):
            raise ValueError(f"cannot take {count} tokens back")
        self.rows = [row[:-count] for row in self.rows]
        if all(type(layer) is DynamicLayer for layer in self.cache.layers):
            self.cache.crop(-count)
        else:
            self._prefill()

    def check(self, tokens: Sequence[int]) -> None:
        """Raise the ValueError of ``advance``, if any."""
        if len(tokens) != len(self.rows):
            raise ValueError(f"{len(tokens)} tokens for {len(self.rows)} sequences")
        if not all(0 <= token < self.model.vocab_size for token in tokens):
            raise ValueError(f"a token is outside the vocabulary of {self.model.vocab_size}")

    def has_room(self) -> bool:
        """Whether every sequence can grow by one token within the model's context."""
        return max(map(len, self.rows)) < self.model.context

    def take(self, tokens: Sequence[int], cache: DynamicCache, logprobs: LogProbs) -> None:
        """Append ``tokens`` that somebody else has read, with what came of it."""
        self._append(tokens)
        self.cache = cache
        self.logprobs = logprobs

    def _append(self, tokens: Sequence[int]) -> None:
        for row, token in zip(self.rows, tokens, strict=True):
            row.append(int(token))

    def _prefill(self) -> LogProbs:
        """Read all rows anew."""
        return self._read(self._refit())[:, -1]

    def _refit(self) -> torch.Tensor:
        """Begin anew; a row that outgrew the context keeps its newest half, the others everything."""
        limit = self.model.context
        self.rows = [row[-(limit // 2) :] if len(row) > limit else row for row in self.rows]
        self.cache = DynamicCache()
        return _left_padded(self.rows)

    def _read(self, ids_BT: torch.Tensor, keep: int = 1) -> LogProbs:
        """Log-probabilities after the last ``keep`` columns, [B, keep, V]."""
        lengths = [len(row) for row in self.rows]
        return log_softmax(self.model.forward(ids_BT, lengths, self.cache, keep=keep)[:, -keep:])


def _left_padded(rows: Sequence[Tokens]) -> torch.Tensor:
    width = max(map(len, rows))
    return torch.tensor([[0] * (width - len(row)) + list(row) for row in rows])


def log_softmax(logits: torch.Tensor) -> LogProbs:
    """Normalised natural log-probabilities over the last axis."""
    return torch.log_softmax(logits.float(), -1).numpy()
