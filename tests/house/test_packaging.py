"""What is installed is what is declared."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]


def locked(*names: str) -> dict[str, str]:
    lines = [line for name in names for line in (ROOT / name).read_text().splitlines()]
    pins = [line.split("==") for line in lines if re.match(r"\w", line)]
    return {canonicalize_name(name): version for name, version in pins}


def test_locks_pin_every_requirement_to_a_version_that_it_allows():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {
        ("requirements.lock",): project["dependencies"],
        ("requirements.lock", "requirements-dev.lock"): project["optional-dependencies"]["dev"],
    }
    for files, requirements in wanted.items():
        pins = locked(*files)
        for requirement in map(Requirement, requirements):
            version = pins.get(canonicalize_name(requirement.name))
            assert version is not None, f"{requirement} is not in {files[-1]} (run scripts/lock)"
            assert requirement.specifier.contains(version), f"{requirement} but {files[-1]} has {version}"


def test_scripts_are_executable():
    for name in ("setup", "up", "test", "check", "proto", "lock"):
        assert (ROOT / "scripts" / name).stat().st_mode & 0o111, name
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
