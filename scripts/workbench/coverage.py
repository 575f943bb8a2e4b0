"""Say which items of the dialect this ledger has, and why it lacks the others.

usage: scripts/ledger-coverage [--write]

Prints the page, or writes it to docs/ledger-coverage.md with --write. Exits 1 when something is missing without a
reason in tests/vectors/dialect/left-out.toml, or a reason is left without anything that is missing.
"""

import sys
from pathlib import Path

from chain.coverage import CoverageError, compare, describe, explain, read_reasons
from chain.runtime.runtime import RUNTIME

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests" / "vectors" / "dialect"
PAGE = ROOT / "docs" / "ledger-coverage.md"


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--write"]):
        print(__doc__.strip() if __doc__ else "", file=sys.stdout if arguments == ["--help"] else sys.stderr)
        return 0 if arguments == ["--help"] else 2
    coverage = compare(RUNTIME, RECORDED / "items.json")
    try:
        page = describe(coverage, explain(coverage, read_reasons(RECORDED / "left-out.toml")))
    except CoverageError as error:
        print(f"error: {error} (tests/vectors/dialect/left-out.toml holds the reasons)", file=sys.stderr)
        return 1
    if arguments:
        PAGE.write_text(page)
    else:
        print(page, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
