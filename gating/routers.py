"""The routers that a validator can run, by name."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from gating.banks import ChanceBank, FactorBank, GradientBank, NearestBank
from gating.checkpoint import CorruptCheckpoint, load_arrays
from gating.router import BuildBank, LinUCBRouter, RouterSettings, build_ridges

DEFAULT_ROUTER = "linucb"

ROUTERS: Mapping[str, BuildBank] = {
    DEFAULT_ROUTER: build_ridges,
    "dense": GradientBank,
    "knn": NearestBank,
    "factors": FactorBank,
    "chance": ChanceBank,
}


def build_router(kind: str, settings: RouterSettings) -> LinUCBRouter:
    """A router that knows nothing yet.

    Raises: KeyError for an unknown kind.
    """
    return LinUCBRouter(replace(settings, kind=kind), ROUTERS[kind])


def read_kind(path: Path) -> str:
    """Kind of the router that was saved in ``path``.

    Raises: FileNotFoundError, CorruptCheckpoint.
    """
    _, meta = load_arrays(path)
    settings = meta.get("settings")
    if not isinstance(settings, dict):
        raise CorruptCheckpoint(path, "it is not a router")
    kind = str(settings.get("kind", DEFAULT_ROUTER))
    if kind not in ROUTERS:
        raise CorruptCheckpoint(path, f"it is a router of kind {kind!r}, which this version does not have")
    return kind
