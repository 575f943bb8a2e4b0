from validator.journal import Bounds, Journal


def test_records_come_back_in_order(tmp_path):
    journal = Journal(tmp_path / "log.jsonl")
    journal.append({"at": 1}, {"at": 2})
    journal.append({"at": 3})
    assert [record["at"] for record in journal.read()] == [1, 2, 3]
    assert Journal(tmp_path / "log.jsonl").last() == {"at": 3}


def test_files_rotate_and_the_oldest_goes(tmp_path):
    journal = Journal(tmp_path / "log.jsonl", Bounds(size_bytes=40, kept=2))
    for at in range(20):
        journal.append({"at": at})
    kept = [int(str(record["at"])) for record in journal.read()]
    assert kept == list(range(kept[0], 20))
    assert kept[0] > 0
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 3 * 40


def test_line_cut_short_by_a_crash_spoils_no_other(tmp_path):
    path = tmp_path / "log.jsonl"
    journal = Journal(path)
    journal.append({"at": 1})
    path.write_bytes(path.read_bytes() + b'{"at": 2')
    journal.append({"at": 3})
    assert [record["at"] for record in journal.read()] == [1, 3]
