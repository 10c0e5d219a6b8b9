"""What runs that measure themselves as they train have to show; each panel reads its own part of the notes of a run."""

from embedlab.store.runs import Run
from embedlab.ui.train import classifier, static

# The key of a run's notes -> what shows it.
PANELS = {"classification": classifier.results, "kept": static.results}


def has_results(run: Run) -> bool:
    """Whether a run has measured itself, and so has more to show than fits beside the form."""
    return run.status == "done" and any(key in run.summary.get("notes", {}) for key in PANELS)


def show(run: Run) -> None:
    """Every panel that the notes of a finished run have something for."""
    notes = run.summary.get("notes", {}) if run.status == "done" else {}
    for key, panel in PANELS.items():
        if key in notes:
            panel(run)
