"""polkadot.js as it comes from npm, against a running node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.clients
_SCRIPT = Path(__file__).parent / "clients" / "polkadot_js.mjs"
_PACKAGE = "@polkadot/api@16.5.6"


def run(*command: str, cwd: Path, seconds: int) -> str:
    return subprocess.run(command, cwd=cwd, timeout=seconds, check=True, capture_output=True, text=True).stdout


def test_polkadot_js_reads_transfers_watches_and_proves(node_thread, tmp_path):
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("node and npm are not installed")
    program = tmp_path / "program"
    program.mkdir()
    shutil.copy(_SCRIPT, program / "program.mjs")
    run(npm, "install", "--no-audit", "--no-fund", _PACKAGE, cwd=program, seconds=300)
    url = node_thread(block_ms=1000).url
    found = json.loads(run(node, "program.mjs", url, cwd=program, seconds=120).splitlines()[-1])
    assert found["tempo"] == 20
    assert found["accounts"] >= 6
    assert found["fee"] > 0
    assert found["transfer"]["seen"][-2:] == ["InBlock", "Finalized"]
    assert "balances.Transfer" in found["transfer"]["names"]
    assert found["failure"]["error"] == "SubnetNotExists"
    assert found["proof"] > 0
    assert found["heads"] == sorted(set(found["heads"]))
