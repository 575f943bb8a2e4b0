"""What makes the ledger pleasant to test against: fresh chains, jumps, the documented plugin."""

from __future__ import annotations

import inspect
import subprocess
import sys
import textwrap
import time

import pytest

import chain.testing
from chain.keys import Keypair
from chain.node.errors import OtherGenesis
from chain.runtime import system
from chain.runtime.balances import transfer_keep_alive
from chain.testing import DevChain, DevChainSettings, run_dev_chain

ALICE, BOB = Keypair.from_uri("//Alice"), Keypair.from_uri("//Bob")


def test_fresh_chain_takes_well_under_a_second_of_work():
    with run_dev_chain():  # whatever is made once for all chains
        pass
    before = time.process_time()
    with run_dev_chain() as dev_chain:
        dev_chain.seal()
        assert time.process_time() - before < 1


def test_each_chain_is_its_own_and_makes_blocks_when_asked(dev_chain, start_dev_chain):
    other = start_dev_chain(tempo=7)
    assert dev_chain.seal(3).number == 3
    assert other.seal().number == 1
    assert other.url != dev_chain.url


def test_chain_that_makes_blocks_by_itself_is_not_asked_for_them(start_dev_chain):
    with pytest.raises(AssertionError, match="by itself"):
        start_dev_chain(block_ms=50).seal()


def test_jump_begins_at_that_block_and_goes_on_after_a_restart(tmp_path, sign):
    settings = DevChainSettings(at_block=7200, data_dir=tmp_path)
    with run_dev_chain(settings) as jumped:
        node = jumped.running.node
        assert (node.ledger.head.number, system.NUMBER.get(node.ledger.state)) == (7200, 7200)
        node.submit(bytes.fromhex(sign(ALICE, transfer_keep_alive, dest=BOB, value=5)[2:]))
        block = jumped.seal()
        assert (block.number, len(block.extrinsics)) == (7201, 2)
        assert node.ledger.block(0).hash == node.ledger.genesis_hash
        assert node.ledger.trie_at(7200).root == node.ledger.block(7200).header.state_root
    with run_dev_chain(settings) as again:
        assert again.running.node.ledger.head == block
    with pytest.raises(OtherGenesis), run_dev_chain(DevChainSettings(data_dir=tmp_path)):
        pass


def test_plugin_works_as_its_documentation_says(tmp_path):
    documentation = inspect.getdoc(chain.testing) or ""
    blocks = documentation.split("# test_mine.py")[1].split("``dev_chain`` is")[0]
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["chain.testing"]\n')
    (tmp_path / "test_mine.py").write_text(
        "from substrateinterface import SubstrateInterface\n" + textwrap.dedent(blocks)
    )
    command = (
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    )
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_context_manager_gives_a_chain_without_pytest():
    with run_dev_chain(DevChainSettings(block_ms=20)) as running:
        assert isinstance(running, DevChain)
