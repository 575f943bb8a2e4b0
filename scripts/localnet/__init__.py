"""A whole network on one machine: ``hivegate up``, and the commands of those who look at one."""
