import asyncio
import json
import math

import numpy as np
import pytest

from gating.features import Features
from gating.objective import AuditItem
from gating.router import LinUCBRouter
from validator.answers import Limits, MixtureService, Sources
from validator.bits import compute_figures, mix_logprobs, recompute
from validator.errors import CorruptRecords, MissingTexts
from validator.evaluation import Evaluation, Request
from validator.hearing import Hearing
from validator.panel import Deadlines, Patience
from validator.routing import Gate
from validator.sessions import Sessions
from validator.windows import HeldOut, Span, load_held_out

SPAN = Span(prefix=4, target=6)


def speak(table: np.ndarray, length: int, seed: int) -> list[int]:
    """Text that a bigram table would write."""
    random, tokens = np.random.default_rng(seed), [1]
    while len(tokens) < length:
        tokens.append(int(random.choice(len(table), p=np.exp(table[tokens[-1]]))))
    return tokens


def cover(rows: int) -> list[AuditItem]:
    return [AuditItem("hidden", (1, 2), (3, 4, 5, 6)) for _ in range(rows)]


@pytest.fixture
async def world(bigrams, serve_expert, tokenizer, tmp_path):
    """Two domains, an expert of each, and an evaluation of them."""
    experts = [bigrams.Expert(bigrams.table(seed)) for seed in (1, 2)]
    texts = {name: speak(expert.table, 400, at) for at, (name, expert) in enumerate(zip("ab", experts, strict=True))}
    reached = {one.hotkey: one for one in [await serve_expert(expert) for expert in experts]}
    gate = Gate(LinUCBRouter(), Features(), lambda tokens: " ".join(map(str, tokens)))
    anchor = bigrams.Anchor(np.full((bigrams.vocab_size, bigrams.vocab_size), -math.log(bigrams.vocab_size)))
    sources = Sources(Sessions(anchor, cover, 3), lambda selection: reached, gate, lambda asked, faults: None)
    service = MixtureService(sources, Limits(64, 4), Deadlines())
    return service, Evaluation(HeldOut(texts, SPAN), tokenizer, tmp_path), experts


async def test_mixture_beats_the_best_single_expert_and_the_anchor(world):
    service, evaluation, _ = world
    figures, _ = await evaluation.run(service, Request(range(8), 2))
    assert figures.mixture < min(figures.best_single, figures.anchor)
    assert figures.tokens == 8 * SPAN.target


async def test_mixture_of_a_text_that_changes_its_domain_beats_the_best_expert_of_each_window(world):
    service, evaluation, _ = world
    figures, path = await evaluation.run(service, Request(range(8), 2, mixed=True))
    assert figures.mixture < figures.best_per_window < figures.anchor
    assert figures.best_per_window <= figures.best_single
    assert recompute(path).summary() == pytest.approx(figures.summary(), abs=1e-12)


async def test_sessions_of_evaluations_have_the_rows_and_steps_of_audits(world):
    service, evaluation, experts = world
    await evaluation.run(service, Request(range(5), 2))
    for expert in experts:
        assert {len(prefixes) for prefixes in expert.heard} == {3}


async def test_anyone_can_recompute_the_figures(world):
    service, evaluation, _ = world
    figures, path = await evaluation.run(service, Request(range(6), 2))
    again = recompute(path)
    assert again.summary() == pytest.approx(figures.summary(), abs=1e-12)
    assert again.per_miner == pytest.approx(figures.per_miner)


async def test_changed_or_broken_record_is_found(world):
    service, evaluation, _ = world
    _, path = await evaluation.run(service, Request(range(2), 2))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], lines[-1].replace('"mixture":-', '"mixture":-1')]))
    with pytest.raises(CorruptRecords, match="does not follow"):
        recompute(path)
    path.write_text("\n".join([*lines[:-1], lines[-1][:40]]))
    with pytest.raises(CorruptRecords, match="line 12 is damaged"):
        recompute(path)


async def test_lost_expert_is_no_best_single_and_the_mixture_goes_on(world, bigrams):
    service, evaluation, experts = world
    await service.sources.candidates(None)[experts[0].hotkey].channel.close()
    figures, _ = await evaluation.run(service, Request(range(4), 2))
    assert set(figures.per_miner) == {experts[1].hotkey}
    assert math.isfinite(figures.mixture)


async def test_slow_expert_is_heard_alone_and_missing_in_the_mixture(world):
    service, evaluation, experts = world
    service.deadlines = Deadlines(Patience(0.2, 0.2), Patience(0.1, 0.1))

    async def wait() -> None:
        ready = asyncio.Event()
        asyncio.get_running_loop().call_later(0.3, ready.set)
        await ready.wait()

    experts[0].hook = lambda step: wait() if step == 1 else None
    _, path = await evaluation.run(service, Request(range(3), 2))
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert all(set(record["alone"]) == {expert.hotkey for expert in experts} for record in records)
    silent = [record for record in records if None in record["logprobs"]]
    assert 0 < len(silent) < len(records)
    late = experts[0].hotkey
    assert all(record["logprobs"][record["members"].index(late)] is None for record in silent)


def test_who_was_late_for_a_token_is_absent_from_it_and_heard_alone():
    late = np.zeros((2, 6), dtype=bool)
    late[1, 1] = True
    heard = Hearing(("a",), np.full((2, 6), -1.0), late)
    assert [bool(np.isnan(heard.told(("a",), at)[1])) for at in range(6)] == [False, True, False, False, False, False]
    assert heard.alone(1) == {"a": -1.0}


def test_absent_members_leave_their_share_to_the_others():
    assert mix_logprobs((-1.0, None, -2.0), (0.2, 0.5, 0.3)) == pytest.approx(
        math.log((0.2 * math.exp(-1) + 0.3 * math.exp(-2)) / 0.5)
    )


def test_windows_go_round_the_domains_and_differ():
    held_out = HeldOut({"a": list(range(100)), "b": list(range(200))}, SPAN)
    windows = [held_out.window(number) for number in range(20)]
    assert [window.domain for window in windows[:4]] == ["a", "b", "a", "b"]
    assert len({(window.domain, window.position) for window in windows}) == 20
    assert all(window.target == tuple(range(window.position + 4, window.position + 10)) for window in windows)


def test_mixed_windows_change_their_domain_halfway_and_go_round_the_pairs():
    held_out = HeldOut({"a": list(range(100)), "b": list(range(100, 200)), "c": list(range(200, 300))}, SPAN)
    windows = [held_out.window(number, mixed=True) for number in range(6)]
    assert [window.domain for window in windows] == ["a+b", "b+c", "c+a", "a+c", "b+a", "c+b"]
    assert [token // 100 for token in windows[0].target] == [0, 0, 0, 1, 1, 1]
    assert {token // 100 for token in windows[0].prefix} == {0}


def test_window_is_split_into_pieces_that_are_given_all_before():
    window = HeldOut({"a": list(range(100))}, SPAN).window(0)
    first, second = window.split(4)
    assert first.prefix + first.target == second.prefix
    assert first.target + second.target == window.target


def test_missing_texts_are_told_with_the_fix(tokenizer, tmp_path):
    with pytest.raises(MissingTexts, match="--evaluation"):
        load_held_out(tmp_path / "nowhere", tokenizer, SPAN)
    with pytest.raises(CorruptRecords, match="run an evaluation"):
        compute_figures([])
