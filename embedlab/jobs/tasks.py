"""The kinds of long work: encode or index a corpus, train, evaluate or compare runs, make or check a map.

Each takes the workspace, a JSON spec and `report`, stores what it made, and returns a small JSON result.
It knows nothing of processes or pages; `jobs` runs it in a worker, the library and the command line run it in place.
"""

import contextlib
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput, EmbedLabError, NotFound
from embedlab.core.files import write_array
from embedlab.core.progress import Progress, Report, span
from embedlab.core.settings import from_dict
from embedlab.data.build import add_bundled, add_files
from embedlab.data.corpus import Corpus
from embedlab.data.inverted_index import Window
from embedlab.data.reading.columns import Columns
from embedlab.data.reading.options import ReadOptions
from embedlab.data.reading.reading import second_name, sentences_of
from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.explain.compare import Comparison, Shared, Sides, compare
from embedlab.explain.contexts import prepare
from embedlab.explain.transformer.senses import Senses, encode_senses, senses_path
from embedlab.jobs.expected import expected_cost, usual_ratio
from embedlab.jobs.map_specs import CompareSpec, MapSpec
from embedlab.jobs.recorder import Recorder
from embedlab.models import MODELS
from embedlab.models.training.checkpoints import Keeper
from embedlab.models.training.film import callbacks
from embedlab.models.training.session import Session
from embedlab.projections import Projection, Sample, choose, noise_map, projection_of, stability
from embedlab.projections.layout import Show
from embedlab.store import catalog as tables
from embedlab.store.catalog import now
from embedlab.store.items import items_of
from embedlab.store.runs import START, Run
from embedlab.store.scores import score_run, score_together
from embedlab.store.workspace import Workspace

LAYOUT = "layout.npy"  # in the folder of a job: a map on its way, float32 (n, dims)


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
        if spec.get("upload"):
            shutil.rmtree(workspace.home / "uploads" / Path(spec["upload"]).name, ignore_errors=True)
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
    family, corpus = MODELS[run.spec.model], workspace.corpus(run.spec.corpus_id)
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
        "words": len(trained.embedding),
        "dim": trained.embedding.dim,
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
        trained.embedding,
        summary,
        documents=trained.documents,
        encoder=trained.encoder,
        end=None if spec.get("sweep") else trained.end,
        before=trained.before,
    )
    if spec.get("benchmarks"):
        with contextlib.suppress(EmbedLabError):  # one that cannot be used leaves no score, and the sweep says so
            score(workspace, {"run": run.id, "benchmarks": spec["benchmarks"]}, report, run=replace(run, status="done"))
    return summary


def _belongs_to(run: Run, corpus: Corpus) -> dict:
    """What a checkpoint of this run is good for; it is not used for anything else."""
    return {
        "corpus": [corpus.id, corpus.n_documents, corpus.n_tokens, corpus.n_types],
        "model": run.spec.model,
        "settings": dict(run.spec.config),
        "seed": run.spec.seed,
    }


