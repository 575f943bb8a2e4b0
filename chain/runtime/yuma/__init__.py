"""The Yuma epoch: pure integer functions, exact to the bit."""

from chain.runtime.yuma.epoch import EpochCompute, compute
from chain.runtime.yuma.types import NO_COMMIT, EpochInputs, EpochOutputs, EpochParameters, EpochTrace

__all__ = ["NO_COMMIT", "EpochCompute", "EpochInputs", "EpochOutputs", "EpochParameters", "EpochTrace", "compute"]
