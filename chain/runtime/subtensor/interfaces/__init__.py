"""Runtime interfaces of the subnet modules."""

from chain.runtime.subtensor.interfaces import neurons, stakes, subnets

APIS = (neurons.API, stakes.API, *subnets.APIS)
"""All of them, for the runtime."""
