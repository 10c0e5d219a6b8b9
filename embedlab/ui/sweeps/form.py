"""Starting a sweep: the lessons, each one click, and the form for a sweep of one's own."""

import streamlit as st

from embedlab import jobs
from embedlab.core.errors import BadSetting
from embedlab.core.progress import silent
from embedlab.core.settings import Setting, settings_of
from embedlab.core.sizes import count_of, duration
from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.evaluation import BENCHMARKS, applicable
from embedlab.jobs.data_tasks import take_in
from embedlab.models import DEFAULTS, INTERACTIONS, MODELS, TEXTS, families_for
from embedlab.store.workspace import Workspace
from embedlab.sweeps import STRATEGIES, VALIDATION, SweepSpec, axis_of, begin, checked, new_sweep, title_of
from embedlab.sweeps.conductor import cores
from embedlab.sweeps.presets import LESSONS, Lesson
from embedlab.sweeps.spec import SPLIT, judge_of, loss_changing, owned_settings
from embedlab.ui.parts.forms import Shown, config_form
from embedlab.ui.parts.frame import pick_data, remember, workspace
from embedlab.ui.parts.text import plain

HOW = (
    "Values separated by commas (10, 25, 50), or a range: 10..200, with ten values 10..200:10, by equal factors "
    "10..200:log."
)
ABOUT = {
    "grid": "Tries every combination of the values.",
    "random": "Draws settings at random. With many of them it covers more values of each than a grid.",
    "tpe": "Begins at random, then searches near the best settings (tree-structured Parzen estimator, Bergstra et al. "
    "2011).",
}


def lessons(here: Workspace) -> None:
    """The lessons, each with its question and the button that starts it."""
    for column, lesson in zip(st.columns(len(LESSONS), gap="large"), LESSONS.values(), strict=True):
        with column, st.container(border=True, height="stretch"):
            _lesson(here, lesson)
    st.caption(
        "A lesson trains each run on one thread, as many at once as this computer has cores. It says what its "
        "numbers show and what they do not."
    )


def _lesson(here: Workspace, lesson: Lesson) -> None:
    st.header(lesson.title, anchor=False)
    st.write(lesson.question)
    names = _offered(here, lesson)
    if not names:
        st.caption("No corpus yet. Bundled corpora are being prepared; wait a moment.")
        return
    id = st.selectbox(
        "Corpus" if lesson.kind == TEXTS else "Data set",
        list(names),
        key=f"lesson.{lesson.key}.corpus",
        format_func=names.get,
    )
    spec = checked(lesson.spec(id))
    known = spec.known(spec.families[0])
    varied = ", ".join(f"{known[name].label.lower()} {axis}" for name, axis in spec.vary.items())
    first = title_of(spec.objective).lower() if spec.objective == VALIDATION else title_of(spec.objective)
    many = f"{count_of(spec.seeds, 'seed')} each: {spec.most_trials} trainings"
    cost = _cost(here.data_set(id), spec) if id != lesson.corpus else "well under a minute"
    st.caption(
        f"{MODELS[spec.families[0]].title}, {varied}; {many}, {cost}. "
        f"Measured by {', '.join([first, *map(title_of, spec.also)])}."
    )
    st.button(
        "Start lesson",
        type="primary",
        icon=":material/play_arrow:",
        key=f"lesson.{lesson.key}",
        on_click=_start_lesson,
        args=(here, lesson, id),
    )


def _offered(here: Workspace, lesson: Lesson) -> dict[str, str]:
    """What a lesson may learn from, id -> name and size: first what it is made for, then the larger before the smaller.

    Bundled choices that are not here yet stand under their key; the lesson adds them.
    """
    rows, size, what = here.corpora(), "n_tokens", "tokens"
    if lesson.kind == INTERACTIONS:
        rows, size, what = here.interactions(), "n_interactions", "choices"
    rows = sorted(rows, key=lambda row: (row["name"] != lesson.corpus_title, -row["meta"][size]))
    found = {row["id"]: f"{row['name']} · {row['meta'][size]:,} {what}" for row in rows}
    absent = lesson.kind == INTERACTIONS and all(row["name"] != lesson.corpus_title for row in rows)
    return {lesson.corpus: f"{lesson.corpus_title} · bundled"} | found if absent else found


def _start_lesson(here: Workspace, lesson: Lesson, id: str) -> None:
    """Begin a lesson; bundled choices that are not here yet are added first, which takes a moment."""
    if id == lesson.corpus:
        id = take_in(here, {"bundled": lesson.corpus}, silent)["dataset"]
    _start(here, checked(lesson.spec(id)), f"{lesson.title}: {here.data_set(id).name}")


