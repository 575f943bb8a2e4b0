"""One command, a whole network: started, asked, hurt, stopped, continued, accounted for."""

import asyncio
import json
import re
import signal
import sys
import urllib.request
from functools import partial
from pathlib import Path

import openai
import pytest

from chain.client import Call, Receipt, connect
from chain.keys import Keypair
from localnet.snippets import curl_snippet, openai_snippet
from tests.e2e.network import eventually, run, running
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
DEFAULT_URL = "http://127.0.0.1:9945"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("e2e") / "data"


@pytest.fixture(scope="module")
def network(data_dir):
    with running(data_dir) as started:
        eventually(lambda: started.said("first answer after") or started.process.poll() is not None)
        assert started.process.poll() is None, started.log.read_text()
        yield started


def test_what_was_printed_works_as_printed(network):
    for snippet in (curl_snippet(network.url()), openai_snippet(network.url())):
        assert network.said(snippet.splitlines()[-1])
        done = run("bash", "-c", snippet, check=True)
        assert done.stdout.strip()


def test_openai_client_completes_chats_and_streams(network):
    url = f"{network.url()}/v1"
    with openai.OpenAI(base_url=url, api_key="none", timeout=PATIENCE_SECONDS, max_retries=0) as client:
        assert "moe/auto" in [model.id for model in client.models.list()]
        answer = client.completions.create(model="moe/auto", prompt="import os", max_tokens=8)
        assert answer.choices[0].text
        assert answer.usage
        assert answer.usage.completion_tokens == 8
        chat = client.chat.completions.create(
            model="moe/auto", messages=[{"role": "user", "content": "The licence grants you"}], max_tokens=8
        )
        assert chat.choices[0].message.content
        parts = client.completions.create(model="moe/auto", prompt="import os", max_tokens=8, stream=True)
        assert len([part for part in parts if part.choices and part.choices[0].text]) > 1


def test_python_in_the_page_for_apps_runs(network):
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs/apps.md").read_text(), re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 4
    code = "\n".join(f"{block}\nprint('====')" for block in blocks).replace(DEFAULT_URL, network.url())
    done = run(sys.executable, "-c", code, check=True)
    shown = done.stdout.split("====\n")[:-1]
    assert len(shown) == len(blocks)
    assert sum(bool(text.strip()) for text in shown) > len(blocks) / 2, (
        "young models answer with blanks, but not always"
    )


def test_dashboard_is_served(network):
    with urllib.request.urlopen(f"{network.url()}/", timeout=PATIENCE_SECONDS) as reply:
        assert "text/html" in reply.headers["content-type"]


def test_every_validator_answers_and_every_specialist_earns(network):
    def everybody_earns() -> bool:
        rows = network.status()["miners"]
        return sum(1 for row in rows if row["incentive"]) >= 3

    for validator in (1, 2, 3):
        eventually(partial(network.ask, validator))
    eventually(everybody_earns)


def test_substrate_interface_alone_reads_pays_and_gets_a_receipt(network):
    script = ROOT / "scripts/examples/substrate_client.py"
    done = run(sys.executable, script, "--chain", network.chain_url, check=True)
    for words in ("balance //Bob", "weights uid", "receipt 0x", "fee ", "event Balances.Transfer"):
        assert words in done.stdout, done.stdout


def test_second_launcher_on_the_same_folder_is_told_so(network):
    done = run(sys.executable, "-m", "hivegate", "up", f"--data-dir={network.data_dir}")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "--data-dir" in done.stderr


@pytest.mark.parametrize("mark", ["--wallet=miner-1", "--wallet=validator-2"])
def test_killed_role_comes_back_while_others_answer(network, mark):
    block = network.status()["block"]
    network.kill(mark)
    assert network.ask(1)
    assert network.ask(3)
    eventually(lambda: network.status()["block"] > block + 2)
    eventually(partial(network.ask, 2))


def test_killed_node_loses_nothing_that_it_acknowledged(network):
    receipt = asyncio.run(pay(network.chain_url))
    network.kill("chain run")
    assert network.ask(1)
    kept = eventually(lambda: asyncio.run(read_block_hash(network.chain_url, receipt.block_number)))
    assert kept == receipt.block_hash
    eventually(lambda: network.status()["block"] > receipt.block_number + 2)


async def pay(url: str) -> Receipt:
    async with connect(url, timeout=PATIENCE_SECONDS) as client:
        call = Call("Balances", "transfer_keep_alive", {"dest": Keypair.from_uri("//Eve").ss58_address, "value": 10**9})
        return await client.submit(call, Keypair.from_uri("//Dave"))


async def read_block_hash(url: str, number: int) -> str:
    async with connect(url, timeout=PATIENCE_SECONDS) as client:
        return await client.block_hash(number)


def test_interrupt_stops_everything_and_exits_with_zero(network):
    children = [network.pid(mark) for mark in ("chain run", "--wallet=miner-2", "--wallet=validator-1")]
    network.process.send_signal(signal.SIGINT)
    assert network.process.wait(PATIENCE_SECONDS) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)


def test_next_start_goes_on_and_accounts_for_everything(data_dir):
    with running(data_dir, "--for=20", "--json") as again:
        out, _ = again.process.communicate(timeout=PATIENCE_SECONDS)
        assert again.process.returncode == 0, again.log.read_text()
    report = json.loads(out.splitlines()[-1])
    assert report["epochs"] >= 5
    assert all(miner["honest"] and miner["incentive"] > 0 for miner in report["miners"])
    assert report["first_answer_seconds"] > 0
    assert 0 < report["peak_pss_bytes"] < 6e9
    bits = report["bits_per_byte"]
    assert bits["mixture"] < bits["anchor"]
    assert bits["mixture"] < bits["best_single"]
    issuance = report["issuance"]
    assert issuance["final"] == issuance["initial"] + issuance["emitted"] - issuance["burned"]
    assert issuance["emitted"] > 0
    assert Path(report["records"]).is_file()


def test_damaged_checkpoint_ends_the_start_with_one_line(data_dir):
    (model,) = (data_dir / "roles" / "miner-1").rglob("model.safetensors")
    model.write_bytes(model.read_bytes()[:1000])
    with running(data_dir) as broken:
        assert broken.process.wait(PATIENCE_SECONDS) == 1
        last = broken.log.read_text().splitlines()[-1]
    assert last.startswith("error: miner-1: ")
    assert str(model.parent) in last
    assert "Traceback" not in broken.log.read_text()
