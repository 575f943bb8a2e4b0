"""What the validator asks of an expert and of its own anchor, as protocols."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gating.objective import Question
from wire.blocks import BlockReply, BlockRequest
from wire.distribution import Distribution

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Tokens = Sequence[int]


class Session(Protocol):
    """A decode session with one expert: an answer first, then a token, then an answer."""

    @property
    def first(self) -> Distribution:
        """Next-token distribution after each prefix."""

    async def reveal(self, tokens: Tokens) -> Distribution:
        """Tell the token of each row and get the next distributions."""


class BlockSession(Protocol):
    """A decode session that goes by blocks."""

    @property
    def first(self) -> Distribution:
        """Next-token distribution after each prefix."""

    async def read(self, request: BlockRequest) -> BlockReply:
        """Tell a block and get what follows each of its tokens, and a draft if one is wanted."""


class Expert(Protocol):
    """One remote expert, known by its hotkey."""

    @property
    def hotkey(self) -> str:
        """Address of the expert's hotkey."""

    def session(self, questions: Sequence[Question], *, step_timeout: float) -> AbstractAsyncContextManager[Session]:
        """Open a session over all ``questions``; ``step_timeout`` in seconds."""


class Drafter(Protocol):
    """One remote expert that also takes blocks and drafts."""

    @property
    def hotkey(self) -> str:
        """Address of the expert's hotkey."""

    def session(self, prefixes: list[list[int]], *, step_timeout: float) -> AbstractAsyncContextManager[BlockSession]:
        """Open a decode session over all ``prefixes``; ``step_timeout`` in seconds."""


class Speaker(Protocol):
    """One remote expert that apps may be sent to."""

    @property
    def hotkey(self) -> str:
        """Address of the expert's hotkey."""

    @property
    def drafts(self) -> bool:
        """Whether its sessions take blocks and draft."""

    def session(
        self, questions: Sequence[Question], *, step_timeout: float
    ) -> AbstractAsyncContextManager["FullSession"]:
        """Open a session over all ``questions``; ``step_timeout`` in seconds."""


class FullSession(Session, BlockSession, Protocol):
    """A session that goes by tokens or by blocks."""


class AnchorState(Protocol):
    """The anchor's side of a decode session."""

    @property
    def logprobs(self) -> Float32:
        """Natural log-probabilities of the next token, [rows, vocabulary]."""

    async def advance(self, tokens: Tokens) -> None:
        """Take the token of each row."""


class Anchor(Protocol):
    """The validator's own small model, always in the mixture."""

    @property
    def vocab_size(self) -> int:
        """Number of tokens it knows."""

    async def start(self, questions: Sequence[Question]) -> AnchorState:
        """Begin a session over all ``questions``."""

    async def start_blocks(self, prefixes: list[list[int]]) -> BlockSession:
        """Begin a decode session over all ``prefixes`` that goes by blocks."""
