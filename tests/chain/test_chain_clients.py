"""Unmodified clients of other projects, each in an environment of its own, against a running node."""

from __future__ import annotations

import shutil

import pytest

from tests.chain.clients.environments import Outcome, run_node, run_python

pytestmark = pytest.mark.clients
BLOCK_MS = 250
NODE_PACKAGES = ("@polkadot/api@16.5.6", "polkadot-api@2.2.2", "rxjs@7.8.2", "ws@8.23.0")


@pytest.fixture
def url(node_thread):
    return node_thread(block_ms=BLOCK_MS).url


@pytest.fixture
def javascript():
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")


def assert_all_passed(steps: Outcome) -> None:
    failed = {name: step["error"] for name, step in steps.items() if "error" in step}
    assert not failed, "\n\n".join(f"{name}: {error}" for name, error in failed.items())


@pytest.mark.parametrize(
    ("program", "requirement"),
    [
        ("substrate_interface.py", "substrate-interface==1.8.1"),
        ("bittensor_11.py", "bittensor==11.3.0"),
        ("bittensor_10.py", "bittensor==10.5.0"),
    ],
)
def test_every_step_of_a_python_client_works(url, program, requirement):
    assert_all_passed(run_python(program, url, requirement))


def test_polkadot_js_reads_transfers_watches_and_proves(url, javascript):
    found = run_node("polkadot_js.mjs", url, *NODE_PACKAGES)
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


def test_polkadot_api_reads_transfers_watches_and_calls_the_runtime(url, javascript):
    found = run_node("polkadot_api.mjs", url, *NODE_PACKAGES)
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