def _start(here: Workspace, spec: SweepSpec, name: str) -> None:
    """Begin a sweep; a callback, so that its results, waiting at first, are what the page shows next."""
    id = new_sweep(here, spec, name=name)
    begin(here, id)
    remember("sweep", id)
    st.session_state.pop("pick_sweep", None)
    st.session_state["sweep_began"] = True


def form(here: Workspace) -> None:
    """A sweep of one's own."""
    corpus_id = pick_data(here)
    if corpus_id is None:
        return
    corpus = here.data_set(corpus_id)
    left, right = st.columns([3, 2], gap="large")
    with left:
        families = tuple(
            st.pills(
                "Models",
                list(families_for(corpus.kind)),
                selection_mode="multi",
                default=[DEFAULTS[corpus.kind]],
                key="sweep.families" if corpus.kind == TEXTS else f"sweep.families.{corpus.kind}",
                wrap=True,
                format_func=lambda name: MODELS[name].title,
            )
            or ()
        )
        if not families:
            st.caption(":material/info: Choose at least one model.")
            return
        vary = _varied(families)
        fixed = _fixed(corpus, families, tuple(vary))
    with right:
        spec_fields = _search(corpus, families, vary)
    try:
        axes = {name: axis_of(name, text, families) for name, text in vary.items()}
        spec = checked(SweepSpec(corpus_id, families, axes, fixed, **spec_fields)).with_numbers(corpus)
    except BadSetting as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    with right:
        many = (
            f"{spec.most_points} settings × {spec.seeds} seeds = {spec.most_trials} trainings"
            if spec.seeds > 1
            else f"{spec.most_trials} trainings"
        )
        st.caption(
            f"{many}, {_cost(corpus, spec)}; the budget ends it after {spec.budget:g} min, and it can be resumed."
        )
        given = f"{corpus.name}: {', '.join(spec.known(families[0])[setting].label.lower() for setting in vary)}"
        name = st.text_input("Name of the sweep", placeholder=given, key="sweep.name")
        st.button(
            "Start sweep",
            type="primary",
            icon=":material/play_arrow:",
            width="stretch",
            on_click=_start,
            args=(here, spec, name or given),
        )


def _settings(families: tuple[str, ...]) -> dict[str, Setting]:
    """Every setting that may vary, of any of the families."""
    found: dict[str, Setting] = {}
    owned = owned_settings(families)
    for family in families:
        for s in settings_of(MODELS[family].config):
            if s.name not in owned and s.name != SPLIT:  # which follows from what judges
                found.setdefault(s.name, s)
    return found


def _varied(families: tuple[str, ...]) -> dict[str, str]:
    """The settings that vary with the values typed for each."""
    known = _settings(families)
    names = st.multiselect(
        "Settings to vary",
        list(known),
        default=[name for name in ("dim",) if name in known],
        key=f"sweep.vary.{'.'.join(families)}",
        format_func=lambda name: known[name].label,
        help="Each takes the values you give. All others stay as they are.",
    )
    found = {}
    for i, name in enumerate(names):
        if i % 2 == 0:
            cells = st.columns(2)
        with cells[i % 2]:
            found[name] = st.text_input(
                known[name].label,
                value=_suggested(known[name]),
                key=f"sweep.values.{name}",
                persist_state="session",
                help=f"{known[name].help} {HOW}",
            )
    if names:
        st.caption(HOW)
    return found


def _suggested(s: Setting) -> str:
    """Values worth a first look: every choice, or the default with a step down and two up."""
    if s.name == "dim":
        return "10, 25, 50, 100, 200"
    if s.choices:
        return ", ".join(s.choices)
    if s.type is bool:
        return "true, false"
    usual = s.fixed if s.automatic else s.default
    if not isinstance(usual, int | float) or not usual:
        return ""
    values = [s.type(usual * factor) if s.type is float else round(usual * factor) for factor in (0.4, 1, 2, 4)]
    kept = [value for value in values if (s.low is None or value >= s.low) and (s.high is None or value <= s.high)]
    return ", ".join(f"{value:g}" for value in dict.fromkeys(kept))


