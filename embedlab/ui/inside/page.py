"""The parts of the Inside page: hidden words and learning curves of a masked language model; attention."""

import random
import re
from collections.abc import Callable

import streamlit as st

from embedlab.core.errors import BadInput, EmbedLabError
from embedlab.models import family_of
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.inside.opening import propose
from embedlab.ui.inside.senses import senses
from embedlab.ui.parts.frame import beside_title, dark, describe, empty, metrics, recall, remember
from embedlab.ui.parts.text import plain

QUIET = {"displayModeBar": False}
ANY_LENGTH = 1_000_000  # pieces: whatever is typed is cut whole
FIRST = "The first time takes about ten seconds."


def pick_transformer(here: Workspace) -> Run | None:
    """The run with a transformer chosen beside the title; None, with the way out shown, while there is none."""
    found = {
        run.id: run
        for run in here.runs()
        if run.status == "done" and run.encoder_folder is not None and family_of(run.spec.model).attention
    }
    if not found:
        _say_of_items(here)
        empty(
            "No transformer yet",
            "Train a masked language model or a transformer, and look inside it here.",
            "pages/train.py",
            "Train a model",
        )
        return None
    _say_of_items(here)
    ids, chosen = list(found), recall("run")
    first = chosen if chosen in found else next((id for id in ids if family_of(found[id].spec.model).predictor), ids[0])
    with beside_title():
        id = st.selectbox(
            "Run",
            ids,
            index=ids.index(first),
            key="pick_run_inside",
            format_func=lambda id: found[id].name,
            label_visibility="collapsed",
        )
        st.caption(describe(found[id]))
    remember("run", id)
    return found[id]


def _say_of_items(here: Workspace) -> None:
    """That the run chosen on another page has nothing inside to look at, if it was trained on choices."""
    id = recall("run")
    run = here.run(id) if id and here.has_run(id) else None
    if run is not None and run.recommends:
        st.caption(
            f":material/info: {plain(run.name)} learned from who chose what. It reads no text and holds no "
            "transformer, so there is nothing to look into."
        )


def views(run: Run) -> dict[str, Callable[[Workspace, Run], None]]:
    """What can be looked at in a run; hidden words and perplexity need a masked language model."""
    found = {"One word, many senses": senses, "Attention": attention}
    predicts = family_of(run.spec.model).predictor is not None
    return {"Hidden words": hidden_words, "Learning": learning} | found if predicts else found


@st.cache_resource(max_entries=2, show_spinner=f"Loading the model. {FIRST}")
def _end(run_id: str, finished: str | None, _run: Run):
    from embedlab.explain.transformer import open_end

    return open_end(_run)


@st.cache_resource(max_entries=2, show_spinner="Making the model as it was before training")
def _start(run_id: str, finished: str | None, _run: Run, _tokenizer, _base: Run | None):
    from embedlab.explain.transformer import open_start

    return open_start(_run, _tokenizer, base=_base)


@st.cache_resource(max_entries=2, show_spinner=f"Loading the transformer. {FIRST}")
def body_of(run_id: str, finished: str | None, _run: Run):
    """The transformer of a run that shows its inside."""
    from embedlab.explain.transformer.attention import open_body

    return open_body(_run)


def hidden_words(here: Workspace, run: Run) -> None:
    """A sentence, some words of it hidden, and what is expected there."""
    from embedlab.explain.transformer import hide_words

    opened = _end(run.id, run.finished, run)
    propose(here, run, opened)
    text = st.text_input("Sentence", key="inside_sentence", persist_state="session")
    try:
        sentence, words = _pieces(run, opened.tokenizer, text)
    except BadInput as error:
        st.warning(plain(str(error)))
        return
    chosen = _chosen(words)
    if not chosen:
        st.caption("Choose the words to hide, or hide some at random.")
        return
    _show_answers(here, run, opened, hide_words(sentence, chosen, opened.tokenizer.mask_token_id))


