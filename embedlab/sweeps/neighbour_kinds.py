"""What kind of neighbours a window finds: words of the same class, or words from the same documents.

Two shares over the neighbours of frequent content words. They ask the corpus itself, so that they have hundreds of words to go by
where a benchmark has a handful of items; but the classes are a dictionary's guess, and English.
"""

from pathlib import Path

import numpy as np

from embedlab.core.files import write_json
from embedlab.core.progress import Progress, Report
from embedlab.data.corpus import Corpus
from embedlab.data.tokens.parts_of_speech import CLASSES, MUTED, speech_codes
from embedlab.store.workspace import Workspace
from embedlab.sweeps.table import KINDS_FILE, read_board
from embedlab.vectors.embedding import Embedding

WORDS, ASKED, K = 3_000, 1_000, 10
LIFT = 2.0  # so much more often than by chance two words of one topic stand in the same document


def kinds(embedding: Embedding, together: np.ndarray, words: list[str]) -> dict[str, list]:
    """measure -> [share, words asked] for the words of `together`, bool (n, n): whether two stand in the same documents."""
    codes = speech_codes(words)
    tells = np.flatnonzero(~np.isin(codes, [CLASSES.index(name) for name in MUTED]))
    asked = tells[:ASKED]
    unit = embedding.unit[embedding.rows(words)]
    scores = unit[asked] @ unit[tells].T
    scores[np.arange(len(asked)), np.arange(len(asked))] = -np.inf  # those asked are the first of those that tell
    near = tells[np.argpartition(-scores, K, axis=1)[:, :K]]
    return {
        "same-class": [float((codes[near] == codes[asked][:, None]).mean()), len(asked)],
        "same-documents": [float(together[asked[:, None], near].mean()), len(asked)],
    }


def together_in(corpus: Corpus, words: list[str]) -> np.ndarray:
    """bool (n, n): whether two words share documents at least LIFT times as often as by chance."""
    ids = corpus.vocabulary.ids
    row = np.full(len(corpus.vocabulary), -1, np.int64)
    row[[ids[word] for word in words]] = np.arange(len(words))
    inside = np.zeros((len(words), corpus.n_documents), np.float32)
    ends = np.asarray(corpus.sentences)[np.asarray(corpus.documents)]
    for document in range(corpus.n_documents):
        found = row[np.asarray(corpus.tokens[ends[document] : ends[document + 1]])]
        inside[found[found >= 0], document] = 1
    each = inside.sum(axis=1)
    return inside @ inside.T >= LIFT * np.outer(each, each) / max(corpus.n_documents, 1)


def conclude(workspace: Workspace, id: str, report: Report) -> dict:
    """Ask every trained trial of a sweep and keep the answers with its run; {} when there is nothing to ask."""
    board = read_board(workspace, id)
    runs = [workspace.run(trial.run) for trial in board.trials if trial.status == "done"]
    todo = [run for run in runs if not (Path(run.folder) / KINDS_FILE).exists()]
    if not todo:
        return {}
    corpus = workspace.corpus(board.spec.corpus_id)
    words = [word for word in corpus.vocabulary.words[:WORDS] if word in todo[0].embedding]
    if len(words) <= 10 * K or corpus.n_documents < 10:
        return {}
    together = together_in(corpus, words)
    for i, run in enumerate(todo):
        report(Progress(i, len(todo), "Looking at the kinds of neighbours"))
        write_json(run.folder / KINDS_FILE, kinds(run.embedding, together, words))
    return {}
