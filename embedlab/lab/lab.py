"""Lab: all of EmbedLab without a browser, in this process, for the command line and Python."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from embedlab import jobs
from embedlab.core.errors import BadInput, NotFound
from embedlab.core.progress import Report, silent
from embedlab.data.bundled import BUNDLED
from embedlab.data.corpus import Corpus
from embedlab.data.interactions.build import Keeping
from embedlab.data.interactions.bundled import BUNDLED_ITEMS
from embedlab.data.interactions.columns import ItemColumns
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.reading.columns import Columns
from embedlab.data.reading.options import ReadOptions
from embedlab.evaluation import BenchmarkResult
from embedlab.evaluation.paired import Place
from embedlab.explain.chosen_together import Together, chosen_together
from embedlab.explain.compare import MOST_WORDS, Comparison, Movers, Shared, movers
from embedlab.explain.contexts import Why
from embedlab.explain.seed_stability import Retrained
from embedlab.jobs import map_tasks, tasks
from embedlab.jobs.map_specs import CompareSpec, MapSpec
from embedlab.jobs.specs import Training, check_benchmarks, check_seed, new_training
from embedlab.lab.answers import classify, explain_pair, fill_masks, search_documents, word_senses
from embedlab.lab.interactions import add_items, holds_choices
from embedlab.lab.interchange import export_run, import_run, sources
from embedlab.lab.map_files import Shade, write_map
from embedlab.lab.map_view import map_view
from embedlab.lab.pausing import wait_until_paused
from embedlab.lab.recommending import data_of, recommend, usual_benchmarks
from embedlab.models import DEFAULT, DEFAULTS, advice_of, family_for
from embedlab.models.advice import Advice
from embedlab.projections import Projection
from embedlab.store.runs import Run
from embedlab.store.scores import Reference, ScoreRequest, leaderboard, score_together
from embedlab.store.tags import Tag, keep_tag, rows_named, tags_of
from embedlab.store.workspace import Workspace, checked_name
from embedlab.sweeps import Board, SweepSpec, axis_of, find_sweep, new_sweep, read_board
from embedlab.sweeps import run as run_sweep
from embedlab.sweeps.seeds import new_check, stability_of
from embedlab.sweeps.spec import judge_of


class Lab(Workspace):
    """A workspace with methods that train, map and evaluate: `Lab("folder")` opens or creates one.

    >>> lab = Lab("workspace")
    >>> run = lab.train(lab.add_corpus("novel.txt"), "word2vec", dim=100)
    >>> run.embedding.neighbours("whale", k=10)
    """

    def __init__(self, home: str | Path | None = None, url: str | None = None):
        opened = Workspace.open(home, url)
        super().__init__(opened.home, opened.catalog)
        jobs.mark_interrupted(self)

    def add_corpus(
        self,
        files: str | Path | Iterable[str | Path],
        *,
        name: str | None = None,
        preprocessing: Mapping | None = None,
        text_column: str | None = None,
        label_column: str | None = None,
        pair_column: str | None = None,
        negative_column: str | None = None,
        score_column: str | None = None,
        encoding: str | None = None,
        separator: str | None = None,
        header: bool | None = None,
        quotes: bool | None = None,
        sheet: str | None = None,
        report: Report = silent,
    ) -> Corpus:
        """The corpus encoded from one file or several, or a bundled one by its key ("lee", "enwiki" ...).

        encoding, separator, header, quotes, sheet: how to read the files, instead of what is detected; see
        `data.reading.options.ReadOptions`. The corpus's `readings` say how each file was read. The same text under
        another name is the same corpus; the name is kept as a second one.
        """
        columns = Columns(text_column, label_column, pair_column, negative_column, score_column)
        reading = ReadOptions(encoding, separator, header, quotes, sheet).to_dict()
        spec = {"name": checked_name(name) if name else None, "preprocessing": preprocessing, "reading": reading}
        made = tasks.encode(self, spec | columns.options() | sources(files), report)
        corpus = self.corpus(made["corpus"])
        return replace(corpus, meta=corpus.meta | {"reading": made["reading"]})

    def advise(self, corpus: Corpus | Interactions | str, model: str = DEFAULT, **settings) -> tuple[Advice, ...]:
        """What to know before training `model` on `corpus` with these settings, the most serious first.

        Each has a level ("warning", "note" or "good") and a sentence. BadSetting for an unknown model or setting.
        """
        data = self.find_data(corpus) if isinstance(corpus, str) else corpus
        return advice_of(family_for(model, data.kind), data, settings)

    def find_corpus(self, key: str, *, report: Report = silent) -> Corpus:
        """The corpus meant by an id or name in the workspace, a bundled key, or a file, which is added."""
        try:
            return self.corpus(key)
        except NotFound:
            if key in BUNDLED or Path(key).exists():
                return self.add_corpus(key, report=report)
            raise NotFound(
                f"{key!r} is neither a corpus of this workspace, nor a file, nor a bundled corpus "
                f"({', '.join(BUNDLED)}). List corpora with: embedlab corpus list"
            ) from None

    def add_interactions(
        self,
        files: str | Path | Iterable[str | Path],
        *,
        name: str | None = None,
        columns: ItemColumns = ItemColumns(),
        titles: str | Path | None = None,
        threshold: float | None = None,
        minimum_user: int = 1,
        minimum_item: int = 1,
        encoding: str | None = None,
        separator: str | None = None,
        header: bool | None = None,
        quotes: bool | None = None,
        sheet: str | None = None,
        report: Report = silent,
    ) -> Interactions:
        """The interactions in one file or several of who chose what, or a bundled set by its key ("tastes").

        columns: which column holds users, items, times and strengths, where what is detected is wrong. titles: a second
        table that names the items. threshold: the least rating that counts as a choice. minimum_user, minimum_item: how
        many choices each must have. The others say how the files are read, as in `add_corpus`.
        """
        reading = ReadOptions(encoding, separator, header, quotes, sheet)
        how = columns, Keeping(threshold, minimum_user, minimum_item), reading
        return add_items(self, files, how, name=name, titles=titles, report=report)

    def find_data(self, key: str, *, report: Report = silent) -> Corpus | Interactions:
        """The data set meant by an id or name in the workspace, a bundled key, or a file, which is added."""
        try:
            return self.data_set(key)
        except NotFound:
            if key in BUNDLED_ITEMS or (Path(key).is_file() and holds_choices(Path(key))):
                return self.add_interactions(key, report=report)
            return self.find_corpus(key, report=report)

    def train(
        self,
        corpus: Corpus | Interactions | str,
        model: str | None = None,
        *,
        name: str | None = None,
        seed: int = 1,
        from_run: Run | str | None = None,
        report: Report = silent,
        **settings,
    ) -> Run:
        """The finished run of `model` on a corpus or interactions with `settings` (fields of the family's config).

        Without a model it is the first choice for such data.

        from_run: a finished run of the same family, or an imported one, from whose vectors training is initialised;
        words that only the corpus has are added. Raises Paused or Cancelled if the run is paused or cancelled.
        """
        corpus = self.find_data(corpus) if isinstance(corpus, str) else corpus
        model = model or DEFAULTS[corpus.kind]
        id = self.new_training(corpus, model, settings, name=name, seed=seed, from_run=from_run)
        jobs.run_here(self, id, report=report)
        return self.run(id)

    def new_training(
        self,
        corpus: Corpus | Interactions,
        model: str,
        settings: Mapping,
        *,
        name: str | None = None,
        seed: int = 1,
        from_run: Run | str | None = None,
    ) -> str:
        """The id of a queued run with checked settings; `jobs.run_here` or `jobs.dispatch` does the training."""
        from_run = self.run(from_run) if isinstance(from_run, str) else from_run
        return new_training(self, Training(corpus, model, settings, name, seed, from_run))

    def pause(self, run: Run | str, *, patience: float = 120.0) -> Run:
        """The run once it has paused or ended, whether an app, a command or a thread trains it.

        BadInput if it is not training, cannot pause, or has not paused within `patience` seconds.
        """
        run = self.run(run) if isinstance(run, str) else run
        wait_until_paused(self, run, patience)
        return self.run(run.id)

    def resume(self, run: Run | str, *, report: Report = silent) -> Run:
        """The finished run, resumed from its last checkpoint after it was paused, cancelled or interrupted."""
        run = self.run(run) if isinstance(run, str) else run
        if run.resumable_at is None:
            raise BadInput(
                f"The run {run.name!r} is {run.status} and has no checkpoint to resume from. "
                + ("Wait until it has ended." if run.status in ("queued", "running") else "Train again from the start.")
            )
        jobs.create(self, "train", {"run": run.id, "resume": True}, title=run.name, id=run.id)
        jobs.run_here(self, run.id, report=report)
        return self.run(run.id)

    def map(
        self,
        run: Run | str,
        method: str = "umap",
        *,
        what: str = "words",
        dims: int = 2,
        limit: int = 5000,
        seed: int = 1,
        start: str | None = None,
        report: Report = silent,
        **settings,
    ) -> Projection:
        """The map of a run's most frequent words (or its documents), computed once and then reused.

        start: the id of a stored map of the same points, from whose layout this one starts.
        """
        run = self.run(run) if isinstance(run, str) else run
        spec = MapSpec(run.id, method, what, dims, limit, seed, settings, start)
        made = map_tasks.make_map(self, spec.json, report)
        return Projection.load(self.map_path(run.id, made["map"]))

    def write_map(
        self,
        run: Run | str,
        projection: Projection,
        path: str | Path,
        *,
        colour: str | None = None,
        target: str = "",
        only: Iterable[str] = (),
    ) -> int:
        """How many points of a map were written to an .html, .csv, .png, .svg or .zip file.

        colour: a colouring or an attribute, by default regions, or the label of labelled documents. target: the word
        that "distance" is measured to. only: conditions on attributes, such as "label=royal" or "year>=1990".
        BadSetting for what the map lacks.
        """
        view = map_view(self, self.run(run) if isinstance(run, str) else run, projection)
        shown = view.where(only)
        shade = Shade(view.colour(colour or view.default_colour, target), shown)
        write_map(view, Path(path), shade)
        return len(projection) if shown is None else int(shown.sum())

    def place(
        self,
        run: Run | str,
        points: Sequence[str],
        method: str = "umap",
        *,
        what: str = "words",
        report: Report = silent,
        **options,
    ) -> list[dict]:
        """Places of words that a map does not draw, or of texts on a map of documents: {"name", "place", "beside"}.

        beside: the drawn point that is nearest on the map. options: as for `map`, which draws a missing map first.
        """
        run = self.run(run) if isinstance(run, str) else run
        projection = self.map(run, method, what=what, report=report, **options)
        view = map_view(self, run, projection)
        placed = view.place(rows=view.items.rows(points).tolist()) if what == "words" else view.place(texts=points)
        return [
            {"name": name, "place": [round(float(value), 6) for value in coords], "beside": view.items.words[beside]}
            for name, coords, beside in zip(placed.names, placed.coords, placed.beside, strict=True)
        ]

    def evaluate(
        self,
        run: Run | str,
        benchmarks: Sequence[str] | None = None,
        *,
        options: Mapping | None = None,
        seed: int = 1,
        report: Report = silent,
    ) -> list[BenchmarkResult]:
        """Scores of a run on benchmarks by name or file; by default on all usual ones that apply to it.

        options: fields of `ScoreOptions`. BadInput if a benchmark that was asked for cannot be used; the scores of the
        others are stored.
        """
        run = self.run(run) if isinstance(run, str) else run
        names = list(benchmarks or usual_benchmarks(self, run))
        check_seed(seed)
        check_benchmarks(names)
        found = tasks.score(
            self, {"run": run.id, "benchmarks": names, "seed": seed, "options": dict(options or {})}, report
        )
        if benchmarks and found["skipped"]:
            raise BadInput(found["skipped"][0]["reason"])
        return [BenchmarkResult.from_dict(result) for result in found["scores"]]

    def recommend(
        self, run: Run | str, *, user: str | None = None, chosen: Sequence[str] = (), k: int = 10
    ) -> tuple[list[dict], tuple[str, ...]]:
        """(`k` recommendations, what could not be used in sentences) for a user of the data, or for somebody who chose
        some items by name or id.

        Each is {"item", "title", "score", "because": [{"item", "title", "share"}]}; shares add up to the score.
        UnknownWord for a user or an item that the data lack, BadInput for a run that recommends nothing.
        """
        run = self.run(run) if isinstance(run, str) else run
        return recommend(self, run, k, user=user, chosen=chosen)

    def rank(
        self,
        runs: Sequence[Run | str],
        benchmark: str,
        *,
        vocabulary: str = "own",
        options: Mapping | None = None,
        seed: int = 1,
        report: Report = silent,
    ) -> list[tuple[Run | Reference, Place]]:
        """Two or more runs scored on one benchmark, best first, each compared with the best by a paired bootstrap.

        vocabulary: "own" (every run with all its words) or "shared" (only words that all of them have).
        """
        compared = [self.run(run) if isinstance(run, str) else run for run in runs]
        if (n := len({run.id for run in compared})) < 2:
            raise BadInput(f"A comparison needs two different runs; got {n}.")
        check_seed(seed)
        check_benchmarks([benchmark])
        made = score_together(self, compared, benchmark, ScoreRequest(options, seed, vocabulary), report=report)
        return leaderboard(self, made[0].digest, runs=compared, seed=seed)

    def search(self, run: Run | str, text: str, *, k: int = 10) -> list[dict]:
        """The `k` documents nearest in meaning to `text`.

        Each is {"document" (from 1), "score", "text", "label", "attributes"}. BadInput for a run that encodes no texts.
        """
        run = self.run(run) if isinstance(run, str) else run
        return search_documents(run, self.run_corpus(run), text, k)

    def fill(self, run: Run | str, text: str, *, k: int = 10) -> list[dict]:
        """The `k` most probable pieces for each [MASK] of `text`: {"place" (from 1), "piece", "probability", "before"}.

        before: the probability before training; None if the base model is no longer available.
        """
        run = self.run(run) if isinstance(run, str) else run
        base = self.run(run.spec.base) if run.spec.base and self.has_run(run.spec.base) else None
        return fill_masks(run, base, text, k)

    def senses(
        self,
        run: Run | str,
        word: str,
        *,
        groups: int | None = None,
        layer: int | None = None,
        limit: int = 2_000,
        report: Report = silent,
    ) -> list[dict]:
        """The senses of a word, largest first: {"group", "occurrences", "words", "examples"} for each.

        layer: of the transformer, by default the last. The encoded occurrences are saved with the run.
        """
        from embedlab.explain.transformer import Senses, senses_path

        run = self.run(run) if isinstance(run, str) else run
        map_tasks.encode_occurrences(self, {"run": run.id, "word": word, "limit": limit, "method": "pca"}, report)
        corpus = cast(Corpus, self.run_corpus(run))  # a run without one has just been refused
        return word_senses(Senses.load(senses_path(run.folder, corpus.id, word, limit)), corpus, groups, layer)

    def classify(self, run: Run | str, texts: Sequence[str]) -> list[dict]:
        """The label of each text by a classifier run: {"text", "label", "probability", "probabilities": {label:
        share}}.

        BadInput for runs of other families.
        """
        run = self.run(run) if isinstance(run, str) else run
        return classify(run, texts)

    def export(self, run: Run | str, format: str, path: str | Path, *, report: Report = silent) -> Path:
        """The file or folder written: a finished run in one of the field's formats (the keys of EXPORTS)."""
        run = self.run(run) if isinstance(run, str) else run
        return export_run(run, format, Path(path), report=report)

    def import_vectors(self, path: str | Path, *, name: str | None = None, report: Report = silent, **options) -> Run:
        """A finished run made of vectors trained elsewhere; docs/formats.md lists the formats. Pickles are refused.

        options: encoding, name_column and vector_column, where what is detected is wrong. The run's notes say how the
        file was read. Its other columns colour and filter the map.
        """
        return import_run(self, Path(path), name=name, options=options, report=report)

    def tag(self, run: Run | str, name: str, items: Sequence[str] | Sequence[int], *, what: str = "words") -> Tag:
        """Name some words (as texts) or documents (by number, from 0) of a run; maps colour, filter and export by it.

        A tag of the same name is replaced. UnknownWord for a word that the run does not have; BadInput for none at all.
        """
        run = self.run(run) if isinstance(run, str) else run
        found = Tag(name, what, rows_named(run, self.run_corpus(run), what, items))
        keep_tag(run, found)
        return found

    def tags(self, run: Run | str, *, what: str = "words") -> list[Tag]:
        """The tags of a run's words or documents, by name."""
        return tags_of(self.run(run) if isinstance(run, str) else run, what)

    def why(
        self, run: Run | str, a: str, b: str, *, window: int | None = None, k: int = 10, report: Report = silent
    ) -> Why:
        """Why two words of a run are near: the contexts they share in its corpus, what each adds, and the sentences.

        window: words on either side, by default as the run was trained. BadInput for a run without a corpus.
        """
        run = self.run(run) if isinstance(run, str) else run
        return explain_pair(run, self.run_corpus(run), [a, b], window=window, k=k, report=report)

    def chosen_together(self, run: Run | str, a: str, b: str) -> Together:
        """Why two items of a run are near: how many users chose both, against what chance would bring together.

        a, b: names or ids. BadInput for a run of words, UnknownWord for an item that the data lack.
        """
        run = self.run(run) if isinstance(run, str) else run
        data = data_of(self, run)
        return chosen_together(data.choices, data.item(a), data.item(b))

    def compare(
        self, a: Run | str, b: Run | str, *, k: int = 10, limit: int | None = MOST_WORDS, report: Report = silent
    ) -> Movers:
        """What moved between two runs: for each of the `limit` most frequent words of both, the neighbours it kept.

        `Movers.mean` is the mean overlap. For two runs that differ only in the seed (`same_but_seed(a, b)`), it is the
        noise level of a setting.
        """
        a, b = (self.run(run) if isinstance(run, str) else run for run in (a, b))
        graphs = a.folder / "graphs", b.folder / "graphs"
        return movers(a.embedding, b.embedding, Shared(limit, k), graphs=graphs, report=report)

    def sweep(
        self,
        corpus: Corpus | Interactions | str,
        model: str | Sequence[str] | None = None,
        *,
        vary: Mapping[str, str | Sequence],
        name: str | None = None,
        report: Report = silent,
        **options,
    ) -> Board:
        """The finished sweep: `vary` maps settings to values, as a list or as text ("2, 5, 10", "0.001..0.1:log").

        options: the other fields of `SweepSpec`: fixed ({family: settings}), strategy ("grid", "random", "tpe"),
        n_points, seeds, objective ("validation" or a benchmark), also, budget (minutes), prune, seed. Trials train side
        by side, one thread each. `resume_sweep` continues a sweep that was cancelled or interrupted. Models of items
        are judged by recommendations: by default under the split that suits the data.
        """
        corpus = self.find_data(corpus) if isinstance(corpus, str) else corpus
        named = (model or DEFAULTS[corpus.kind],) if model is None or isinstance(model, str) else tuple(model)
        families = tuple(family_for(each, corpus.kind).name for each in named)
        if isinstance(corpus, Interactions):
            options.setdefault("objective", judge_of(corpus))
        spec = SweepSpec(
            corpus.id,
            families,
            {setting: axis_of(setting, values, families) for setting, values in vary.items()},
            **options,
        )
        return self.resume_sweep(new_sweep(self, spec, name=name or f"{corpus.name}: {', '.join(vary)}"), report=report)

    def resume_sweep(self, sweep: str, *, report: Report = silent) -> Board:
        """A sweep (id or name), resumed until it is done or its budget ends."""
        id = find_sweep(self, sweep)["id"]
        run_sweep(self, id, report=report)
        return read_board(self, id)

    def stability(self, run: Run | str, *, seeds: int = 5, report: Report = silent) -> Retrained:
        """Seed stability: the share of each word's neighbours that survive retraining with `seeds` - 1 other seeds.

        NotFound if no training with another seed was finished.
        """
        run = self.run(run) if isinstance(run, str) else run
        run_sweep(self, new_check(self, run, seeds=seeds), report=report)
        found = stability_of(run)
        if found is None:
            raise NotFound(
                f"No training of {run.name!r} with another seed was finished, so nothing can be compared. See on the "
                "Runs page why they ended, then check again."
            )
        return found

    def compare_maps(
        self,
        a: Run | str,
        b: Run | str,
        *,
        methods: tuple[str, str] = ("umap", "umap"),
        limit: int = 2000,
        k: int = 10,
        seed: int = 1,
        report: Report = silent,
    ) -> Comparison:
        """Both maps of the most frequent words of two runs, aligned, and what moved; computed once and then reused.

        The same run with two methods compares its two maps.
        """
        a, b = (self.run(run) if isinstance(run, str) else run for run in (a, b))
        spec = CompareSpec(a.id, b.id, methods, limit, k, seed)
        map_tasks.compare_runs(self, spec.json, report)
        return Comparison.load(map_tasks.comparison_path(self, spec))
