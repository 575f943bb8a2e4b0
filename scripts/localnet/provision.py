"""Wallets, money, seats and stakes of a local network, made where they are missing."""

import asyncio

from chain.client import Call, ChainClient
from chain.keys import Keypair
from chain.metagraph import Neuron
from chain.wallet import Wallet, WalletNotFound
from localnet.plan import NETUID, PASSWORD, POCKET_MONEY, Plan, ValidatorPlan, coldkey_uri, hotkey_uri

_PALLET = "SubtensorModule"


def create_wallets(plan: Plan) -> None:
    """Make the development wallets that are not there yet."""
    for name in plan.names:
        wallet = Wallet(plan.folders.wallets, name)
        try:
            wallet.coldkey_address()
        except WalletNotFound:
            wallet.create(PASSWORD, coldkey_uri=coldkey_uri(name), hotkey_uri=hotkey_uri(name))


def hotkey_address(name: str) -> str:
    return Keypair.from_uri(hotkey_uri(name)).ss58_address


async def provision_accounts(client: ChainClient, plan: Plan) -> None:
    """Fund every coldkey, then seat and stake the validators; set the subnet's rules. Miners seat themselves."""
    neurons = (await client.metagraph(NETUID)).by_hotkey()
    missing = {role.name: _missing_stake(role, neurons) for role in plan.validators}
    await asyncio.gather(*(_fund(client, name, missing.get(name, 0)) for name in plan.names))
    await asyncio.gather(*(_seat(client, role, neurons, missing[role.name]) for role in plan.validators))
    if plan.commit_reveal:
        await _hide_weights(client)


def _missing_stake(validator: ValidatorPlan, neurons: dict[str, Neuron]) -> int:
    """Rao that a validator still has to stake; dividends make up for what rounding took."""
    neuron = neurons.get(hotkey_address(validator.name))
    missing = validator.stake - (neuron.stake if neuron else 0)
    return missing if missing > validator.stake // 100 else 0


async def _fund(client: ChainClient, name: str, stake: int) -> None:
    """Let a coldkey hold its pocket money and ``stake``, from an account that the development genesis made rich."""
    address = Keypair.from_uri(coldkey_uri(name)).ss58_address
    account = await client.query("System", "Account", [address])
    if account["data"]["free"] >= POCKET_MONEY // 2 + stake:
        return
    call = Call("Balances", "transfer_keep_alive", {"dest": address, "value": POCKET_MONEY + stake})
    await client.submit(call, Keypair.from_uri("//Alice"))


async def _hide_weights(client: ChainClient) -> None:
    """Have the owner of the subnet ask for commits."""
    if not await client.query(_PALLET, "CommitRevealWeightsEnabled", [NETUID]):
        rule = {"netuid": NETUID, "enabled": True}
        await client.submit(
            Call("AdminUtils", "sudo_set_commit_reveal_weights_enabled", rule), Keypair.from_uri("//Alice")
        )


async def _seat(client: ChainClient, validator: ValidatorPlan, neurons: dict[str, Neuron], stake: int) -> None:
    """Register a validator's hotkey and stake on it."""
    coldkey, hotkey = Keypair.from_uri(coldkey_uri(validator.name)), hotkey_address(validator.name)
    if hotkey not in neurons:
        await client.submit(Call(_PALLET, "burned_register", {"netuid": NETUID, "hotkey": hotkey}), coldkey)
    if stake:
        parameters = {"hotkey": hotkey, "netuid": NETUID, "amount_staked": stake}
        await client.submit(Call(_PALLET, "add_stake", parameters), coldkey)
