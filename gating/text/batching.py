"""Several decode states of one model, advanced by one forward pass.

Rows of all states are laid side by side for the pass and their caches cut apart again, so that states join
and leave at any step. Shape suffixes: B sequences of one state, T columns, V vocabulary.
"""

from collections.abc import Sequence

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from gating.text.model import DecodeState, LogProbs, Tokens, log_softmax

_MOST_ROWS = 4


def advance_together(states: Sequence[DecodeState], tokens: Sequence[Tokens]) -> list[LogProbs]:
    """Append one token to every sequence of every state; log-probabilities of the next ones, float32 [B, V] each.

    Large states, and those that outgrow the model's context, are advanced on their own.

    Raises: ValueError as ``DecodeState.advance``, before any state has changed.
    """
    for state, chosen in zip(states, tokens, strict=True):
        state.check(chosen)
    joint = [index for index, state in enumerate(states) if _can_join(state)]
    if len(joint) > 1:
        _advance([states[index] for index in joint], [tokens[index] for index in joint])
    for index, state in enumerate(states):
        if len(joint) < 2 or index not in joint:
            state.advance(tokens[index])
    return [state.logprobs for state in states]


def _advance(states: Sequence[DecodeState], tokens: Sequence[Tokens]) -> None:
    cache = _join(states)
    lengths = [len(row) + 1 for state in states for row in state.rows]
    ids_B1 = torch.tensor([[int(token)] for chosen in tokens for token in chosen])
    logits_BV = states[0].model.forward(ids_B1, lengths, cache, keep=1)[:, -1]
    first = 0
    for state, chosen in zip(states, tokens, strict=True):
        last = first + len(chosen)
        state.take(chosen, _cut(cache, first, last, 1 + max(map(len, state.rows))), log_softmax(logits_BV[first:last]))
        first = last


@torch.inference_mode()
def _join(states: Sequence[DecodeState]) -> DynamicCache:
    """One cache of all rows, padded on the left to the longest."""
    joined = DynamicCache()
    width = max(len(row) for state in states for row in state.rows)
    for layer, contents in enumerate(zip(*[_contents(state.cache) for state in states], strict=True)):
        keys, values = (
            torch.cat([_padded(content, width) for content in kind]) for kind in zip(*contents, strict=True)
        )
        joined.update(keys, values, layer)
    return joined


def _cut(cache: DynamicCache, first: int, last: int, width: int) -> DynamicCache:
    """The newest ``width`` columns of rows ``first`` to ``last``."""
    part = DynamicCache()
    for layer, (keys, values) in enumerate(_contents(cache)):
        part.update(keys[first:last, :, -width:], values[first:last, :, -width:], layer)
    return part


def _can_join(state: DecodeState) -> bool:
    """Whether a state gains by company.

    Beyond a few rows, moving the cache costs more than a pass of its own. Layers that do not
    keep all columns (recurrent, sliding) cannot be padded.
    """
    plain = all(type(layer) is DynamicLayer for layer in state.cache.layers)
    return len(state.rows) <= _MOST_ROWS and state.has_room() and plain


def _contents(cache: DynamicCache) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Keys and values of every layer, [B, heads, T, width]."""
    contents = []
    for layer in cache.layers:
        assert isinstance(layer, DynamicLayer)
        assert layer.keys is not None
        assert layer.values is not None
        contents.append((layer.keys, layer.values))
    return contents


def _padded(content: torch.Tensor, width: int) -> torch.Tensor:
    return torch.nn.functional.pad(content, (0, 0, width - content.shape[-2], 0))
