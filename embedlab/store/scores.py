"""Scores of runs in a workspace: made with what a run has, kept with the items behind them, and set side by side."""

import io
import json
import os
import shutil
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, lru_cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import cast

from embedlab.core.background import run_reporting
from embedlab.core.errors import BadInput, BadSetting, EmbedLabError
from embedlab.core.files import write_bytes, write_json
from embedlab.core.progress import Progress, Report, silent, span
from embedlab.core.settings import from_dict
from embedlab.data.reading.options import ReadOptions
from embedlab.evaluation import (
    BENCHMARKS,
    BenchmarkResult,
    Difference,
    ItemRun,
    Scored,
    ScoreOptions,
    compare_scores,
    evaluate,
    load_benchmark,
    options_of,
    ranking,
    systems_beside,
)
from embedlab.evaluation.files.loading import SIDECAR
from embedlab.evaluation.paired import Place
from embedlab.models import family_of
from embedlab.models.recommending import Recommender
from embedlab.store import catalog as tables
from embedlab.store.catalog import now
from embedlab.store.runs import Run
from embedlab.store.trash import Deleted, noted, put_away
from embedlab.store.workspace import Workspace

TEXT_TASKS = ("sts", "probe", "search", "classification", "retrieval")
VOCABULARIES = {"own": "every run with all its own words", "shared": "only words that all runs compared have"}


@dataclass(frozen=True)
class ScoreRequest:
    """How runs are scored. options: fields of `ScoreOptions`. vocabulary: see VOCABULARIES. words: those that count."""

    options: Mapping | None = None
    seed: int = 1
    vocabulary: str = "own"
    words: frozenset[str] | None = None


def score_run(
    workspace: Workspace,
    run: Run,
    benchmarks: Sequence[str],
    how: ScoreRequest = ScoreRequest(),
    *,
    report: Report = silent,
) -> tuple[list[BenchmarkResult], list[dict]]:
    """(results, [{"benchmark", "reason"}] of those that cannot be computed). Each result is stored when it is made."""
    scored = _scored(workspace, run, how)
    results, skipped = [], []
    for i, name in enumerate(benchmarks):
        part = span(report, i / len(benchmarks), (i + 1) / len(benchmarks))
        part(Progress(0, 1, f"Scoring {title_of(name)}"))
        try:
            # Some single steps, such as fitting a probe, take longer than a user waits for a cancel to be heard.
            work = partial(evaluate, scored, name, options=how.options, seed=how.seed)
            result = run_reporting(lambda relay: work(report=relay), part)  # noqa: B023
        except EmbedLabError as error:
            skipped.append({"benchmark": name, "reason": str(error)})
            continue
        if result.task in ("classification", "retrieval") and family_of(run.spec.model).learns_labels(run.spec.config):
            note = (
                "This run was trained on these very documents and labels, so the score says how well they were learned."
            )
            result = replace(result, note=f"{result.note} {note}".strip())
        store(workspace, run, result)
        results.append(result)
    report(Progress(1, 1, "Done"))
    return results, skipped


def _scored(workspace: Workspace, run: Run, how: ScoreRequest) -> Scored:
    """What there is of a run to score."""
    data = workspace.run_interactions(run) if run.recommends else None
    if data is None:
        return Scored(run.embedding, workspace.run_corpus(run), run.documents, _encoder(workspace, run), how.words)
    family = family_of(run.spec.model)

    def anew(split: str, report: Report) -> Recommender:
        config = from_dict(family.config, dict(run.spec.config) | {"split": split})
        trained = family.train(data, config, seed=run.spec.seed, report=report)
        return cast(Recommender, trained.recommender)

    items = ItemRun(data, run.recommender, run.spec.config["split"], anew)
    return Scored(run.embedding if run.has_vectors else None, documents=None, items=items)


def _encoder(workspace: Workspace, run: Run):
    """A function that loads the run's sentence encoder once, cached in the workspace; None for a run of words."""
    if run.encoder_folder is None:
        return None

    @cache
    def load():
        from embedlab.models.encoders.load import open_encoder

        encoder = open_encoder(str(run.encoder_folder), run.spec.config.get("max_length") or 256)
        encoder.cache = workspace.home / "encodings"
        return encoder

    return load


def store(workspace: Workspace, run: Run, result: BenchmarkResult) -> None:
    """Keep a result in the catalog and the items behind it in the run's folder, the items first."""
    stored = result.to_dict()
    write_json(run.folder / "scores" / f"{result.digest}.json", stored.pop("rows", None) or [])
    workspace.catalog.put(
        tables.scores, run_id=run.id, digest=result.digest, benchmark=result.benchmark, result=stored, created=now()
    )


def title_of(name: str) -> str:
    """A benchmark as people call it; a file by its name."""
    return BENCHMARKS[name].title if name in BENCHMARKS else Path(name).name


