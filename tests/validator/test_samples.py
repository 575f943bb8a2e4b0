"""Bundles of samples: what goes in comes out, and nothing else is believed."""

from dataclasses import astuple, replace

import numpy as np
import orjson
import pytest

from chain.crypto import blake2_256
from chain.keys import Keypair
from gating.pooling import Electorate, Estimate, Report
from gating.scores import Asked, Scoreboard
from validator.errors import CorruptRecords
from validator.estimating import estimate_miners
from validator.findings import Findings, Text, find_out, tabulate_gains
from validator.hearsay import Hearsay, score_together
from validator.observation import Observation
from validator.routing import Route
from validator.samples import MOST_TEXTS, Title, collect_rounds, pack, unpack
from validator.shelf import KEPT_EPOCHS, Entry, Library, Shelf

ME = Keypair.from_uri("//Alice")
TITLE = Title(1, ME.ss58_address, 4)
EXPERTS = ("a", "b", "c")


def observe(round_number: int, seed: int, better: float = 0.5) -> Observation:
    random = np.random.default_rng(seed)
    anchor = -2.0 - random.random(6)
    rows = [anchor, anchor + better, anchor - 1.0, np.full(6, np.nan)]
    route = Route(np.zeros(0), EXPERTS, np.array([0.4, 0.2, 0.2, 0.2]), (1.0,) * 3, (True,) * 3)
    return Observation(round_number, f"text-{seed}", "python", route, np.array(rows))


def header(number: int, **more) -> dict[str, object]:
    return {"round": number, "block": 100 + number, "epoch": 4, "tracked": {}, "renewed": [], **more}


def log(rounds=(0, 1), texts: int = 6):
    for number in rounds:
        yield header(number)
        yield from (observe(number, 100 * number + at).encode() for at in range(texts))
        yield {"proposal": 4, "tracked": {}, "weights": [[1, 65_535]]}


def alone(observation):
    return tuple((at,) for at in range(len(observation.route.experts)))


def bundle():
    digest, data = pack(TITLE, collect_rounds(log(), 0), ME)
    return digest, data, unpack(data, digest, TITLE)


def test_bundle_holds_the_texts_of_its_rounds_to_the_last_bit_and_no_weights():
    digest, data, found = bundle()
    assert found.title == TITLE
    assert [(one.number, one.block, len(one.texts)) for one in found.rounds] == [(0, 100, 6), (1, 101, 6)]
    assert np.array_equal(found.rounds[1].texts[2].logprobs, observe(1, 102).logprobs, equal_nan=True)
    assert b"proposal" not in data
    assert len(digest) == 64


def test_rounds_go_into_one_bundle_only_and_of_a_repeated_round_the_later_counts():
    again = [*log((0, 1, 2)), *log((1,), texts=2)]
    assert {number: len(lines) - 1 for number, lines in collect_rounds(again, 1).items()} == {1: 2, 2: 6}


def test_of_too_many_texts_the_newest_rounds_are_told():
    digest, data = pack(TITLE, collect_rounds(log(range(40), texts=20), 0), ME)
    found = unpack(data, digest, TITLE)
    assert sum(len(one.texts) for one in found.rounds) <= MOST_TEXTS
    assert found.rounds[-1].number == 39


def test_bundle_of_another_hash_signer_subnet_or_validator_is_not_believed():
    digest, data, _ = bundle()
    with pytest.raises(CorruptRecords, match="committed to"):
        unpack(data, "00" * 32, TITLE)
    signature, _, content = data.partition(b"\n")
    forged = orjson.dumps({"signature": Keypair.from_uri("//Bob").sign(b"hivegate samples").hex()})
    with pytest.raises(CorruptRecords, match="signed"):
        unpack(forged + b"\n" + content, digest, TITLE)
    for title in (replace(TITLE, netuid=2), replace(TITLE, validator="another")):
        with pytest.raises(CorruptRecords, match="not of"):
            unpack(data, digest, title)
    assert signature


@pytest.mark.parametrize(
    "change",
    [
        {"logprobs": [[0.0]]},
        {"logprobs": [[-1.0] * 6, [1.0] * 6, [-1.0] * 6, [-1.0] * 6]},
        {"logprobs": [[None] * 6] * 4},
        {"prior": [0.0, 0.5, 0.25, 0.25]},
        {"prior": [1e400, 0.5, 0.25, 0.25]},
        {"propensities": [0.0, 1.0, 1.0]},
        {"experts": ["a", "a", "b"]},
        {"experts": [f"e{at}" for at in range(40)]},
        {"format": 9},
    ],
)
def test_signed_nonsense_is_refused_as_a_whole(change):
    lines = [
        {"format": 1, "netuid": 1, "validator": ME.ss58_address, "epoch": 4},
        {"round": 0, "block": 1, "charge": None},
    ]
    record = {**observe(0, 1).encode(), **change}
    content = b"".join(orjson.dumps(line) + b"\n" for line in [*lines, record])
    digest = blake2_256(content)
    signature = orjson.dumps({"signature": ME.sign(b"hivegate samples" + digest).hex()})
    with pytest.raises(CorruptRecords):
        unpack(signature + b"\n" + content, digest.hex(), TITLE)


