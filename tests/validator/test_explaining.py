"""What a miner earns is explained text by text."""

import json
import math

import numpy as np
import pytest

from hivegate import run
from validator.explaining import NeverAudited, describe, explain
from validator.journal import Journal
from validator.observation import Observation
from validator.payroll import Moment, Payroll
from validator.routing import Route

OWNERS = {"good": "cold-1@1", "copy": "cold-1@2", "idle": "cold-3@3"}


@pytest.fixture
def log(tmp_path):
    """A round of two texts among three miners, two of one owner, one of which never answers."""
    random = np.random.default_rng(7)
    payroll, journal = Payroll(), Journal(tmp_path / "audits.jsonl")
    payroll.keep_only(OWNERS)
    found = []
    for domain in ("tales", "laws"):
        anchor = -3.0 + 0.3 * random.standard_normal(8)
        rows = np.vstack([anchor, anchor + 1.0, anchor + 0.9, np.full(8, math.nan)])
        route = Route(np.zeros(0), tuple(OWNERS), np.full(4, 0.25), (1.0,) * 3, (True, True, domain == "tales"))
        found.append(Observation(0, f"text-{domain}", domain, route, rows))
    found = payroll.group_all(found)
    header = payroll.header(Moment(5, 1))
    journal.append(header, *(observation.encode() for observation in found))
    payroll.take(found)
    journal.append(payroll.proposal(Moment(9, 1), {"good": 4, "copy": 5, "idle": 6}))
    return journal


def test_each_text_tells_own_gain_marginal_value_and_cluster(log):
    found = explain(log.read(), "good")
    assert [text.domain for text in found.texts] == ["tales", "laws"]
    for text in found.texts:
        assert text.own_gain == pytest.approx(1.0)
        assert text.own_logprob == pytest.approx(text.anchor_logprob + 1.0)
        assert text.cluster == ("copy",)
    everybody = [explain(log.read(), hotkey).texts[0] for hotkey in OWNERS]
    assert sum(text.marginal for text in everybody) == pytest.approx(everybody[0].mixture_gain)
    assert found.verdict is not None
    assert found.verdict.epoch == 1
    assert found.verdict.share > 0.5


def test_miner_that_never_answers_is_told_so(log):
    found = explain(log.read(), "idle")
    assert [text.answered for text in found.texts] == [0.0, 0.0]
    assert found.texts[0].own_logprob is None
    assert found.verdict is not None
    assert found.verdict.share == 0.0
    lines = list(describe(found, 5))
    assert any("0 %" in line for line in lines)
    assert any("not paid" in line for line in lines)


def test_command_prints_json_and_names_the_miners_it_knows(log, capsys):
    assert run(["validator", "explain", "good", "--data-dir", str(log.path.parent), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["hotkey"] == "good"
    assert run(["validator", "explain", "stranger", "--data-dir", str(log.path.parent)]) == 1
    assert "it holds copy, good, idle" in capsys.readouterr().err


def test_empty_log_is_told(tmp_path):
    with pytest.raises(NeverAudited, match="no audits at all"):
        explain(Journal(tmp_path / "audits.jsonl").read(), "anyone")
