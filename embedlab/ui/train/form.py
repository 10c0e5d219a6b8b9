"""The parts of the Train page: family, settings, advice, and what to do when a run has ended."""

from dataclasses import dataclass

import streamlit as st

from embedlab import jobs
from embedlab.core.errors import BadSetting
from embedlab.core.settings import from_dict
from embedlab.core.sizes import duration
from embedlab.data.corpus import Corpus
from embedlab.jobs import Job
from embedlab.jobs.specs import Training, grown, new_training
from embedlab.models import DEFAULT, MODELS, TRANSFORMER, VECTORS, advice_of, family_of
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.forms import config_form
from embedlab.ui.parts.frame import empty, link, metrics, pick_corpus, recall, remember, workspace
from embedlab.ui.parts.text import memory, plain
from embedlab.ui.parts.watch import watch
from embedlab.ui.sweeps import stability
from embedlab.ui.train import film
from embedlab.ui.train import results as panels
from embedlab.ui.train.sizes import sizes
from embedlab.ui.train.start_end import how_trained, start_end

START_HELP = {
    VECTORS: "Continue a finished run of this family, or imported vectors. Known words keep what they learned, and "
    "words that are new in this corpus join them.",
    TRANSFORMER: "Initialise with the transformer of a finished run. Otherwise the settings below name the base model.",
}
ICONS = {"good": ":material/check_circle:", "note": ":material/info:", "warning": ":material/warning:"}


@dataclass(frozen=True)
class Order:
    """A training as the form describes it, everything that the button starts. film: what to record, or None."""

    corpus: Corpus
    model: str
    settings: dict
    base: Run | None
    name: str
    seed: int
    film: dict | None


def order_form(here: Workspace) -> Order | None:
    """The training that the form describes; None, with the way out shown, while there is no corpus."""
    corpus_id = pick_corpus(here)
    if corpus_id is None:
        return None
    corpus, model = here.corpus(corpus_id), pick_family()
    MODELS[model].check_installed()
    base = pick_base(here, model)
    settings = settings_form(model, base)
    recorded = film.watch_form(corpus, model, settings)
    name, seed = name_and_seed(corpus, model, settings, base)
    order = Order(corpus, model, settings, base, name, seed, recorded)
    check(model, settings)
    if base and "min_count" in settings:
        growth(base, corpus, settings)
    advice(order)
    return order


def start(here: Workspace, order: Order) -> None:
    """Hand the training to the workers, and show it on this page from now on."""
    asked = Training(order.corpus, order.model, order.settings, order.name, order.seed, order.base)
    run_id = new_training(here, asked)
    jobs.start_training(here, run_id, watch=order.film)
    remember("watched", run_id)


def watched(here: Workspace) -> Job | None:
    """The training shown on this page, with its loss and, once it is done, the next steps; None where there is none."""
    id = recall("watched")
    if not id or not here.has_run(id):
        nothing_watched(here)
        return None
    job = watch(id, loss=True, log=True)
    after(job)
    film.curves(job)
    return job


def pick_family() -> str:
    """The model family chosen, with a sentence on what it does."""
    model = st.pills(
        "Model",
        list(MODELS),
        default=DEFAULT,
        required=True,
        persist_state="session",
        key="train.model",
        wrap=True,
        format_func=lambda name: MODELS[name].title + ("" if MODELS[name].installed else " (not installed)"),
    )
    st.caption(MODELS[model].about)
    return model


def pick_base(here: Workspace, model: str) -> Run | None:
    """The finished run that training begins from; None for random vectors, or where the family cannot."""
    kind = MODELS[model].initialised_from
    if not kind:
        return None
    anew = "Random vectors" if kind == VECTORS else "The model chosen below"
    found = {run.id: run for run in here.bases(model)}
    id = st.selectbox(
        "Start from",
        ["", *found],
        key=f"train.{model}.{'from' if kind == TRANSFORMER else 'base'}",
        persist_state="session",
        format_func=lambda id: _offer(found[id]) if id else anew,
        help=START_HELP[kind],
    )
    return found.get(id)


def growth(base: Run, corpus: Corpus, settings: dict) -> None:
    """What becomes of the words of the run it begins from, in a sentence."""
    if base.encoder_folder:  # whose words are encoded, not learned one by one
        return
    shared, fresh, others = _growth(base.id, corpus.id, settings["min_count"], base, corpus)
    st.caption(
        f":material/info: {fresh:,} words are new and join the {shared + others:,} of {plain(base.name)}. Of those, "
        f"{shared:,} occur in this corpus and continue to learn. The other {others:,} stay as they are."
    )


@st.cache_data(show_spinner=False, max_entries=64)
def _growth(base_id: str, corpus_id: str, min_count: int, _base: Run, _corpus: Corpus) -> tuple[int, int, int]:
    return grown(_base, _corpus, min_count=min_count)


