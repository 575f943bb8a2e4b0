"""Methods ``system_*`` and ``rpc_methods``: what this node is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from chain.node.core import Node
from chain.node.genesis import ChainIdentity
from chain.node.rpc.registry import method
from chain.pages import NODE_NAME


@dataclass(slots=True)
class SystemMethods:
    """Identity and health; ``names`` are all methods that are served."""

    node: Node
    identity: ChainIdentity
    names: Collection[str] = field(default=())

    @method("rpc_methods")
    def list_methods(self) -> dict[str, object]:
        return {"methods": sorted(self.names)}

    @method("system_chain")
    def get_chain(self) -> str:
        return self.identity.name

    @method("system_chainType")
    def get_chain_type(self) -> str:
        return self.identity.kind

    @method("system_name")
    def get_name(self) -> str:
        return NODE_NAME

    @method("system_version")
    def get_version(self) -> str:
        try:
            return version("hivegate")
        except PackageNotFoundError:
            return "0+checkout"

    @method("system_properties")
    def get_properties(self) -> dict[str, object]:
        identity = self.identity
        return {
            "ss58Format": identity.ss58_format,
            "tokenDecimals": identity.token_decimals,
            "tokenSymbol": identity.token_symbol,
            "isEthereum": False,
        }

    @method("system_health")
    def get_health(self) -> dict[str, object]:
        return {"peers": 0, "isSyncing": False, "shouldHavePeers": False}

    @method("system_peers")
    def get_peers(self) -> list[object]:
        return []

    @method("system_nodeRoles")
    def get_roles(self) -> list[str]:
        return ["Authority"]

    @method("system_localListenAddresses")
    def get_addresses(self) -> list[str]:
        return []

    @method("system_syncState")
    def get_sync_state(self) -> dict[str, int]:
        number = self.node.ledger.head.number
        return {"startingBlock": 0, "currentBlock": number, "highestBlock": number}
