"""Encoding: the stored texts of a corpus become token ids, and the ids are renumbered by count.

The texts are read for phrases (if asked for) and once more for the ids, which are written in order of appearance. A
last walk over the ids drops rare words and renumbers the rest. Memory holds the vocabulary and little for a document.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.files import write_array
from embedlab.core.progress import Progress, Report
from embedlab.core.sizes import size
from embedlab.data.corpus import stored_texts
from embedlab.data.tokens.numbering import Coder, Kept, RawIds, Rows, byte_counter
from embedlab.data.tokens.parallel_encoding import Coded, encode_blocks, encodes_blocks
from embedlab.data.tokens.phrases import PhraseModel, learn_phrases
from embedlab.data.tokens.preprocess import Preprocessing, keep_word, raw_sentences, tokenizer
from embedlab.data.vocabulary import Vocabulary

_WALK_TOKENS = 1 << 17  # renumbered at a time, which the second cache holds


class Meter:
    """Progress over the stages of encoding, as percent of the whole; tells at most five times a second."""

    def __init__(self, report: Report, n_phrase_passes: int):
        self.report = report
        self.weights = {"Reading": 3.0, "Learning phrases": 5.0 * n_phrase_passes, "Encoding": 4.0, "Ordering": 1.0}
        self.stage, self.before, self.told = "", 0.0, 0.0

    def start(self, stage: str) -> None:
        """The next stage begins; always told, so that a cancel works on the smallest corpus."""
        self.before += self.weights.get(self.stage, 0.0)
        self.stage, self.told = stage, 0.0
        self(0, 1)

    def __call__(self, done: float, total: float | None) -> None:
        """`done` bytes of `total` (None if nobody knows) of this stage are done."""
        now = time.monotonic()
        if now - self.told < 0.2:
            return
        self.told = now
        share = min(done / total, 1.0) if total else 0.0
        step = 100 * (self.before + share * self.weights[self.stage]) / sum(self.weights.values())
        amount = f" {size(done)}" + (f" of {size(total)}" if total else "") if done else ""
        self.report(Progress(step, 100, self.stage + amount))


def encode_texts(work: Path, texts: dict, prep: Preprocessing, meter: Meter) -> dict:
    """The sizes of a corpus, after everything that depends on the preprocessing is written into `work`."""
    phrases = _learn(work, texts, prep, meter) if prep.phrases else None
    meter.start("Encoding")
    coded = _code(work, texts, prep, phrases, meter)
    n_raw = coded.n_raw
    meter.start("Ordering")
    words, counts, new_ids = _by_count(coded.words, coded.counts, prep)
    walk = _Walk(work, words, counts, new_ids if coded.codes is None else new_ids[coded.codes])
    if prep.sample:
        walk.subsample(prep.sample)
    if not n_raw:
        raise BadInput(
            "There is no word in the text, only punctuation. Choose another file or text column, or another "
            "way to find tokens."
        )
    if not walk.words:
        raise BadInput(
            f"No token is left of the {n_raw:,} in the text. Lower the minimum count of {prep.min_count:,}, "
            "keep stop words and numbers, or choose another way to find tokens."
        )
    n_sentences, n_tokens = _write_final(work, walk, texts, meter)
    Vocabulary(walk.words, walk.counts).save(work)
    for left in work.glob("raw_*"):
        left.unlink()
    return {
        "n_sentences": n_sentences,
        "n_tokens": n_tokens,
        "n_types": len(walk.words),
        "n_raw_tokens": n_raw,
        "n_phrases": len(phrases) if phrases else 0,
        "n_pruned_types": coded.n_pruned,
    }


def _learn(work: Path, texts: dict, prep: Preprocessing, meter: Meter) -> PhraseModel:
    total, kept, cut, n_walks = texts["text_bytes"], Kept(prep), tokenizer(prep), [0]
    meter.start("Learning phrases")

    def walk() -> Iterator[list[str]]:
        done = n_walks[0] * total
        n_walks[0] += 1
        for text in stored_texts(work):
            for _, last, raw in raw_sentences(text, cut):
                yield kept(raw)
                meter(done + last, prep.phrases * total)
            done += len(text)

    phrases = learn_phrases(walk, prep)
    phrases.save(work)
    return phrases


def _code(work: Path, texts: dict, prep: Preprocessing, phrases: PhraseModel | None, meter: Meter) -> Coded:
    """Write the ids in the order words turn up, by blocks or one document after the other; return what they mean."""
    if encodes_blocks(prep, texts["text_bytes"]):
        return encode_blocks(work, prep, lambda done: meter(done, texts["text_bytes"]))
    kept, cut = Kept(prep), tokenizer(prep)
    coder = Coder(str if phrases else keep_word(prep))
    position = 0
    with RawIds(work, coder) as out:
        for text in stored_texts(work):
            to_byte = byte_counter(text)
            for first, last, tokens in raw_sentences(text, cut):
                tokens = phrases.join(kept(tokens)) if phrases else tokens
                first, last = to_byte(first), to_byte(last)
                if tokens and out.add(position + first, position + last, tokens):
                    meter(position + last, texts["text_bytes"])
            out.end_document()
            position += to_byte(len(text))
            meter(position, texts["text_bytes"])
    return Coded(coder.words, coder.counts, None, kept.n_raw if phrases else out.n_words, coder.n_pruned)


def _by_count(
    words: Sequence[str | None], counts: np.ndarray, prep: Preprocessing
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """(words, counts, new ids): the vocabulary in order, and for each old id the new one, -1 if the word goes.

    The last two new ids are -1: they answer for the codes -1 and -2 of dropped tokens.
    """
    n = len(words)
    enough = np.flatnonzero(counts[:n] >= max(prep.min_count, 1)).tolist()
    by_word = np.array(sorted((i for i in enough if words[i] is not None), key=lambda i: words[i] or ""), np.int64)
    order = by_word[np.argsort(-counts[by_word], kind="stable")][: prep.max_vocab]
    new_ids = np.full(n + 2, -1, np.int32)
    new_ids[order] = np.arange(len(order))
    return [words[i] for i in order], counts[order], new_ids


class _Walk:
    """Walks over the raw ids of a corpus that give what stays of them, under the ids of `words`."""

    def __init__(self, work: Path, words: list[str], counts: np.ndarray, new_ids: np.ndarray):
        self.work, self.words, self.counts, self.new_ids = work, words, counts, new_ids
        self.probability: np.ndarray | None = None

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """(ids with -1 for what goes, length of each raw sentence, its span), for many sentences at a time."""
        rng = np.random.default_rng(0)  # the same draws on every walk
        n_ids, n_sentences = ((self.work / f"raw_{name}").stat().st_size for name in ("ids", "lengths"))
        n = max(_WALK_TOKENS * n_sentences // max(n_ids, 1), 1)
        with (
            open(self.work / "raw_ids", "rb") as ids,
            open(self.work / "raw_lengths", "rb") as lengths,
            open(self.work / "raw_spans", "rb") as spans,
        ):
            while len(some := np.fromfile(lengths, np.int32, n)):
                raw = np.fromfile(ids, np.int32, int(some.sum()))
                found = self.new_ids.take(raw, mode="wrap")  # negative ones count from the end
                if self.probability is not None:
                    found[rng.random(len(raw)) >= self.probability[raw]] = -1
                yield found, some, np.fromfile(spans, np.int64, 2 * len(some)).reshape(-1, 2)

    def subsample(self, sample: float) -> None:
        """Drop occurrences of frequent words from now on; counts and order become those of what stays."""
        probability = np.append(Vocabulary(self.words, self.counts).keep_probability(sample), 0.0)
        self.probability = probability[self.new_ids]
        counts = np.zeros(len(self.words), np.int64)
        for ids, _, _ in self:
            counts += np.bincount(ids[ids >= 0], minlength=len(counts))
        self.words, self.counts, again = _by_count(self.words, counts, Preprocessing())
        self.new_ids = again[self.new_ids]


def _write_final(work: Path, walk: _Walk, texts: dict, meter: Meter) -> tuple[int, int]:
    """Write tokens, sentences, spans and documents; return the numbers of sentences and tokens."""
    per_document = np.fromfile(work / "raw_documents", np.int32)
    ends = np.cumsum(per_document, dtype=np.int64)
    n_raw = n_tokens = 0
    with (
        Rows(work / "tokens.npy", np.int32) as tokens,
        Rows(work / "sentences.npy", np.int64) as sentences,
        Rows(work / "spans.npy", np.int64, 2) as spans,
    ):
        sentences.append([0])
        for ids, lengths, where in walk:
            done, gone = int(where[-1, 1]), np.empty(0, np.int64)
            if ids.min() < 0:
                ids, lengths, where, gone = _without_dropped(ids, lengths, where)
                np.subtract.at(per_document, np.searchsorted(ends, n_raw + gone, side="right"), 1)
            n_raw += len(lengths) + len(gone)
            tokens.append(ids)
            sentences.append(n_tokens + np.cumsum(lengths, dtype=np.int64))
            spans.append(where)
            n_tokens += len(ids)
            meter(done, texts["text_bytes"])
    write_array(work / "documents.npy", np.concatenate([[0], np.cumsum(per_document, dtype=np.int64)]))
    return sentences.n - 1, n_tokens


def _without_dropped(
    ids: np.ndarray, lengths: np.ndarray, spans: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(ids, lengths, spans) without what is -1 and sentences of nothing else, and which sentences these were."""
    stays = ids >= 0
    kept = np.add.reduceat(stays, np.cumsum(lengths) - lengths, dtype=np.int64)
    left = kept > 0
    return ids[stays], kept[left], spans[left], np.flatnonzero(~left)
