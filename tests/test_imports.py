"""The import rule: a module imports only what stands above it, and nothing heavy before it is needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "embedlab"
ROOMS = ["errors", "npz", "progress", "session", "settings", "kernels", "text", "vocab", "corpus", "encode", "statistics", "vectors", "models",
         "projections", "live", "evaluation", "index", "explain", "why", "drivers", "compare", "retrained", "plots", "export", "checkpoints", "catalog", "workspace",
         "recorder", "scores", "inside", "work", "leash", "cluster", "jobs", "specs", "sweeps", "lab", "views",
         "serve", "cli", "ui"]
HEAVY = {"torch", "transformers", "sentence_transformers", "umap", "optuna", "dask", "distributed", "gensim", "openTSNE", "matplotlib"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(path: Path, *, top_only: bool = False) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_only else list(ast.walk(tree))
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names if node.module == "embedlab"}
    return found


@pytest.mark.parametrize("path", [p for p in MODULES if p.parent != PACKAGE or p.name != "__init__.py"], ids=lambda p: str(p.relative_to(PACKAGE)))
def test_module_imports_only_rooms_above_its_own(path):
    here = room_of(path)
    names = {name.split(".")[1] for name in imports(path) if name.startswith("embedlab.")}
    below = {name for name in names if name in ROOMS and ROOMS.index(name) > ROOMS.index(here)}
    assert not below, f"{path.name} stands in {here} and imports from {sorted(below)}, which stand below it"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_module_keeps_to_the_libraries_of_its_room(path):
    if room_of(path) != "ui":
        assert not {name.split(".")[0] for name in imports(path)} & {"streamlit"}
    heavy = {name.split(".")[0] for name in imports(path, top_only=True)} & HEAVY
    assert not heavy, f"{path.name} imports {sorted(heavy)} at its top: import it in the function that needs it"
    if room_of(path) == "kernels":
        assert {name.split(".")[0] for name in imports(path)} <= {"numba", "llvmlite", "numpy", "embedlab", "functools"}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_module_has_no_print_assert_pickle_or_eval(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not calls & {"print", "eval", "exec"}
    assert not any(isinstance(node, ast.Assert) for node in ast.walk(tree))
    assert "pickle" not in {name.split(".")[0] for name in imports(path)}


def test_import_of_package_and_workspace_loads_nothing_heavy():
    code = ("import sys, embedlab, embedlab.lab, embedlab.cli; "
            f"print(sorted(set(sys.modules) & {HEAVY | {'streamlit', 'numba', 'pandas', 'sklearn'}!r}))")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


@pytest.mark.parametrize("path", sorted((PACKAGE.parent / "pages").glob("*.py")), ids=lambda p: p.name)
def test_page_is_thin(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert len(path.read_text(encoding="utf-8").splitlines()) < 100
    assert "numpy" not in imports(path)
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert "open" not in calls
