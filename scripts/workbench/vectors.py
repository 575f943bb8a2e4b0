"""Compare this ledger's epoch with recorded vectors.

usage: scripts/epoch-vectors [--fast | --reference] PATH…

PATH: folders, .json files or .jsonl.gz files of the epoch vector schema.

Compares every output and every trace that the readable reference and the fast form on arrays compute; with --fast or
--reference only one of them. Prints the first difference of the run and, last, `N passed, M failed`; exits 1 when
anything failed.
"""

import sys
from pathlib import Path

from chain import epoch
from chain.runtime import yuma
from chain.runtime.yuma import EpochCompute
from chain.vectors import Document, first_difference, read_documents

FORMS: dict[str, EpochCompute] = {"--reference": yuma.compute, "--fast": epoch.compute}


def differences(document: Document, forms: dict[str, EpochCompute]) -> list[str]:
    """What each form that disagrees with the vector computes first."""
    found = ((name.strip("-"), first_difference(document, compute)) for name, compute in forms.items())
    return [f"{difference} ({name})" for name, difference in found if difference is not None]


def main(arguments: list[str]) -> int:
    paths = [argument for argument in arguments if argument not in FORMS]
    forms = {name: FORMS[name] for name in FORMS if name in arguments} or FORMS
    if not paths or paths[0] in {"-h", "--help"}:
        print(__doc__.strip() if __doc__ else "", file=sys.stdout if paths else sys.stderr)
        return 0 if paths else 2
    passed, failures = 0, []
    try:
        for path in paths:
            for name, document in read_documents(Path(path)):
                found = differences(document, forms)
                failures += [f"{name}: {difference}" for difference in found[:1]]
                passed += not found
    except (OSError, ValueError, KeyError) as error:
        print(f"error: {error} (give folders, .json or .jsonl.gz files of epoch vectors)", file=sys.stderr)
        return 2
    if failures:
        print(failures[0])
    if not passed and not failures:
        print("error: there are no epoch vectors in what was given", file=sys.stderr)
    print(f"{passed} passed, {len(failures)} failed")
    return 0 if passed and not failures else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
