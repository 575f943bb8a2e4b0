"""The store against a list of dictionaries, over restarts, locks and damage."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from chain.block import Block, Header, decode_block, encode_slot
from chain.crypto import blake2_256
from chain.node.errors import NodeError, OtherGenesis, StateDiscarded, StoreCorrupt, StoreLocked, UnknownBlock
from chain.node.state import HistoricState
from chain.node.store import ChainStore

KEYS = [b"", b"\0", b"\0\0", b"a", b"a\0", b"a\0\0\0\1", b"a\0\xff", b"a\1", b"ab", b"b", b"b" * 70]


def make_block(number: int, parent: bytes = bytes(32)) -> Block:
    extrinsics = tuple(bytes([number % 256, index]) * 3 for index in range(number % 4))
    encoded = tuple(bytes([len(item) << 2]) + item for item in extrinsics)
    return Block(Header(parent, number, blake2_256(b"s%d" % number), bytes(32), (encode_slot(number),)), encoded)


def fill(store: ChainStore, count: int, seed: int = 1) -> list[dict[bytes, bytes]]:
    """Append random blocks; the state after each."""
    rng = random.Random(seed)
    states: list[dict[bytes, bytes]] = []
    state: dict[bytes, bytes] = {}
    for number in range(count):
        changes: dict[bytes, bytes | None] = {key: rng.choice([None, rng.randbytes(5)]) for key in rng.sample(KEYS, 4)}
        store.append(make_block(number), changes, state.get)
        state = {key: value for key, value in (state | changes).items() if value is not None}
        states.append(state)
    return states


def test_block_comes_back_from_its_bytes():
    block = make_block(7)
    assert decode_block(block.encode()) == block


def test_every_old_state_reads_as_it_was_also_after_reopening(tmp_path):
    store = ChainStore.open(tmp_path / "d", b"id")
    states = fill(store, 40)
    store.close()
    store = ChainStore.open(tmp_path / "d", b"id")
    assert dict(store.history.iter_state()) == states[-1]
    for number, expected in enumerate(states):
        view = HistoricState(store.history, number)
        assert {key: value for key in KEYS if (value := view.get(key)) is not None} == expected
        for prefix in KEYS:
            wanted = sorted(key for key in expected if key.startswith(prefix))
            assert [key for key, _ in view.iter_prefix(prefix)] == wanted
            assert [key for key, _ in view.iter_prefix(prefix, b"a\0")] == [key for key in wanted if key > b"a\0"]
    store.close()


def test_states_beyond_the_history_are_forgotten_and_take_no_room(tmp_path):
    path = tmp_path / "d"
    store = ChainStore.open(path, b"id", 10)
    states = fill(store, 40)
    assert store.history.oldest == 29
    for number in range(29, 40):
        view = HistoricState(store.history, number)
        assert {key: value for key in KEYS if (value := view.get(key)) is not None} == states[number]
        assert [key for key, _ in view.iter_prefix(b"")] == sorted(states[number])
    with pytest.raises(StateDiscarded, match="oldest kept is 29"):
        store.history.get_at(b"a", 28)
    assert store.block(3) == make_block(3)
    database = store._database
    assert {int.from_bytes(key[-4:], "big") for key, _ in database.iterate("history")} == set(range(30, 40))
    store.close()


def test_history_that_is_cut_shrinks_with_the_blocks_that_come(tmp_path):
    path = tmp_path / "d"
    store = ChainStore.open(path, b"id")
    state = fill(store, 60)[-1]
    store.close()
    store = ChainStore.open(path, b"id", 5)
    assert store.history.oldest == 0
    for number in (60, 61, 62, 63):
        store.append(make_block(number), {b"a": b"%d" % number}, state.get)
        state = state | {b"a": b"%d" % number}
    assert store.history.oldest == 58
    assert store.history.get_at(b"a", 61) == b"61"
    store.close()
    assert ChainStore.open(path, b"id", None).history.oldest == 58


def test_changes_between_two_blocks_lead_back_to_the_older_state(tmp_path):
    store = ChainStore.open(tmp_path / "d", b"id")
    states = fill(store, 30)
    for older, newer in ((0, 29), (10, 20), (28, 29), (5, 5)):
        back = store.history.find_changes(older + 1, newer)
        assert {k: v for k, v in (states[newer] | back).items() if v is not None} == states[older]
    store.close()


def test_blocks_and_extrinsics_are_found_by_number_and_hash(tmp_path):
    store = ChainStore.open(tmp_path / "d", b"id")
    fill(store, 6)
    block = store.block(3)
    assert store.head() == make_block(5)
    assert store.number_of(block.hash) == 3
    location = store.locate(blake2_256(block.extrinsics[2]))
    assert location is not None
    assert (location.number, location.index) == (3, 2)
    assert store.locate(bytes(32)) is None
    with pytest.raises(UnknownBlock):
        store.block(6)
    with pytest.raises(UnknownBlock):
        store.number_of(bytes(32))
    store.close()


def test_directory_in_use_is_refused_with_the_fix(tmp_path):
    store = ChainStore.open(tmp_path / "d", b"id")
    with pytest.raises(StoreLocked, match="--data-dir"):
        ChainStore.open(tmp_path / "d", b"id")
    store.close()
    ChainStore.open(tmp_path / "d", b"id").close()


def test_directory_of_another_genesis_is_refused_and_stays_free(tmp_path):
    ChainStore.open(tmp_path / "d", b"id").close()
    with pytest.raises(OtherGenesis, match="another genesis"):
        ChainStore.open(tmp_path / "d", b"other")
    ChainStore.open(tmp_path / "d", b"id").close()


def test_damaged_directory_is_refused_with_the_fix(tmp_path):
    ChainStore.open(tmp_path / "d", b"id").close()
    (tmp_path / "d" / "CURRENT").write_text("garbage")
    with pytest.raises(StoreCorrupt, match="--data-dir"):
        ChainStore.open(tmp_path / "d", b"id")


def read_all(path: Path) -> None:
    store = ChainStore.open(path, b"id")
    list(store.history.iter_state())
    list(store.history.iter_keys_ever(b""))


def test_damage_inside_a_table_is_told_and_not_passed_over(tmp_path):
    store = ChainStore.open(tmp_path / "d", b"id")
    store.append(
        make_block(0), {b"k%d" % i: random.Random(i).randbytes(100) for i in range(2000)}, dict[bytes, bytes]().get
    )
    store.close()
    ChainStore.open(tmp_path / "d", b"id").close()  # recovery moves the log into tables
    table = max((tmp_path / "d").glob("*.sst"), key=lambda path: path.stat().st_size)
    data = bytearray(table.read_bytes())
    data[len(data) // 3 : len(data) // 3 + 64] = bytes(64)
    table.write_bytes(data)
    with pytest.raises(StoreCorrupt, match="--data-dir"):
        read_all(tmp_path / "d")


def test_file_in_the_place_of_a_directory_is_refused(tmp_path):
    (tmp_path / "d").write_text("x")
    with pytest.raises(NodeError, match="--data-dir"):
        ChainStore.open(tmp_path / "d", b"id")


WRITER = """
import sys
from pathlib import Path
from chain.block import Block, Header
from chain.node.store import ChainStore
store = ChainStore.open(Path(sys.argv[1]), b"id")
head = store.head()
number = 0 if head is None else head.number + 1
while True:
    value = number.to_bytes(4, "big")
    block = Block(Header(bytes(32), number, bytes(32), bytes(32)))
    store.append(block, {b"k%d" % i: value for i in range(50)}, {}.get)
    print(number, flush=True)
    number += 1
"""


def test_killed_writer_loses_no_block_that_it_told_of(tmp_path):
    told = -1
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", WRITER, tmp_path / "d"], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            for _ in range(40):
                told = int(writer.stdout.readline())
            writer.kill()
            rest = writer.stdout.read().split(b"\n")[:-1]
            told = int(rest[-1]) if rest else told
        store = ChainStore.open(tmp_path / "d", b"id")
        head = store.head()
        assert head is not None
        assert head.number >= told
        assert {value for _, value in store.history.iter_state()} == {head.number.to_bytes(4, "big")}
        store.close()
