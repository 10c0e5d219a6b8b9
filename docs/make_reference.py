"""Writes docs/reference.md from the docstrings of the library: python docs/make_reference.py"""

import inspect
import re
from pathlib import Path

HERE = Path(__file__).parent


def reference() -> str:
    """The whole page: the public methods of the classes that users of the library hold."""
    from embedlab.evaluation.results import BenchmarkResult
    from embedlab.lab import Lab
    from embedlab.store.runs import Run
    from embedlab.vectors.embedding import Embedding

    intro = "# Reference\n\nWritten by docs/make_reference.py from the docstrings; do not edit it by hand.\n"
    return intro + "".join(map(_of_class, (Lab, Run, Embedding, BenchmarkResult)))


def _of_class(kind: type) -> str:
    members = {
        name: member for name, member in inspect.getmembers(kind) if not name.startswith("_") and inspect.getdoc(member)
    }
    parts = [f"\n## {kind.__name__}\n\n{_text(kind)}\n"]
    for name, member in members.items():
        if isinstance(member, property):
            parts.append(f"\n### {kind.__name__}.{name}\n\n{_text(member)}\n")
        elif callable(member):
            parts.append(f"\n### {kind.__name__}.{name}\n\n```\n{name}{_signature(member)}\n```\n\n{_text(member)}\n")
    return "".join(parts)


def _signature(member) -> str:
    """The parameters, without `self`, addresses of objects, and the modules that types come from."""
    shown = re.sub(r"<function (\w+) at 0x[0-9a-f]+>", r"\1", str(inspect.signature(member)))
    return re.sub(r"\b(?:[a-z_]+\d*\.)+(?=[A-Z])", "", shown).replace("(self, ", "(").replace("(self)", "()")


def _text(member) -> str:
    """The docstring; its examples as they are, indented."""
    return "\n".join("    " + line if line.startswith(">>>") else line for line in inspect.getdoc(member).splitlines())


if __name__ == "__main__":
    (HERE / "reference.md").write_text(reference(), encoding="utf-8")
