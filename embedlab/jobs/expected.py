"""How long a training will take here: the estimate of its family, corrected by what earlier trainings took."""

from collections.abc import Mapping
from dataclasses import replace
from statistics import median

from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.models import MODELS, estimate_of
from embedlab.models.advice import Estimate
from embedlab.store import catalog as tables
from embedlab.store.workspace import Workspace

LEAST_SECONDS = 5.0  # of shorter trainings most is overhead, which tells nothing about longer ones
LATEST = 5
SLOWEST = 5.0  # times the estimate; beyond, something else was the matter


def expected_cost(
    workspace: Workspace, model: str, corpus: Corpus | Interactions, settings: Mapping
) -> Estimate | None:
    """What a training with these settings takes on this machine; None where the family makes no estimate."""
    found = estimate_of(MODELS[model], corpus, settings)
    return found and replace(found, seconds=found.seconds * usual_ratio(workspace, model))


def usual_ratio(workspace: Workspace, model: str) -> float:
    """How many times longer than estimated the last trainings of a family took here; 1 before any."""
    ratios = []
    for row in workspace.catalog.rows(tables.runs, model=model):
        time = (row["summary"] or {}).get("time") or {}
        if time.get("estimated", 0) >= LEAST_SECONDS and time.get("taken", 0) > 0:
            ratios.append(time["taken"] / time["estimated"])
    return min(max(median(ratios[:LATEST]), 1 / SLOWEST), SLOWEST) if ratios else 1.0
