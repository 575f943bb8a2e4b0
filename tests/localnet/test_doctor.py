"""What the doctor finds on a machine without a network."""

import asyncio
import socket

from chain.wallet import Wallet
from localnet.doctor import check_chain, check_machine, check_validator, check_wallets

NOBODY = "127.0.0.1:1"


def test_this_machine_has_what_is_needed():
    subjects = {finding.subject: finding for finding in check_machine()}
    assert {"python", "torch", "disk"} <= set(subjects)
    assert not subjects["torch"].fix


def test_damaged_wallet_is_found(tmp_path):
    Wallet(tmp_path, "good").create("x", coldkey_uri="//a", hotkey_uri="//b")
    (tmp_path / "bad").mkdir()
    bad, good = check_wallets(tmp_path)
    assert bad.fix
    assert not good.fix


def test_what_does_not_answer_gets_a_fix():
    (chain,) = asyncio.run(check_chain(f"ws://{NOBODY}"))
    assert "hivegate chain run" in chain.fix
    assert "hivegate up" in check_validator(f"http://{NOBODY}").fix


def test_port_of_another_program_is_told_apart_from_silence():
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        finding = check_validator(f"http://127.0.0.1:{stranger.getsockname()[1]}")
    assert "another program holds port" in finding.fix
