"""Why words are near: shared contexts and the sentences behind them, for a pair or a list of neighbours."""

import html
from dataclasses import asdict

import streamlit as st

from embedlab import jobs
from embedlab.data.corpus import Corpus
from embedlab.data.inverted_index import WEIGHTINGS, Window
from embedlab.explain.concordance import Sentence
from embedlab.explain.contexts import SharedContext, Why, is_prepared, prepare, window_of
from embedlab.lab.answers import explain_pair
from embedlab.store.runs import Run
from embedlab.ui.parts.frame import metrics, workspace
from embedlab.ui.parts.watch import watch
from embedlab.vectors.embedding import beside_random

AT_ONCE = 3_000_000  # tokens that are indexed at once, in a fraction of a second
MOST_REASONS = 40  # rows of a list that say what they share
NO_CORPUS = (
    "These vectors came without a corpus, so there are no sentences to look at. Train a run here to see why words "
    "are near."
)


def why(run: Run, corpus: Corpus | None, a: str, b: str, *, k: int = 8) -> None:
    """Why two words of a run are near, as a block for any page: both cosines, shared contexts, sentences."""
    if corpus is None:
        st.caption(NO_CORPUS)
        return
    if not ready(corpus, window_of(run.spec.model, run.spec.config)):
        return
    found = explain_pair(run, corpus, [a, b], k=k)
    st.markdown(f"**Why “{_plain(a)}” and “{_plain(b)}” are near**")
    metrics(
        ("Vectors", f"{found.learned:.2f}", "Cosine of the trained vectors."),
        (
            "Contexts",
            f"{found.cosine:.2f}",
            "Cosine of the contexts of the two words in the corpus, weighted by positive pointwise mutual "
            "information. It is usually lower than that of the vectors, because a model also treats similar "
            "contexts alike.",
        ),
        ("Side by side", f"{found.n_together:,}", "Places with both words in one window, among those looked at."),
    )
    st.html(STYLE + _contexts(found) + _together(found) + "</div>")
    if found.random is not None:
        st.caption(beside_random(found.random, found.learned))
    st.caption(f"{found.looked_at} {describe(found.window)}")


def ready(corpus: Corpus, window: Window) -> bool:
    """Whether shared contexts can be computed; if not, shows the job that prepares the corpus, and starts it if
    needed.
    """
    if is_prepared(corpus, window):
        return True
    if corpus.n_tokens <= AT_ONCE:
        with st.spinner("Preparing the corpus (once)"):
            prepare(corpus, window)
        return True
    here, spec = workspace(), {"corpus": corpus.id, "window": asdict(window)}
    job = jobs.newest(here, "index", spec)
    if job is None:
        watch(jobs.start(here, "index", spec, title=f"Looking through {corpus.name}"))
    elif not watch(job.id).active:
        st.button(
            "Look through the corpus again",
            icon=":material/replay:",
            on_click=jobs.start,
            args=(here, "index", spec),
            kwargs={"title": f"Looking through {corpus.name}"},
            key=f"index_{corpus.id}",
        )
    return False


def describe(window: Window) -> str:
    """The window in words."""
    skipped = f"; words seen less than {window.min_count:,} times are skipped over" if window.min_count > 1 else ""
    return f"Window: {window.size} words on either side within the sentence, {WEIGHTINGS[window.weighting]}{skipped}."


def _contexts(found: Why) -> str:
    """The shared contexts as rows: word, bar, counts, and a sentence for each of the two words."""
    if not found.contexts:
        return (
            "<p class='none'>The two words share no context, so the corpus does not say why they are near. Their "
            "vectors can still be near if both are rare, or if their contexts are similar.</p>"
        )
    most = found.contexts[0].contribution
    head = (
        f"<div class='head'><span>Shared context</span><span>Adds to the similarity</span>"
        f"<span>Near <mark class='a'>{html.escape(found.a)}</mark> "
        f"and near <mark class='b'>{html.escape(found.b)}</mark></span></div>"
    )
    return head + "".join(_context(context, most, found) for context in found.contexts)


def _context(context: SharedContext, most: float, found: Why) -> str:
    share = context.contribution / found.cosine if found.cosine else 0.0
    about = f"PPMI {context.ppmi_a:.2f} and {context.ppmi_b:.2f}"
    counts = f"{context.count_a:,} × and {context.count_b:,} ×"
    return (
        f"<div class='row'><span><b>{html.escape(context.word)}</b><small title='{about}'>{counts}</small></span>"
        f"<span class='bar' title='{about}'><i style='width: {100 * context.contribution / most:.1f}%'></i>"
        f"<em>{share:.1%}</em></span>"
        f"<span class='said'>{_sentence(context.example_a)}{_sentence(context.example_b)}</span></div>"
    )


def _together(found: Why) -> str:
    if not found.together:
        return ""
    sentences = "".join(map(_sentence, found.together))
    return f"<div class='head'><span>Both in one window</span></div><div class='said'>{sentences}</div>"


def _sentence(sentence: Sentence | None) -> str:
    if sentence is None:
        return ""
    parts = (
        f"<mark class='{mark[0]}'>{html.escape(text)}</mark>" if mark else html.escape(text)
        for text, mark in sentence.pieces
    )
    where = f"Document {sentence.document + 1:,}" + (f", {html.escape(sentence.label)}" if sentence.label else "")
    return f'<p title="{html.escape(where, quote=True)}">{"".join(parts)}</p>'


def _plain(text: str) -> str:
    """User text without the characters Markdown would act on."""
    for mark in "\\`*_[]<>$:#~|":
        text = text.replace(mark, "\\" + mark)
    return text


# Tints work on light and dark pages: a and b are the two words, c their shared context.
STYLE = """<style>
.why {font-size: .875rem; line-height: 1.45; container-type: inline-size}
.why .head, .why .row {display: grid; grid-template-columns: 7.5rem 8.5rem minmax(0, 1fr); column-gap: 1rem}
.why .head {font-size: .78rem; opacity: .75; padding: .5rem 0 .3rem; border-bottom: 1px solid rgba(128, 134, 145, .35)}
.why .row {padding: .5rem 0; border-bottom: 1px solid rgba(128, 134, 145, .18); align-items: start}
.why .row b {display: block; overflow-wrap: anywhere}
.why small {opacity: .65; font-size: .75rem; white-space: nowrap}
.why .bar {display: flex; align-items: center; gap: .4rem; height: 1.3rem}
.why .bar i {display: block; height: .6rem; border-radius: .2rem; background: #15809a; min-width: 2px; flex: 0 1 auto}
.why .bar em {font-style: normal; font-size: .78rem; opacity: .8; font-variant-numeric: tabular-nums}
.why p {font-size: inherit; margin: 0 0 .25rem; overflow-wrap: anywhere}
.why > .said {padding-top: .4rem}
.why .none {padding: .4rem 0; margin: 0}
.why mark {color: inherit; border-radius: .2rem; padding: 0 .15rem}
.why mark.a {background: rgba(31, 119, 196, .24)}
.why mark.b {background: rgba(213, 94, 0, .24)}
.why mark.c {background: none; font-weight: 700; padding: 0; text-underline-offset: 3px;
  text-decoration: underline 2px rgba(0, 158, 115, .9)}
@container (max-width: 560px) {
.why .row {grid-template-columns: minmax(0, 1fr) 8.5rem; row-gap: .25rem} .why .row .said {grid-column: 1 / -1}
.why .head {grid-template-columns: minmax(0, 1fr)} .why .head span:nth-child(2) {display: none}}
</style><div class="why">"""
