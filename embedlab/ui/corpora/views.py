"""Looking at a data set. A corpus: sizes, Zipf plot, coverage, frequent words, training pairs, its documents."""

import pandas as pd
import streamlit as st

from embedlab import jobs, plots
from embedlab.core.glossary import term
from embedlab.core.sizes import count_of
from embedlab.data import statistics
from embedlab.data.bundled import BUNDLED
from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.tokens.preprocess import sentences
from embedlab.plots.style import shortened
from embedlab.store.workspace import Workspace
from embedlab.ui.corpora import items_view
from embedlab.ui.parts.delete import Removal, ask, delete_button, deleted_lately, undo_bar
from embedlab.ui.parts.frame import dark, link, metrics, pick_data
from embedlab.ui.parts.text import plain
from embedlab.ui.parts.watch import watch

KINDS = ("corpus", "interactions")  # of data sets, as jobs and the trash name them


def explore(here: Workspace) -> None:
    """One data set, seen from several sides."""
    for kind in KINDS:
        for job in jobs.list_jobs(here, kind=kind, status=["queued", "running"]):
            if job.spec.get("bundled"):
                watch(job.id)
    undo_bar(here, *KINDS)
    id = pick_data(here)
    if id is not None:
        data = here.data_set(id)
        items_view.show(here, data) if isinstance(data, Interactions) else _texts(here, data)
    deleted_lately(here, *KINDS)


def _texts(here: Workspace, corpus: Corpus) -> None:
    """A corpus from its sides."""
    head(here, corpus)
    views = {"Words": words, "Zipf and coverage": curves, "Training pairs": pairs, "Documents": documents}
    view = st.segmented_control(
        "Side",
        list(views),
        default="Words",
        required=True,
        key="corpus_side",
        label_visibility="collapsed",
        persist_state="session",
    )
    views[view](corpus)


