"""Names, hashers, defaults and call signatures against the metadata of a real runtime (spec 381, quick epochs)."""

import re
from pathlib import Path

import pytest

from chain.runtime.runtime import RUNTIME
from chain.scale.collections import BTreeMap, BTreeSet
from chain.scale.containers import Compact, Option, Vec
from chain.scale.products import Newtype, Tuple

LINES = (Path(__file__).parent.parent / "vectors" / "dialect" / "spec381.txt").read_text().splitlines()
NEWER_CALLS = {
    "clear_coldkey_swap_announcement",
    "register_limit",
    "set_activity_cutoff_factor",
    "set_real_pays_fee",
    "set_auto_parent_delegation_enabled",
    "set_tempo",
    "sudo_set_burn_half_life",
    "sudo_set_burn_increase_mult",
    "sudo_set_max_epochs_per_block",
    "sudo_set_min_childkey_take_per_subnet",
    "sudo_set_owner_cut_enabled",
    "sudo_set_subnet_emission_enabled",
    "swap_hotkey_v2",
    "trigger_epoch",
}

RECORDED_DIGITS = 40
"""Longer defaults were cut when they were recorded."""

QUICK_EPOCH_DEFAULTS = {
    "ColdkeySwapAnnouncementDelay",
    "ColdkeySwapReannouncementDelay",
    "NetworkRateLimit",
    "PendingChildKeyCooldown",
    "Tempo",
    "TxChildkeyTakeRateLimit",
}
"""Items whose default differs because the recorded runtime was built for quick epochs."""


def _sections():
    name = ""
    found: dict[str, list[str]] = {}
    for line in LINES:
        if line.startswith("## "):
            name = line.split()[2]
        else:
            found.setdefault(name, []).append(line.strip())
    return found


SECTIONS = _sections()
PALLETS = [pallet for pallet in RUNTIME.pallets if pallet.name in SECTIONS]


def short(kind):
    """A type as the recorded text writes it."""
    if isinstance(kind, BTreeSet):
        return f"BTreeSet<{short(kind.item)}>"
    if isinstance(kind, BTreeMap):
        return f"BTreeMap<{short(kind.of_key)},{short(kind.of_value)}>"
    if isinstance(kind, Newtype) and kind.name not in {"AccountId32", "H256", "FixedU128", "FixedI128"}:
        return short(kind.inner)
    if isinstance(kind, Compact | Vec | Option):
        return f"{type(kind).__name__}<{short(kind.inner)}>"
    if isinstance(kind, Tuple):
        return "(" + ",".join(map(short, kind.types)) + ")"
    return kind.name


@pytest.mark.parametrize("pallet", [pallet for pallet in PALLETS if pallet.storage], ids=lambda pallet: pallet.name)
def test_storage_is_hashed_typed_and_defaulted_as_in_the_dialect(pallet):
    recorded = {}
    for line in SECTIONS[pallet.name]:
        shape = re.sub(r"BoundedVec<(\w+),_>", r"Vec<\1>", line)
        if match := re.match(r"storage (\w+): (?:\[(.*?)\] )?(.*) (Optional|Default) default=0x(\w*)$", shape):
            recorded[match[1]] = match
    compared = 0
    for item in pallet.storage:
        match = recorded.get(item.name)
        if match is None:
            continue
        compared += 1
        hashers = re.findall(r"'(\w+)'", match[2] or "")
        assert [hasher.name for hasher, _ in item.keys] == hashers, item
        if item.keys:
            keys = ",".join(short(kind) for _, kind in item.keys)
            shape = f"({keys})" if len(item.keys) > 1 else keys
            assert re.sub(r"<AccountId32>", "", f"{shape} -> {short(item.value)}") == re.sub(
                r"<(AccountId32|u64,_,u32|_)>", "", match[3]
            ), item
        assert (item.default is None) == (match[4] == "Optional"), item
        if item.default is not None and item.name not in QUICK_EPOCH_DEFAULTS:
            assert item.value.encode(item.default).hex()[:RECORDED_DIGITS] == match[5], item
    assert compared >= min(3, len(pallet.storage))


@pytest.mark.parametrize("pallet", PALLETS, ids=lambda pallet: pallet.name)
def test_calls_have_the_indices_and_arguments_of_the_dialect(pallet):
    recorded = {}
    for line in SECTIONS[pallet.name]:
        if match := re.match(r"call (\d+) (\w+)\((.*)\)$", line):
            recorded[match[2]] = (int(match[1]), re.sub(r"BoundedVec<u8,_>", "Vec<u8>", match[3]))
    for call in pallet.calls:
        arguments = ", ".join(f"{field.name}: {short(field.type)}" for field in call.fields)
        if call.name in NEWER_CALLS:
            continue
        index, expected = recorded[call.name]
        assert call.index == index, call.name
        assert arguments == re.sub(r"<_>", "", expected), call.name
