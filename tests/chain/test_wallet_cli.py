"""The wallet commands as a person types them."""

import json

import pytest

import hivegate
from chain.keys import Keypair, verify
from chain.wallet_cli import AmountType

PASSWORD = "correct horse"


@pytest.fixture
def hive(tmp_path, monkeypatch, capsys):
    """Run ``hivegate wallet …`` on a folder of its own; exit code, stdout, stderr."""
    monkeypatch.setenv("HIVEGATE_PASSWORD", PASSWORD)

    def run(command, *arguments):
        code = hivegate.run(["wallet", command, *arguments, "--wallet-dir", str(tmp_path)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_created_wallet_is_listed_and_shows_its_phrases_once(hive):
    code, out, _ = hive("create", "me", "--json")
    made = json.loads(out)
    assert code == 0
    assert Keypair.from_mnemonic(made["phrases"]["coldkey"]).ss58_address == made["coldkey"]
    _, listed, _ = hive("list", "--json")
    assert json.loads(listed) == [{key: made[key] for key in ("name", "coldkey", "hotkeys")}]
    assert made["phrases"]["coldkey"] not in listed


def test_second_create_adds_a_hotkey_and_never_overwrites(hive):
    hive("create", "me")
    code, out, _ = hive("create", "me", "--hotkey", "gpu-2", "--json")
    assert code == 0
    assert sorted(json.loads(out)["hotkeys"]) == ["default", "gpu-2"]
    code, _, err = hive("create", "me", "--hotkey", "gpu-2")
    assert code == 1
    assert err.startswith("error: hotkey gpu-2")


def test_signature_is_by_the_hotkey(hive):
    _, out, _ = hive("create", "me", "--json")
    hotkey = Keypair.from_mnemonic(json.loads(out)["phrases"]["hotkey"])
    _, signature, _ = hive("sign", "me", "hello")
    assert verify(hotkey.public_key, b"hello", bytes.fromhex(signature.strip().removeprefix("0x")))


def test_wrong_password_is_one_line_with_the_fix(hive, monkeypatch):
    hive("create", "me")
    monkeypatch.setenv("HIVEGATE_PASSWORD", "wrong")
    code, out, err = hive("sign", "me", "hello")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "--password-file" in err


@pytest.mark.parametrize(("text", "rao"), [("1", 10**9), ("0.000000001", 1), ("1.5", 1_500_000_000), ("1e3", 10**12)])
def test_amounts_are_exact(text, rao):
    assert AmountType().convert(text, None, None) == rao


@pytest.mark.parametrize("text", ["0", "0.0000000001", "nan", "inf", "much"])
def test_amounts_that_are_no_whole_rao_are_refused(hive, text):
    code, _, err = hive("transfer", "me", "you", text)
    assert code == 2
    assert err.startswith("error: ")
