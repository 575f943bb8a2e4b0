import asyncio

import grpc
import numpy as np

from validator.panel import Deadlines, Patience, Table, open_panel

QUICK = Deadlines(Patience(5.0, 5.0), Patience(5.0, 5.0))
PREFIXES = [[1, 2], [3]]


async def test_all_members_answer_every_step(bigrams, serve_expert):
    anchor = bigrams.Anchor(bigrams.table(0))
    experts = [bigrams.Expert(bigrams.table(seed)) for seed in (1, 2)]
    reached = [await serve_expert(expert) for expert in experts]
    async with open_panel(anchor, reached, Table(PREFIXES, (1,)), QUICK) as panel:
        before = panel.logprobs([5, 6])
        await panel.reveal([5, 6])
        after, foreseen = panel.logprobs([7, 8]), panel.anchor
    assert panel.faults == {}
    assert np.allclose(foreseen, anchor.table[[6]], atol=1e-5)
    assert np.allclose(before[0], [experts[0].table[2, 5], experts[0].table[3, 6]], atol=2e-2)
    assert np.allclose(after[1], [experts[1].table[5, 7], experts[1].table[6, 8]], atol=2e-2)


async def test_late_expert_leaves_and_the_others_go_on(bigrams, serve_expert):
    never = asyncio.Event()
    slow = bigrams.Expert(bigrams.table(1), hook=lambda step: never.wait() if step == 2 else None)
    quick = bigrams.Expert(bigrams.table(2))
    reached = [await serve_expert(slow), await serve_expert(quick)]
    async with open_panel(
        bigrams.Anchor(bigrams.table(0)),
        reached,
        Table(PREFIXES, (0, 1)),
        Deadlines(Patience(5.0, 5.0), Patience(0.3, 0.3)),
    ) as panel:
        await panel.reveal([5, 6])
        assert set(panel.answers) == {slow.hotkey, quick.hotkey}
        await panel.reveal([7, 8])
        assert set(panel.answers) == {quick.hotkey}
        await panel.reveal([9, 10])
        assert set(panel.answers) == {quick.hotkey}
        table = panel.logprobs([1, 1])
    assert panel.faults == {slow.hotkey: "late"}
    assert np.isnan(table[0]).all()
    assert np.isfinite(table[1]).all()


async def test_refusing_and_unreachable_experts_are_absent_not_fatal(bigrams, serve_expert):
    def refuse(step: int) -> None:
        raise bigrams.refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, "no more")

    refusing, gone = bigrams.Expert(bigrams.table(1), hook=refuse), bigrams.Expert(bigrams.table(2))
    reached = [await serve_expert(refusing), await serve_expert(gone, alive=False)]
    async with open_panel(bigrams.Anchor(bigrams.table(0)), reached, Table(PREFIXES, (0, 1)), QUICK) as panel:
        assert set(panel.answers) == {refusing.hotkey}
        await panel.reveal([5, 6])
        assert panel.answers == {}
    assert panel.faults == {gone.hotkey: "ExpertUnavailable", refusing.hotkey: "ExpertRefused"}


async def test_no_token_is_revealed_before_everyone_has_answered(bigrams, serve_expert):
    order: list[str] = []
    answered, spoke = asyncio.Event(), asyncio.Event()

    async def wait(step: int) -> None:
        if step == 1:
            await answered.wait()
        order.append(f"slow {step}")

    slow = bigrams.Expert(bigrams.table(1), hook=wait)

    def speak(step: int) -> None:
        order.append(f"quick {step}")
        spoke.set()

    quick = bigrams.Expert(bigrams.table(2), hook=speak)
    reached = [await serve_expert(slow), await serve_expert(quick)]
    async with open_panel(bigrams.Anchor(bigrams.table(0)), reached, Table(PREFIXES, (0, 1)), QUICK) as panel:
        first = asyncio.create_task(panel.reveal([5, 6]))
        await spoke.wait()
        answered.set()
        await first
        await panel.reveal([7, 8])
    assert sorted(order[:2]) == ["quick 1", "slow 1"]
    assert sorted(order[2:]) == ["quick 2", "slow 2"]


async def test_panel_without_experts_is_the_anchor(bigrams):
    anchor = bigrams.Anchor(bigrams.table(0))
    async with open_panel(anchor, [], Table(PREFIXES, (0, 1)), QUICK) as panel:
        await panel.reveal([5, 6])
        assert panel.logprobs([7, 8]).shape == (0, 2)
        assert panel.anchor.shape == (2, bigrams.vocab_size)


async def test_patience_grows_with_the_pace_of_the_faster_half(bigrams, serve_expert):
    go_on = asyncio.Event()
    slow = bigrams.Expert(bigrams.table(1), hook=lambda step: go_on.wait() if step == 1 else None)
    reached = [await serve_expert(slow), await serve_expert(bigrams.Expert(bigrams.table(2)))]
    deadlines = Deadlines(Patience(5.0, 5.0), Patience(0.0, 60.0))
    async with open_panel(bigrams.Anchor(bigrams.table(0)), reached, Table(PREFIXES, (0, 1)), deadlines) as panel:
        await panel.reveal([5, 6])
    assert panel.faults == {slow.hotkey: "late"}


def test_patience_has_a_floor_and_a_ceiling():
    patience = Patience(1.0, 4.0)
    assert [patience.after_half(seconds) for seconds in (0.1, 0.5, 3.0)] == [1.0, 2.0, 4.0]


async def test_session_broken_off_by_us_is_no_fault(bigrams, serve_expert):
    never = asyncio.Event()
    slow = bigrams.Expert(bigrams.table(1), hook=lambda step: never.wait())
    reached = await serve_expert(slow)
    async with open_panel(bigrams.Anchor(bigrams.table(0)), [reached], Table(PREFIXES, (0, 1)), QUICK) as panel:
        step = asyncio.create_task(panel.reveal([5, 6]))
        await asyncio.sleep(0)
        step.cancel()
    assert panel.faults == {}
