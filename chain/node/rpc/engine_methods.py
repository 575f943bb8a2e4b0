"""Method ``engine_createBlock`` of nodes that make blocks when asked."""

from __future__ import annotations

from chain.node.rpc.encoding import encode_hex
from chain.node.rpc.params import Json, optional
from chain.node.rpc.registry import method
from chain.node.sequencer import ManualSequencer


def _ignore(value: Json) -> Json:
    return value


class EngineMethods:
    """Lets a test decide when time goes on."""

    def __init__(self, sequencer: ManualSequencer) -> None:
        self._sequencer = sequencer

    @method(
        "engine_createBlock",
        params=(optional("createEmpty", _ignore), optional("finalize", _ignore), optional("parentHash", _ignore)),
        unsafe=True,
    )
    async def create_block(self, _empty: Json, _finalize: Json, _parent: Json) -> dict[str, object]:
        block = await self._sequencer.create_block()
        return {"hash": encode_hex(block.hash), "aux": {}}
