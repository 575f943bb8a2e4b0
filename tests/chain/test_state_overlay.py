"""The overlay: reads through, rolls back exactly, iterates in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chain.runtime.columns import read_column
from chain.runtime.storage import IDENTITY, TWOX_64_CONCAT, StorageDoubleMap
from chain.scale.types import U16
from chain.state.overlay import MemoryState, State

_KEYS = st.sampled_from([prefix * 16 + tail for prefix in (b"aa", b"ab", b"b") for tail in (b"", b"x", b"y", b"yz")])
_VALUES = st.none() | st.binary(max_size=2)


class OverlayAgreesWithDictionaries(RuleBasedStateMachine):
    """Every savepoint is a copy of a dictionary; the overlay must behave alike."""

    @initialize(parent=st.dictionaries(_KEYS, st.binary(max_size=2)))
    def begin(self, parent):
        self.parent = MemoryState(parent)
        self.state = State(self.parent)
        self.model = dict(parent)
        self.events = []
        self.savepoints = []

    @rule(key=_KEYS, value=_VALUES)
    def write(self, key, value):
        self.state.put(key, value)
        self.model.pop(key, None)
        if value is not None:
            self.model[key] = value

    @rule(event=st.integers())
    def announce(self, event):
        self.state.events.append(event)
        self.events.append(event)

    @rule()
    def open_transaction(self):
        transaction = self.state.transaction()
        transaction.__enter__()
        self.savepoints.append((transaction, dict(self.model), list(self.events)))

    @precondition(lambda self: self.savepoints)
    @rule()
    def keep(self):
        self.savepoints.pop()[0].__exit__(None, None, None)

    @precondition(lambda self: self.savepoints)
    @rule()
    def undo(self):
        transaction, self.model, self.events = self.savepoints.pop()
        transaction.__exit__(ValueError, ValueError(), None)

    @rule(prefix=st.sampled_from([b"", b"a", b"aa" * 16, b"ab" * 16 + b"y", b"b" * 16]))
    def iterate(self, prefix):
        expected = sorted((key, value) for key, value in self.model.items() if key.startswith(prefix))
        assert list(self.state.iter_prefix(prefix)) == expected

    @invariant()
    def reads_agree(self):
        if hasattr(self, "state"):
            assert self.state.events == self.events
            for key in self.parent.keys() | self.state.changes.keys():
                assert self.state.get(key) == self.model.get(key)

    def teardown(self):
        if hasattr(self, "state") and not self.savepoints:
            self.parent.apply(self.state.changes)
            assert self.parent == self.model


TestOverlay = OverlayAgreesWithDictionaries.TestCase


def test_the_parent_is_never_written():
    parent = MemoryState({b"k": b"v"})
    state = State(parent)
    state.delete(b"k")
    state.put(b"l", b"w")
    assert parent == {b"k": b"v"}


def test_writing_while_iterating_does_not_disturb():
    state = State(MemoryState({bytes(32) + bytes([i]): b"" for i in range(4)}))
    for key, _ in state.iter_prefix(bytes(32)):
        state.delete(key)
        state.put(key + b"new", b"")
    assert len(list(state.iter_prefix(bytes(32)))) == 4


@given(st.dictionaries(_KEYS, _VALUES))
def test_a_raise_leaves_no_trace(writes):
    state = State(MemoryState())
    with pytest.raises(RuntimeError):
        _write_and_raise(state, writes)
    assert state.changes == {}
    assert state.events == []


def _write_and_raise(state, writes):
    with state.transaction():
        for key, value in writes.items():
            state.put(key, value)
        state.events.append("event")
        raise RuntimeError


def test_column_gives_what_single_reads_give_also_after_one_value_changed():
    item = StorageDoubleMap("Tests", "Column", (IDENTITY, U16), (TWOX_64_CONCAT, U16), U16, default=9)
    state = State(MemoryState())
    for key in range(4):
        item.put(state, 7, key, key * 2)
    for changed in (2, 3, 2):
        item.put(state, 7, changed, 100 + changed)
        assert read_column(item, state, range(6), before=(7,)) == tuple(item.get(state, 7, key) for key in range(6))
        assert read_column(item, state, (7, 8), behind=(changed,)) == (100 + changed, 9)