def head(here: Workspace, corpus: Corpus) -> None:
    """Sizes, where it comes from, rename and delete."""
    about = next((bundled.about for bundled in BUNDLED.values() if bundled.title == corpus.name), None)
    st.caption(about or f"From {plain(', '.join(corpus.meta['sources'][:3])) or 'pasted text'}.")
    for note in corpus.meta.get("language", []):
        st.caption(note)
    metrics(
        ("Documents", f"{corpus.n_documents:,}"),
        ("Tokens", f"{corpus.n_tokens:,}", "Running words after preprocessing."),
        ("Distinct words", f"{corpus.n_types:,}", "Also called types."),
        ("Labels", f"{len(corpus.label_names):,}" if corpus.has_labels else "none", "Categories of documents."),
    )
    users = here.runs(corpus_id=corpus.id)
    removal = Removal(
        "corpus",
        corpus.id,
        corpus.name,
        "The file it was read from is not touched.",
        lambda: here.delete_corpus(corpus.id),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        link("pages/train.py", "Train on this corpus", icon=":material/model_training:")
        with st.popover("Rename", icon=":material/edit:"):
            name = st.text_input("Name", corpus.name, key=f"rename_{corpus.id}")
            st.button(
                "Rename",
                on_click=here.rename_corpus,
                args=(corpus.id, name),
                disabled=not name.strip() or name == corpus.name,
            )
        with st.popover("How it was encoded", icon=":material/tune:"):
            st.dataframe(
                pd.Series(corpus.meta["preprocessing"], name="value").astype(str), alt="Preprocessing of this corpus"
            )
        uses = f"{count_of(len(users), 'run')} {'uses' if len(users) == 1 else 'use'} this corpus. Delete them first."
        delete_button(removal, disabled=bool(users), why=uses if users else None)
    ask(removal)


def words(corpus: Corpus) -> None:
    """The most frequent words, as bars and as a table."""
    left, right = st.columns([3, 2], gap="large")
    top = statistics.frequent(corpus, 300)
    frame = pd.DataFrame(top, columns=["Word", "Count", "Share"])
    left.plotly_chart(
        plots.frequent_words(frame["Word"][:25].tolist(), frame["Count"][:25].tolist(), dark=dark()),
        key="frequent",
        config={"displayModeBar": False},
    )
    right.dataframe(
        frame,
        hide_index=True,
        height=520,
        column_config={
            "Count": st.column_config.NumberColumn(format="localized"),
            "Share": st.column_config.NumberColumn(format="percent", help="Share of all tokens."),
        },
    )


def curves(corpus: Corpus) -> None:
    """Zipf's law, and how much of the text each minimum count keeps."""
    left, right = st.columns(2, gap="large")
    with left:
        rank, count = statistics.zipf(corpus)
        names = [corpus.vocabulary.words[i - 1] for i in rank]
        st.plotly_chart(plots.zipf(rank, count, words=names, dark=dark()), key="zipf", config={"displayModeBar": False})
        st.caption(
            "Counts fall with rank almost along a straight line in every language: a few words fill most of the text."
        )
    with right:
        table = pd.DataFrame(statistics.coverage(corpus))
        figure = plots.coverage(
            table["min_count"].tolist(), table["types"].tolist(), table["token_share"].tolist(), dark=dark()
        )
        st.plotly_chart(figure, key="coverage", config={"displayModeBar": False})
        st.caption(
            "Rare words enlarge the vocabulary but cover little text. "
            "A minimum count of 5 often halves the distinct words and keeps nearly all tokens."
        )


def pairs(corpus: Corpus) -> None:
    """The (centre, context) pairs that training makes of a typed sentence."""
    sentence = st.text_input(
        "Sentence", value="the quick brown fox jumps over the lazy dog", key="pairs_sentence", persist_state="session"
    )
    left, middle, right = st.columns(3)
    window = left.slider(
        "Context window",
        1,
        15,
        2,
        key="pairs_window",
        persist_state="session",
        help=term("window"),
    )
    architecture = middle.segmented_control(
        "Architecture",
        ["skipgram", "cbow"],
        default="skipgram",
        required=True,
        key="pairs_architecture",
        format_func={"skipgram": "Skip-gram", "cbow": "CBOW"}.get,
    )
    sample = right.number_input(
        "Subsampling",
        0.0,
        1.0,
        1e-3,
        format="%.0e",
        step=1e-3,
        key="pairs_sample",
        help=f"{term('subsampling')} 0 keeps all words.",
    )
    preprocessing = corpus.preprocessing
    tokens = [token for _, _, found in sentences(sentence, preprocessing) for token in found]
    made = statistics.training_pairs(tokens, int(window), architecture=architecture)
    share = corpus.vocabulary.keep_probability(sample)
    known = [token for token in tokens if token in corpus.vocabulary]
    left, right = st.columns([3, 2], gap="large")
    with left:
        what = (
            "pairs: the model sees the centre word and predicts each context word"
            if architecture == "skipgram"
            else "examples: the model sees the context words together and predicts the centre word"
        )
        st.markdown(f"**{len(made):,} training {what}.**")
        st.dataframe(pairs_table(made, architecture), hide_index=True, alt="Training pairs")
    with right:
        st.markdown("**How often each word survives subsampling**")
        frame = pd.DataFrame({"Word": known, "Kept": [share[corpus.vocabulary.id(token)] for token in known]})
        st.dataframe(
            frame,
            hide_index=True,
            column_config={"Kept": st.column_config.ProgressColumn(min_value=0, max_value=1, format="percent")},
        )


def pairs_table(made: list, architecture: str) -> pd.DataFrame:
    """Training examples as a table, input first."""
    if architecture == "skipgram":
        return pd.DataFrame(made, columns=["Centre (input)", "Context (predicted)"])
    return pd.DataFrame(
        [(", ".join(context), centre) for context, centre in made], columns=["Context (input)", "Centre (predicted)"]
    )


def documents(corpus: Corpus) -> None:
    """The documents as they were read, a page at a time."""
    size = 20
    pages = max(1, -(-corpus.n_documents // size))
    number = st.number_input(f"Page, of {pages:,}", 1, pages, 1, key=f"page_{corpus.id}", width=180)
    first = (int(number) - 1) * size
    rows = range(first, min(first + size, corpus.n_documents))
    frame = pd.DataFrame(
        {
            "Number": [row + 1 for row in rows],
            "Text": [shortened(corpus.text(row), 600) for row in rows],
            "Label": [label_of(corpus, row) for row in rows],
        }
    )
    st.dataframe(
        frame if corpus.has_labels else frame.drop(columns="Label"),
        hide_index=True,
        row_height=70,
        alt="Documents",
        column_config={
            "Text": st.column_config.TextColumn(width=680),
            "Number": st.column_config.NumberColumn(width=70),
            "Label": st.column_config.TextColumn(width=110),
        },
    )


def label_of(corpus: Corpus, document: int) -> str | None:
    """The label of a document by name."""
    if not corpus.has_labels or corpus.labels[document] < 0:
        return None
    return corpus.label_names[corpus.labels[document]]