def make_map(workspace: Workspace, spec: Mapping, report: Report) -> dict:
    """The map `spec` asks for, stored and reused: {"map", "run", "method", "drawn", "total", "scores", "seconds"}.

    spec: see `MapSpec`. As a job it leaves the layout so far in its folder, about twice a second.
    """
    started = time.perf_counter()
    asked = MapSpec.from_json(spec)
    run = workspace.run(asked.run)
    projection = workspace.stored_map(run.id, asked.id)
    if projection is None:
        asked.check_installed()
        report(Progress(0, 1, "Reading vectors"))
        items = items_of(workspace, run, asked.what)
        ids, total = choose(items, asked.limit, what=asked.what)
        projection = projection_of(
            items.vectors,
            Sample(ids, total, asked.what),
            asked.method,
            dict(asked.params),
            graphs=run.folder / "graphs",
            n_components=asked.dims,
            seed=asked.seed,
            report=report,
            start=start_of(workspace, asked, ids),
            show=shown_in(report),
        )
        path = workspace.map_path(run.id, asked.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        projection.save(path)
    workspace.catalog.put(
        tables.maps,
        id=asked.id,
        run_id=run.id,
        spec=asked.json | {"run": run.id},
        scores=projection.scores,
        created=now(),
    )
    return {
        "map": asked.id,
        "run": run.id,
        "method": projection.method,
        "drawn": len(projection),
        "total": projection.n_total,
        "scores": projection.scores,
        "seconds": round(time.perf_counter() - started, 3),
    }


def start_of(workspace: Workspace, spec: MapSpec, ids: np.ndarray) -> np.ndarray | None:
    """The coordinates that a map begins from, if its spec names a stored map of the same points."""
    before = workspace.stored_map(spec.run, spec.start) if spec.start else None
    fits = before is not None and before.n_components == spec.dims and np.array_equal(before.ids, ids)
    return before.coords if fits else None


def shown_in(report: Report) -> Show | None:
    """What leaves a layout where the page that watches a job looks for it; None in place, where nobody watches."""
    folder = getattr(report, "folder", None)
    return None if folder is None else lambda share, coords: write_array(folder / LAYOUT, coords, durable=False)


def check_stability(workspace: Workspace, spec: Mapping, report: Report) -> dict:
    """How far the points of a map move with other seeds, stored beside it: {"map", "seeds", "jitter"}."""
    asked = MapSpec.from_json(spec)
    projection, vectors = _drawn(workspace, asked, report)
    found = stability(vectors, projection, graphs=workspace.run(asked.run).folder / "graphs", report=report)
    write_array(workspace.map_path(asked.run, asked.id).with_suffix(".jitter.npy"), found.jitter)
    return {"map": asked.id, "seeds": list(found.seeds), "jitter": found.summary}


def check_noise(workspace: Workspace, spec: Mapping, report: Report) -> dict:
    """The same method on random vectors, stored beside the map: {"map", "scores"}; spec: a map's."""
    asked = MapSpec.from_json(spec)
    projection, vectors = _drawn(workspace, asked, report)
    made = noise_map(vectors, projection, report=report)
    made.save(workspace.map_path(asked.run, asked.id).with_suffix(".noise.npz"))
    return {"map": asked.id, "scores": made.scores}


def _drawn(workspace: Workspace, spec: MapSpec, report: Report) -> tuple[Projection, np.ndarray]:
    """A stored map and the vectors of its points; NotFound before it has been drawn."""
    report(Progress(0, 1, "Reading vectors"))
    run = workspace.run(spec.run)
    projection = workspace.stored_map(run.id, spec.id)
    if projection is None:
        raise NotFound("This map has not been drawn yet. Draw it first, then check it.")
    return projection, np.asarray(items_of(workspace, run, spec.what).vectors[projection.ids])


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
        options=spec.get("options"),
        seed=spec.get("seed", 1),
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
        vocabulary=spec.get("vocabulary", "own"),
        options=spec.get("options"),
        seed=spec.get("seed", 1),
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


def encode_occurrences(workspace: Workspace, spec: Mapping, report: Report) -> dict:
    """The occurrences of a word in a transformer, and their maps: {"senses", "occurrences", "total"}.

    Both are stored and reused. spec: run, word, limit, method (of the maps, one a layer).
    """
    from embedlab.explain.transformer.attention import open_body

    run = workspace.run(spec["run"])
    corpus = workspace.run_corpus(run)
    if corpus is None:
        raise NotFound(
            f"{run.name!r} has no corpus here, so there are no sentences to read. Choose a run that was trained here."
        )
    path = senses_path(run.folder, corpus.id, spec["word"], spec["limit"])
    if not path.exists():
        report(Progress(0, 1, "Loading the transformer"))
        encode_senses(open_body(run), corpus, spec["word"], limit=spec["limit"], report=span(report, 0.0, 0.9)).save(
            path
        )
    senses = Senses.load(path)
    maps = path.with_suffix(f".{spec['method']}.npy")
    if not maps.exists():
        layers = senses.layers + 1
        write_array(
            maps,
            np.stack(
                [
                    senses.map(
                        layer,
                        spec["method"],
                        report=span(report, 0.9 + 0.1 * layer / layers, 0.9 + 0.1 * (layer + 1) / layers),
                    )
                    for layer in range(layers)
                ]
            ),
        )
    return {"senses": path.stem, "occurrences": len(senses), "total": senses.n_total}


def comparison_path(workspace: Workspace, spec: CompareSpec) -> Path:
    """Where a comparison is kept: with its first run, so that it goes when the run goes."""
    return workspace.run_folder(spec.a.removesuffix(START)) / "comparisons" / f"{spec.id}.npz"


def compare_runs(workspace: Workspace, spec: Mapping, report: Report) -> dict:
    """The comparison `spec` asks for, stored and reused: {"comparison", "words", "overlap", "residual"}.

    spec: see `CompareSpec`.
    """
    asked = CompareSpec.from_json(spec)
    path = comparison_path(workspace, asked)
    if not path.exists():
        report(Progress(0, 1, "Reading vectors"))
        runs = [workspace.run(id) for id in (asked.a, asked.b)]
        if asked.what == "documents" and runs[0].spec.corpus_id != runs[1].spec.corpus_id:
            raise BadInput(
                f"{runs[0].name!r} and {runs[1].name!r} were trained on different corpora, so they share no documents. "
                "Compare their words, or choose runs on one corpus."
            )
        a = items_of(workspace, runs[0], asked.what)
        b = a if asked.a == asked.b else items_of(workspace, runs[1], asked.what)
        graphs = tuple(run.folder / "graphs" for run in runs)  # of a run before its training that of the run
        compare(
            a,
            b,
            Sides(asked.methods, asked.seed, graphs),
            Shared(asked.limit, asked.k, asked.what),
            report=report,
        ).save(path)
    made = Comparison.load(path)
    return {"comparison": path.stem, "words": len(made.movers), "overlap": made.movers.mean, "residual": made.residual}


WORK: dict[str, Callable[[Workspace, Mapping, Report], dict]] = {
    "corpus": encode,
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