def _pieces(run: Run, tokenizer, text: str):
    """(sentence, words): the sentence as the run reads it, with its pieces shown, and the words the run reads whole."""
    from embedlab.explain.transformer import cut

    reach = run.summary.get("notes", {}).get("max_length", 128)
    whole, sentence, words = (
        cut(tokenizer, text, max_length=ANY_LENGTH),
        cut(tokenizer, text, max_length=reach),
        text.split(),
    )
    st.markdown(
        "Its pieces: " + " ".join(map(_as_it_stands, sentence.pieces)),
        help="The word pieces that the model reads; what goes on a word begins with ##.",
    )
    if len(whole.pieces) > len(sentence.pieces):
        words = words[
            : next((i for i in range(len(words)) if sentence.words.count(i) < whole.words.count(i)), len(words))
        ]
        st.caption(
            f":material/content_cut: This run reads {reach:,} pieces of a text. The other "
            f"{len(whole.pieces) - len(sentence.pieces):,} are cut off"
            + (f", after “{plain(words[-1])}”." if words else ".")
        )
    return sentence, words


def _as_it_stands(piece: str) -> str:
    """A piece as code, between more backticks than it holds side by side."""
    fence = "`" * (1 + max(map(len, re.findall("`+", piece)), default=0))
    return f"{fence} {piece} {fence}" if "`" in piece else f"{fence}{piece}{fence}"


def _chosen(words: list[str]) -> list[int]:
    """The numbers of the words to hide: at first the last one; none once the reader has taken it away."""
    key = "inside_hidden"
    first = [len(words) - 1] if words else []
    st.session_state[key] = [i for i in st.session_state.get(key, first) or [] if i < len(words)]
    left, right = st.columns([7, 2], vertical_alignment="bottom")
    with right:
        if st.button("Hide at random", icon=":material/shuffle:", width="stretch"):
            st.session_state[key] = sorted(
                random.sample(range(len(words)), min(len(words), max(1, round(0.15 * len(words)))))
            )
    return (
        left.pills(
            "Hidden words",
            range(len(words)),
            selection_mode="multi",
            wrap=True,
            format_func=lambda i: plain(words[i]),
            key=key,
        )
        or []
    )


def _show_answers(here: Workspace, run: Run, opened, sentence) -> None:
    from embedlab.explain.transformer import answers
    from embedlab.plots.transformer import predictions_figure

    after, before = answers(opened, sentence), _before(here, run, opened, sentence)
    cells = st.columns(2, gap="large") if len(after) > 1 else [st.container()]
    for n, answer in enumerate(after):
        earlier = before[n] if before else None
        with cells[n % len(cells)]:
            piece, share, rank = answer.truth
            figure = predictions_figure(
                earlier.likely if earlier else (),
                answer.likely,
                truth=piece,
                dark=dark(),
                title=f"In the place of “{piece}”",
            )
            st.plotly_chart(figure, key=f"answers_{n}", config=QUIET)
            then = f" Before training it had {earlier.truth[1]:.2%} and rank {earlier.truth[2]:,}." if earlier else ""
            st.caption(
                f"The hidden word “{plain(piece)}” has {share:.2%} and rank {rank:,} of {len(opened.tokenizer):,} "
                f"pieces.{then}"
            )


def _before(here: Workspace, run: Run, opened, sentence):
    """The answers of the model before training; None, with the reason shown, where it cannot be made again."""
    from embedlab.explain.transformer import answers

    try:
        if run.spec.base and not here.has_run(run.spec.base):
            raise BadInput("The run that it began from has been deleted.")
        base = here.run(run.spec.base) if run.spec.base else None
        return answers(_start(run.id, run.finished, run, opened.tokenizer, base), sentence, k=len(opened.tokenizer))
    except EmbedLabError as error:
        st.caption(f":material/info: The model as it was before training cannot be shown. {plain(str(error))}")
        return None


