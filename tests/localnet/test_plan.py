"""The network on paper, its data folder, and the values of its flags."""

import socket
from pathlib import Path

import click
import pytest

from localnet.data_dir import occupy, settle
from localnet.errors import DataDirInUse, OtherNetwork, PortTaken
from localnet.flags import BAD_MINERS, CORPUS
from localnet.memory import sum_pss
from localnet.plan import STAKES, Plan, build_plan, check_ports
from localnet.settings import Settings


def plan(tmp_path: Path, **changes: object) -> Plan:
    wishes = {
        "data_dir": tmp_path,
        "port_base": 45_000,
        "miners": 5,
        "bad_miners": {},
        "corpora": {},
        "duration": None,
        "block_time": 1.0,
        "tempo": 20,
        "train_seconds": 1.0,
        "anchor_seconds": 1.0,
        "windows": 1,
    }
    return build_plan(Settings(**{**wishes, **changes}), ["python", "cpp", "legal"])  # type: ignore[arg-type]


def test_every_role_has_its_own_port_and_name(tmp_path):
    roles = plan(tmp_path, bad_miners={"noise": 2}).roles
    assert len({role.port for role in roles}) == len({role.name for role in roles}) == 10


def test_stakes_are_forty_thirty_five_and_twenty_five_percent():
    assert [100 * stake // sum(STAKES) for stake in STAKES] == [40, 35, 25]


@pytest.mark.parametrize(("count", "shares"), [(1, [100]), (2, [53, 47]), (3, [40, 35, 25]), (5, [33, 29, 21, 8, 8])])
def test_there_are_as_many_validators_as_wished(tmp_path, count, shares):
    stakes = [role.stake for role in plan(tmp_path, validators=count).validators]
    assert [round(100 * stake / sum(stakes)) for stake in stakes] == shares


def test_honest_miners_share_out_the_domains(tmp_path):
    paper = plan(tmp_path)
    assert [miner.domain for miner in paper.miners] == ["python", "cpp", "legal", "python", "cpp"]
    assert paper.domains == ("python", "cpp", "legal")


def test_names_do_not_tell_honest_from_dishonest(tmp_path):
    paper = plan(tmp_path, bad_miners={"random": 1, "two-faced": 1})
    assert [miner.honest for miner in paper.miners] == [True] * 5 + [False] * 2
    assert [miner.name for miner in paper.miners] == [f"miner-{index}" for index in range(1, 8)]


def test_taken_port_is_named_with_the_fix(tmp_path):
    paper = plan(tmp_path)
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", paper.validators[1].port))
        holder.listen()
        with pytest.raises(PortTaken, match=rf"port {paper.validators[1].port} .*--port-base"):
            check_ports(paper)
    check_ports(paper)


def test_data_folder_serves_one_launcher_at_a_time(tmp_path):
    with occupy(tmp_path / "new"), pytest.raises(DataDirInUse, match="--data-dir"), occupy(tmp_path / "new"):
        pass
    with occupy(tmp_path / "new"):
        pass


def test_network_keeps_what_its_first_start_chose(tmp_path):
    manifest, defaults = tmp_path / "network.json", {"tempo": 20, "corpus": {}}
    assert settle(manifest, {"tempo": 8, "corpus": None}, defaults) == {"tempo": 8, "corpus": {}}
    assert settle(manifest, {"tempo": None, "corpus": None}, defaults) == {"tempo": 8, "corpus": {}}
    assert settle(manifest, {"tempo": None}, {**defaults, "validators": 3})["validators"] == 3
    with pytest.raises(OtherNetwork, match="tempo 8, not 9"):
        settle(manifest, {"tempo": 9, "corpus": None}, defaults)


def test_damaged_manifest_says_the_fix(tmp_path):
    manifest = tmp_path / "network.json"
    manifest.write_text("{")
    with pytest.raises(OtherNetwork, match="delete"):
        settle(manifest, {"tempo": None}, {"tempo": 20})


def test_bad_miners_are_counted_by_kind():
    assert BAD_MINERS.convert("random=1,noise=2", None, None) == {"random": 1, "noise": 2}


@pytest.mark.parametrize("text", ["random", "random=x", "evil=1", "random=1,,", "=1"])
def test_unknown_kinds_of_bad_miners_are_refused(text):
    with pytest.raises(click.BadParameter, match="KIND=N"):
        BAD_MINERS.convert(text, None, None)


def test_corpus_must_be_a_folder_with_something_in_it(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.txt").write_text("words")
    (tmp_path / "empty").mkdir()
    assert CORPUS.convert(f"notes={tmp_path}/full", None, None) == ("notes", tmp_path / "full")
    for text, reason in ((f"x={tmp_path}/none", "not a folder"), (f"x={tmp_path}/empty", "empty"), ("x", "NAME=DIR")):
        with pytest.raises(click.BadParameter, match=reason):
            CORPUS.convert(text, None, None)


def test_memory_counts_descendants_and_ignores_the_dead(tmp_path):
    for pid, children, kilobytes in ((10, "11 12", 100), (11, "", 20), (12, "", 3)):
        (tmp_path / f"{pid}/task/{pid}").mkdir(parents=True)
        (tmp_path / f"{pid}/task/{pid}/children").write_text(children)
        (tmp_path / f"{pid}/smaps_rollup").write_text(f"header\nRss: 999 kB\nPss: {kilobytes} kB\n")
    assert sum_pss([10, 99], tmp_path) == 123 * 1024
