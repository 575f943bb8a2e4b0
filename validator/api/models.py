"""Names of models: which experts a name stands for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from validator.answers import Selection
from validator.api.errors import ApiError
from validator.api.requests import MOST_EXPERTS, Wishes

AUTO = "moe/auto"
_FIXED_K = re.compile(r"moe/k([0-8])")


@dataclass(frozen=True)
class Listing:
    """The experts that can be asked by name."""

    hotkeys: tuple[str, ...]
    domains: tuple[str, ...]
    default_k: int

    def names(self) -> list[str]:
        """Names of all models, the automatic one first."""
        named = [f"moe/{name}" for name in (*self.domains, *self.hotkeys)]
        return [AUTO, "moe/k1", "moe/k2", *named]

    def select(self, wishes: Wishes) -> Selection:
        """The experts that a request may use.

        Raises: ApiError 404 when the model is not known.
        """
        base = self._named(wishes.model)
        unknown = [hotkey for hotkey in wishes.experts if hotkey not in self.hotkeys]
        if unknown:
            raise ApiError(404, f"expert {unknown[0]} is not registered", code="expert_not_found", param="moe.experts")
        k = base.k if wishes.k is None else wishes.k
        hotkeys = wishes.experts or base.hotkeys
        return Selection(min(k, MOST_EXPERTS), base.domain, hotkeys)

    def _named(self, model: str) -> Selection:
        if model == AUTO:
            return Selection(self.default_k)
        if found := _FIXED_K.fullmatch(model):
            return Selection(int(found.group(1)))
        name = model.removeprefix("moe/")
        if name in self.domains:
            return Selection(self.default_k, domain=name)
        if name in self.hotkeys:
            return Selection(1, hotkeys=(name,))
        raise ApiError(404, f"model {model} does not exist; see /v1/models", code="model_not_found", param="model")


def describe_models(names: Iterable[str], created: int) -> dict[str, object]:
    """The body of ``GET /v1/models``."""
    return {"object": "list", "data": [describe_model(name, created) for name in names]}


def describe_model(name: str, created: int) -> dict[str, object]:
    """One entry of ``GET /v1/models``."""
    return {"id": name, "object": "model", "created": created, "owned_by": "hivegate"}
