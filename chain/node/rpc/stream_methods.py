"""The methods that end a subscription, under all their names."""

from __future__ import annotations

from chain.node.rpc.params import Param, parse_subscription
from chain.node.rpc.registry import Caller, connected_method


class StreamMethods:
    """Ends what the other methods have opened."""

    @connected_method(
        "chain_unsubscribeNewHeads",
        "chain_unsubscribeNewHead",
        "chain_unsubscribeAllHeads",
        "chain_unsubscribeFinalizedHeads",
        "chain_unsubscribeFinalisedHeads",
        "chain_unsubscribeRuntimeVersion",
        "state_unsubscribeStorage",
        "state_unsubscribeRuntimeVersion",
        "author_unwatchExtrinsic",
        params=(Param("subscription", parse_subscription),),
    )
    def unsubscribe(self, caller: Caller, identifier: str) -> bool:
        return caller.cancel(identifier)
