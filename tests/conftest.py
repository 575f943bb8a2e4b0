"""Options of the test run: which slow or networked tests take part."""

import hypothesis
import pytest

hypothesis.settings.register_profile("hivegate", deadline=None)  # a busy machine proves nothing wrong
hypothesis.settings.load_profile("hivegate")

pytest_plugins = ["chain.testing"]

_OPTIONAL = ("full", "clients")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="also run the slow tests")
    parser.addoption("--fuzz", type=float, default=10.0, metavar="SECONDS", help="how long to fuzz; 600 with --full")
    parser.addoption("--clients", action="store_true", help="also run tests that fetch other projects' clients")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("e2e") is None)  # the longest first, beside all others
    for item in items:
        for name in _OPTIONAL:
            if item.get_closest_marker(name) and not config.getoption(f"--{name}"):
                item.add_marker(pytest.mark.skip(reason=f"only with --{name}"))