def learning(here: Workspace, run: Run) -> None:
    """Loss and perplexity over training, beside what counting words alone would reach."""
    from embedlab import plots
    from embedlab.plots.transformer import perplexity_figure

    notes = run.summary.get("notes", {})
    found = notes.get("perplexity")
    if found:
        digits = 1 if min(found["start"][0], found["end"][0], found["unigram"]) < 100 else 0
        metrics(
            *(
                (
                    f"Perplexity {when}",
                    f"{found[key][0]:,.{digits}f}",
                    "Held-out text; 95 % interval {1:,.{0}f} to {2:,.{0}f}.".format(digits, *found[key][1:]),
                )
                for when, key in (("before", "start"), ("after", "end"))
            ),
            (
                "By word counts alone",
                f"{found['unigram']:,.{digits}f}",
                "A model that knows how frequent each piece is, and nothing of the sentence.",
            ),
            ("Speed", f"{notes['pieces_per_second']:,} pieces/s", "Word pieces read a second while training."),
        )
        st.caption(
            "Perplexity: the number of equally likely pieces among which the model is undecided at a hidden place. "
            "Lower "
            f"is better. {_beside_counts(found)}"
        )
    left, right = st.columns(2, gap="large")
    with left:
        st.plotly_chart(
            perplexity_figure(notes.get("curve", []), found and found["unigram"], dark=dark()),
            key="perplexity",
            config=QUIET,
        )
    with right:
        summary = run.summary
        figure = plots.loss_curve(
            plots.with_held_out(
                list(enumerate(summary["loss"], 1)), list(enumerate(summary.get("validation") or [], 1))
            ),
            dark=dark(),
            title="Loss by epoch",
            y="Mean cross-entropy (nats)",
            height=320,
        )
        st.plotly_chart(figure.update_layout(legend_y=-0.3), key="inside_loss", config=QUIET)
    for warning in notes.get("warnings", []):
        st.caption(f":material/info: {plain(warning)}")


def _beside_counts(found: dict) -> str:
    """What the perplexity after training says beside that of word counts alone, as far as its interval allows."""
    _, low, high = found["end"]
    if high < found["unigram"]:
        return "This model uses the words around the hidden place: it is less undecided than word counts alone."
    learned = "is not shown to know more than" if low <= found["unigram"] else "does not even know"
    return (
        f"This model {learned} how frequent pieces are: its 95 % interval, {low:,.0f} to {high:,.0f}, does not lie "
        "below "
        "word counts alone. Train it longer, or on more text."
    )


def attention(here: Workspace, run: Run) -> None:
    """The attention weights of a chosen layer and head for one sentence."""
    from embedlab.explain.transformer import attention_of
    from embedlab.explain.transformer.attention import MOST_PIECES
    from embedlab.plots.transformer import attention_figure

    propose(here, run)
    text = st.text_input("Sentence", key="inside_sentence", persist_state="session")
    body = body_of(run.id, run.finished, run)
    try:
        sentence, _ = _pieces(run, body.tokenizer, text)
        found = attention_of(body, text)
    except BadInput as error:
        st.warning(plain(str(error)))
        return
    if len(sentence.pieces) > MOST_PIECES:
        st.caption(
            f":material/content_cut: Shows attention among the first {MOST_PIECES} of {len(sentence.pieces):,} pieces; "
            "more could not be read."
        )
    layers, heads = found.weights.shape[:2]
    left, right = st.columns(2)
    layer = _slider(left, "Layer", layers, "attention_layer")
    head = right.selectbox(
        "Head",
        [0, *range(1, heads + 1)],
        format_func=lambda n: f"Head {n}" if n else "Mean of all heads",
        key="attention_head",
    )
    weights = found.weights[layer - 1, head - 1] if head else found.weights[layer - 1].mean(axis=0)
    title = f"Attention of layer {layer}, " + (f"head {head}" if head else "mean of all heads")
    st.plotly_chart(attention_figure(found.pieces, weights, title=title, dark=dark()), key="attention", config=QUIET)
    st.caption(
        "Each row shows how one piece divides its attention. Heads that attend to the piece before or after show a "
        "diagonal. Attention is a hint at what a head computes, not an explanation."
    )


def _slider(cell, label: str, n: int, key: str) -> int:
    """A number from 1 to n; no slider where there is nothing to choose."""
    if n == 1:
        cell.caption(f"{label} 1 of 1")
        return 1
    return cell.slider(label, 1, n, 1, key=key)
