"""What kind of neighbours a window finds: words of the same class, or words from the same documents.

Both are shares over the neighbours of frequent content words. They use hundreds of words of the corpus itself, where a
benchmark has a handful of items. The word classes are a dictionary's guess, and English.
"""

from dataclasses import dataclass
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
LIFT = 2.0  # words of one topic share documents at least so many times as often as by chance
BLOCK_TOKENS = 2**21  # of documents that are read at once
BLOCK_WORDS = 64  # words whose neighbours are looked up at once


@dataclass(frozen=True, eq=False)
class Occurrences:
    """Which words stand in which documents.

    inside: sparse bool (n_words, n_documents); each: documents of each word, int64 (n_words,).
    """

    inside: object
    each: np.ndarray

    def together(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Whether words a[i] and b[i] share documents at least LIFT times as often as by chance, bool (n,)."""
        both = np.asarray(self.inside[a].multiply(self.inside[b]).sum(axis=1)).ravel()
        by_chance = self.each[a].astype(np.float64) * self.each[b] / max(self.inside.shape[1], 1)
        return both >= LIFT * by_chance


def occurrences(corpus: Corpus, words: list[str]) -> Occurrences:
    """The documents of each word; the memory grows with the distinct words of the documents, not with their number."""
    from scipy.sparse import csc_array

    ids, row = corpus.vocabulary.ids, np.full(len(corpus.vocabulary), -1, np.int32)
    row[[ids[word] for word in words]] = np.arange(len(words))
    ends = np.asarray(corpus.sentences)[np.asarray(corpus.documents)]
    found, counts = [], []
    for first, last in _blocks(ends):
        tokens = row[np.asarray(corpus.tokens[ends[first] : ends[last]])]
        document = np.repeat(np.arange(last - first), np.diff(ends[first : last + 1]))[tokens >= 0]
        keys = np.unique(document * len(words) + tokens[tokens >= 0])
        found.append((keys % len(words)).astype(np.int32))
        counts.append(np.bincount(keys // len(words), minlength=last - first))
    starts = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    rows = np.concatenate(found)
    inside = csc_array((np.ones(len(rows), bool), rows, starts), shape=(len(words), corpus.n_documents)).tocsr()
    return Occurrences(inside, np.diff(inside.indptr).astype(np.int64))


def _blocks(ends: np.ndarray):
    """(first, last) of stretches of whole documents with about BLOCK_TOKENS tokens each."""
    first, n = 0, len(ends) - 1
    while first < n:
        last = min(max(int(np.searchsorted(ends, ends[first] + BLOCK_TOKENS, side="right")) - 1, first + 1), n)
        yield first, last
        first = last


def kinds(embedding: Embedding, found: Occurrences, words: list[str]) -> dict[str, list]:
    """The shares of neighbours of the same class and from the same documents: measure -> [share, words asked]."""
    codes = speech_codes(words)
    content = np.flatnonzero(~np.isin(codes, [CLASSES.index(name) for name in MUTED]))
    asked = content[:ASKED]
    unit = embedding.unit[embedding.rows(words)]
    scores = unit[asked] @ unit[content].T
    scores[np.arange(len(asked)), np.arange(len(asked))] = -np.inf  # a word is not its own neighbour
    near = content[np.argpartition(-scores, K, axis=1)[:, :K]]
    shared = [
        found.together(np.repeat(asked[i : i + BLOCK_WORDS], K), near[i : i + BLOCK_WORDS].ravel())
        for i in range(0, len(asked), BLOCK_WORDS)
    ]
    return {
        "same-class": [float((codes[near] == codes[asked][:, None]).mean()), len(asked)],
        "same-documents": [float(np.concatenate(shared).mean()), len(asked)],
    }


def conclude(workspace: Workspace, id: str, report: Report) -> dict:
    """Measure every trained trial of a sweep and keep the shares with its run; returns {}."""
    board = read_board(workspace, id)
    runs = [workspace.run(trial.run) for trial in board.trials if trial.status == "done"]
    todo = [run for run in runs if not (Path(run.folder) / KINDS_FILE).exists()]
    if not todo:
        return {}
    corpus = workspace.corpus(board.spec.corpus_id)
    words = [word for word in corpus.vocabulary.words[:WORDS] if word in todo[0].embedding]
    if len(words) <= 10 * K or corpus.n_documents < 10:
        return {}
    found = occurrences(corpus, words)
    for i, run in enumerate(todo):
        report(Progress(i, len(todo), "Looking at the kinds of neighbours"))
        write_json(run.folder / KINDS_FILE, kinds(run.embedding, found, words))
    return {}
