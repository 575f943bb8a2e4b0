"""Which items of the dialect this ledger has, and why it lacks the others: for ``docs/ledger-coverage.md``."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any  # what a JSON document holds

from chain.runtime.assembly import Runtime
from chain.runtime.pallet import Pallet

KINDS = ("storage", "call", "event", "error", "constant")
_SECTIONS = {"storage": "storage", "call": "calls", "event": "events", "error": "errors", "constant": "constants"}


class CoverageError(Exception):
    """The reasons do not fit what is missing."""


@dataclass(frozen=True)
class Reason:
    """Why some items are missing, by patterns."""

    why: str
    items: tuple[str, ...]

    def covers(self, item: str) -> bool:
        """Whether it explains why an item is missing."""
        pallet = item.split(".", 1)[0]
        return any(pattern == pallet or fnmatchcase(item, pattern) for pattern in self.items)


@dataclass(frozen=True)
class Section:
    """How many items of one kind the dialect has in a pallet, and which are missing here."""

    total: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Coverage:
    """All pallets and interfaces of the dialect, and what only this ledger has."""

    pallets: Mapping[str, Mapping[str, Section]]
    apis: Mapping[str, Section]
    own: tuple[str, ...]

    def missing(self) -> Iterator[str]:
        """Names of everything that is missing."""
        for pallet, sections in self.pallets.items():
            if not sections:
                yield pallet
            for section in sections.values():
                yield from section.missing
        for api in self.apis.values():
            yield from api.missing


def read_reasons(path: Path) -> list[Reason]:
    """Reasons of a TOML file."""
    return [Reason(entry["why"], tuple(entry["items"])) for entry in tomllib.loads(path.read_text())["reason"]]


def compare(runtime: Runtime, items: Path) -> Coverage:
    """Compare a runtime with the recorded list of the dialect's items."""
    recorded = json.loads(items.read_text())
    ours = {pallet.name: pallet for pallet in runtime.pallets}
    pallets = {name: _compare_pallet(name, entry, ours.get(name)) for name, entry in recorded["pallets"].items()}
    methods = {api.name: {method.name for method in api.methods} for api in runtime.apis}
    apis = {name: _section(f"api.{name}", names, methods.get(name, set())) for name, names in recorded["apis"].items()}
    return Coverage(pallets, apis, tuple(_own(ours, recorded["pallets"])))


def explain(coverage: Coverage, reasons: Sequence[Reason]) -> dict[str, list[str]]:
    """What is missing, by reason.

    Raises:
        CoverageError: something is missing without a reason, or a pattern matches nothing that is missing.
    """
    missing = list(coverage.missing())
    found: dict[str, list[str]] = {}
    for item in missing:
        reason = next((reason for reason in reasons if reason.covers(item)), None)
        if reason is None:
            raise CoverageError(f"{item} is missing without a reason")
        found.setdefault(reason.why, []).append(item)
    for pattern in (pattern for reason in reasons for pattern in reason.items):
        if not any(Reason("", (pattern,)).covers(item) for item in missing):
            raise CoverageError(f"nothing is missing that {pattern} would explain")
    return {reason.why: found[reason.why] for reason in reasons}


def describe(coverage: Coverage, explained: Mapping[str, Sequence[str]]) -> str:
    """The page of the documentation."""
    lines = [
        "# What of the public chain this ledger has",
        "",
        "Made by `scripts/ledger-coverage` from the metadata of this ledger and a list of the items of subtensor at",
        "spec 425 (of pallets that are not its own, at spec 381). A test holds it fresh.",
        "",
        "Each cell tells how many items of the dialect are here, of how many.",
        "",
        "| pallet | " + " | ".join(_SECTIONS[kind] for kind in KINDS) + " |",
        "|---|" + "---|" * len(KINDS),
    ]
    for name, sections in coverage.pallets.items():
        cells = [_cell(sections.get(kind)) for kind in KINDS] if sections else ["left out"] + [""] * (len(KINDS) - 1)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", "| interface | methods |", "|---|---|"]
    lines += [f"| {name} | {_cell(section)} |" for name, section in coverage.apis.items()]
    lines += ["", "## What is left out, and why"]
    for why, items in explained.items():
        lines += ["", why, "", *(f"* {names}" for names in _grouped(items))]
    lines += ["", "## What only this ledger has", "", *(f"* `{name}`" for name in coverage.own), ""]
    return "\n".join(lines)


def _compare_pallet(name: str, entry: Mapping[str, Any], pallet: Pallet | None) -> Mapping[str, Section]:
    if pallet is None:
        return {}
    ours = _names(pallet)
    return {kind: _section(f"{name}.{kind}", list(entry[_SECTIONS[kind]]), ours[kind]) for kind in KINDS}


def _section(prefix: str, recorded: Sequence[str], ours: set[str]) -> Section:
    return Section(len(recorded), tuple(f"{prefix}.{name}" for name in recorded if name not in ours))


def _names(pallet: Pallet) -> dict[str, set[str]]:
    return {
        "storage": {item.name for item in pallet.storage},
        "call": {call.name for call in pallet.calls},
        "event": {event.name for event in pallet.events},
        "error": {error.__name__ for error in pallet.errors},
        "constant": {constant.name for constant in pallet.constants},
    }


def _own(ours: Mapping[str, Pallet], recorded: Mapping[str, Any]) -> Iterator[str]:
    for name, pallet in ours.items():
        entry = recorded.get(name)
        for kind in ("storage", "call"):
            known = set(entry[_SECTIONS[kind]]) if entry else set()
            yield from sorted(f"{name}.{kind}.{item}" for item in _names(pallet)[kind] - known)


def _cell(section: Section | None) -> str:
    if section is None or not section.total:
        return "–"
    return f"{section.total - len(section.missing)} / {section.total}"


def _grouped(items: Sequence[str]) -> Iterator[str]:
    """Names under what they belong to, one line each."""
    groups: dict[str, list[str]] = {}
    for item in items:
        head, _, name = item.rpartition(".")
        groups.setdefault(head, []).append(name)
    for head, names in groups.items():
        listed = ", ".join(f"`{name}`" for name in names)
        yield f"{head}: {listed}" if head else f"pallets {listed}"
