"""Rules about the code itself that no linter checks."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("chain", "gating", "miner", "validator", "proto/wire", "scripts/localnet", "scripts/simulate")
LONGEST_FUNCTION = 60
LONGEST_MODULE = 400
MOST_PARAMETERS = 7

BROAD_EXCEPTS = {
    "hivegate.py": "the command line",
    "chain/node/rpc/protocol.py": "JSON-RPC",
    "proto/wire/service.py": "gRPC",
    "validator/api/server.py": "the app API",
    "validator/supervision.py": "supervisor of a validator's loops",
    "miner/worker.py": "supervisor of a miner's model",
    "chain/node/database.py": "the store, whose library raises nothing narrower",
}
"""Modules that may catch everything, and the border that they guard."""


def tracked(*suffixes: str) -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = done.stdout.splitlines() or [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]
    return [ROOT / name for name in names if name.endswith(suffixes) and (ROOT / name).is_file()]


def sources() -> Iterator[tuple[str, ast.Module, str]]:
    for path in tracked(".py"):
        name = str(path.relative_to(ROOT))
        if "_pb2" not in name:
            text = path.read_text()
            yield name, ast.parse(text), text


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def is_extrinsic(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the dialect, and not we, chose the parameters."""
    return any(
        isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "call" for mark in function.decorator_list
    )


def test_runtime_and_scale_have_no_floats():
    for folder in ("chain/runtime", "chain/state", "chain/scale"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
                assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), where
                assert not (isinstance(node, ast.Name) and node.id == "float"), where
                assert not (isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)), where


def test_functions_and_modules_stay_small():
    offences = []
    for name, tree, text in sources():
        if text.count("\n") > LONGEST_MODULE:
            offences.append(f"{name}: {text.count(chr(10))} lines")
        for function in functions(tree):
            length = (function.end_lineno or function.lineno) - function.lineno
            parameters = len(function.args.args) + len(function.args.kwonlyargs)
            if length > LONGEST_FUNCTION:
                offences.append(f"{name}:{function.lineno} {function.name} has {length} lines")
            if parameters > MOST_PARAMETERS and not is_extrinsic(function):
                offences.append(f"{name}:{function.lineno} {function.name} has {parameters} parameters")
    assert not offences, "\n".join(offences)


def test_everything_is_caught_at_the_borders_only():
    found = set()
    for name, tree, _ in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                caught = getattr(node.type, "id", "") if node.type else "everything"
                reraises = any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(node))
                if caught in ("everything", "Exception", "BaseException") and not reraises:
                    found.add(name)
    assert found <= set(BROAD_EXCEPTS), f"broad except outside a border: {sorted(found - set(BROAD_EXCEPTS))}"


def test_every_package_has_types_and_every_module_a_docstring():
    for room in ROOMS:
        assert (ROOT / room / "py.typed").is_file(), room
    for name, tree, text in sources():
        if text.strip() and not name.startswith("tests/"):
            assert ast.get_docstring(tree), f"{name} does not say what it is for"


def test_no_module_is_called_utils_or_common():
    names = {path.stem for path in tracked(".py")}
    assert not names & {"utils", "util", "common", "helpers", "misc"}


@pytest.mark.parametrize("word", [r"\bTODO\b", r"\bFIXME\b", r"\bXXX\b", r"\bHACK\b", r"\bplaceholder\b"])
def test_nothing_is_left_for_later(word):
    for name, _, text in sources():
        if name != "tests/test_architecture.py":
            assert not re.search(word, text), f"{name}: {word}"


def test_room_imports_need_no_torch():
    code = "import sys; import chain.client, chain.wallet, localnet.cli, wire; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
