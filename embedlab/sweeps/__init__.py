"""Sweeps: many trainings that answer one question, side by side, pruned, resumable, read with their uncertainty."""

from embedlab.sweeps.conductor import begin, remaining, run
from embedlab.sweeps.spec import STRATEGIES, VALIDATION, Axis, SweepSpec, axis_of, checked
from embedlab.sweeps.table import (
    Board,
    Estimate,
    Point,
    Trial,
    delete_sweep,
    find_sweep,
    list_sweeps,
    new_sweep,
    read_board,
    title_of,
)

__all__ = [
    "STRATEGIES",
    "VALIDATION",
    "Axis",
    "Board",
    "Estimate",
    "Point",
    "SweepSpec",
    "Trial",
    "axis_of",
    "begin",
    "checked",
    "delete_sweep",
    "find_sweep",
    "new_sweep",
    "read_board",
    "list_sweeps",
    "remaining",
    "run",
    "title_of",
]
