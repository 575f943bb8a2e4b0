"""A trial drives the real gate and tells what it reached."""

import json
from pathlib import Path

import numpy as np
import pytest

from gating.router import LinUCBRouter
from gating.routers import build_router
from simulate.clones import compare_clones, pay_plain
from simulate.figures import summarise, summarise_all
from simulate.gate_bench import main
from simulate.oracle import know
from simulate.pool import honest_pool, hostile_pool, with_bad_answers
from simulate.serving import Manner, compute_bounds, serve
from simulate.team_routing import build_team_validator, prefer_teams
from simulate.trials import Ground, Plan, enter_arena, learn, run_gate, run_hostile

PLAN = Plan(seed=0, audits=300)


def test_the_gate_finds_specialists_and_recovers_most_of_the_mixture(ground: Ground) -> None:
    found, validator = run_gate(enter_arena(ground, PLAN))
    assert found["hit_rate"] > 0.6
    assert found["pure_recovered_k1"] > 0.7
    assert found["pure_loss_k1"] < found["pure_loss_best_single"]
    assert min(validator.shares().values()) > 0.1


def test_bad_identities_earn_nothing_and_cost_little(ground: Ground) -> None:
    arena = enter_arena(ground, PLAN)
    honest, _ = run_gate(arena)
    found = run_hostile(arena, honest["pure_recovered_k2"])
    assert found["hostile_cost"] < 0.2
    assert found["liar_share"] < 0.02


def test_nearly_half_of_a_hostile_pool_is_bad_and_answers_like_a_distribution(ground: Ground) -> None:
    pool = hostile_pool(ground.study.domains)
    assert len(pool.bad) / len(pool.experts) >= 0.45
    answers = with_bad_answers(ground.study.audits, pool, 0).answers
    assert all((answers[name] <= 0).all() for name in pool.bad)


def test_mixing_all_beats_the_best_single_model(ground: Ground) -> None:
    for stream in ground.streams.values():
        bounds = compute_bounds(stream, ground.study.domains)
        assert bounds.dense < bounds.best_single
        assert bounds.per_query_oracle <= bounds.best_single


def test_an_untaught_gate_without_anchor_is_worse_than_the_anchor_alone(ground: Ground) -> None:
    arena = enter_arena(ground, PLAN)
    _, validator = run_gate(arena)
    stream, experts = arena.streams["pure"], validator.experts
    assert (
        serve(stream, validator.router, experts, 2).loss
        <= serve(stream, validator.router, experts, 2, Manner(alpha=1.0)).loss
    )


def test_copies_gain_nothing_and_cost_less_than_under_plain_shapley(ground: Ground) -> None:
    gain, loss = compare_clones(ground, 0)
    _, plain_loss = compare_clones(ground, 0, pay_plain)
    assert gain < 1.1
    assert loss < min(0.15, plain_loss / 2)


def test_intervals_are_students() -> None:
    figure = summarise([1.0, 2.0, 3.0])
    assert figure.mean == 2.0
    assert figure.high == pytest.approx(2.0 + 4.303 / np.sqrt(3), abs=1e-3)
    assert summarise([4.0]).low == 4.0
    assert set(summarise_all([{"a": 1.0}, {"a": 2.0}])) == {"a"}


@pytest.mark.e2e
def test_the_benchmark_runs_on_given_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    folders = []
    for domain in range(2):
        folder = tmp_path / f"domain{domain}"
        folder.mkdir()
        words = [f"{'ab'[domain]}{number:x}" for number in range(300)]
        for number in range(60):
            paragraphs = (" ".join(rng.choice(words, 60)) for _ in range(16))
            (folder / f"{number}.txt").write_text("\n\n".join(paragraphs))
        folders += ["--corpus", f"{folder.name}={folder}"]
    options = ["--quick", "--seeds", "1", "--train-seconds", "0.3", "--cache", str(tmp_path / "cache"), "--json"]
    assert main([*options, *folders]) == 0
    results = json.loads(capsys.readouterr().out.splitlines()[-1])["results"]
    assert {"mixed_loss_best_pair", "pure_recovered_k3", "clone_gain", "gate_ms_4096"} <= results.keys()
    assert main([*options, "--corpus", "one"]) == 1


def test_knowing_all_gains_asks_the_best_and_beats_chance(ground: Ground) -> None:
    for stream in enter_arena(ground, PLAN).streams.values():
        experts = honest_pool(ground.study.domains).experts
        blind = Manner(heed=False)
        known = serve(stream, know(stream, experts), experts, 1, blind)
        assert known.loss < serve(stream, build_router("chance", ground.settings), experts, 1, blind).loss - 0.1
        said = np.stack([stream.recording.answers[name] for name in experts])
        assert (known.members[:, :, 1] == 1 + said.argmax(axis=0)).mean() > 0.95, "some texts look alike to it"


def test_teams_of_a_context_hold_its_specialist_and_serve_about_as_well_as_the_gate(ground: Ground) -> None:
    arena = enter_arena(ground, PLAN)
    experts = honest_pool(ground.study.domains).experts
    validator = build_team_validator(experts, LinUCBRouter(ground.settings), ground.audit_features)
    learn(arena, validator, ground.study.audits, range(PLAN.audits))
    stream, teamed = arena.streams["pure"], prefer_teams(validator, 6.0)
    plain = serve(stream, validator.router, experts, 1).loss
    assert serve(stream, teamed, experts, 1).loss < plain + 0.1
