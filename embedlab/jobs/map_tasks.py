"""Work on the points of runs: draw and check a map, compare two runs, encode the occurrences of a word.

Like all work of `tasks`: each takes the workspace, a JSON spec and `report`, and returns a small JSON result.
"""

import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput, NotFound
from embedlab.core.files import write_array
from embedlab.core.progress import Progress, Report, span
from embedlab.explain.compare import Comparison, Shared, Sides, compare
from embedlab.explain.transformer.senses import Senses, encode_senses, senses_path
from embedlab.jobs.map_specs import CompareSpec, MapSpec
from embedlab.projections import Projection, Sample, choose, noise_map, projection_of, stability
from embedlab.projections.layout import Show
from embedlab.store import catalog as tables
from embedlab.store.catalog import now
from embedlab.store.items import items_of
from embedlab.store.runs import START
from embedlab.store.workspace import Workspace

LAYOUT = "layout.npy"  # in the folder of a job: a map on its way, float32 (n, dims)


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
