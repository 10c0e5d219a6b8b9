"""What is declared is what is imported: pyproject.toml, the extras that the package knows, and constraints.txt."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
from helpers.paths import ROOT, TESTS

from embedlab.core.extras import EXTRAS

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
USES_INTERNALS = (
    "numba",
    "llvmlite",
    "torch",
    "plotly",
    "streamlit",
    "transformers",
    "distributed",
    "gensim",
    "optuna",
)


def normal(name: str) -> str:
    """The name of a distribution as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirements: list[str]) -> set[str]:
    """The distributions of a list of requirements, without extras of the project itself."""
    names = {normal(re.match(r"[\w.-]+", requirement)[0]) for requirement in requirements}
    return names - {"embedlab", "helpers"}


def imported(folder) -> set[str]:
    """The distributions that the files of a folder import, at the top or inside functions."""
    modules = set()
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.partition(".")[0])
    of_module = packages_distributions()
    own = {path.stem for folder in (TESTS, ROOT / "docs") for path in folder.rglob("*.py")} | {"embedlab", "helpers"}
    return {
        normal(of_module[name][0]) for name in modules - own - sys.stdlib_module_names if not name.startswith("test_")
    }


CORE = named(PROJECT["dependencies"])
OPTIONAL = {extra: named(listed) for extra, listed in PROJECT["optional-dependencies"].items()}
FEATURES = {extra: names for extra, names in OPTIONAL.items() if extra in EXTRAS}


def test_package_declares_what_it_imports_and_nothing_else():
    assert imported(ROOT / "embedlab") == CORE.union(*FEATURES.values()) - FEATURES["postgres"]


def test_tests_declare_what_they_import():
    assert imported(TESTS) <= CORE.union(*OPTIONAL.values())


@pytest.mark.parametrize("extra", EXTRAS)
def test_extra_known_to_the_package_is_that_of_the_project(extra):
    of_module = packages_distributions()
    assert {normal(of_module[module][0]) for module in EXTRAS[extra]} == FEATURES[extra]


def test_all_brings_every_feature_of_the_app():
    (all_of,) = PROJECT["optional-dependencies"]["all"]
    assert set(re.search(r"\[(.*)\]", all_of)[1].split(",")) == EXTRAS.keys() - {"postgres"}


@pytest.mark.parametrize("name", USES_INTERNALS)
def test_library_whose_internals_are_used_has_an_upper_bound(name):
    lists = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    (requirement,) = [line for listed in lists for line in listed if normal(re.match(r"[\w.-]+", line)[0]) == name]
    assert re.search(r"<\d|==", requirement), requirement


def test_module_of_the_core_imports_no_extra_at_its_top():
    optional = {module for extra in EXTRAS.values() for module in extra}
    found = {}
    for path in sorted((ROOT / "embedlab").rglob("*.py")):
        if path.relative_to(ROOT / "embedlab").parts[0] == "ui":
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            found |= {str(path): name for name in names if name.partition(".")[0] in optional}
    assert not found


def test_constraints_are_exact_versions_without_addresses():
    lines = [line for line in CONSTRAINTS if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.!]+", line) for line in lines)
    pinned = {normal(line.partition("==")[0]) for line in lines}
    assert CORE.union(*OPTIONAL.values()) <= pinned
