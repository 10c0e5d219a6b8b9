"""Workspace: the folder and catalog that hold corpora, runs, maps and scores, and the ways to read and tidy them."""

import json
import logging
import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import numpy as np

from embedlab.core.errors import BadInput, NotFound
from embedlab.core.files import replace_folder, staging, write_array, write_json
from embedlab.data.attributes import save_attributes
from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.models import MODELS, TRANSFORMER
from embedlab.models.family import Trained
from embedlab.models.recommending import save_recommender
from embedlab.models.training import checkpoints
from embedlab.models.training.checkpoints import Place
from embedlab.models.training.session import Base
from embedlab.projections import Projection
from embedlab.store import catalog as tables
from embedlab.store import data_sets, trash
from embedlab.store.catalog import Catalog, now
from embedlab.store.runs import START, Run, RunSpec
from embedlab.store.trash import Deleted

JOB_COLUMNS = ("status", "message", "started", "finished")  # what a run shows of the job that trains it
OWN = {"runs": tables.runs, "jobs": tables.jobs}  # tables with rows of a run itself
ABOUT = {"maps": tables.maps, "scores": tables.scores}  # tables with rows about it
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Workspace:
    """A home folder and its catalog."""

    home: Path
    catalog: Catalog

    @classmethod
    def open(cls, home: str | Path | None = None, url: str | None = None) -> "Workspace":
        """The workspace at `home` (else EMBEDLAB_HOME, else ./workspace), its catalog at `url` (else EMBEDLAB_DB)."""
        home = Path(home or os.environ.get("EMBEDLAB_HOME") or "workspace").absolute()
        try:
            for name in ("corpora", "runs", "jobs", "uploads", "benchmarks"):
                (home / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(
                f"The workspace {home} cannot be used: {error.strerror}. "
                "Give another folder with --home or EMBEDLAB_HOME."
            ) from None
        url = url or os.environ.get("EMBEDLAB_DB")
        return cls(home, Catalog.open(url) if url else Catalog.in_folder(home))

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been added and nothing asked for yet."""
        return not self.catalog.has(tables.corpora) and not self.catalog.has(tables.jobs)

    # Data sets

    @property
    def corpora_folder(self) -> Path:
        return self.home / "corpora"

    def corpora(self) -> list[dict]:
        """Every corpus, newest first: the catalog's rows (id, name, created, meta)."""
        return data_sets.rows_of(self, data_sets.CORPUS)

    def interactions(self) -> list[dict]:
        """All interactions, newest first: the catalog's rows (id, name, created, meta)."""
        return data_sets.rows_of(self, data_sets.INTERACTIONS)

    def data_set(self, key: str) -> Corpus | Interactions:
        """The corpus or interactions with this id, beginning of an id, or name; NotFound otherwise."""
        return data_sets.opened(self, data_sets.row_of(self, key))

    def corpus(self, key: str) -> Corpus:
        """The corpus with this id, beginning of an id, or name; NotFound otherwise, BadInput for interactions."""
        return cast(Corpus, data_sets.opened(self, data_sets.row_of(self, key, data_sets.CORPUS)))

    def register_corpus(self, corpus: Corpus, name: str | None = None) -> None:
        """List an encoded corpus. One that is listed already keeps its name and gets `name` as a further one."""
        data_sets.register(self, corpus, name)

    def register_interactions(self, data: Interactions, name: str | None = None) -> None:
        """List stored interactions. Those that are listed already keep their name and get `name` as a further one."""
        data_sets.register(self, data, name)

    def rename_corpus(self, key: str, name: str) -> None:
        """Give the corpus or interactions with this id or name another name; NotFound if there are none."""
        self.catalog.update(tables.corpora, data_sets.row_of(self, key)["id"], name=checked_name(name))

    def delete_corpus(self, key: str) -> Deleted:
        """Remove a corpus or interactions that no run needs, for good after a day: until then `restore` brings it back.

        BadInput while runs refer to it, NotFound if there is none.
        """
        return data_sets.delete(self, data_sets.row_of(self, key))

    # Runs

    def new_run(self, spec: RunSpec, *, sweep: str | None = None, point: int | None = None) -> str:
        """The id of a new run in the catalog, not yet trained; of a trial with its place in a sweep."""
        id = uuid.uuid4().hex[:12]
        self.catalog.insert(
            tables.runs,
            id=id,
            name=checked_name(spec.name),
            corpus_id=spec.corpus_id,
            model=spec.model,
            config=dict(spec.config),
            seed=spec.seed,
            created=now(),
            summary=None,
            base=spec.base,
            sweep=sweep,
            point=point,
        )
        self.run_folder(id).mkdir(parents=True, exist_ok=True)
        return id

    def run_folder(self, id: str) -> Path:
        return self.home / "runs" / id

    def runs(self, **equal) -> list[Run]:
        """Every run, newest first, narrowed by column values."""
        return [self._view(*found) for found in self.catalog.joined(tables.runs, tables.jobs, JOB_COLUMNS, **equal)]

    def has_run(self, id: str) -> bool:
        """Whether a run of this id is listed."""
        return self.catalog.has(tables.runs, id=id)

    def run(self, key: str) -> Run:
        """The run with this id, beginning of an id, or name (the newest of that name); NotFound otherwise.

        With START at the end of the key it is the run as its fine-tune began.
        """
        if key.endswith(START):
            return self.run(key.removesuffix(START)).began()
        row = self.catalog.find(tables.runs, key, "run")
        return self._view(row, self.catalog.first(tables.jobs, id=row["id"]))

    def _view(self, row: dict, job: dict | None) -> Run:
        if job is None:  # imported, or made by a process that ended before it wrote what belongs to the run
            done = row["summary"] is not None
            job = {
                "status": "done" if done else "interrupted",
                "started": None,
                "finished": row["created"],
                "message": "" if done else "This run was never stored whole. Delete it and start again.",
            }
        return Run(
            row["id"],
            _spec(row),
            job["status"],
            job["message"],
            row["created"],
            job["started"],
            job["finished"],
            row["summary"] or {},
            self.run_folder(row["id"]),
            row["sweep"],
            row["point"],
        )

    def bases(self, model: str) -> list[Run]:
        """The finished runs that a training of `model` may begin from: those of its family, and imported vectors,
        or those with a transformer to go on from."""
        family = MODELS[model]
        encoder = family.initialised_from == TRANSFORMER
        runs = self.runs(model=list(family.base_families) if encoder else [model, "imported"], sweep=None)
        return [run for run in runs if run.status == "done" and (not encoder or run.encoder_folder)]

    def base(self, id: str) -> Base:
        """What a training gets that begins from the run `id`: words, vectors, counts, and its end where one is kept."""
        if not self.has_run(id):
            raise NotFound(
                "The run that this one begins from has been deleted. Begin from another run, or from random vectors."
            )
        run = self.run(id)
        end = run.folder / "end"
        advice = f"Train {run.name!r} again, or begin from another run."
        kept = None if checkpoints.place_of(end) is None else checkpoints.load(end, advice=advice)
        return Base(run.embedding.words, run.embedding.vectors, run.embedding.counts, kept, run.encoder_folder)

    def finish_run(self, id: str, trained: Trained, summary: dict) -> None:
        """Store what a run ended in: files first, then the catalog, so that a listed summary has its files."""
        documents, encoder, end = trained.documents, trained.encoder, trained.end
        folder = self.run_folder(id)
        folder.mkdir(parents=True, exist_ok=True)
        if documents is not None:
            write_array(folder / "documents.npy", np.asarray(documents, np.float32))
        for what in ("words", "documents"):
            (folder / f"before-{what}.npy").unlink(missing_ok=True)
        for what, vectors in trained.before.items():
            write_array(folder / f"before-{what}.npy", np.asarray(vectors, np.float32))
        if encoder is not None:
            with staging(folder, "model") as staged:
                encoder.save(staged)
                replace_folder(staged, folder / "model")
        if trained.embedding is not None:
            trained.embedding.save(folder)
        if trained.recommender is not None:
            save_recommender(trained.recommender, folder)
            self._keep_attributes(id, trained, folder)
        checkpoints.remove(folder / "end")
        if end is not None:
            checkpoints.save(folder / "end", end, place=Place(1.0, summary["seconds"], len(summary["loss"]), now()))
        row = self.catalog.row(tables.runs, id)
        write_json(folder / "run.json", {"id": id, "spec": asdict(_spec(row)), "summary": summary})
        self.catalog.update(tables.runs, id, summary=summary)
        checkpoints.remove(folder / "checkpoint")

    def _keep_attributes(self, id: str, trained: Trained, folder: Path) -> None:
        """Keep what is known of the items, a row for each that has a vector, so that it colours and filters."""
        data = self.run_interactions(self.run(id))
        if data is None or data.attributes is None or trained.embedding is None:
            return
        number = data.vocabulary.ids
        save_attributes(data.attributes.take([number[name] for name in trained.embedding.words]), folder)

    def rename_run(self, key: str, name: str) -> None:
        """Give the run with this id or name another name; NotFound if there is none."""
        self.catalog.update(tables.runs, self.run(key).id, name=checked_name(name))

    def delete_run(self, key: str) -> Deleted:
        """Remove a run with its vectors, maps, scores and checkpoints, for good after a day: see `restore`.

        Finished runs that began from it keep theirs. BadInput while it trains, or while a run that began from it has
        not ended and may still need it.
        """
        run = self.run(key)
        return self.delete_runs([run], trash.noted("run", run.id, run.name))

    def delete_runs(self, runs: Sequence[Run], what: Deleted, rows: Mapping[str, list[dict]] | None = None) -> Deleted:
        """Remove several runs, and further rows by the name of their table, as one thing that is brought back whole."""
        ids = [run.id for run in runs]
        for run in runs:
            self._may_be_deleted(run, ids)
        own = {name: self.catalog.rows(table, id=ids) if ids else [] for name, table in OWN.items()}
        own |= {name: self.catalog.rows(table, run_id=ids) if ids else [] for name, table in ABOUT.items()}
        for name, more in (rows or {}).items():
            own[name] = [*own.get(name, []), *more]
        return trash.put_away(self, what, own, [run.folder for run in runs])

    def _may_be_deleted(self, run: Run, together: Sequence[str]) -> None:
        if run.status in ("queued", "running"):
            raise BadInput(f"The run {run.name!r} is {run.status}. Cancel it first, then delete it.")
        for other in self.runs(base=run.id):
            if other.id not in together and (other.status in ("queued", "running") or other.resumable_at):
                raise BadInput(
                    f"The run {other.name!r} began from {run.name!r}, is {other.status} and still needs it. "
                    "Let it finish or delete it, then delete this one."
                )

    def restore(self, kind: str, key: str) -> Deleted:
        """Bring back a deleted run, corpus, interactions, benchmark or sweep (`kind`) by its id or name, as it was.

        NotFound when it is no longer kept: what is deleted goes for good after a day.
        """
        return trash.restore(self, trash.find(self, kind, key).id)

    def run_corpus(self, run: Run) -> Corpus | None:
        """The corpus a run was trained on; None for imported vectors, interactions, or when it has been deleted."""
        data = self._trained_on(run)
        return data if isinstance(data, Corpus) else None

    def run_interactions(self, run: Run) -> Interactions | None:
        """The interactions a run was trained on; None for other runs, or when they have been deleted."""
        data = self._trained_on(run)
        return data if isinstance(data, Interactions) else None

    def _trained_on(self, run: Run) -> Corpus | Interactions | None:
        if run.spec.corpus_id is None or not self.catalog.has(tables.corpora, id=run.spec.corpus_id):
            return None
        return self.data_set(run.spec.corpus_id)

    # Maps and scores

    def maps(self, run_id: str) -> list[dict]:
        """The stored maps of a run, newest first: rows (id, spec, scores, created)."""
        return self.catalog.rows(tables.maps, run_id=run_id)

    def map_path(self, run_id: str, map_id: str) -> Path:
        return self.run_folder(run_id) / "maps" / f"{map_id}.npz"

    def stored_map(self, run_id: str, map_id: str) -> Projection | None:
        """A stored map; None if there is none, or if its file is damaged, for then it is to be drawn again."""
        path = self.map_path(run_id, map_id)
        if not path.exists():
            return None
        try:
            return Projection.load(path)
        except BadInput as error:
            log.warning("%s", error)
            return None

    def scores(self, **equal) -> list[dict]:
        """The stored scores, newest first: rows (run_id, digest, benchmark, result, created)."""
        return self.catalog.rows(tables.scores, **equal)

    def score_rows(self, run_id: str, digest: str) -> list[dict]:
        """The single items behind one score."""
        path = self.run_folder(run_id) / "scores" / f"{digest}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def _spec(row: dict) -> RunSpec:
    return RunSpec(row["corpus_id"], row["model"], row["config"], row["seed"], row["name"], row["base"])


def checked_name(name: str) -> str:
    name = " ".join(str(name).split())
    if not name:
        raise BadInput("A name cannot be empty. Type at least one character.")
    return name[:120]
