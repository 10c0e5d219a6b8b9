"""Adding a corpus: files or pasted text, how they are read, preprocessing with a live preview, and the job for it."""

import html
import itertools
import shutil
import time
import uuid
from pathlib import Path

import pandas as pd
import streamlit as st

from embedlab import jobs
from embedlab.core.errors import EmbedLabError
from embedlab.core.files import write_bytes
from embedlab.core.settings import from_dict
from embedlab.core.sizes import count_of, duration
from embedlab.data.reading.options import ReadOptions
from embedlab.data.reading.readers import Columns, read_documents, table_preview
from embedlab.data.tokens.phrases import sample_statistics
from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.data.tokens.preview import preview
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.begin import train_and_watch
from embedlab.ui.parts.forms import config_form
from embedlab.ui.parts.frame import link, remember
from embedlab.ui.parts.reading import reading_choices, show_sentences
from embedlab.ui.parts.text import plain
from embedlab.ui.parts.watch import watch

SAMPLE = 500  # documents that the preview judges rare words and phrases by
SAMPLE_CHARS = 20_000  # of each of them
TYPES = "txt md csv tsv jsonl json parquet xlsx ods xls docx odt pptx epub pdf xml trec all zip gz bz2 xz".split()


def add(here: Workspace) -> None:
    """The whole form, from files to a watched job."""
    if watched(here):
        return
    source = st.segmented_control(
        "Source", ["Upload files", "Paste text"], default="Upload files", required=True, key="source"
    )
    upload = uploaded(here) if source == "Upload files" else pasted(here)
    if upload is None:
        return
    said = reading_options(upload)
    columns = table_columns(upload, said)
    st.header("Preprocessing", anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        values = config_form(Preprocessing, key="prep", columns=2)
    with right:
        live_preview(upload, values, (Columns.from_options(columns), said))
    name = st.text_input("Name of the corpus", placeholder=upload["files"][0]["name"], key="corpus_name")
    spec = {
        "files": upload["files"],
        "upload": upload["id"],
        "name": name or None,
        "preprocessing": values,
        "reading": said.to_dict(),
    } | columns
    st.button(
        "Add corpus",
        type="primary",
        icon=":material/add:",
        on_click=_start,
        args=(here, spec),
        disabled=not _fits_together(values),
    )


def _start(here: Workspace, spec: dict) -> None:
    """Hand the corpus to the workers; a callback, so that the job is what the page shows first."""
    st.session_state["adding"] = jobs.start(here, "corpus", spec, title=spec["name"] or spec["files"][0]["name"])
    st.session_state.pop("upload", None)


def _fits_together(values: dict) -> bool:
    """Whether these settings can be used; what is wrong with them stands beside the preview."""
    try:
        from_dict(Preprocessing, values)
    except EmbedLabError:
        return False
    return True


def watched(here: Workspace) -> bool:
    """Whether a corpus of this session is being encoded, or has just ended; shows it."""
    id = st.session_state.get("adding")
    if not id:
        return False
    job = watch(id)
    if job.status == "done":
        remember("corpus", job.result["corpus"])
        facts = job.result
        st.success(
            f"{count_of(facts['documents'], 'document')}, {count_of(facts['tokens'], 'token')}, "
            f"{count_of(facts['types'], 'distinct word')}, read in {duration(facts['seconds'])}.",
            icon=":material/check_circle:",
        )
        with st.container(horizontal=True):
            if st.button("Train on it now", type="primary", icon=":material/play_arrow:", key="train_now"):
                train_and_watch(here, here.corpus(facts["corpus"]))
            link("pages/train.py", "Choose settings first", icon=":material/tune:")
        show_sentences(facts.get("said", ()))
    if job.status in ("failed", "interrupted"):
        st.caption("Nothing was added. Choose the files again, with another encoding or other columns.")
    if not job.active:
        st.button("Add another corpus", on_click=st.session_state.pop, args=("adding",))
    return True


def uploaded(here: Workspace) -> dict | None:
    """Files the user chose, put aside on disk: {"id", "files"}; None while there are none."""
    files = st.file_uploader(
        "Files",
        type=TYPES,
        accept_multiple_files=True,
        key="files",
        help="Text, tables, spreadsheets, Word, PDF, MediaWiki dumps, TREC collections, also packed. "
        "Files above 2 GB: embedlab corpus add FILE.",
    )
    if not files:
        st.caption("Nothing leaves this computer. Several files become one corpus.")
        return None
    return spool(here, [(file.name, file.file_id, file.getbuffer) for file in files])


def pasted(here: Workspace) -> dict | None:
    """Pasted text, put aside on disk like a file."""
    text = st.text_area("Text", height=180, key="pasted", placeholder="Paste or type your text here")
    if not text.strip():
        return None
    return spool(here, [("Pasted text.txt", str(hash(text)), text.encode)])


def spool(here: Workspace, files: list[tuple]) -> dict:
    """Write (name, identity, reader) to uploads/ once; a rerun with the same files finds them there.

    Files that were put aside before, and not handed to a job, are removed.
    """
    identity = [file[1] for file in files]
    known = st.session_state.get("upload")
    if known and known["identity"] == identity and Path(known["files"][0]["path"]).exists():
        return known
    if known:
        shutil.rmtree(here.home / "uploads" / known["id"], ignore_errors=True)
    id = uuid.uuid4().hex
    stored = []
    for number, (name, _, read) in enumerate(files):
        path = here.home / "uploads" / id / str(number)
        write_bytes(path, bytes(read()))
        stored.append({"path": str(path), "name": name})
    st.session_state["upload"] = {"id": id, "identity": identity, "files": stored, "time": time.time()}
    return st.session_state["upload"]


def reading_options(upload: dict) -> ReadOptions:
    """How the user wants the files read where detection is to be overruled; shows what was detected."""
    with st.expander("How the file is read", icon=":material/table_view:"):
        said = reading_choices(f"reading_{upload['id']}")
        try:
            show_sentences(look_at(upload, said)[1].sentences())
        except EmbedLabError as error:
            st.error(plain(str(error)), icon=":material/error:")
    return said


@st.cache_data(max_entries=32, show_spinner=False)
def _look(path: str, name: str, said: ReadOptions):
    return table_preview(Path(path), name=name, options=said)


def look_at(upload: dict, said: ReadOptions):
    """(preview of the first table, None without one; how that file is understood), or of the first file."""
    first = None
    for file in upload["files"]:
        table, reading = _look(file["path"], file["name"], said)
        if table is not None:
            return table, reading
        first = first or reading
    return None, first


def table_columns(upload: dict, said: ReadOptions) -> dict:
    """For tables: a look at the rows, and which column is text, label and pair."""
    try:
        table, _ = look_at(upload, said)
    except EmbedLabError:  # said above
        return {}
    if table is None:
        return {}
    st.header("Columns", anchor=False)
    st.dataframe(
        pd.DataFrame(list(table.rows), columns=table.columns),
        height=min(180, 38 + 35 * len(table.rows)),
        hide_index=True,
        alt="First rows of the table",
    )
    if table.suggested.text is None:
        st.warning("No column seems to hold text. Choose the text column yourself.", icon=":material/warning:")
    cells = st.columns(3)
    columns = list(table.columns)
    text = cells[0].selectbox(
        "Text", columns, index=place(columns, table.suggested.text) or 0, help="The column to learn from."
    )
    rest = [column for column in columns if column != text]
    label = cells[1].selectbox(
        "Label",
        rest,
        index=place(rest, table.suggested.label),
        placeholder="none",
        help="A category of each text: colours the map and allows classification.",
    )
    pair = cells[2].selectbox(
        "Second text",
        seconds := [column for column in rest if column != label],
        index=place(seconds, table.suggested.pair),
        placeholder="none",
        help="A text of the same meaning, for fine-tuning a transformer on pairs.",
    )
    cells = st.columns(3)
    third = cells[0].selectbox(
        "Negative text",
        [column for column in rest if column not in (label, pair)],
        index=place([column for column in rest if column not in (label, pair)], table.suggested.negative),
        placeholder="none",
        disabled=pair is None,
        help="A text that means something else. Training on triplets moves it away from the first.",
    )
    left = [column for column in rest if column not in (label, pair, third)]
    score = cells[1].selectbox(
        "Score",
        left,
        index=place(left, table.suggested.score),
        placeholder="none",
        disabled=pair is None,
        help="How alike text and second text are, as a number: for graded pairs, as in STS-B.",
    )
    if pair is None:
        cells[2].caption("A negative text or a score belongs to a second text: choose that first.")
    return {
        "text_column": text,
        "label_column": label,
        "pair_column": pair,
        "negative_column": third if pair else None,
        "score_column": score if pair else None,
    }


def place(columns: list[str], column: str | None) -> int | None:
    """Where a column stands in a list of choices; None if it does not."""
    return columns.index(column) if column in columns else None


def live_preview(upload: dict, values: dict, how: tuple[Columns, ReadOptions]) -> None:
    """The user's own lines before and after preprocessing; `how` is how the files are read."""
    text = st.text_area(
        "Try it on your own lines",
        value=first_lines(upload, how),
        height=120,
        key=f"try_{upload['id']}",
        help="The first lines of your text; change them as you like.",
    )
    try:
        preprocessing = from_dict(Preprocessing, values)
        file = upload["files"][0]
        phrases, counts = _learned(file["path"], file["name"], how, preprocessing)
        lines = [line for line in text.splitlines() if line.strip()][:12]
        shown = preview(lines, preprocessing, phrases=phrases, counts=counts)
    except EmbedLabError as error:
        st.error(plain(str(error)))
        return
    kept, dropped = sum(len(line.kept) for line in shown), sum(len(line.dropped) for line in shown)
    st.caption(
        f"{count_of(kept, 'token')} kept, {dropped:,} dropped. A bar marks the end of a context window. Rare words, "
        f"phrases and subsampling are judged by the first {SAMPLE:,} documents."
    )
    st.html(preview_html(shown))


def preview_html(lines) -> str:
    """Tokens as chips: those that go are struck through, with the reason as a tooltip and in brackets."""
    rows = []
    for line in lines:
        sentences = " <span style='opacity:.45'>|</span> ".join(
            " ".join(_chip(token) for token in sentence) for sentence in line.sentences
        )
        rows.append(f"<div style='margin:0 0 .55rem;line-height:1.9'>{sentences or '<i>nothing stays</i>'}</div>")
    return f"<div style='font-size:.875rem'>{''.join(rows)}</div>"


def _chip(token) -> str:
    word = html.escape(token.text)
    if token.reason is None:
        return f"<span style='background:rgba(36,146,171,.16);border-radius:.3rem;padding:.1rem .35rem'>{word}</span>"
    reason = html.escape(token.reason)
    return f"<span title='{reason}' style='opacity:.6'><s>{word}</s> <small>({reason})</small></span>"


@st.cache_data(max_entries=8, show_spinner=False)
def _sample(path: str, name: str, how: tuple[Columns, ReadOptions]) -> list[str]:
    """The first documents of a file, each cut to SAMPLE_CHARS. The preview needs no other reading of it."""
    documents = read_documents(Path(path), name=name, columns=how[0], options=how[1])
    return [document.text[:SAMPLE_CHARS] for document in itertools.islice(documents, SAMPLE)]


@st.cache_data(max_entries=32, show_spinner=False)
def _learned(path: str, name: str, how: tuple[Columns, ReadOptions], preprocessing: Preprocessing):
    """Phrases and counts by which the preview judges: those of the first documents, when a setting asks for them."""
    if not (preprocessing.phrases or preprocessing.min_count > 1 or preprocessing.max_vocab or preprocessing.sample):
        return None, None
    return sample_statistics(_sample(path, name, how), preprocessing)


def first_lines(upload: dict, how: tuple[Columns, ReadOptions]) -> str:
    """The beginning of the user's text, to try preprocessing on; nothing where it cannot be read."""
    file = upload["files"][0]
    try:
        texts = _sample(file["path"], file["name"], how)[:3]
    except EmbedLabError:
        return ""
    return "\n".join(" ".join(text[:240].split()) for text in texts)
