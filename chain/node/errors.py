"""What can go wrong with a node, each with the fix in its message."""


class NodeError(Exception):
    """The node cannot start or go on."""


class StoreLocked(NodeError):
    """Another process has the data directory open."""


class StoreCorrupt(NodeError):
    """The data directory cannot be read as a chain."""


class OtherGenesis(NodeError):
    """The data directory holds a chain that began differently."""


class PortTaken(NodeError):
    """The address to listen on is in use."""


class UnknownBlock(LookupError):
    """No block of that hash or number is in the store."""


class StateDiscarded(LookupError):
    """The block is known, its state is no longer kept."""