def _fixed(corpus: Corpus | Interactions, families: tuple[str, ...], skip: tuple[str, ...]) -> dict[str, dict]:
    """Settings that stay, by family; the defaults unless the reader looks."""
    if not st.toggle("Change the fixed settings", key="sweep.fixed"):
        return {}
    found, skip = {}, (*skip, SPLIT, *owned_settings(families))
    for family in families:
        st.markdown(f"**{MODELS[family].title}**")
        found[family] = config_form(
            MODELS[family].config,
            key=f"sweep.{family}",
            shown=Shown(skip=skip, automatic=MODELS[family].automatic(corpus, {})),
        )
    return found


def _search(corpus: Corpus | Interactions, families: tuple[str, ...], vary: dict) -> dict:
    """How points are chosen and judged, by the names of the fields of SweepSpec."""
    strategy = st.segmented_control(
        "Search", list(STRATEGIES), default="grid", required=True, format_func=STRATEGIES.get, key="sweep.strategy"
    )
    st.caption(ABOUT[strategy])
    cells = st.columns(2 if strategy == "grid" else 3)
    found = {"strategy": strategy}
    if strategy != "grid":
        found["n_points"] = int(
            cells[0].number_input(
                "Number of settings",
                2,
                1000,
                20,
                key="sweep.points",
                help="More settings tried find better ones and take longer.",
            )
        )
    found["seeds"] = int(
        cells[-2].number_input(
            "Seeds per setting",
            1,
            20,
            3,
            key="sweep.seeds",
            help="More seeds tell smaller differences from chance; one tells none.",
        )
    )
    found["budget"] = float(
        cells[-1].number_input(
            "Budget, minutes",
            0.5,
            10_000.0,
            10.0,
            step=5.0,
            key="sweep.budget",
            help="No run starts that would end after this time.",
        )
    )
    return found | (_judged_by_splits(corpus) if isinstance(corpus, Interactions) else _judged(corpus, families, vary))


def _judged_by_splits(data: Interactions) -> dict:
    """What judges models of items: recommendations under one split, and others besides."""
    offered = applicable(data)
    objective = st.selectbox(
        "Judge by",
        offered,
        index=offered.index(judge_of(data)),
        format_func=title_of,
        key=f"sweep.objective.{data.has_times}",
        help="Every training holds these choices out.",
    )
    st.caption(BENCHMARKS[objective].about)
    also = st.multiselect(
        "Score besides",
        [name for name in offered if name != objective],
        format_func=title_of,
        key="sweep.also.items",
        help="Each trains every model once more, without the choices that it holds out.",
    )
    return {"objective": objective, "also": tuple(also), "prune": False}


def _judged(corpus: Corpus, families: tuple[str, ...], vary: dict) -> dict:
    """What judges models of texts: the held-out loss where it compares, or a benchmark."""
    found: dict = {}
    benchmarks = applicable(corpus)
    judged = all(MODELS[family].judged_by for family in families)
    comparable = judged and not loss_changing(families, vary)
    offered = [
        *([VALIDATION] if judged else []),
        *(name for name in benchmarks if BENCHMARKS[name].task not in ("bias", "geometry")),
    ]  # more is not better there
    found["objective"] = st.selectbox(
        "Judge by",
        offered,
        index=0 if comparable or not judged else 1,
        format_func=title_of,
        key=f"sweep.objective.{judged}.{comparable}",
        help="Held-out loss compares sizes, rates and epochs of one model; other settings change what the loss "
        "measures, so they need a benchmark.",
    )
    found["also"] = tuple(
        st.multiselect(
            "Score besides",
            [name for name in benchmarks if name != found["objective"]],
            format_func=title_of,
            key="sweep.also",
        )
    )
    found["prune"] = st.toggle(
        "Stop unpromising runs early",
        value=True,
        key="sweep.prune",
        help="Stops a run when, past half of its epochs, its held-out loss is above the median of at least four "
        "comparable ones.",
    )
    return found


@st.cache_data(show_spinner=False, max_entries=256)
def _seconds(corpus_id: str, model: str, settings: tuple, _corpus: Corpus | Interactions) -> float | None:
    found = jobs.expected_cost(workspace(), model, _corpus, dict(settings))
    return found and found.seconds


def _cost(corpus: Corpus | Interactions, spec: SweepSpec) -> str:
    """The time that all trials take here, in words."""
    seconds = [
        _seconds(corpus.id, family, tuple(spec.config(family, settings).items()), corpus)
        for family, settings in spec.grid()[:60]
    ]
    known = [each for each in seconds if each is not None]
    if not known:
        return "of unknown length"
    total = sum(known) / len(known) * spec.most_trials / cores()
    return f"about {duration(total)} on {cores()} core{'s' if cores() > 1 else ''}"
