"""What this validator's gate sees of a text: the directions in which its own texts differ most."""

from pathlib import Path

from gating.checkpoint import CorruptCheckpoint
from gating.objective import Objective
from gating.principal import PrincipalFeatures, fit_principal, load_principal

DIMENSION = 64
FITTED_TEXTS = 600

_SEED = b"texts that the features are fitted to"


def load_features(path: Path, state: Path, objective: Objective) -> PrincipalFeatures:
    """The features in ``path``; fitted to texts of the objective first where nothing was learnt with others.

    Raises: CorruptCheckpoint, also when the features of a saved ``state`` are gone.
    """
    if path.exists():
        return load_principal(path)
    if state.exists():
        raise CorruptCheckpoint(state, f"the features it was learnt with are not in {path}")
    found = fit_principal([item.context for item in objective.draw(_SEED, FITTED_TEXTS)], DIMENSION)
    found.save(path)
    return found
