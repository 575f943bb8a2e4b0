"""Unmodified clients of other projects, each in an environment of its own, against a running node."""

from __future__ import annotations

import pytest

from tests.chain.clients.environments import Outcome, needs_node, run_node, run_python

pytestmark = pytest.mark.clients
BLOCK_MS = 500


@pytest.fixture
def url(node_thread):
    return node_thread(block_ms=BLOCK_MS).url


def assert_all_passed(steps: Outcome) -> None:
    failed = {name: step["error"] for name, step in steps.items() if "error" in step}
    assert not failed, "\n\n".join(f"{name}: {error}" for name, error in failed.items())


@pytest.mark.parametrize("program", ["substrate_interface.py", "bittensor_11.py", "bittensor_10.py"])
def test_every_step_of_a_python_client_works(url, program):
    assert_all_passed(run_python(program, url))


@needs_node
def test_polkadot_js_reads_transfers_watches_and_proves(url):
    found = run_node("polkadot_js.mjs", url)
    assert (found["at"], found["multi"], found["tempo"], found["metagraph"]) == (0, 2, 20, 1)
    assert found["accounts"] >= 6
    assert found["derived"]
    assert found["existential"] == 500
    assert found["fee"] > 0
    assert found["transfer"]["seen"][-2:] == ["InBlock", "Finalized"]
    assert "balances.Transfer" in found["transfer"]["names"]
    assert found["failure"]["error"] == "SubnetNotExists"
    assert found["batch"]["names"].count("utility.ItemCompleted") == 2
    assert found["sudo"]["error"] is None
    assert found["kappa"] == 30_000
    assert found["proof"] > 0
    assert found["heads"] == sorted(set(found["heads"]))


@needs_node
def test_polkadot_api_reads_transfers_watches_and_calls_the_runtime(url):
    found = run_node("polkadot_api.mjs", url)
    assert (found["spec"], found["tempo"], found["received"]) == (425, 20, 12345)
    assert found["accounts"] >= 6
    assert found["fee"] > 0
    assert found["transfer"]["ok"]
    assert "Balances.Transfer" in found["transfer"]["events"]
    assert found["failure"] == {"ok": False, "error": "SubnetNotExists"}
    assert found["watched"][-1] == "finalized"
    assert found["metagraph"] == {"netuid": 1, "tempo": 20}
    assert found["neurons"] >= 1
    assert found["now"]
    assert found["heights"] == sorted(set(found["heights"]))
    assert found["batch"]
