"""Training a run again with other seeds, side by side, and what that says about each word: a sweep of seeds alone."""

from embedlab.core.errors import BadInput, NotFound
from embedlab.core.progress import Report
from embedlab.explain.seed_stability import FILE, Retrained, retrained
from embedlab.models import MODELS
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.sweeps.spec import SweepSpec, owned_settings
from embedlab.sweeps.table import list_sweeps, new_sweep, read_board

PURPOSE = "seeds"
MOST_SEEDS = 20


def new_check(workspace: Workspace, run: Run, *, seeds: int = 5, budget: float = 60.0) -> str:
    """The id of a sweep that trains `run` again with seeds - 1 others; one that was begun already goes on.

    BadInput for runs that cannot be repeated: imported vectors, and runs that began from another one.
    """
    if run.status != "done":
        raise BadInput(f"The run {run.name!r} is {run.status}. Its stability can be checked once it is done.")
    if run.spec.model not in MODELS or (workspace.run_corpus(run) or workspace.run_interactions(run)) is None:
        raise BadInput(
            f"{run.name!r} has no data here, so it cannot be trained again. Choose a run that was trained here."
        )
    if not run.has_vectors:
        raise BadInput(f"The items of {run.name!r} have no vectors, so no neighbours can change. Choose another run.")
    if run.spec.base:
        raise BadInput(
            f"{run.name!r} began from another run, and so would every seed: they would not be independent. Choose a "
            "run that began from random vectors."
        )
    if not 2 <= seeds <= MOST_SEEDS:
        raise BadInput(f"Stability takes 2 to {MOST_SEEDS} seeds, that of the run among them; got {seeds}.")
    first = run.spec.seed + 1 if run.spec.seed < 2**31 - 100 else 0
    owned = owned_settings([run.spec.model])
    config = {name: value for name, value in run.spec.config.items() if name not in owned}
    spec = SweepSpec(
        run.spec.corpus_id,
        (run.spec.model,),
        fixed={run.spec.model: config},
        seeds=seeds - 1,
        seed=first,
        prune=False,
        budget=budget,
        purpose=PURPOSE,
        base=run.id,
    )
    for row in list_sweeps(workspace):
        if row["spec"]["base"] == run.id and row["spec"]["seeds"] == spec.seeds:
            return row["id"]
    return new_sweep(workspace, spec, name=f"Seeds of {run.name}")


def conclude(workspace: Workspace, id: str, report: Report) -> dict:
    """Compare the neighbours of the seeds trained so far and keep the result with the run: {"seeds", "kept"}.

    {} for too few.
    """
    board = read_board(workspace, id)
    run = workspace.run(board.spec.base)
    trained = [(trial.seed, workspace.run(trial.run).embedding) for trial in board.trials if trial.status == "done"]
    if not trained:
        return {}
    found = retrained([(run.spec.seed, run.embedding), *trained], report=report)
    found.save(run.folder / FILE)
    return {"seeds": list(found.seeds), "kept": float(found.kept.mean())}


def stability_of(run: Run) -> Retrained | None:
    """What is known about the stability of a run's words; None before it has been checked."""
    try:
        return Retrained.load(run.folder / FILE)
    except NotFound:
        return None
