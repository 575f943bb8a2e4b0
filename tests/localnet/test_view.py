"""What ``hivegate up`` shows, with and without a terminal."""

import io

from rich.console import Console

from localnet.observe import MinerRow, Snapshot, read_status
from localnet.view import LiveView, PlainView, build_view

SNAPSHOT = Snapshot(
    block=312,
    epoch=15,
    audits=41,
    bits_per_byte={"mixture": 1.41, "best_single": 1.98, "anchor": 2.02},
    miners=(
        MinerRow("miner-1", "5Dkk" + "x" * 44, "python", "serving", 3.1, 0.214, 0.19, 0.2),
        MinerRow("miner-2", "5Fzz" + "x" * 44, "[legal]"),
    ),
    validators=("validator-1", "validator-2"),
)


def test_live_table_shows_every_figure():
    stream = io.StringIO()
    view = LiveView(Console(file=stream, force_terminal=True, width=120))
    view.say("first answer after [12] s")
    view.show(SNAPSHOT)
    view.close()
    shown = stream.getvalue()
    for words in ("block 312", "epoch 15", "2 validators", "mixture 1.410", "best single 1.980", "anchor 2.020"):
        assert words in shown
    for words in ("miner-1", "python", "serving", "3.100", "0.214", "19.0%", "20.0%", "[legal]", "after [12] s"):
        assert words in shown


def test_plain_lines_come_now_and_then(capsys):
    view = PlainView()
    view.show(SNAPSHOT)
    view.show(SNAPSHOT)
    view.print("as\nit is")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert "block 312" in lines[0]
    assert "incentive 20.0%" in lines[0]
    assert lines[1:] == ["as", "it is"]


def test_nothing_known_yet_is_shown_as_dashes(capsys):
    PlainView().show(Snapshot(miners=(MinerRow("miner-1", "5D", "python"),)))
    assert "block – · epoch –" in capsys.readouterr().err


def test_pipes_get_plain_lines():
    assert isinstance(build_view(plain=False), PlainView)


def test_half_written_and_old_status_is_no_status(tmp_path):
    path = tmp_path / "status.json"
    assert read_status(path, 0) == {}
    path.write_text('{"state": "trai')
    assert read_status(path, 0) == {}
    path.write_text('{"state": "training"}')
    assert read_status(path, 0) == {"state": "training"}
    assert read_status(path, path.stat().st_mtime + 1) == {}
