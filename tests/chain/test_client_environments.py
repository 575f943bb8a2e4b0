"""Environments of foreign clients are made once, anew when their locks change, and never half."""

import sys

import pytest

from tests.chain.clients import environments
from tests.chain.clients.environments import NotInstalled


@pytest.fixture
def made():
    """The contents of the locks that were installed."""
    return []


@pytest.fixture
def prepare(tmp_path, monkeypatch, made):
    """Prepares an environment of one lock with some contents."""
    monkeypatch.setattr(environments, "CACHE", tmp_path / "cache")
    lock = tmp_path / "client.txt"

    def run(contents, install=lambda folder, locks: None):
        lock.write_text(contents)

        def note(folder, locks):
            install(folder, locks)
            made.append(contents)

        return environments._prepare("client", [lock], sys.version, note)

    return run


def test_an_environment_is_made_once_and_anew_when_its_lock_changes(prepare, made):
    first = prepare("one==1\n")
    assert prepare("one==1\n") == first
    second = prepare("one==2\n")
    assert made == ["one==1\n", "one==2\n"]
    assert second.is_dir()
    assert not first.exists(), "what is outdated goes away"


def test_an_installation_that_fails_names_the_fix_and_is_tried_again(prepare, made, tmp_path):
    def fail(folder, locks):
        environments._make([sys.executable, "-c", "raise SystemExit('no such host')"], tmp_path)

    with pytest.raises(NotInstalled, match=r"check the network.*\n.*no such host"):
        prepare("one==1\n", fail)
    assert prepare("one==1\n").is_dir()
    assert made == ["one==1\n"]
