"""The miner as people start and stop it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import hivegate
from chain.keys import verify
from tests.miner.conftest import PASSWORD, hotkey_of
from tests.patience import PATIENCE_SECONDS
from wire.errors import ExpertError
from wire.expert import ExpertChannel

ROOT = Path(__file__).parents[2]


@pytest.fixture
def flags(make_config, text, tmp_path, monkeypatch):
    """Arguments of ``miner run``, with changes by keyword."""
    monkeypatch.setenv("HIVEGATE_PASSWORD", PASSWORD)
    make_config("ws://127.0.0.1:9")
    flags = {
        "chain": "ws://127.0.0.1:9",
        "wallet-dir": tmp_path / "wallets",
        "wallet": "fox",
        "data-dir": tmp_path / "fox",
        "port": 0,
        "corpus": f"tales={text / 'train' / 'tales'}",
        "tokenizer": text / "tokenizer.json",
        "train-seconds": 0,
    }

    def make(**changes) -> list[str]:
        given = {**flags, **{name.replace("_", "-"): value for name, value in changes.items()}}
        return ["miner", "run", *(f"--{name}={value}" for name, value in given.items())]

    return make


def complaint(arguments, capsys) -> tuple[int, str]:
    code = hivegate.run(arguments)
    error = capsys.readouterr().err.strip().splitlines()
    assert len([line for line in error if line.startswith("error: ")]) == 1, error
    assert not any("Traceback" in line for line in error)
    return code, error[-1]


def test_missing_corpus_is_one_line_with_the_fix(flags, capsys):
    code, line = complaint(flags(corpus="tales=/no/such/folder", train_seconds=1), capsys)
    assert code == 1
    assert "/no/such/folder" in line


def test_corpus_without_a_name_is_a_usage_error(flags, capsys):
    code, line = complaint(flags(corpus="/some/folder"), capsys)
    assert code == 2
    assert "NAME=DIR" in line


def test_wrong_password_is_one_line_with_the_fix(flags, capsys, monkeypatch):
    monkeypatch.setenv("HIVEGATE_PASSWORD", "wrong")
    code, line = complaint(flags(), capsys)
    assert code == 1
    assert "--password-file" in line


def test_corrupt_checkpoint_is_one_line_with_the_fix(flags, capsys, tmp_path):
    folder = tmp_path / "fox" / "checkpoint" / "model"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "llama"}')
    (folder / "model.safetensors").write_bytes(b"garbage")
    code, line = complaint(flags(), capsys)
    assert code == 1
    assert "delete it to start afresh" in line


def test_taken_port_is_one_line_with_the_fix(flags, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, line = complaint(flags(port=taken.getsockname()[1]), capsys)
    assert code == 1
    assert "another port" in line


def test_help_needs_no_torch():
    program = "import sys, hivegate; hivegate.run(['miner', 'run', '--help']); print('torch' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "proto", ROOT / "scripts")))}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment, cwd=ROOT
    )
    assert "--behaviour" in done.stdout
    assert done.stdout.endswith("False\n")


async def test_sigterm_ends_a_miner_in_order(flags):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "proto", ROOT / "scripts")))}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hivegate",
        *flags(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=ROOT,
    )
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        ready = (await process.stdout.readline()).decode()
        address = ready.split(" on ")[1].split()[0]
        miner = hotkey_of("fox")
        async with ExpertChannel(address=address, signer=miner, receiver=miner.public_key, verify=verify) as channel:
            assert await channel.live(5)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
            with pytest.raises(ExpertError):
                await channel.describe(timeout=5)
