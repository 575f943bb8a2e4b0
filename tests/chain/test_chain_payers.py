"""Fees of calls that are made for somebody else, who agreed to pay them."""

import pytest

from chain.keys import Keypair
from chain.runtime import balances, payment, system, utility
from chain.runtime.errors import CannotPay
from chain.runtime.issuance import count_flow, count_holdings
from chain.runtime.proxy import delegation, payers, storage
from chain.runtime.proxy.kinds import ProxyType
from chain.runtime.types import Id
from tests.chain.blocks import Chain

ALICE, BOB, CHARLIE, NOBODY = (Keypair.from_uri(f"//{name}") for name in ("Alice", "Bob", "Charlie", "Nobody"))


def to(pair):
    return Id(pair.public_key)


def remark(text=b"hello"):
    return system.remark.with_args(text)


def acting(pair, call):
    return delegation.proxy.with_args(to(pair), None, call)


class Agreed(Chain):
    """Alice pays for what Bob does for her, and Bob for what Charlie does for him."""

    def __init__(self):
        super().__init__()
        for real, proxy in ((ALICE, BOB), (BOB, CHARLIE)):
            self.build(self.sign(real, delegation.add_proxy, to(proxy), ProxyType.Any, 0))
            self.build(self.sign(real, payers.set_real_pays_fee, to(proxy), True))

    def free(self, pair):
        return balances.get_free(self.state, pair.public_key)

    def charge(self, pair, made):
        """Who pays for a call, which is told, and leaves all money accounted for."""
        before = {who.public_key: self.free(who) for who in (ALICE, BOB, CHARLIE)}
        raw, held = self.sign(pair, made.declaration, *made.args), count_holdings(self.state).total
        self.validate(raw)
        result = self.build(raw).results[1]
        events = [record.event for record in system.EVENTS.get(self.state)]
        flow = count_flow(events)
        assert count_holdings(self.state).total == held + flow.emitted - flow.burned
        (told,) = [event for event in events if isinstance(event, payment.TransactionFeePaid)]
        spent = {who: rao - balances.get_free(self.state, who) for who, rao in before.items()}
        assert spent == {who: result.fee * (who == told.who) for who in before}
        return told.who


@pytest.fixture
def agreed():
    return Agreed()


def test_who_agreed_pays_for_its_proxy(agreed):
    assert agreed.charge(BOB, acting(ALICE, remark())) == ALICE.public_key
    assert agreed.charge(BOB, remark()) == BOB.public_key
    assert agreed.charge(BOB, utility.batch.with_args([acting(ALICE, remark())])) == BOB.public_key
    assert system.get_account(agreed.state, BOB.public_key).nonce == 5


def test_the_last_of_a_chain_of_proxies_pays_where_all_agreed(agreed):
    assert agreed.charge(CHARLIE, acting(BOB, acting(ALICE, remark()))) == ALICE.public_key
    batch = utility.batch_all.with_args([acting(ALICE, remark()), acting(ALICE, remark(b"again"))])
    assert agreed.charge(CHARLIE, acting(BOB, batch)) == ALICE.public_key
    mixed = utility.batch.with_args([acting(ALICE, remark()), remark()])
    assert agreed.charge(CHARLIE, acting(BOB, mixed)) == BOB.public_key
    assert agreed.charge(CHARLIE, acting(BOB, utility.batch.with_args([]))) == BOB.public_key
    agreed.build(agreed.sign(ALICE, payers.set_real_pays_fee, to(BOB), False))
    assert agreed.charge(CHARLIE, acting(BOB, acting(ALICE, remark()))) == BOB.public_key


def test_the_agreement_ends_with_the_proxy(agreed):
    agreed.build(agreed.sign(ALICE, delegation.remove_proxy, to(BOB), ProxyType.Any, 0))
    assert not storage.REAL_PAYS_FEE.contains(agreed.state, ALICE.public_key, BOB.public_key)
    agreed.build(agreed.sign(BOB, delegation.remove_proxies))
    assert not storage.REAL_PAYS_FEE.contains(agreed.state, BOB.public_key, CHARLIE.public_key)
    assert agreed.charge(BOB, acting(ALICE, remark())) == BOB.public_key
    refused = agreed.build(agreed.sign(BOB, payers.set_real_pays_fee, to(ALICE), True)).results[1].error
    assert isinstance(refused, storage.NotProxy)


def test_an_agreement_is_announced(agreed):
    agreed.build(agreed.sign(ALICE, payers.set_real_pays_fee, to(BOB), False))
    events = [record.event for record in system.EVENTS.get(agreed.state)]
    assert storage.RealPaysFeeSet(ALICE.public_key, BOB.public_key, False) in events


def test_nobody_pays_for_accounts_that_do_not_exist_or_with_rao_that_it_lacks(agreed):
    agreed.build(agreed.sign(ALICE, delegation.add_proxy, to(NOBODY), ProxyType.Any, 0))
    agreed.build(agreed.sign(ALICE, payers.set_real_pays_fee, to(NOBODY), True))
    for signer in (NOBODY, BOB):
        raw = agreed.sign(signer, delegation.proxy, to(ALICE), None, remark())
        with pytest.raises(CannotPay):
            agreed.validate(raw)
        assert [type(error) for error in agreed.build(raw).rejected.values()] == [CannotPay]
        account = system.ACCOUNT.get(agreed.state, ALICE.public_key)
        agreed.change(system.ACCOUNT, ALICE.public_key, account.with_free(600))
