"""The documentation is true: its blocks run, its commands are those of CI, its tables and reference are current."""

import ast
import importlib
import re
import shlex
import sys

import pytest
from helpers.commands import run_here
from helpers.paths import ROOT
from test_imports import FLOORS

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"(?:<!-- (?P<mark>[^>]*?) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)```", re.DOTALL)
NOT_RUN = "not run in tests: "  # followed by the reason
GENERATED = {"reference.md"}
NOVEL = "the whale swam in the cold sea . the old captain saw the white whale at night . a ship sank near the coast .\n"


def blocks(page, *kinds: str) -> list[re.Match]:
    """The code blocks of a page of these kinds that are to be run."""
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [block for block in found if block["kind"] in kinds and not (block["mark"] or "").startswith(NOT_RUN)]


def with_blocks(*kinds: str):
    pages = [page for page in PAGES if page.name not in GENERATED and blocks(page, *kinds)]
    return pytest.mark.parametrize("page", pages, ids=lambda page: str(page.relative_to(ROOT)))


@with_blocks("python")
def test_python_of_page_runs(page, tmp_path, monkeypatch):
    """The blocks of a page are one program. A comment "before: ..." above a block is run before it."""
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "docs"}
    for block in blocks(page, "python"):
        before = (block["mark"] or "").removeprefix("before: ")
        for number, code in enumerate((before, block["text"])):
            path = tmp_path / f"block{number}.py"
            path.write_text(code, encoding="utf-8")  # a file, so that functions can be read again by inspect
            exec(compile(code, str(path), "exec"), names)


def commands(block: re.Match) -> list[list[str]]:
    lines = [line for line in block["text"].splitlines() if line.startswith("embedlab ")]
    return [shlex.split(line, comments=True)[1:] for line in lines]


@pytest.mark.slow
@with_blocks("")
def test_commands_of_page_run(page, tmp_path, monkeypatch):
    """Every line that begins with `embedlab` ends well, one after the other, in a folder with a novel in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "novel.txt").write_text(NOVEL * 200, encoding="utf-8")
    for block in blocks(page, ""):
        before = shlex.split((block["mark"] or "").removeprefix("before: embedlab "))
        for words in [before] * bool(before) + commands(block):
            done = run_here(tmp_path / "workspace", *words)
            assert done.returncode == 0, (words, done.stderr)


@pytest.mark.parametrize(
    "page", [p for p in PAGES if p.name not in GENERATED], ids=lambda page: str(page.relative_to(ROOT))
)
def test_files_and_scripts_that_a_page_names_exist(page):
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"\b((?:bench|tests|docs|embedlab)/[\w/]+\.(?:py|md))", text)
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    absent = [name for name in named if not (ROOT / name).exists()]
    assert absent + [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("script", sorted((ROOT / "bench").glob("*.py")), ids=lambda path: path.name)
def test_script_of_bench_imports_what_the_package_has(script):
    """So that the figures of the pages can be measured again after modules have moved."""
    nodes = [node for node in ast.walk(ast.parse(script.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    for node in nodes:
        if not (node.module or "").startswith("embedlab"):
            continue
        module = importlib.import_module(node.module)
        absent = [alias.name for alias in node.names if not hasattr(module, alias.name)]
        for name in absent:
            importlib.import_module(f"{node.module}.{name}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_options_of_scripts_that_a_page_names_exist(page):
    calls = re.findall(r"python bench/(\w+)\.py([^`\n#]*)", page.read_text(encoding="utf-8"))
    asked = {(script, option) for script, words in calls for option in re.findall(r"--([\w-]+)", words)}
    known = {script: (ROOT / "bench" / f"{script}.py").read_text(encoding="utf-8") for script, _ in asked}
    assert [(script, option) for script, option in asked if not re.search(rf'"(--)?{option}"', known[script])] == []


def test_ci_calls_the_test_command_of_the_readme():
    assert "\npip install -e '.[test]' && pytest -n 2\n" in README
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "README.md" in ci and "constraints.txt" in ci and ci.index("pytest -n 2 -m slow") > 0
    assert re.search(r"^\.ci/wheel .*&\nwheel=\$!$.*^wait \"\$wheel\" \|\|", ci, re.MULTILINE | re.DOTALL)


def test_table_of_the_architecture_is_that_of_the_floors():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", text, re.MULTILINE)
    table = [{name for number, name in rows if int(number) == floor} for floor in range(1, len(FLOORS) + 1)]
    assert table == FLOORS


def test_reference_is_up_to_date(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    from make_reference import reference

    sys.modules.pop("make_reference")
    written = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    assert written == reference(), "run: python docs/make_reference.py"
