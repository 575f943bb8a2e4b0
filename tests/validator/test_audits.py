import asyncio
import json
from dataclasses import replace

import numpy as np
import pytest

from gating.features import Features
from gating.objective import AuditItem
from gating.router import LinUCBRouter
from validator.audits import ASK_ALL_UP_TO, Auditor, Round
from validator.errors import SecretsUsedUp
from validator.panel import Deadlines, Patience
from validator.routing import Gate
from validator.secret import EPOCHS, Secret, compute_seed, hash_often, is_bound, load_secret
from validator.sessions import Sessions
from validator.settings import AuditPlan

PLAN = AuditPlan(texts=5, steps=4, rows=2, blocks=2, block_tokens=2, block_share=0.0)
NOW = Round(3, b"seed")


class Texts:
    """Hidden texts that follow from the seed."""

    def draw(self, seed: bytes, count: int):
        random = np.random.default_rng(list(seed))
        draws = random.integers(10, 300, (count, 3 + PLAN.steps))
        return [
            AuditItem("ab"[at % 2], tuple(map(int, row[:3])), tuple(map(int, row[3:]))) for at, row in enumerate(draws)
        ]


@pytest.fixture
def auditor(bigrams):
    gate = Gate(LinUCBRouter(), Features(), lambda tokens: " ".join(map(str, tokens)))
    deadlines = Deadlines(Patience(5.0, 5.0), Patience(0.5, 0.5))
    sessions = Sessions(bigrams.Anchor(bigrams.table(0)), lambda rows: Texts().draw(b"cover", rows), PLAN.rows)
    return Auditor(sessions, gate, Texts(), Secret(b"s" * 32), PLAN, deadlines)


async def test_round_records_what_everyone_gave_each_token_before_it_was_revealed(auditor, bigrams, serve_expert):
    experts = [bigrams.Expert(bigrams.table(seed)) for seed in (1, 2)]
    reached = {one.hotkey: one for one in [await serve_expert(expert) for expert in experts]}
    found, faults = await auditor.conduct(NOW, reached)
    items = {
        auditor.secret.digest(np.array([*item.question, *item.outcomes], "<u4").tobytes()): item
        for item in Texts().draw(b"seed", 5)
    }
    assert faults == {}
    assert {observation.item for observation in found} == set(items)
    for observation in found:
        item = items[observation.item]
        before = [item.question[-1], *item.outcomes[:-1]]
        for expert in experts:
            row = observation.logprobs[1 + observation.route.experts.index(expert.hotkey)]
            assert np.allclose(row, expert.table[before, item.outcomes], atol=2e-2)
        assert np.allclose(observation.logprobs[0], auditor.sessions.anchor.table[before, item.outcomes], atol=1e-4)


async def test_session_by_blocks_tells_what_everyone_gave_the_first_token_of_each(auditor, bigrams, serve_expert):
    experts = [bigrams.Expert(bigrams.table(seed)) for seed in (1, 2)]
    reached = {one.hotkey: one for one in [await serve_expert(expert) for expert in experts]}
    found, faults = await replace(auditor, plan=replace(PLAN, block_share=1.0)).conduct(NOW, reached)
    items = {auditor.secret.digest(item.content()): item for item in Texts().draw(b"seed", 5)}
    assert faults == {}
    assert {observation.item for observation in found} == set(items)
    for observation in found:
        item = items[observation.item]
        before, told = [item.question[-1], item.outcomes[1]], [item.outcomes[0], item.outcomes[2]]
        for expert in experts:
            row = observation.logprobs[1 + observation.route.experts.index(expert.hotkey)]
            assert np.allclose(row, expert.table[before, told], atol=2e-2)
        assert np.allclose(observation.logprobs[0], auditor.sessions.anchor.table[before, told], atol=2e-2)
    assert all(len(prefixes) == PLAN.rows for expert in experts for prefixes in expert.heard)


