"""How a measurement reads its flags and tells its results: a line each, or one JSON object at the end."""

import argparse
import json
import os


def build_parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """A parser for ``scripts/bench/name``, with the flags that all have."""
    parser = argparse.ArgumentParser(
        prog=f"scripts/bench/{name}", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one object as the last line")
    return parser


class Report:
    """Results as they come."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._results: list[dict[str, object]] = []

    def tell(self, result: dict[str, object]) -> None:
        """Print a result, or keep it for the object."""
        self._results.append(result)
        if not self._as_json:
            print("  ".join(f"{name} {value}" for name, value in result.items()), flush=True)

    def end(self) -> None:
        """Print the object, if it is wanted, with the load of the machine."""
        if self._as_json:
            print(json.dumps({"results": self._results, "cores": os.cpu_count(), "load": os.getloadavg()}))
