"""Runtime interfaces of the subnet modules."""

from chain.runtime.subtensor.interfaces import delegates, neurons, stakes, subnets, swaps

APIS = (delegates.API, neurons.API, *subnets.APIS, stakes.API, swaps.API)
"""All of them, for the runtime."""
