"""What can keep a local network from running, in words that say the fix."""


class LaunchError(Exception):
    """A local network cannot start or go on; the message names the fix."""


class DataDirInUse(LaunchError):
    """Another ``hivegate up`` works in the same data folder."""


class PortTaken(LaunchError):
    """A port that the network needs belongs to another program."""


class OtherNetwork(LaunchError):
    """The data folder holds a network of other settings."""


class ProgramFailed(LaunchError):
    """A child process said why it cannot work."""


class NotReady(LaunchError):
    """Something did not come up in time."""
