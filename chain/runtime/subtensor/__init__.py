"""Subnets: neurons, stake, weights, epochs and emission; on chain they are one pallet, SubtensorModule."""

from chain.runtime.subtensor import (
    block,
    commits,
    errors,
    events,
    registration,
    rule_events,
    serving,
    staking,
    storage,
    subnets,
    takes,
    weights,
)

MODULES = (
    storage,
    errors,
    events,
    rule_events,
    weights,
    commits,
    staking,
    takes,
    serving,
    registration,
    subnets,
    block,
)
"""What makes up the pallet, in the order of its storage, hooks and calls."""
