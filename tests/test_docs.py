"""The README keeps its word: its commands are the ones that CI runs, and its Python runs."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_ci_calls_the_test_command_of_the_readme():
    command = "pip install -e '.[test]' && pytest"
    assert f"\n{command}\n" in README
    assert "README.md" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_pictures_of_the_readme_exist():
    for path in re.findall(r"\]\((assets/[^)]+)\)", README):
        assert (ROOT / path).exists(), path


def test_python_of_the_readme_runs(tmp_path, monkeypatch):
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.S)
    assert blocks
    monkeypatch.chdir(tmp_path)
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
