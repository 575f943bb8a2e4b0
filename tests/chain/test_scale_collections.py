"""Sorted collections: sets and maps of Rust."""

import pytest

from chain.scale.collections import BTreeMap, BTreeSet
from chain.scale.errors import ScaleError
from chain.scale.types import U8, U16

SET = BTreeSet(U16)
MAP = BTreeMap(U16, U8)


def test_a_set_is_written_in_order_and_without_repetitions():
    assert SET.encode([3, 1, 3]) == bytes([8, 1, 0, 3, 0])
    assert SET.decode(bytes([12, 3, 0, 1, 0, 3, 0])) == [1, 3]


def test_a_map_is_written_in_the_order_of_its_keys():
    assert MAP.encode({2: 9, 1: 8}) == bytes([8, 1, 0, 8, 2, 0, 9])
    assert MAP.decode(MAP.encode({2: 9, 1: 8})) == {1: 8, 2: 9}


def test_more_items_than_the_data_can_hold_are_refused():
    with pytest.raises(ScaleError):
        MAP.decode(bytes([252, 1, 0, 8]))
