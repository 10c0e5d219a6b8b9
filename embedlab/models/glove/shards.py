"""Co-occurrence counts in shards: parts of a corpus counted apart, perhaps on other machines, and added up to the last
bit.

    <corpus>/cooccurrence/<id>/<i>-of-<n>/    one shard: the sentences of documents that lie next to each other
        train-words.npy, held-words.npy       int64 (n_words,), how often each word stands there
        train-rows.npy ...                    int64 (n_words + 1,), where each row of the matrix begins
        train-columns.npy, train-sums.npy     int32 and float64, its entries: sums of 1/distance

Weights are whole multiples of 2^-26, so that float64 adds them without rounding and shards sum to what one count finds.
A shard is written under a temporary name and renamed: it is there whole or not at all. GloVe takes them where they are.
"""

import hashlib
import json
from contextlib import closing
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadSetting
from embedlab.core.files import publish, staging
from embedlab.core.parallel import Rate, in_threads
from embedlab.core.progress import Progress, Report, silent
from embedlab.core.spill import Pile, Space
from embedlab.data.corpus import Corpus
from embedlab.models.glove import cooccurrence as counting
from embedlab.models.glove.counts import Counting, Counts, Part, Shard

FORMAT, FOLDER = 1, "cooccurrence"
KINDS = ("train", "held")


def folder_of(corpus: Corpus, how: Counting, held_out: float) -> Path:
    """Where the shards of a count are kept; weighting, seed and threads come after counting and do not matter to it."""
    question = json.dumps([FORMAT, corpus.id, how.n_words, how.window, held_out]).encode()
    return corpus.folder / FOLDER / hashlib.blake2b(question, digest_size=8).hexdigest()


def shard_folder(corpus: Corpus, how: Counting, shard: Shard) -> Path:
    """Where one shard is kept."""
    return folder_of(corpus, how, shard.held_out) / f"{shard.i}-of-{shard.n}"


def whole(corpus: Corpus, how: Counting, held_out: float) -> list[Path] | None:
    """The folders of all shards of a count, in order; None while any is missing."""
    for first in sorted(folder_of(corpus, how, held_out).glob("0-of-*")):
        n = int(first.name.split("-")[-1])
        found = [shard_folder(corpus, how, Shard(held_out, i, n)) for i in range(n)]
        if all(path.is_dir() for path in found):
            return found
    return None


def sentences_of(corpus: Corpus, i: int, n: int) -> tuple[int, int]:
    """The first and last sentence of shard i of n: whole documents, with about as many tokens as the other shards."""
    ends = np.asarray(corpus.sentences)[np.asarray(corpus.documents)]
    cuts = np.searchsorted(ends, np.linspace(0, corpus.n_tokens, n + 1)[1:-1])
    documents = [0, *cuts.tolist(), corpus.n_documents]
    return int(corpus.documents[documents[i]]), int(corpus.documents[documents[i + 1]])


def count_shard(corpus: Corpus, how: Counting, shard: Shard, *, space: Space, report: Report = silent) -> Path:
    """The folder of a shard, counted and stored unless it is there already."""
    i, n = shard.i, shard.n
    if not 0 <= i < n <= max(corpus.n_documents, 1):
        raise BadSetting(
            f"A corpus of {corpus.n_documents:,} documents can be counted in 1 to as many shards; got shard {i} of {n}."
        )
    folder = shard_folder(corpus, how, shard)
    if folder.is_dir():
        return folder
    with staging(folder.parent, folder.name) as staged:
        share = shard.held_out if shard.held_out * corpus.n_sentences >= 1 else 0.0
        for held, kind in enumerate(KINDS):
            part = Part(share, bool(held), sentences_of(corpus, i, n))
            for name, array in _counted(corpus, how, part, space, report).items():
                np.save(staged / f"{kind}-{name}.npy", array, allow_pickle=False)
        publish(staged, folder)  # another worker may have counted the same shard meanwhile
    return folder


def _counted(corpus, how: Counting, part: Part, space: Space, report: Report) -> dict[str, np.ndarray]:
    """The arrays of one part of a shard."""
    from embedlab.kernels.glove import count_rows

    text = counting.compact_text(corpus, how.n_words, part, space, report)
    places, starts = counting.places_of(text, how.n_words, space, report)
    blocks = counting.blocks_of(np.minimum(2 * how.window * np.diff(starts), how.n_words))
    columns, sums = Pile(space, np.int32), Pile(space, np.float64)
    sizes, total, touched = np.zeros(how.n_words, np.int64), np.zeros(how.n_words), np.empty(how.n_words + 1, np.int32)
    rate = Rate()
    for first, last in zip(blocks[:-1].tolist(), blocks[1:].tolist(), strict=True):
        bound = int(np.minimum(2 * how.window * np.diff(starts[first : last + 1]), how.n_words).sum())
        some, values = np.empty(bound, np.int32), np.empty(bound, np.float64)
        n = count_rows(
            text,
            places,
            starts,
            first,
            last,
            counting.weights_of(how.window),
            total,
            touched,
            some,
            values,
            sizes[first:last],
        )
        columns.add(some[:n].copy())
        sums.add(values[:n].copy())
        done = int(starts[last])
        report(
            Progress(done, max(int(starts[-1]), 1), f"Counting pairs, {rate(done):,.0f} words/s", {"rate": rate(done)})
        )
    return {
        "words": np.diff(starts),
        "rows": np.concatenate([[0], np.cumsum(sizes)]),
        "columns": columns.whole(),
        "sums": sums.whole(),
    }


