"""Where a wallet's password comes from."""

import io

import pytest

from chain.password import NoPassword, read_password


def test_file_comes_before_the_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("HIVEGATE_PASSWORD", "variable")
    (tmp_path / "secret").write_text("file\nsecond line\n")
    assert read_password(tmp_path / "secret") == "file"
    assert read_password() == "variable"


def test_without_a_terminal_the_fix_is_told(monkeypatch):
    monkeypatch.delenv("HIVEGATE_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(NoPassword, match="--password-file"):
        read_password()


def test_missing_and_empty_files_are_told(tmp_path):
    (tmp_path / "empty").touch()
    for name in ("empty", "missing"):
        with pytest.raises(NoPassword, match=name):
            read_password(tmp_path / name)