def _offer(run: Run) -> str:
    return f"{run.name} · {run.summary['words']:,} words · {run.summary['dim']} dimensions"


def settings_form(model: str, base: Run | None) -> dict:
    """The settings chosen for a family; the dimension is that of the run it begins from."""
    family, key = MODELS[model], f"train.{model}"
    config, chosen = family.config, dict(family.base_settings)
    if base and chosen:  # the base was chosen above
        return config_form(config, key=key, skip=(*chosen, "base", "preset")) | chosen | {"base": base.name}
    fixed = {}
    if base and family.initialised_from == TRANSFORMER:
        fixed = {"base": (base.name, "The run whose transformer this training is initialised with.")}
    elif base:
        fixed = {"dim": (base.summary["dim"], f"As long as the vectors of {base.name}, which this training continues.")}
    return config_form(config, key=key, fixed=fixed)


def name_and_seed(corpus: Corpus, model: str, settings: dict, base: Run | None) -> tuple[str, int]:
    """The name of the run (a telling one if none is typed) and its seed."""
    facts = [
        f"{word} {settings[field]}" for field, word in (("dim", "size"), ("window", "window")) if field in settings
    ]
    suggestion = ", ".join([f"{corpus.name}: {MODELS[model].title}", *facts] + ([f"from {base.name}"] if base else []))
    left, right = st.columns([2, 1])
    name = left.text_input(
        "Name of the run", placeholder=suggestion, help="Shown in every list; the settings are kept anyway."
    )
    seed = right.number_input(
        "Seed",
        0,
        2**31 - 1,
        1,
        persist_state="session",
        key="train.seed",
        help=MODELS[model].seed_note or "The same seed starts from the same random numbers.",
    )
    return name or suggestion, int(seed)


def check(model: str, settings: dict) -> None:
    """Stop the page, with a sentence, at settings that cannot go together."""
    try:
        from_dict(MODELS[model].config, settings)
    except BadSetting as error:
        st.error(plain(str(error)), icon=":material/error:")
        st.stop()


def cost(order: Order) -> None:
    """What training will cost in time and memory; nothing for a family that makes no estimate."""
    found = jobs.expected_cost(workspace(), order.model, order.corpus, order.settings)
    if found is None:
        st.caption(f":material/info: {MODELS[order.model].title} makes no estimate of time and memory.")
        return
    metrics(
        ("Time, about", duration(found.seconds), found.sentence),
        ("Memory, about", memory(found.bytes), found.sentence),
    )


def advice(order: Order) -> None:
    """Whether the corpus is large enough for these settings, in sentences."""
    for item in advice_of(MODELS[order.model], order.corpus, order.settings):
        if item.level == "warning":
            st.warning(plain(item.sentence), icon=ICONS["warning"])
        else:
            st.caption(f"{ICONS[item.level]} {plain(item.sentence)}")


def nothing_watched(here: Workspace) -> None:
    """What stands in the place of a running job before there is one."""
    others = [job for job in jobs.list_jobs(here, status=["queued", "running"], kind="train")]
    if others:
        n = len(others)
        ahead = "One other training runs or waits" if n == 1 else f"{n} other trainings run or wait"
        st.caption(f"{ahead}. Yours will queue behind.")
    else:
        empty("Nothing trained yet in this tab", "The loss curve appears here as soon as training begins.")


def results(here: Workspace, job: Job) -> None:
    """What a finished run has measured of itself."""
    if job.status == "done" and panels.has_results(run := here.run(job.id)):
        with st.expander(f"Result of {plain(run.name)}", expanded=True, icon=":material/check_circle:"):
            panels.show(run)


def after(job: Job) -> None:
    """The next step once a run is done."""
    if job.status == "done":
        remember("run", job.id)
        summary = job.result
        metrics(
            ("Words", f"{summary['words']:,}", "Words that got a vector."),
            ("Training", duration(summary["seconds"])),
            ("Speed", f"{summary['words_per_second']:,} words/s", "Corpus tokens times epochs over training time."),
        )
        for warning in summary.get("notes", {}).get("warnings", []):
            st.caption(f":material/info: {plain(warning)}")
        run = workspace().run(job.id)
        how_trained(run)
        if panels.has_results(run):
            st.caption(":material/arrow_downward: Its scores stand below.")
        start_end(run, key="after")
        sizes(run, key="after")
        with st.container(horizontal=True):
            link("pages/map.py", "See the map", icon=":material/scatter_plot:")
            link("pages/neighbours.py", "Ask for neighbours", icon=":material/hub:")
            link("pages/benchmarks.py", "Score it", icon=":material/leaderboard:")
            if run.encoder_folder is not None and family_of(run.spec.model).attention:
                link("pages/inside.py", "Look inside", icon=":material/frame_inspect:")
        with st.expander("Stability across seeds", icon=":material/casino:"):
            stability.panel(workspace(), run)
