"""Routers compared on what this validator has logged, before another one is let loose on apps."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gating.comparison import Estimate, LoggedText, compare
from gating.router import RouterSettings
from gating.routers import DEFAULT_ROUTER, build_router, read_kind
from validator.errors import CorruptRecords, ValidatorError
from validator.journal import Journal
from validator.observation import Observation, decode_glimpse
from validator.parts import Records
from validator.scoring import ROUTER_FILE
from validator.seats import Float64
from validator.settings import STATE

Json = dict[str, object]


class NothingLogged(ValidatorError):
    """The logs hold no audits that routers could be judged by."""


@dataclass(frozen=True)
class Comparison:
    """Estimates by router; ``in_use`` is the one that the others are measured against."""

    in_use: str
    k: int
    logged: int
    estimates: Mapping[str, Estimate]

    def encode(self) -> Json:
        """As JSON."""
        found = {name: {**asdict(one), "verdict": one.verdict} for name, one in self.estimates.items()}
        return {"in_use": self.in_use, "k": self.k, "texts_logged": self.logged, "routers": found}

    def describe(self) -> list[str]:
        """Lines for people."""
        lines = [
            f"{self.logged} audited texts; gain over the anchor of {self.k} experts' mixtures, nats per token.",
            f"{'router':<10}{'gain':>9}  {'interval':<20}{'against ' + self.in_use:>22}  {'as texts':>8}  verdict",
        ]
        for name, one in self.estimates.items():
            gain, change = one.doubly_robust, one.difference
            told = f"[{gain.low:.4f}, {gain.high:.4f}]"
            against = "in use" if name == self.in_use else f"{change.mean:+.4f} ± {change.high - change.mean:.4f}"
            verdict = one.verdict if one.objection is None else f"{one.verdict}: {one.objection}"
            verdict = "" if name == self.in_use and one.objection is None else verdict
            lines.append(
                f"{name:<10}{gain.mean:>9.4f}  {told:<20}{against:>22}  {one.effective_texts:>8.0f}  {verdict}"
            )
        return lines


def compare_logged(data_dir: Path, kinds: Sequence[str], k: int) -> Comparison:
    """Compare routers of some kinds on the logs of a validator's folder.

    Raises: NothingLogged, CorruptRecords, CorruptCheckpoint.
    """
    log = read_log(Records.in_folder(data_dir))
    if not log:
        raise NothingLogged(
            f"{data_dir} holds no audits with what the gate saw (let the validator run for some epochs)"
        )
    router_file = data_dir / STATE / ROUTER_FILE
    in_use = read_kind(router_file) if router_file.exists() else DEFAULT_ROUTER
    settings = RouterSettings(dimension=len(log[0].features))
    routers = {kind: build_router(kind, settings) for kind in dict.fromkeys((in_use, *kinds))}
    return Comparison(in_use, k, len(log), compare(log, routers, in_use, k))


def read_log(records: Records) -> list[LoggedText]:
    """The audited texts of which it is still known what the gate saw, oldest first.

    Raises: CorruptRecords.
    """
    return list(iterate_log(records))


def iterate_log(records: Records) -> Iterator[LoggedText]:
    """``read_log``, one text at a time.

    Raises: CorruptRecords.
    """
    yield from _join(records.audits.read(), _read_glimpses(records.glimpses))


def _read_glimpses(journal: Journal) -> dict[tuple[int, str], Float64]:
    try:
        return {(int(str(one["round"])), str(one["item"])): decode_glimpse(one) for one in journal.read()}
    except (KeyError, ValueError) as error:
        raise CorruptRecords(f"{journal.path} is damaged ({error!r})") from error


def _join(records: Iterable[Mapping[str, Any]], seen: Mapping[tuple[int, str], Float64]) -> Iterator[LoggedText]:
    """Texts with their round's candidates, those that were ours to audit.

    A hotkey that starts anew does so before the next text. Where nothing was drawn, each text is a session of its own.
    """
    candidates: tuple[str, ...] = ()
    renewed: set[str] = set()
    sessions: dict[object, int] = {}
    for record in records:
        if "tracked" in record:
            candidates = tuple(sorted(record.get("charge", record["tracked"])))
            renewed.update(record.get("renewed", ()))
            continue
        if "logprobs" not in record:
            continue
        observation = Observation.decode(record)
        features = seen.get((observation.round, observation.item))
        route = observation.route
        if features is None or route.lottery is None or not route.experts:
            continue
        drawn = (observation.item,) if route.lottery.share == 0 else (route.experts, route.lottery)
        session = sessions.setdefault((observation.round, *drawn), len(sessions))
        pool = tuple(sorted({*candidates, *route.experts}))
        draw = route.propensities, route.lottery, observation.logprobs
        yield LoggedText(features, pool, route.experts, *draw, session, tuple(sorted(renewed)))
        renewed = set()
