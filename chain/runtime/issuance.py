"""Where all money is, and what blocks created and destroyed, each counted for itself.

Money is: balances of accounts (free and reserved); on root and stable subnets, stake on hotkeys, emission that waits
for an epoch (of owners, miners, validators and root), unclaimed root dividends, and reserves (``SubnetAlphaIn``); on
dynamic subnets, whose alpha is not TAO, the TAO of their pools (``SubnetTAO``). The counters ``TotalIssuance``,
``TotalStake``, ``SubnetAlphaOut`` and, of stable subnets, ``SubnetTAO`` are never read here: they are what these sums
are compared with.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from chain.runtime import balances, hive, payment, system
from chain.runtime.storage import StateReader, StorageMap
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.reserves import DYNAMIC

PENDING: tuple[StorageMap[int, int], ...] = (
    storage.PENDING_OWNER_CUT,
    storage.PENDING_SERVER_EMISSION,
    storage.PENDING_VALIDATOR_EMISSION,
    storage.PENDING_ROOT_ALPHA_DIVS,
    hive.ROOT_CLAIM_RESERVE,
)

MONEY_PREFIXES = (
    system.ACCOUNT.prefix,
    storage.TOTAL_HOTKEY_ALPHA.prefix,
    *(item.prefix for item in PENDING),
    storage.SUBNET_ALPHA_IN.prefix,
    storage.SUBNET_TAO.prefix,
    storage.SUBNET_MECHANISM.prefix,
)
"""Where in a state all money is."""


@dataclass(frozen=True)
class Holdings:
    """Rao by where they are, in one state."""

    accounts: int
    stake: int
    pending: int
    reserves: int

    @property
    def total(self) -> int:
        """All rao."""
        return self.accounts + self.stake + self.pending + self.reserves


@dataclass(frozen=True)
class Flow:
    """Rao that blocks created and destroyed."""

    emitted: int = 0
    burned: int = 0

    def __add__(self, other: "Flow") -> "Flow":
        """Both together."""
        return Flow(self.emitted + other.emitted, self.burned + other.burned)


def count_holdings(state: StateReader) -> Holdings:
    """Add up everything that is money in a state."""
    accounts = (account.data for _, account in system.ACCOUNT.items(state))
    traded = {netuid for netuid, mechanism in storage.SUBNET_MECHANISM.items(state) if mechanism == DYNAMIC}
    return Holdings(
        accounts=sum(data.free + data.reserved for data in accounts),
        stake=sum(value for (_, netuid), value in storage.TOTAL_HOTKEY_ALPHA.items(state) if netuid not in traded),
        pending=sum(value for item in PENDING for netuid, value in item.items(state) if netuid not in traded),
        reserves=sum(value for netuid, value in storage.SUBNET_ALPHA_IN.items(state) if netuid not in traded)
        + sum(value for netuid, value in storage.SUBNET_TAO.items(state) if netuid in traded),
    )


def count_flow(events: Iterable[object]) -> Flow:
    """Add up what the events of some blocks tell of creation and destruction."""
    return sum(map(_flow_of, events), Flow())


def _flow_of(event: object) -> Flow:
    if isinstance(event, balances.Issued):
        return Flow(emitted=event.amount)
    if isinstance(event, balances.Rescinded | balances.DustLost | balances.Burned):
        return Flow(burned=event.amount)
    if isinstance(event, payment.TransactionFeePaid):
        return Flow(burned=event.actual_fee)
    return Flow()
