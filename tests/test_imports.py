"""The import rule: a module imports only from floors below its own, and nothing heavy before it is needed."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from helpers.paths import ROOT, TESTS

from embedlab.models import MODELS

PACKAGE = ROOT / "embedlab"
# From the ground up. Packages of one floor do not import each other; docs/architecture.md says what lives where.
FLOORS = [
    {"core", "kernels"},
    {"data"},
    {"vectors"},
    {"models", "projections"},
    {"evaluation", "explain", "plots"},
    {"store"},
    {"jobs"},
    {"sweeps"},
    {"lab", "server"},
    {"cli"},
    {"ui"},
]
SHARED_BY_FAMILIES = {"family", "advice", "run_notes", "training", "encoders", "recommending", "item_settings"}
HEAVY = {
    "torch",
    "transformers",
    "sentence_transformers",
    "umap",
    "optuna",
    "dask",
    "distributed",
    "gensim",
    "openTSNE",
    "matplotlib",
}


def name_of(path: Path) -> str:
    """The dotted name of a module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}
INSIDE = {name: path for name, path in MODULES.items() if name not in ("embedlab", "embedlab.__main__")}
NAMED = pytest.mark.parametrize("name", MODULES)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def floor_of(package: str) -> int:
    return next(number for number, floor in enumerate(FLOORS) if package in floor)


def imported(path: Path, *, top_only: bool = False) -> set[str]:
    """Dotted names of all that a file imports: modules, and names in them."""
    found = set()
    for node in tree_of(path).body if top_only else ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def modules_used(name: str) -> set[str]:
    """The modules of the package that a module imports, or imports names from."""
    names = {found for found in imported(INSIDE[name]) if found.startswith("embedlab.")}
    return {found if found in MODULES else found.rpartition(".")[0] for found in names}


def libraries(path: Path, *, top_only: bool = False) -> set[str]:
    return {found.split(".")[0] for found in imported(path, top_only=top_only)}


def test_every_package_has_a_floor():
    standing = {path.stem for path in PACKAGE.iterdir() if (path / "__init__.py").exists() or path.suffix == ".py"}
    assert standing - {"__init__", "__main__"} == set().union(*FLOORS)


@pytest.mark.parametrize("name", INSIDE)
def test_module_imports_only_from_floors_below_its_own(name):
    own = name.split(".")[1]
    others = {used.split(".")[1] for used in modules_used(name) if used != "embedlab"} - {own}
    above = {other for other in others if floor_of(other) >= floor_of(own)}
    assert not above, f"{name} imports from {sorted(above)}, which do not lie below it"


def test_no_circle_between_files():
    graph = {name: modules_used(name) - {name} for name in INSIDE}
    while leaves := {name for name, used in graph.items() if not used & graph.keys()}:
        graph = {name: used for name, used in graph.items() if name not in leaves}
    on_circles = {name: sorted(used & graph.keys()) for name, used in graph.items()}
    assert not on_circles, f"these files lead back to one another: {on_circles}"


@pytest.mark.parametrize(
    "name", [name for name in INSIDE if name.split(".")[1:2] == ["models"] and name.count(".") > 1]
)
def test_family_imports_no_other_family(name):
    own = name.split(".")[2]
    parts = {used.split(".")[2] for used in modules_used(name) if used.startswith("embedlab.models.")}
    allowed = SHARED_BY_FAMILIES if own in SHARED_BY_FAMILIES else SHARED_BY_FAMILIES | {own}
    assert parts <= allowed, f"{name} imports from {sorted(parts - allowed)}"


def private_names(path: Path) -> set[str]:
    """Names with a leading underscore that a file takes from a module of the package."""
    taken = {
        found for found in imported(path) if found.startswith("embedlab.") and found.rpartition(".")[2].startswith("_")
    }
    aliases = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            if isinstance(node.value, ast.Name) and aliases.get(node.value.id) in MODULES:
                taken.add(f"{aliases[node.value.id]}.{node.attr}")
    return taken


@pytest.mark.parametrize(
    "path", [*MODULES.values(), *sorted(TESTS.rglob("*.py"))], ids=lambda path: str(path.relative_to(ROOT))
)
def test_file_uses_no_private_name_of_another(path):
    assert not private_names(path)


# The file formats of two programs bear their names, as the families do.
MAY_NAME_FAMILIES = {"embedlab.sweeps.presets", "embedlab.vectors.formats"}
FAMILY_NAME = re.compile(rf"^({'|'.join(MODELS)})$")


@pytest.mark.parametrize(
    "name", [name for name in INSIDE if not name.startswith("embedlab.models") and name not in MAY_NAME_FAMILIES]
)
def test_no_family_is_named_outside_models(name):
    quoted = {
        node.value
        for node in ast.walk(tree_of(INSIDE[name]))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and FAMILY_NAME.match(node.value)
    }
    assert not quoted, f"{name} names {sorted(quoted)}: let the family answer for itself"


@NAMED
def test_module_keeps_to_the_libraries_of_its_room(name):
    path, room = MODULES[name], (name.split(".") + [""])[1]
    assert room == "ui" or "streamlit" not in libraries(path)
    heavy = libraries(path, top_only=True) & HEAVY
    assert not heavy, f"{name} imports {sorted(heavy)} at its top: import it in the function that needs it"
    if room == "kernels":
        assert libraries(path) <= {"numba", "llvmlite", "numpy", "embedlab", "functools"}


SWITCHES = re.compile(
    r"\b(set_num_threads|set_num_interop_threads|threadpool_limits|set_float32_matmul_precision|set_flush_denormal|"
    r"use_deterministic_algorithms|environ\.(update|setdefault)|environ\[[^]]*\] = )"
)


@pytest.mark.parametrize(
    "name", [name for name in INSIDE if name not in ("embedlab.core.parallel", "embedlab.core.device")]
)
def test_switch_of_the_process_is_set_in_core_alone(name):
    if name != "embedlab.cli":  # which names the workspace for the app it starts
        assert not SWITCHES.search(INSIDE[name].read_text(encoding="utf-8"))


@NAMED
def test_module_has_no_print_assert_pickle_or_eval(name):
    tree = tree_of(MODULES[name])
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not calls & {"print", "eval", "exec"}
    assert not any(isinstance(node, ast.Assert) for node in ast.walk(tree))
    assert "pickle" not in libraries(MODULES[name])


def test_import_of_package_and_workspace_loads_nothing_heavy():
    code = (
        "import sys, embedlab, embedlab.lab, embedlab.cli; "
        f"print(sorted(set(sys.modules) & {HEAVY | {'streamlit', 'numba', 'pandas', 'sklearn'}!r}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=lambda path: path.name)
def test_page_is_thin(path):
    calls = {
        node.func.id
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert len(path.read_text(encoding="utf-8").splitlines()) < 40
    assert "numpy" not in libraries(path) and "open" not in calls