def sum_shards(
    corpus: Corpus, shards: list[Path], how: Counting, space: Space, *, report: Report = silent
) -> tuple[Counts, Counts | None]:
    """What `count_corpus` gives, from the shards of the whole corpus: the same to the last bit."""
    train = _summed(shards, "train", how, space, report)
    n_held = sum(int(np.load(shard / "held-words.npy").sum()) for shard in shards)
    others = _summed(shards, "held", how, space, report) if n_held else None
    if others is None or not len(train) or not len(others):
        return counting.count_cooccurrences(corpus, how, space, report=report) if n_held else train, None
    return train, others


def _summed(shards: list[Path], kind: str, how: Counting, space: Space, report: Report) -> Counts:
    files = [
        {name: np.load(shard / f"{kind}-{name}.npy", mmap_mode="r") for name in ("words", "rows", "columns", "sums")}
        for shard in shards
    ]
    words = np.sum([file["words"] for file in files], axis=0, dtype=np.int64)
    per_row = np.minimum(2 * how.window * words, how.n_words)
    blocks = counting.blocks_of(per_row)
    pile, cuts, done = Pile(space, counting.entry_type()), np.zeros((len(blocks) - 1, len(blocks)), np.int64), 0

    def task(b):
        return b, *counting.laid_out(_rows(files, int(blocks[b]), int(blocks[b + 1]), how.n_words), b, blocks, how)

    with closing(in_threads(how.workers, task, range(len(blocks) - 1))) as results:
        for b, entries, ends in results:
            cuts[b] = ends + pile.add(entries)
            done += 1
            report(Progress(done, len(blocks) - 1, "Adding up the counts of the shards"))
    return Counts(pile.whole(), cuts, blocks)


def _rows(files: list[dict], first: int, last: int, n_words: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """columns, values and sizes of rows first..last, added up over the shards."""
    from embedlab.kernels.glove import add_rows

    ends, parts, sums, at = np.empty((len(files), last - first + 1), np.int64), [], [], 0
    for row, file in enumerate(files):
        rows = np.asarray(file["rows"][first : last + 1])
        ends[row] = rows - rows[0] + at
        at += int(rows[-1] - rows[0])
        parts.append(np.array(file["columns"][rows[0] : rows[-1]]))
        sums.append(np.array(file["sums"][rows[0] : rows[-1]]))
    columns, values, sizes = np.empty(at, np.int32), np.empty(at, np.float32), np.empty(last - first, np.int64)
    n = add_rows(
        ends,
        np.concatenate(parts),
        np.concatenate(sums),
        np.zeros(n_words),
        np.empty(n_words + 1, np.int32),
        columns,
        values,
        sizes,
    )
    return columns[:n], values[:n], sizes


def count_corpus(
    corpus: Corpus, how: Counting, space: Space, *, held_out: float = 0.0, report: Report = silent
) -> tuple[Counts, Counts | None]:
    """Counts of the training sentences and of the held-out ones.

    Nothing is held out (None) when the share is 0 or less than one sentence, or when too little is left on either
    side: no pair at all.
    """
    if (shards := whole(corpus, how, held_out)) is not None:
        return sum_shards(corpus, shards, how, space, report=report)
    if held_out * corpus.n_sentences >= 1:
        train = counting.count_cooccurrences(
            corpus, how, space, part=Part(held_out), report=_first(report, 1 - held_out)
        )
        others = counting.count_cooccurrences(
            corpus, how, space, part=Part(held_out, held=True), report=_last(report, 1 - held_out)
        )
        if len(train) and len(others):
            return train, others
        report = _last(report, 1)
    return counting.count_cooccurrences(corpus, how, space, report=report), None


def _first(report: Report, share: float) -> Report:
    return lambda p: report(Progress(share * p.fraction, 1, p.message, p.metrics))


def _last(report: Report, share: float) -> Report:
    return lambda p: report(Progress(share + (1 - share) * p.fraction, 1, p.message, p.metrics))
