"""Accounts: who holds how much, and what one account is to the subnets."""

from __future__ import annotations

from heapq import nlargest
from itertools import islice
from typing import Final, cast

from chain.keys import ss58_encode
from chain.node.explorer.reader import Reader
from chain.node.explorer.shown import format_amount
from chain.node.explorer.views import AccountPage, AccountRow, AccountView, SeatRow, StakeRow
from chain.node.state import StateView
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.stake import get_stake
from chain.runtime.subtensor.subnets import get_netuids
from chain.runtime.system import ACCOUNT
from chain.runtime.types import AccountInfo

_COUNTED: Final = 20_000
_SHOWN: Final = 200
_MOST_HOTKEYS: Final = 64
_ACCOUNT_SIZE: Final = 32


def list_accounts(reader: Reader) -> AccountPage:
    """The richest accounts, of the first ones where there are very many."""
    number = reader.head
    items = list(islice(reader.state(number).iter_prefix(ACCOUNT.prefix), _COUNTED + 1))
    decoded = ((key[-_ACCOUNT_SIZE:], ACCOUNT.decode(value)) for key, value in items[:_COUNTED])
    richest = nlargest(_SHOWN, decoded, key=lambda item: item[1].data.free + item[1].data.reserved)
    rows = tuple(_describe(account, info) for account, info in richest)
    return AccountPage(number, min(len(items), _COUNTED), len(items) <= _COUNTED, rows)


def describe_account(reader: Reader, account: bytes) -> AccountView:
    """All about one account now."""
    state = reader.state(reader.head)
    info = ACCOUNT.get(state, account)
    owner = storage.OWNER.get(state, account)
    return AccountView(
        row=_describe(account, info),
        public_key="0x" + account.hex(),
        exists=ACCOUNT.contains(state, account),
        frozen=format_amount(info.data.frozen),
        stakes=_list_stakes(state, account),
        hotkeys=tuple(ss58_encode(hotkey) for hotkey in storage.OWNED_HOTKEYS.get(state, account)[:_MOST_HOTKEYS]),
        owner=None if owner == storage.NO_ACCOUNT else ss58_encode(owner),
        seats=_list_seats(state, account),
    )


def _describe(account: bytes, info: AccountInfo) -> AccountRow:
    data = info.data
    return AccountRow(ss58_encode(account), format_amount(data.free), format_amount(data.reserved), info.nonce)


def _list_stakes(state: StateView, coldkey: bytes) -> tuple[StakeRow, ...]:
    hotkeys = storage.STAKING_HOTKEYS.get(state, coldkey)[:_MOST_HOTKEYS]
    netuids = [0, *get_netuids(state)]
    held = [(hotkey, netuid, get_stake(state, hotkey, coldkey, netuid)) for hotkey in hotkeys for netuid in netuids]
    return tuple(StakeRow(ss58_encode(hotkey), netuid, format_amount(rao)) for hotkey, netuid, rao in held if rao)


def _list_seats(state: StateView, hotkey: bytes) -> tuple[SeatRow, ...]:
    netuids = [netuid for (_, netuid), member in storage.IS_NETWORK_MEMBER.items(state, hotkey) if member]
    return tuple(SeatRow(netuid, cast(int, storage.UIDS.get(state, netuid, hotkey))) for netuid in sorted(netuids))
