"""Train a language model in small steps that leave the core to others in between.

Shape suffixes: B windows, T tokens.
"""

import hashlib
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from gating.checkpoint import CorruptCheckpoint, recover_directory, write_file
from gating.text.model import LanguageModel

_MODEL_DIR = "model"
_OPTIMISER_FILE = "optimiser.safetensors"
_STATE_FILE = "trainer.json"


@dataclass(frozen=True)
class Schedule:
    """How fast to learn over a budget of seconds spent in steps.

    ``windows`` × ``window_tokens`` make one micro-batch: about 45 ms on one core for 0.7 M parameters.
    """

    total_seconds: float = 60.0
    windows: int = 8
    window_tokens: int = 96
    peak: float = 3e-3
    floor: float = 0.05
    warm_up_steps: int = 20
    weight_decay: float = 0.05

    def rate(self, step: int, seconds: float) -> float:
        """Learning rate: linear warm-up in steps, then linear decay in seconds down to the floor."""
        decay = max(self.floor, 1.0 - seconds / self.total_seconds) if self.total_seconds > 0 else self.floor
        return self.peak * min(1.0, (step + 1) / self.warm_up_steps) * decay


@dataclass
class Progress:
    """What a trainer has done so far; ``loss`` is a moving mean in nats per token."""

    steps: int = 0
    seconds: float = 0.0
    loss: float = math.nan

    def add(self, loss: float, seconds: float) -> None:
        mean = loss if math.isnan(self.loss) else 0.95 * self.loss + 0.05 * loss
        self.steps, self.seconds, self.loss = self.steps + 1, self.seconds + seconds, mean


class Trainer:
    """Trains ``model`` on windows drawn from one or several token streams, each drawn equally often.

    The draw of a step depends on ``seed`` and the step's number alone, so a resumed run sees the same
    windows. ``clock`` measures the seconds of the budget: by default processor time of the calling
    thread, so that a busy machine does not shorten the training.

    Raises: ValueError when a stream is shorter than one window.
    """

    def __init__(
        self,
        model: LanguageModel,
        streams: Sequence[Sequence[int]],
        seed: int,
        schedule: Schedule | None = None,
        clock: Callable[[], float] = time.thread_time,
    ) -> None:
        self.model = model
        self.schedule = schedule or Schedule()
        self.progress = Progress()
        self._streams = [np.asarray(stream, dtype=np.int64) for stream in streams]
        self._seed = seed
        self._clock = clock
        self._optimiser = torch.optim.AdamW(
            model.parameters(), lr=self.schedule.peak, betas=(0.9, 0.95), weight_decay=self.schedule.weight_decay
        )
        if not self._streams or min(map(len, self._streams)) <= self.schedule.window_tokens:
            raise ValueError(f"train text must be longer than {self.schedule.window_tokens} tokens")

    @property
    def finished(self) -> bool:
        return self.progress.seconds >= self.schedule.total_seconds

    def step(self) -> float:
        """One micro-batch; its loss in nats per token."""
        began = self._clock()
        for group in self._optimiser.param_groups:
            group["lr"] = self.schedule.rate(self.progress.steps, self.progress.seconds)
        loss = _loss(self.model, self._draw())
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimiser.step()
        self.progress.add(loss.item(), self._clock() - began)
        return loss.item()

    def _draw(self) -> torch.Tensor:
        """Windows of one more token than is read, [B, T + 1]."""
        random = np.random.default_rng([self._seed, self.progress.steps])
        stream = self._streams[self.progress.steps % len(self._streams)]
        length = self.schedule.window_tokens + 1
        starts = random.integers(0, len(stream) - length + 1, self.schedule.windows)
        return torch.from_numpy(np.stack([stream[start : start + length] for start in starts]))

    def save(self, directory: Path) -> None:
        """Write model and training state; a crash leaves the last whole pair of them usable."""
        self.model.save(directory / _MODEL_DIR)
        tensors = {
            f"{index}.{name}": value.contiguous()
            for index, state in self._optimiser.state_dict()["state"].items()
            for name, value in state.items()
        }
        packed = save_tensors(tensors)
        write_file(directory / _OPTIMISER_FILE, packed)
        record = {"seed": self._seed, "optimiser": hashlib.sha256(packed).hexdigest(), **asdict(self.progress)}
        write_file(directory / _STATE_FILE, json.dumps(record, indent=1).encode())

    def resume(self, directory: Path) -> None:
        """Continue from what ``save`` wrote; the model itself must have been loaded from there.

        An optimiser state that does not belong to the record (a crash between the two writes) is left
        aside: its moments are rebuilt in a few steps.

        Raises: FileNotFoundError, CorruptCheckpoint.
        """
        file = directory / _STATE_FILE
        try:
            record = json.loads(file.read_text())
            self.progress = Progress(int(record["steps"]), float(record["seconds"]), float(record["loss"]))
            packed = (directory / _OPTIMISER_FILE).read_bytes()
            if hashlib.sha256(packed).hexdigest() == record["optimiser"]:
                self._restore(load_tensors(packed))
        except (ValueError, KeyError, TypeError, SafetensorError) as error:
            raise CorruptCheckpoint(file, f"it is not a training record ({error})") from error

    def _restore(self, tensors: dict[str, torch.Tensor]) -> None:
        state: dict[int, dict[str, torch.Tensor]] = {}
        for key, value in tensors.items():
            index, name = key.split(".", 1)
            state.setdefault(int(index), {})[name] = value
        groups = self._optimiser.state_dict()["param_groups"]
        self._optimiser.load_state_dict({"state": state, "param_groups": groups})


def model_directory(directory: Path) -> Path:
    """Where ``Trainer.save`` puts the model; a replacement that a crash cut short is undone first."""
    recover_directory(directory / _MODEL_DIR)
    return directory / _MODEL_DIR


def _loss(model: LanguageModel, windows: torch.Tensor) -> torch.Tensor:
    logits_BTV = model.network(input_ids=windows[:, :-1], use_cache=False).logits
    return torch.nn.functional.cross_entropy(logits_BTV.flatten(0, 1).float(), windows[:, 1:].flatten())


@torch.inference_mode()
def heldout_nats(model: LanguageModel, tokens: Sequence[int], window_tokens: int = 96, windows: int = 32) -> float:
    """Mean loss in nats per token over windows spread evenly through ``tokens``."""
    length = window_tokens + 1
    if len(tokens) < length:
        raise ValueError(f"held-out text must have {length} tokens or more")
    starts = np.unique(np.linspace(0, len(tokens) - length, windows).astype(int))
    return float(_loss(model, torch.tensor([list(tokens[start : start + length]) for start in starts])).item())