def task_of(name: str, reading: ReadOptions | None = None) -> str:
    """The task of a benchmark by name or file."""
    return BENCHMARKS[name].task if name in BENCHMARKS else load_benchmark(name, reading).task


def score_together(
    workspace: Workspace,
    runs: Sequence[Run],
    benchmark: str,
    how: ScoreRequest = ScoreRequest(),
    *,
    report: Report = silent,
) -> list[BenchmarkResult]:
    """Stored results of several runs on one benchmark, measured alike over the words of each or their shared words.

    BadSetting for any other vocabulary. BadInput if the runs share no words, or if shared words are asked of a
    transformer, which reads whole texts.
    """
    if how.vocabulary not in VOCABULARIES:
        raise BadSetting(f"The vocabulary is 'own' or 'shared'; got {how.vocabulary!r}.")
    if how.vocabulary == "shared":
        if task_of(benchmark, ScoreOptions(**(how.options or {})).reading) in TEXT_TASKS and any(
            run.has_documents or run.encoder_folder for run in runs
        ):
            raise BadInput(
                "A transformer reads whole texts, so it cannot be limited to shared words. "
                "Compare with the vocabulary 'own'."
            )
        how = replace(how, words=frozenset.intersection(*(frozenset(run.embedding.words) for run in runs)))
    results = []
    for i, run in enumerate(runs):
        part = span(report, i / len(runs), (i + 1) / len(runs))
        found, skipped = score_run(workspace, run, [benchmark], how, report=part)
        if skipped:
            raise BadInput(f"{run.name}: {skipped[0]['reason']}")
        results += found
    return results


# Benchmarks of the user


def own_benchmarks(workspace: Workspace) -> list[Path]:
    """The benchmark files that users have added, by name."""
    found = (workspace.home / "benchmarks").glob("*/*")
    return sorted((path for path in found if not path.name.endswith(SIDECAR)), key=lambda path: path.name.lower())


def add_benchmark(
    workspace: Workspace, files: Sequence[tuple[str, bytes]], reading: ReadOptions = ReadOptions()
) -> Path:
    """Keep a benchmark given as (name, bytes) of one file, or of several that are packed into a ZIP.

    reading: how it is to be read where that is not to be detected, which is kept in a file beside it. BadInput, and
    nothing is kept, if it is no benchmark. The same content read alike is kept once.
    """
    if not files:
        raise BadInput("There is no file. Choose one or more.")
    name, data = (
        files[0] if len(files) == 1 else (f"{Path(files[0][0]).stem} and {len(files) - 1} more.zip", _packed(files))
    )
    said = reading.to_dict()
    told = [json.dumps(said, sort_keys=True).encode()] if said else []
    digest = blake2b(b"".join([*(each for _, each in files), *told]), digest_size=6).hexdigest()
    path = workspace.home / "benchmarks" / digest / safe_name(name)
    for known in sorted(path.parent.glob("*")):  # under whatever name it was added first
        if not known.name.endswith(SIDECAR):
            return known
    draft = workspace.home / "uploads" / uuid.uuid4().hex / safe_name(name)
    try:
        write_bytes(draft, data)
        load_benchmark(draft, reading)
        path.parent.mkdir(parents=True, exist_ok=True)
        if said:
            write_json(path.with_name(path.name + SIDECAR), said)
        os.replace(draft, path)
    finally:
        shutil.rmtree(draft.parent, ignore_errors=True)
    return path


def remove_benchmark(workspace: Workspace, path: Path) -> Deleted | None:
    """Forget a benchmark of the user, for good after a day; the scores made with it stay. None for any other file."""
    if path.parent.parent != workspace.home / "benchmarks":
        return None
    return put_away(workspace, noted("benchmark", path.parent.name, path.name), {}, [path.parent])


