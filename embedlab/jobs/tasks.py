"""The kinds of long work: encode or index a corpus, train and evaluate runs; maps and comparisons: map_tasks.

Each takes the workspace, a JSON spec and `report`, stores what it made, and returns a small JSON result.
It knows nothing of processes or pages; `jobs` runs it in a worker, the library and the command line run it in place.
"""

import contextlib
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from embedlab.core.errors import BadInput, EmbedLabError
from embedlab.core.progress import Report
from embedlab.core.settings import from_dict
from embedlab.data.build import add_bundled, add_files
from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.inverted_index import Window
from embedlab.data.reading.columns import Columns
from embedlab.data.reading.options import ReadOptions
from embedlab.data.reading.reading import second_name, sentences_of
from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.explain.contexts import prepare
from embedlab.jobs.data_tasks import clear_upload, take_in
from embedlab.jobs.expected import expected_cost, usual_ratio
from embedlab.jobs.map_tasks import check_noise, check_stability, compare_runs, encode_occurrences, make_map
from embedlab.jobs.recorder import Recorder
from embedlab.models import MODELS
from embedlab.models.family import Trained
from embedlab.models.training.checkpoints import Keeper
from embedlab.models.training.film import callbacks
from embedlab.models.training.session import Session
from embedlab.store.runs import Run
from embedlab.store.scores import ScoreRequest, score_run, score_together
from embedlab.store.workspace import Workspace


def encode(workspace: Workspace, spec: Mapping, report: Report) -> dict:
    """A corpus from files or from a bundled one: {"corpus", "name", "documents", "tokens" ...}.

    spec: either `bundled` (a key) or `files` ([{"path", "name"}]); `name`; `preprocessing`; `text_column`,
    `label_column`, `pair_column`, `negative_column`, `score_column`; `reading` holds the fields of ReadOptions that
    are given; `upload` is the folder in uploads/ to clear away afterwards. The result holds `reading`, how each file
    was read, and `said`, the same in sentences.
    """
    started = time.perf_counter()
    preprocessing = from_dict(Preprocessing, dict(spec["preprocessing"])) if spec.get("preprocessing") else None
    try:
        if spec.get("bundled"):
            corpus = add_bundled(
                spec["bundled"],
                workspace.corpora_folder,
                name=spec.get("name"),
                preprocessing=preprocessing,
                report=report,
            )
        else:
            corpus = add_files(
                [(Path(file["path"]), file["name"]) for file in spec["files"]],
                workspace.corpora_folder,
                name=spec.get("name") or None,
                preprocessing=preprocessing or Preprocessing(),
                columns=Columns.from_options(spec),
                options=ReadOptions(**spec.get("reading") or {}),
                report=report,
            )
    finally:
        clear_upload(workspace, spec)
    workspace.register_corpus(corpus, spec.get("name"))
    known = workspace.corpus(corpus.id).name
    return {
        "corpus": corpus.id,
        "name": known,
        "reading": corpus.meta.get("reading", []),
        "said": [*sentences_of(corpus.readings), *second_name(known, spec.get("name"))],
        "documents": corpus.n_documents,
        "tokens": corpus.n_tokens,
        "types": corpus.n_types,
        "seconds": round(time.perf_counter() - started, 3),
    }


def train(workspace: Workspace, spec: Mapping, report: Report) -> dict:
    """Train the run `spec["run"]`: {"run", "words", "dim", "seconds", "words_per_second", "loss", "notes"}.

    With spec["resume"] it resumes from the checkpoint of the run. Raises Paused when the user has asked to pause.
    """
    run = workspace.run(spec["run"])
    family, corpus = MODELS[run.spec.model], workspace.data_set(run.spec.corpus_id)
    family.check_installed()
    config, began = from_dict(family.config, run.spec.config), time.perf_counter()
    # Trials of a sweep are many and short: an estimate of each would cost more than it tells.
    cost = None if spec.get("sweep") else expected_cost(workspace, run.spec.model, corpus, run.spec.config)
    if cost and isinstance(report, Recorder):
        report.expected = cost.seconds
    keeper = Keeper(run.folder, report, of=_belongs_to(run, corpus), resume=bool(spec.get("resume")))
    scratch = run.folder / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)  # of a training that was killed
    scratch.mkdir(parents=True)
    try:
        film = callbacks(run.folder, spec.get("watch"), resumed_at=keeper.since.done if keeper.resume else None)
        session = Session(
            **film,
            save=keeper.save,
            save_due=keeper.due,
            pause_asked=keeper.pause_asked,
            saved=keeper.saved(),
            base=workspace.base(run.spec.base) if run.spec.base else None,
            scratch=scratch,
            cache=workspace.home / "encodings",
        )
        trained = family.train(corpus, config, seed=run.spec.seed, report=keeper.report, session=session)
    except EmbedLabError:
        keeper.failed()
        raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    summary = {
        "run": run.id,
        **_sizes(trained, corpus),
        "seconds": round(trained.seconds, 3),
        "words_per_second": round(trained.raw_words / trained.seconds) if trained.seconds else 0,
        "loss": [float(value) for value in trained.loss],
        "validation": [float(value) for value in trained.validation],
        "notes": trained.notes,
    }
    if cost and not keeper.resume:  # the next estimate learns from it
        estimated = cost.seconds / usual_ratio(workspace, run.spec.model)
        summary["time"] = {"estimated": round(estimated, 3), "taken": round(time.perf_counter() - began, 3)}
    # A sweep keeps no end states: they would treble its size, and trials are for comparing, not for training on.
    workspace.finish_run(
        run.id,
        replace(trained, end=None) if spec.get("sweep") else trained,
        summary,
    )
    if spec.get("benchmarks"):
        with contextlib.suppress(EmbedLabError):  # one that cannot be used leaves no score, and the sweep says so
            score(workspace, {"run": run.id, "benchmarks": spec["benchmarks"]}, report, run=replace(run, status="done"))
    return summary


