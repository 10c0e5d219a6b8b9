"""Which benchmarks are chosen to begin with: the usual ones of which the run knows enough words to say something."""

from collections.abc import Sequence

import streamlit as st

from embedlab.core.errors import EmbedLabError
from embedlab.evaluation import BENCHMARKS, load_benchmark
from embedlab.store.runs import Run

FEW = 30  # items under which a score says little
OF_WORDS = ("similarity", "analogy", "classes", "odd one out")


def chosen_first(run: Run, names: Sequence[str]) -> list[str]:
    """The benchmarks among `names` that are scored unless the reader chooses others."""
    return [name for name in usual(names) if BENCHMARKS[name].task not in OF_WORDS or enough(run.id, name, run)]


def usual(names: Sequence[str]) -> list[str]:
    """The benchmarks among `names` that are scored by default, whatever the run knows."""
    return [name for name in names if name in BENCHMARKS and BENCHMARKS[name].usual]


@st.cache_data(max_entries=256, show_spinner=False)
def enough(run_id: str, name: str, _run: Run) -> bool:
    """Whether a run has the words of FEW items of a benchmark of words."""
    try:
        rows = load_benchmark(BENCHMARKS[name].path).rows
    except (EmbedLabError, AttributeError):  # what cannot be read is scored, and says why
        return True
    only = slice(1) if BENCHMARKS[name].task in ("classes", "odd one out") else slice(None)
    ids, found = _run.embedding.ids, 0
    for row in rows:
        found += all(word in ids or word.lower() in ids for word in row[only] if isinstance(word, str))
        if found >= FEW:
            return True
    return False
