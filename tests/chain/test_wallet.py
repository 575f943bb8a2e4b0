"""Wallets keep secrets, appear whole, and say what is wrong with them."""

import json
import stat

import pytest

from chain.keys import Keypair
from chain.wallet import (
    CorruptWallet,
    InvalidWalletName,
    Wallet,
    WalletExists,
    WalletNotFound,
    WrongPassword,
    list_wallets,
)

PASSWORD = "correct horse"


@pytest.fixture
def wallet(tmp_path):
    made = Wallet(tmp_path, "me")
    made.create(PASSWORD, coldkey_uri="//me", hotkey_uri="//me//hot")
    return made


def test_keys_come_back_under_their_password(wallet):
    assert wallet.unlock_coldkey(PASSWORD) == Keypair.from_uri("//me")
    assert wallet.unlock_hotkey(PASSWORD) == Keypair.from_uri("//me//hot")


def test_addresses_need_no_password(wallet):
    assert wallet.coldkey_address() == Keypair.from_uri("//me").ss58_address
    assert wallet.hotkey_address() == Keypair.from_uri("//me//hot").ss58_address


def test_fresh_phrases_open_the_same_keys(tmp_path):
    wallet = Wallet(tmp_path, "fresh")
    phrases = wallet.create(PASSWORD)
    assert Keypair.from_mnemonic(phrases.coldkey or "") == wallet.unlock_coldkey(PASSWORD)
    assert Keypair.from_mnemonic(phrases.hotkey or "") == wallet.unlock_hotkey(PASSWORD)


def test_only_the_owner_may_read_and_no_secret_stands_in_clear(wallet):
    secret = Keypair.from_uri("//me").private_key.hex()
    for path in (wallet.directory / "me").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
        assert path.is_dir() or secret not in path.read_text()


def test_wrong_password_is_told_apart_from_damage(wallet):
    with pytest.raises(WrongPassword, match="--password-file"):
        wallet.unlock_coldkey("wrong")
    path = wallet.directory / "me" / "coldkey.json"
    path.write_text(path.read_text()[:-10])
    with pytest.raises(CorruptWallet, match=r"coldkey\.json is damaged"):
        wallet.unlock_coldkey(PASSWORD)


def test_swapped_public_key_is_found(wallet):
    path = wallet.directory / "me" / "coldkey.json"
    content = json.loads(path.read_text())
    content["public_key"] = Keypair.from_uri("//other").public_key.hex()
    path.write_text(json.dumps(content))
    with pytest.raises(CorruptWallet, match="do not belong together"):
        wallet.unlock_coldkey(PASSWORD)


def test_wallet_is_never_overwritten(wallet):
    with pytest.raises(WalletExists):
        wallet.create(PASSWORD)
    with pytest.raises(WalletExists):
        wallet.create_hotkey(PASSWORD)


def test_more_hotkeys_belong_to_the_same_coldkey(wallet):
    other = Wallet(wallet.directory, "me", "gpu-2")
    other.create_hotkey(PASSWORD, hotkey_uri="//me//gpu-2")
    assert wallet.hotkeys() == ["default", "gpu-2"]
    assert other.unlock_hotkey(PASSWORD) == Keypair.from_uri("//me//gpu-2")


def test_hotkey_works_where_the_coldkey_is_absent(wallet):
    (wallet.directory / "me" / "coldkey.json").unlink()
    assert wallet.unlock_hotkey(PASSWORD) == Keypair.from_uri("//me//hot")
    with pytest.raises(WalletNotFound):
        wallet.unlock_coldkey(PASSWORD)


def test_wallets_are_listed_by_name(wallet, tmp_path):
    Wallet(tmp_path, "another").create(PASSWORD, coldkey_uri="//a", hotkey_uri="//b")
    (tmp_path / "no-wallet").mkdir()
    assert [found.name for found in list_wallets(tmp_path)] == ["another", "me"]
    assert list_wallets(tmp_path / "missing") == []


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 65])
def test_names_cannot_leave_the_folder(tmp_path, name):
    with pytest.raises(InvalidWalletName):
        Wallet(tmp_path, name)


def test_missing_wallet_names_the_command_that_makes_it(tmp_path):
    with pytest.raises(WalletNotFound, match="hivegate wallet create ghost"):
        Wallet(tmp_path, "ghost").coldkey_address()
