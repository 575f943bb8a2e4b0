"""A validator's memory under a router of its choice; another than was saved learns from the logs first."""

import logging
from pathlib import Path

from gating.checkpoint import recover_directory
from gating.comparison import teach
from gating.router import RouterSettings
from gating.routers import build_router, read_kind
from validator.comparing import read_log
from validator.parts import Records
from validator.scoring import ROUTER_FILE, Standing, load_standing

log = logging.getLogger(__name__)


def load_under(kind: str, state: Path, dimension: int, records: Records) -> Standing:
    """The saved standing with a router of ``kind``, or a blank one where nothing was saved.

    Raises: CorruptCheckpoint, CorruptRecords.
    """
    recover_directory(state)
    settings, file = RouterSettings(dimension=dimension), state / ROUTER_FILE
    saved = read_kind(file) if file.exists() else kind
    standing = load_standing(state, build_router(saved, settings))
    if saved != kind:
        texts = read_log(records)
        standing.router, standing.router_hash = build_router(kind, settings), None
        teach(texts, standing.router)
        for hotkey in standing.payroll.renewed:
            standing.router.forget(hotkey)
        log.info("the router %s takes the place of %s, having learnt from %d logged texts", kind, saved, len(texts))
    return standing