def _sizes(trained: Trained, data: Corpus | Interactions) -> dict:
    """How many vectors a run ends in and how long they are; 0 where items have none."""
    embedding = trained.embedding
    found = {"words": len(embedding), "dim": embedding.dim} if embedding is not None else {"words": 0, "dim": 0}
    if trained.recommender is not None and isinstance(data, Interactions):
        found |= {"items": int(trained.recommender.seen.sum()), "users": data.n_users}
    return found


def _belongs_to(run: Run, data: Corpus | Interactions) -> dict:
    """What a checkpoint of this run is good for; it is not used for anything else."""
    return {
        "corpus": data.sizes,
        "model": run.spec.model,
        "settings": dict(run.spec.config),
        "seed": run.spec.seed,
    }


def score(workspace: Workspace, spec: Mapping, report: Report, *, run: Run | None = None) -> dict:
    """Score a run: {"scores": [result, ...]}, each stored with the items behind it.

    spec: run, benchmarks (names, or paths of files in the same formats), seed, options (of `ScoreOptions`). A benchmark
    that cannot be computed for this run is listed under "skipped" with the reason. If none can, the first reason is
    raised. run: a run that has its vectors but whose job has not ended yet.
    """
    results, skipped = score_run(
        workspace,
        run or workspace.run(spec["run"]),
        list(spec["benchmarks"]),
        ScoreRequest(spec.get("options"), spec.get("seed", 1)),
        report=report,
    )
    if skipped and not results:
        raise BadInput(skipped[0]["reason"])
    return {
        "scores": [{key: value for key, value in result.to_dict().items() if key != "rows"} for result in results],
        "skipped": skipped,
    }


def rank(workspace: Workspace, spec: Mapping, report: Report) -> dict:
    """Score several runs alike on one benchmark, so that they compare: {"digest"}.

    spec: runs, benchmark, vocabulary ("own" or "shared"), options, seed.
    """
    runs = [workspace.run(id) for id in spec["runs"]]
    results = score_together(
        workspace,
        runs,
        spec["benchmark"],
        ScoreRequest(spec.get("options"), spec.get("seed", 1), spec.get("vocabulary", "own")),
        report=report,
    )
    return {"digest": results[0].digest}


def index(workspace: Workspace, spec: Mapping, report: Report) -> dict:
    """Build what questions about shared contexts need: {"corpus"}. spec: corpus, window (the fields of `Window`)."""
    corpus = workspace.corpus(spec["corpus"])
    prepare(corpus, Window(**spec["window"]), report=report)
    return {"corpus": corpus.id}


def count(workspace: Workspace, spec: Mapping, report: Report) -> dict:
    """One part of the work that trainings of a family share, such as counting: {"corpus", "shard"}.

    spec: corpus, model, question (see `SharedWork`), shard, of.
    """
    corpus, shared = workspace.corpus(spec["corpus"]), MODELS[spec["model"]].shared
    shared.part(corpus, spec["question"], spec["shard"], spec["of"], report)
    return {"corpus": corpus.id, "shard": spec["shard"]}


WORK: dict[str, Callable[[Workspace, Mapping, Report], dict]] = {
    "corpus": encode,
    "interactions": take_in,
    "train": train,
    "map": make_map,
    "evaluate": score,
    "rank": rank,
    "index": index,
    "count": count,
    "compare": compare_runs,
    "stability": check_stability,
    "noise": check_noise,
    "senses": encode_occurrences,
}
