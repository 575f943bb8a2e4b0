"""What this validator's gate sees of a question: what tells its own questions apart."""

from pathlib import Path

from gating.checkpoint import CorruptCheckpoint
from gating.objective import Eyes, Objective

DIMENSION = 64
FITTED_ITEMS = 600

_SEED = b"texts that the features are fitted to"


def load_features(path: Path, state: Path, objective: Objective) -> Eyes:
    """The features in ``path``; fitted to items of the objective first where nothing was learnt with others.

    Raises: CorruptCheckpoint, also when the features of a saved ``state`` are gone.
    """
    if path.exists():
        return objective.load_eyes(path)
    if state.exists():
        raise CorruptCheckpoint(state, f"the features it was learnt with are not in {path}")
    found = objective.fit_eyes(objective.draw(_SEED, FITTED_ITEMS), DIMENSION)
    found.save(path)
    return found
