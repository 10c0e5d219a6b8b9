"""House rules that ruff cannot check: few parameters, tests in the folders of what they test, tests that can fail."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from helpers.paths import ROOT, TESTS

PACKAGE = ROOT / "embedlab"
MOST_PARAMETERS = 5
# The public faces, and arithmetic that takes arrays: behind them what belongs together travels as one value.
FACES = ("embedlab/lab/", "embedlab/cli/", "embedlab/kernels/")
# How many functions elsewhere still take more than five. A number may only fall; other rooms have none.
ROOMS_WITH_MORE = {
    "core": 1,
    "data": 2,
    "ui": 1,
    "vectors": 1,
}
CLOCKS = {"time", "perf_counter", "monotonic", "process_time"}
# Folders of tests that stand for no folder of the package.
OF_THEIR_OWN = {"browser", "helpers"}

FILES = sorted(PACKAGE.rglob("*.py"))
TEST_FILES = sorted(TESTS.rglob("test_*.py"))
OWN_ID = {"ids": lambda path: str(path.relative_to(ROOT))}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(tree: ast.AST) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def n_parameters(function: ast.FunctionDef) -> int:
    """How many values a caller gives; `self` and `cls` are not given."""
    asked = function.args
    names = [argument.arg for argument in (*asked.posonlyargs, *asked.args, *asked.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def with_too_many(room: str) -> list[str]:
    """The functions of a room that take more than five values."""
    files = [path for path in FILES if room_of(path) == room]
    return [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name} takes {n_parameters(function)}"
        for path in files
        for function in functions(tree_of(path))
        if n_parameters(function) > MOST_PARAMETERS
    ]


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


ROOMS = sorted({room_of(path) for path in FILES if not str(path.relative_to(ROOT)).startswith(FACES)})


@pytest.mark.parametrize("room", ROOMS)
def test_functions_of_a_room_take_five_values_at_most(room):
    found, allowed = with_too_many(room), ROOMS_WITH_MORE.get(room, 0)
    assert len(found) <= allowed, "pass what belongs together as one frozen dataclass:\n" + "\n".join(found)


@pytest.mark.parametrize("path", TEST_FILES, **OWN_ID)
def test_tests_stand_in_the_folder_of_what_they_test(path):
    folder = path.relative_to(TESTS).parent
    assert folder.parts[:1] == () or folder.parts[0] in OF_THEIR_OWN or (PACKAGE / folder).is_dir()


def own_nodes(function: ast.FunctionDef):
    """The nodes of a function without those of functions inside it."""
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            yield node
            yield from own_nodes(node)


@pytest.mark.parametrize("path", TEST_FILES, **OWN_ID)
def test_tests_end_where_they_end_and_ask_no_clock(path):
    tests = [function for function in functions(tree_of(path)) if function.name.startswith("test_")]
    early = [test.name for test in tests if any(isinstance(node, ast.Return) for node in own_nodes(test))]
    assert not early, f"these return early: {early}"
    timed = [
        test.name
        for test in tests
        for node in ast.walk(test)
        if isinstance(node, ast.Assert)
        and any(isinstance(part, ast.Attribute) and part.attr in CLOCKS for part in ast.walk(node.test))
    ]
    assert not timed, f"these compare clocks: {timed}"


@pytest.mark.parametrize("path", TEST_FILES, **OWN_ID)
def test_tests_replace_no_private_name_of_the_package(path):
    replaced = [
        node.args[1].value
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "setattr"
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant)
        and re.match("_[^_]", str(node.args[1].value))
    ]
    assert not replaced, f"these private names are replaced: {replaced}"
