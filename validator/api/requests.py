"""What an app asked for, checked."""

from dataclasses import dataclass, field

from gating.text.tokenizer import TextTokenizer
from validator.answers import BLOCK_TOKENS, Question, Selection
from validator.api.chat import STOP_WORDS, render_chat
from validator.api.fields import Fields, is_tokens, refuse
from validator.drafters import Terms
from validator.sampling import Sampling
from wire.limits import DEFAULT_LIMITS

DEFAULT_TOKENS = 16
DEFAULT_CHAT_TOKENS = 128
MOST_TOKENS = 1024
MOST_CHOICES = 8
MOST_PROMPTS = 8
MOST_STOPS = 4
MOST_LOGPROBS = 20
MOST_EXPERTS = 8
LONGEST_DEADLINE_MS = 300_000
MOST_PROMPT_TOKENS = 65_536


@dataclass(frozen=True)
class Style:
    """How the answer is sent back."""

    model: str
    stream: bool = False
    include_usage: bool = False
    stop: tuple[str, ...] = ()
    logprobs: int | None = None
    explain: bool = False


@dataclass(frozen=True)
class Ask:
    """One request: a question per prompt, how to answer, how long it may take."""

    questions: tuple[Question, ...]
    style: Style
    deadline_seconds: float | None


@dataclass(frozen=True)
class Wishes:
    """The ``moe`` extension of a request and its model name."""

    model: str
    k: int | None
    experts: tuple[str, ...]
    deadline_seconds: float | None
    explain: bool
    block_tokens: int = BLOCK_TOKENS
    terms: Terms = field(default_factory=Terms)


def read_wishes(fields: Fields) -> Wishes:
    """Model and ``moe`` extension.

    Its fields are ``k``, ``experts``, ``deadline_ms``, ``explain``, ``block_tokens``, ``k_min`` and
    ``timeout_after_k_min_ms``.

    Raises: ApiError.
    """
    model = fields.text("model")
    if not model:
        refuse("model", "you must provide a model, for example moe/auto")
    moe = fields.nested("moe")
    deadline = moe.optional_integer("deadline_ms", 1, LONGEST_DEADLINE_MS)
    return Wishes(
        model=model,
        k=moe.optional_integer("k", 0, MOST_EXPERTS),
        experts=moe.texts("experts", MOST_EXPERTS),
        deadline_seconds=None if deadline is None else deadline / 1000,
        explain=moe.flag("explain"),
        block_tokens=moe.integer("block_tokens", BLOCK_TOKENS, 1, DEFAULT_LIMITS.block),
        terms=_read_terms(moe),
    )


def _read_terms(moe: Fields) -> Terms:
    usual = Terms()
    milliseconds = moe.integer(
        "timeout_after_k_min_ms", round(1000 * usual.timeout_after_k_min), 0, LONGEST_DEADLINE_MS
    )
    return Terms(moe.optional_integer("k_min", 0, MOST_EXPERTS), milliseconds / 1000)


def read_completion(fields: Fields, selection: Selection, wishes: Wishes, tokenizer: TextTokenizer) -> Ask:
    """A request to continue one or several prompts.

    Raises: ApiError.
    """
    fields.require_supported()
    prompts = [_encode(prompt, tokenizer) for prompt in _split_prompts(fields.raw("prompt"))]
    budget = fields.integer("max_tokens", DEFAULT_TOKENS, 1, MOST_TOKENS)
    logprobs = fields.optional_integer("logprobs", 0, MOST_LOGPROBS)
    return _assemble(fields, wishes, selection, _Shape(prompts, budget, logprobs))


def read_chat(fields: Fields, selection: Selection, wishes: Wishes, tokenizer: TextTokenizer) -> Ask:
    """A request to answer a conversation.

    Raises: ApiError.
    """
    fields.require_supported()
    prompt = tokenizer.encode(render_chat(fields.raw("messages")))
    _check_length(prompt, "messages")
    most = fields.integer("max_tokens", DEFAULT_CHAT_TOKENS, 1, MOST_TOKENS)
    budget = fields.integer("max_completion_tokens", most, 1, MOST_TOKENS)
    top = fields.integer("top_logprobs", 0, 0, MOST_LOGPROBS)
    logprobs = top if fields.flag("logprobs") else None
    return _assemble(fields, wishes, selection, _Shape([prompt], budget, logprobs, STOP_WORDS))


@dataclass(frozen=True)
class _Shape:
    prompts: list[list[int]]
    budget: int
    logprobs: int | None
    stop: tuple[str, ...] = ()


def _assemble(fields: Fields, wishes: Wishes, selection: Selection, shape: _Shape) -> Ask:
    sampling = Sampling(
        temperature=fields.number("temperature", 1.0, 0.0, 2.0),
        top_p=fields.number("top_p", 1.0, 0.0, 1.0),
        seed=_seed(fields),
    )
    choices, again = fields.integer("n", 1, 1, MOST_CHOICES), fields.flag("store")
    questions = tuple(
        Question(
            tuple(prompt),
            shape.budget,
            choices,
            sampling,
            selection,
            block_tokens=wishes.block_tokens,
            top=shape.logprobs or 0,
            terms=wishes.terms,
            again=again,
        )
        for prompt in shape.prompts
    )
    style = Style(
        model=wishes.model,
        stream=fields.flag("stream"),
        include_usage=fields.nested("stream_options").flag("include_usage"),
        stop=fields.texts("stop", MOST_STOPS) + shape.stop,
        logprobs=shape.logprobs,
        explain=wishes.explain,
    )
    return Ask(questions, style, wishes.deadline_seconds)


def _seed(fields: Fields) -> int | None:
    seed = fields.optional_integer("seed", -(2**63), 2**63 - 1)
    return None if seed is None else seed % 2**64


def _split_prompts(value: object) -> list[object]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and value and not is_tokens(value):
        if len(value) > MOST_PROMPTS:
            refuse("prompt", f"prompt takes at most {MOST_PROMPTS} texts")
        return value
    return [value]


def _encode(prompt: object, tokenizer: TextTokenizer) -> list[int]:
    if isinstance(prompt, str):
        tokens = tokenizer.encode(prompt)
    elif isinstance(prompt, list) and is_tokens(prompt) and all(0 <= token < tokenizer.vocab_size for token in prompt):
        tokens = prompt
    else:
        refuse(
            "prompt", f"prompt must be a string, a list of token ids below {tokenizer.vocab_size}, or a list of these"
        )
    _check_length(tokens, "prompt")
    return tokens


def _check_length(tokens: list[int], field: str) -> None:
    if len(tokens) > MOST_PROMPT_TOKENS:
        refuse(field, f"{len(tokens)} tokens; at most {MOST_PROMPT_TOKENS} can be sent", code="context_length_exceeded")