async def test_absent_expert_is_missing_for_itself_alone(auditor, bigrams, serve_expert):
    never = asyncio.Event()
    slow = bigrams.Expert(bigrams.table(1), hook=lambda step: never.wait() if step == 2 else None)
    quick, dead = bigrams.Expert(bigrams.table(2)), bigrams.Expert(bigrams.table(3))
    served = [await serve_expert(slow), await serve_expert(quick), await serve_expert(dead, alive=False)]
    found, faults = await auditor.conduct(NOW, {one.hotkey: one for one in served})
    assert faults == {slow.hotkey: "late", dead.hotkey: "ExpertUnavailable"}
    for observation in found:
        rows = dict(zip(observation.route.experts, observation.logprobs[1:], strict=True))
        assert np.isnan(rows[slow.hotkey]).tolist() == [False, False, True, True]
        assert not np.isnan(rows[quick.hotkey]).any()
        assert np.isnan(rows[dead.hotkey]).all()


async def test_answers_that_are_not_signed_for_are_missing(auditor, bigrams, serve_expert):
    shy, frank = bigrams.Expert(bigrams.table(1), signs=False), bigrams.Expert(bigrams.table(2))
    found, faults = await auditor.conduct(
        NOW, {one.hotkey: one for one in [await serve_expert(shy), await serve_expert(frank)]}
    )
    assert faults == {shy.hotkey: "unsigned"}
    for observation in found:
        rows = dict(zip(observation.route.experts, observation.logprobs[1:], strict=True))
        assert np.isnan(rows[shy.hotkey]).all()
        assert not np.isnan(rows[frank.hotkey]).any()


async def test_round_without_experts_still_gives_observations(auditor):
    found, faults = await auditor.conduct(NOW, {})
    assert len(found) == PLAN.texts
    assert faults == {}


async def test_of_many_experts_the_gate_chooses_with_known_chances(auditor, bigrams, serve_expert):
    one = await serve_expert(bigrams.Expert(bigrams.table(1)))

    class Alias:
        def __init__(self, hotkey):
            self.hotkey = hotkey

        def session(self, prefixes, *, step_timeout):
            return one.session(prefixes, step_timeout=step_timeout)

    found, _ = await auditor.conduct(NOW, {f"expert-{at}": Alias(f"expert-{at}") for at in range(12)})
    for observation in found:
        route = observation.route
        assert len(route.experts) == ASK_ALL_UP_TO
        assert all(0 < chance <= 1 for chance in route.propensities)
        assert len(route.routed) == len(route.experts)


async def test_audit_log_never_holds_the_text(auditor, bigrams, serve_expert):
    reached = await serve_expert(bigrams.Expert(bigrams.table(1)))
    found, _ = await auditor.conduct(NOW, {reached.hotkey: reached})
    for observation in found:
        record = json.loads(json.dumps(observation.encode()))
        assert set(record) == {
            "format",
            "round",
            "item",
            "domain",
            "experts",
            "propensities",
            "routed",
            "prior",
            "groups",
            "logprobs",
            "lottery",
        }


def test_secret_is_drawn_once_and_kept_from_others(tmp_path):
    secret = load_secret(tmp_path / "secret")
    assert load_secret(tmp_path / "secret") == secret
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    assert secret.value.hex() not in repr(secret)
    assert (tmp_path / "secret").read_bytes() == secret.value


def test_every_epoch_has_a_secret_that_the_first_commitment_binds():
    secret = Secret(b"s" * 32)
    for epoch in (0, 1, 1023, 1024, 5000):
        assert is_bound(secret.commitment, epoch, secret.of_epoch(epoch))
        assert not is_bound(secret.commitment, epoch + 1, secret.of_epoch(epoch))
    assert not is_bound(Secret(b"t" * 32).commitment, 3, secret.of_epoch(3))
    with pytest.raises(SecretsUsedUp, match="delete its file"):
        secret.of_epoch(EPOCHS)


def test_told_secret_shows_past_epochs_and_none_to_come():
    secret = Secret(b"s" * 32)
    assert hash_often(secret.of_epoch(7), 3) == secret.of_epoch(4)
    assert len({secret.of_epoch(epoch) for epoch in range(50)}) == 50


def test_seed_follows_from_secret_block_and_number_and_from_nothing_else():
    secret = Secret(b"s" * 32)
    seed = secret.seed(4, "0x00", 1)
    assert seed == compute_seed(secret.of_epoch(4), "0x00", 1)
    assert len({seed, secret.seed(4, "0x00", 2), secret.seed(4, "0x01", 1), secret.seed(5, "0x00", 1)}) == 4