def test_findings_follow_from_the_log_probabilities_alone():
    _, _, found = bundle()
    findings = find_out(found, alone)
    assert len(findings.texts) == 12
    values = findings.texts[0].asked
    assert values["a"].value > 0 >= values["b"].value
    assert values["c"] == Asked(0.0, answered=0.0)
    assert findings.gains["a"]["python"].count == 12
    assert np.isclose(findings.gains["a"]["python"].mean, 0.5)
    assert "c" not in findings.gains
    assert Findings.decode(orjson.loads(orjson.dumps(findings.encode()))) == findings


def test_miners_we_know_to_be_one_count_as_one_whatever_the_bundle_says():
    _, _, found = bundle()
    apart = find_out(found, alone).texts[0].asked
    joined = find_out(found, lambda observation: ((1, 0), (2,))).texts[0].asked
    assert joined["a"] != apart["a"]


def test_estimates_leave_out_who_was_not_in_charge_and_what_was_before_a_registration():
    _, _, found = bundle()
    findings = find_out(found, alone)
    estimates = estimate_miners([findings], {"a": 1, "b": 1, "late": 1, "c": 100})
    assert set(estimates) == {"a", "b", "c"}
    assert estimates["a"].mean > 0
    assert estimate_miners([findings], {"a": 500}) == {}
    later = replace(findings, epoch=5)
    assert {name: cell.count for name, cell in tabulate_gains([findings, later])["a"].items()} == {
        "python in 4": 12,
        "python in 5": 12,
    }


def test_estimates_are_those_of_a_scoreboard_that_saw_the_same():
    random = np.random.default_rng(0)
    names = [f"m{at}" for at in range(6)]
    texts = []
    board = Scoreboard()
    board.track(names)
    for at in range(300):
        among = frozenset(names[:4] if at % 50 < 25 else names[2:])
        chosen = random.choice(sorted(among), 2, replace=False)
        asked = {
            str(name): Asked(float(random.normal()), float(random.uniform(0.3, 1)), bool(random.random() < 0.7))
            for name in chosen
        }
        board.record(asked, among)
        texts.append(Text(100 + at, among, asked))
    halves = [Findings("v", at, tuple(texts[150 * at : 150 * at + 150]), {}) for at in (0, 1)]
    found = estimate_miners(halves, dict.fromkeys(names, 0))
    for name in names:
        assert astuple(found[name]) == pytest.approx(board.evidence(name).estimate(board.settings))


def test_scores_without_reports_are_our_own_and_with_them_follow_the_others():
    board = Scoreboard()
    board.track(("a", "b", "new"))
    for value in (0.9, 1.0, 1.1, 1.0):
        board.record({"a": Asked(value), "b": Asked(value)})
    own = board.scores()
    owners = {"a": "x", "b": "y", "new": "z"}
    silent = score_together(board, owners, Hearsay((), Electorate(40, 100)))
    assert silent == pytest.approx(own)
    report = Report("peer", 60, {"a": Estimate(9.0, 0.001), "new": Estimate(0.5, 0.01)})
    heard = Hearsay((report,), Electorate(40, 100))
    together = score_together(board, owners, heard)
    assert own["a"] < together["a"] < own["a"] + 3 * board.evidence("a").estimate(board.settings)[1]
    assert together["b"] == pytest.approx(own["b"])
    assert together["new"] == pytest.approx(0.5 - board.settings.doubt * 0.01)
    assert Hearsay.decode(orjson.loads(orjson.dumps(heard.encode()))) == heard


def test_shelf_keeps_bundles_back_until_their_weights_are_known(tmp_path):
    shelf = Shelf(tmp_path)
    for epoch in range(KEPT_EPOCHS + 3):
        shelf.put(Entry(f"{epoch:064x}", epoch, 10 * epoch), b"data")
    again = Shelf(tmp_path)
    assert again.entries == shelf.entries
    assert len(again.entries) == len(list(tmp_path.glob("*.gz"))) == KEPT_EPOCHS
    newest = again.newest
    assert newest is not None
    assert again.find(newest.digest, newest.epoch - 1) is None
    assert again.find(newest.digest, None) is None
    assert again.find(newest.digest, newest.epoch) is not None
    assert again.find(f"{0:064x}", 99) is None


def test_library_keeps_the_newest_epochs_of_those_who_are_validators(tmp_path):
    _, _, found = bundle()
    library = Library(tmp_path)
    for epoch in range(KEPT_EPOCHS + 3):
        library.put(replace(find_out(found, alone), epoch=epoch))
    again = Library(tmp_path)
    assert [one.epoch for one in again.of(ME.ss58_address)] == list(range(3, KEPT_EPOCHS + 3))
    assert [one.epoch for one in again.of(ME.ss58_address, until=4)] == [3, 4]
    again.keep_only([])
    assert Library(tmp_path).findings == {}
