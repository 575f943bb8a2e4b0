"""Use the ledger with ``substrate-interface`` alone: balances, weights, a transfer with its events and fee."""

import argparse

from substrateinterface import Keypair, SubstrateInterface

RAO = 10**9
NETUID = 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chain", default="ws://127.0.0.1:9944")
    url = parser.parse_args().chain
    with SubstrateInterface(url=url, type_registry={"types": {"Balance": "u64"}}) as chain:
        show_balances(chain)
        show_weights(chain)
        transfer(chain, Keypair.create_from_uri("//Bob"), Keypair.create_from_uri("//Ferdie").ss58_address, RAO)


def show_balances(chain: SubstrateInterface) -> None:
    for name in ("//Alice", "//Bob", "//Ferdie"):
        address = Keypair.create_from_uri(name).ss58_address
        free = chain.query("System", "Account", [address]).value["data"]["free"]
        print(f"balance {name} {free} rao")


def show_weights(chain: SubstrateInterface) -> None:
    """What each validator says of each miner, as u16 by uid."""
    for key, weights in chain.query_map("SubtensorModule", "Weights", [NETUID]):
        print(f"weights uid {key.value}: {[tuple(pair) for pair in weights.value]}")


def transfer(chain: SubstrateInterface, sender: Keypair, receiver: str, value: int) -> None:
    before = balance(chain, receiver)
    call = chain.compose_call("Balances", "transfer_keep_alive", {"dest": receiver, "value": value})
    receipt = chain.submit_extrinsic(chain.create_signed_extrinsic(call, sender), wait_for_inclusion=True)
    assert receipt.is_success, receipt.error_message
    assert balance(chain, receiver) - before == value
    print(f"receipt {receipt.extrinsic_hash} in block {receipt.block_hash}")
    print(f"fee {receipt.total_fee_amount} rao")
    for event in receipt.triggered_events:
        print(f"event {event.value['module_id']}.{event.value['event_id']}")


def balance(chain: SubstrateInterface, address: str) -> int:
    return int(chain.query("System", "Account", [address]).value["data"]["free"])


if __name__ == "__main__":
    main()
