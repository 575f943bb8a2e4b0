"""The Yuma epoch on arrays: equal to ``chain.runtime.yuma`` to the bit, for networks of thousands of neurons."""

from chain.epoch.compute import compute

__all__ = ["compute"]
