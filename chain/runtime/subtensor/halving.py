"""How much a block mints: halved each time half of what is left to issue has been issued."""

BLOCK_EMISSION = 1_000_000_000
SUPPLY_CAP = 21_000_000 * 1_000_000_000


def compute_block_emission(issuance: int) -> int:
    """Rao that one block may mint at this issuance, rounded down; zero at the cap."""
    remaining = SUPPLY_CAP - issuance
    if remaining <= 0:
        return 0
    halvings = 0
    while remaining << (halvings + 1) <= SUPPLY_CAP:
        halvings += 1
    return BLOCK_EMISSION >> halvings
