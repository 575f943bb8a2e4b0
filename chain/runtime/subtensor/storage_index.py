"""Keys of maps that are kept for each mechanism of a subnet; mechanism 0 has the subnet's own netuid."""

MECHANISM_STRIDE = 4_096


def storage_index(netuid: int, mechanism: int) -> int:
    """Key of one mechanism."""
    return netuid + MECHANISM_STRIDE * mechanism


def split_index(index: int) -> tuple[int, int]:
    """Netuid and mechanism of a key."""
    return index % MECHANISM_STRIDE, index // MECHANISM_STRIDE
