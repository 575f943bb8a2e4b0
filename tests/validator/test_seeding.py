from dataclasses import replace

from tests.validator.test_weights import view
from validator.secret import Secret, is_bound
from validator.seeding import Seeds


async def test_all_rounds_of_an_epoch_follow_from_its_first_block():
    asked = []

    async def block_hash(number: int) -> str:
        asked.append(number)
        return f"0x{number:064x}"

    secret = Secret(b"s" * 32)
    seeds = Seeds(block_hash, secret)
    early, late = view(since_step=2, block=102), view(since_step=9, block=109)
    assert await seeds.of_round(early, 7) == await seeds.of_round(late, 7) == secret.seed(4, f"0x{100:064x}", 7)
    assert asked == [100]
    await seeds.of_round(replace(late, epoch=5), 7)
    await seeds.of_round(view(since_step=0, block=120), 8)
    assert asked == [100, 120]


def test_secret_is_told_of_known_epochs_only():
    async def block_hash(number: int) -> str:
        return "0x00"

    secret = Secret(b"s" * 32)
    seeds = Seeds(block_hash, secret)
    assert seeds.tell(None) is None
    assert seeds.tell(-1) is None
    told = seeds.tell(3)
    assert told is not None
    shown = bytes.fromhex(str(told["secret"]))
    assert is_bound(secret.commitment, 3, shown)
    assert not is_bound(secret.commitment, 4, shown)
