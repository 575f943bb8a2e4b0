"""Weights on chain: once an epoch, checked before they are sent, with a receipt whatever happens."""

from collections.abc import Awaitable, Callable, Mapping

from chain.client import Call, ChainError, DispatchError, InvalidTransaction
from validator.concealment import MECHANISM, Concealment, Means, describe_commit
from validator.errors import CannotConceal
from validator.ledger import PALLET, View
from validator.receipts import Outcome, describe_error, describe_receipt
from validator.rules import Rules, Way, Weights, find_objection, is_due
from validator.vault import Facts

Propose = Callable[[View], Awaitable[Weights]]


class WeightSetter:
    """Sets weights once an epoch, in the way that the subnet asks for, and keeps the receipts."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._concealment = Concealment(means)
        self._rules: Rules | None = None
        self._read_in: int | None = None
        self._done_for: int | None = None

    @property
    def last_receipt(self) -> Mapping[str, object] | None:
        """What became of the newest attempt."""
        return self._means.receipts.last

    @property
    def conceals(self) -> bool:
        """Whether weights are secret until they are revealed; as it was before, until the rules are known."""
        vault = self._means.vault
        if self._rules is None:
            return bool(vault.commits) or vault.shown is not None
        return self._rules.way is not Way.OPEN

    @property
    def shown(self) -> Facts:
        """Facts of the newest weights that are known to all; empty before there are any."""
        return self._means.vault.shown or {}

    def describe(self, view: View | None) -> dict[str, object]:
        """In which way weights go out, and which of them wait to be revealed and when."""
        way = None if self._rules is None else self._rules.way.value
        commits = () if view is None else self._means.vault.commits
        waiting = [
            {"commit": commit.digest, "block": commit.block, **describe_commit(commit, view)}
            for commit in commits
            if view is not None
        ]
        return {"way": way, "waiting": waiting}

    def known_epoch(self, view: View | None) -> int | None:
        """Newest epoch that is over and whose weights, if any were made, are known to all."""
        return (
            None if view is None else min([view.epoch, *(commit.made_in for commit in self._means.vault.commits)]) - 1
        )

    async def run(self, propose: Propose, tell: Callable[[], Facts]) -> None:
        """Watch the chain for ever; ``propose`` gives the weights for a view, ``tell`` what may be shown with them."""
        version = 0
        views = self._means.ledger.views
        while True:
            view = await views.after(version)
            version = views.version
            await self.step(view, propose, tell)

    async def step(self, view: View, propose: Propose, tell: Callable[[], Facts]) -> None:
        """What one block calls for."""
        try:
            rules = await self._refresh(view)
            if self._means.vault.commits:
                await self._concealment.settle(view, rules)
            if self._is_open(view):
                await self._send(view, rules, await propose(view), tell)
        except ChainError as error:
            self._means.receipts.note(view, "set", describe_error(error))

    def _is_open(self, view: View) -> bool:
        return is_due(view, self._done_for) and not self._concealment.waits_in(view.epoch)

    async def _refresh(self, view: View) -> Rules:
        """The rules, read once an epoch and whenever weights are to go out."""
        if self._rules is None or self._read_in != view.epoch or self._is_open(view):
            self._rules = await Rules.read(self._means.ledger.client, self._means.ledger.netuid, self._means.clock)
            self._read_in = view.epoch
        return self._rules

    async def _send(self, view: View, rules: Rules, weights: Weights, tell: Callable[[], Facts]) -> None:
        """One attempt, and its receipt."""
        kind = "set" if rules.way is Way.OPEN else "commit"
        objection = find_objection(view, self._means.signer.ss58_address, rules, weights)
        if objection:
            return self._means.receipts.note(view, kind, {"error": objection})
        try:
            outcome = await self._bring(view, rules, weights, tell)
        except (ChainError, DispatchError, InvalidTransaction, CannotConceal) as error:
            return self._means.receipts.note(view, kind, describe_error(error))
        self._done_for = view.last_epoch_block
        return self._means.receipts.note(view, kind, outcome, weights if rules.way is Way.OPEN else None)

    async def _bring(self, view: View, rules: Rules, weights: Weights, tell: Callable[[], Facts]) -> Outcome:
        if rules.way is not Way.OPEN:
            return await self._concealment.commit(view, weights, rules, tell())
        return describe_receipt(await self._means.submit(*build_calls(self._means.ledger.netuid, weights, rules)))


def build_calls(netuid: int, weights: Weights, rules: Rules) -> tuple[Call, Call]:
    """The call that sets ``weights``, in today's form and in the one that older chains know."""
    params: dict[str, object] = {
        "netuid": netuid,
        "dests": [uid for uid, _ in weights],
        "weights": [weight for _, weight in weights],
        "version_key": rules.version_key,
    }
    modern = Call(PALLET, "set_mechanism_weights", {**params, "mecid": MECHANISM})
    return modern, Call(PALLET, "set_weights", params)