def _packed(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A ZIP of the files; judgements go where BEIR has them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        jsonl = any(name == "corpus.jsonl" for name, _ in files)
        for name, data in files:
            archive.writestr(
                f"qrels/{safe_name(name)}" if jsonl and name.endswith((".tsv", ".txt")) else safe_name(name), data
            )
    return buffer.getvalue()


def safe_name(name: str) -> str:
    """The user's file name with nothing in it that a path could stumble over."""
    kept = "".join(character if character.isalnum() or character in "._- " else "_" for character in Path(name).name)
    return kept.strip(". ")[:80] or "benchmark.txt"


# What is stored, side by side


def stored_results(workspace: Workspace, **equal) -> list[tuple[Run, BenchmarkResult]]:
    """Every stored result with its run, newest first, narrowed by column values (run_id, digest, benchmark)."""
    rows = workspace.scores(**equal)
    runs = {run.id: run for run in workspace.runs(id=sorted({row["run_id"] for row in rows}))}
    return [(runs[row["run_id"]], BenchmarkResult.from_dict(row["result"])) for row in rows if row["run_id"] in runs]


def scored_alike(
    workspace: Workspace,
    runs: Sequence[Run],
    benchmark: str,
    *,
    vocabulary: str = "own",
    options: Mapping | None = None,
) -> str | None:
    """The digest under which all these runs have been scored on a benchmark with these options; None if they have not.

    With a shared vocabulary the runs scored together must be exactly these.
    """
    by_digest: dict[str, set[str]] = {}
    wanted = {run.id for run in runs}
    name = benchmark if benchmark in BENCHMARKS else Path(benchmark).name
    asked = ScoreOptions(**(options or {}))
    chosen, default = asdict(asked), asdict(ScoreOptions())
    for run, result in stored_results(workspace, benchmark=name):
        # What a result does not name did not exist when it was made, and was done as the default does it.
        alike = all(
            result.options.get(key, default[key]) == chosen[key]
            for key in options_of(result.task)
            if key not in _preset(benchmark)
        )
        if (
            result.vocabulary["mode"] == vocabulary
            and alike
            and (result.by or result.score is None)
            and _same_data(benchmark, result, asked.reading)
        ):
            by_digest.setdefault(result.digest, set()).add(run.id)
    fits = (lambda ids: ids == wanted) if vocabulary == "shared" else wanted.issubset
    return next((digest for digest, ids in by_digest.items() if fits(ids)), None)


def _same_data(benchmark: str, result: BenchmarkResult, reading: ReadOptions | None) -> bool:
    """Whether a result is of this very file, and not of another of its name."""
    return benchmark in BENCHMARKS or result.data == _data_digest(benchmark, os.path.getmtime(benchmark), reading)


@lru_cache(maxsize=64)
def _data_digest(path: str, changed: float, reading: ReadOptions | None) -> str:
    return load_benchmark(path, reading).digest


def _preset(benchmark: str) -> Mapping:
    return BENCHMARKS[benchmark].preset if benchmark in BENCHMARKS else {}


@dataclass(frozen=True)
class Reference:
    """A line of a ranking that is no run: BM25, random vectors, or a run fused with BM25."""

    name: str
    id: None = None


def leaderboard(
    workspace: Workspace, digest: str, *, runs: Sequence[Run] | None = None, seed: int = 1
) -> list[tuple[Run | Reference, Place]]:
    """The stored results of one digest, of these runs or of all, best first, each compared with the best.

    p-values and intervals hold for all pairs of the ranking at once. A ranking by retrieval has lines for BM25, for
    random vectors and for each run fused with BM25.
    """
    wanted = None if runs is None else {run.id for run in runs}
    found = [
        (run, result, workspace.score_rows(run.id, digest))
        for run, result in stored_results(workspace, digest=digest)
        if wanted is None or run.id in wanted
    ]
    entries = [(run.id, result, rows) for run, result, rows in found]
    named: dict[str, Run | Reference] = {run.id: run for run, _, _ in found}
    if found and found[0][1].task == "search":
        beside = systems_beside([(run.name, result, rows) for run, result, rows in found])
        entries += [(f"beside {nth}", *entry[1:]) for nth, entry in enumerate(beside)]
        named |= {f"beside {nth}": Reference(entry[0]) for nth, entry in enumerate(beside)}
    return [(named[place.name], place) for place in ranking(entries, seed=seed)] if entries else []


def claims(places: Sequence[tuple[Run | Reference, Place]]) -> str:
    """What a ranking claims as a whole, in one or two sentences."""
    compared = [place for _, place in places if place.difference is not None]
    if not compared:
        return "Nothing is claimed: these scores are not compared item by item."
    behind = sum(place.verdict == "behind the best" for place in compared)
    best, lines = places[0][0], len(compared) + 1
    if lines == 2:
        level = "A difference where there is none is claimed in 5 % of comparisons at most."
    else:
        level = f"A false claim anywhere among the {lines} lines happens in 5 % of such rankings at most."
    said = f"{behind} of {lines - 1} {'is' if behind == 1 else 'are'} shown to be behind {best.name}. {level}"
    if isinstance(best, Reference) and not best.name.endswith("+ BM25"):
        said = f"No run is shown to be better than {best.name}. {said}"
    return said


def difference(workspace: Workspace, a: Run, b: Run, digest: str, *, seed: int = 1) -> Difference:
    """The difference of two runs on a benchmark that both have been scored on; BadInput if one has not."""
    found = [stored_results(workspace, run_id=run.id, digest=digest) for run in (a, b)]
    for run, results in zip((a, b), found, strict=True):
        if not results:
            raise BadInput(
                f"{run.name!r} has not been scored on this benchmark with these options. Score it, then compare."
            )
    return compare_scores(
        found[0][0][1], found[1][0][1], *(workspace.score_rows(run.id, digest) for run in (a, b)), seed=seed
    )
