"""Tiny corpora for tests, written array by array in the layout that embedlab.corpus documents."""

import json
from collections import Counter
from pathlib import Path

import numpy as np

from embedlab.data.corpus import Corpus
from embedlab.data.vocabulary import Vocabulary


def make_corpus(
    folder: Path, sentences, labels=None, pairs=None, *, negatives=None, scores=None, name: str = "planted"
) -> Corpus:
    """A corpus in `folder / name`, one document an item of `sentences`.

    An item is a list of tokens (one sentence) or a text whose lines are sentences and whose tokens are parted by
    spaces. labels: one label, or None, a document. pairs, negatives: the second and third text of each document;
    scores: a number each.
    """
    folder = Path(folder) / name
    folder.mkdir(parents=True)
    texts = [item if isinstance(item, str) else " ".join(item) for item in sentences]
    lines = [[line.split() for line in text.split("\n")] for text in texts]
    vocabulary = Vocabulary.from_counts(Counter(word for document in lines for line in document for word in line))
    vocabulary.save(folder)
    flat = [line for document in lines for line in document]
    np.save(folder / "tokens.npy", np.array([vocabulary.ids[word] for line in flat for word in line], np.int32))
    np.save(folder / "sentences.npy", _offsets(len(line) for line in flat))
    np.save(folder / "documents.npy", _offsets(len(document) for document in lines))
    np.save(folder / "text_offsets.npy", _write(folder / "texts.bin", texts))
    np.save(folder / "spans.npy", np.array(_spans(texts), np.int64).reshape(-1, 2))
    if pairs is not None:
        np.save(folder / "pair_offsets.npy", _write(folder / "pairs.bin", pairs))
    if negatives is not None:
        np.save(folder / "negative_offsets.npy", _write(folder / "negatives.bin", negatives))
    if scores is not None:
        np.save(folder / "scores.npy", np.array(scores, np.float32))
    names = sorted({label for label in labels or () if label is not None})
    if names:
        np.save(
            folder / "labels.npy", np.array([-1 if label is None else names.index(label) for label in labels], np.int32)
        )
    meta = {
        "id": name,
        "name": name,
        "n_documents": len(texts),
        "n_sentences": len(flat),
        "n_tokens": sum(map(len, flat)),
        "n_types": len(vocabulary),
        "n_raw_tokens": sum(map(len, flat)),
        "preprocessing": {"lowercase": False, "tokenizer": "whitespace"},
        "sources": [],
        "label_names": names,
    }
    (folder / "corpus.json").write_text(json.dumps(meta), encoding="utf-8")
    return Corpus.open(folder)


def _offsets(lengths) -> np.ndarray:
    return np.cumsum([0, *lengths], dtype=np.int64)


def _write(path: Path, texts: list[str]) -> np.ndarray:
    """Write the texts one after the other and return where each begins, in bytes."""
    data = [text.encode() for text in texts]
    path.write_bytes(b"".join(data))
    return _offsets(map(len, data))


def _spans(texts: list[str]) -> list[tuple[int, int]]:
    """First and last byte of each line of each text."""
    spans, at = [], 0
    for text in texts:
        for line in text.split("\n"):
            spans.append((at, at + len(line.encode())))
            at += len(line.encode()) + 1
        at -= 1
    return spans


# Planted text


def random_sentences(rng, n_words=30, n_sentences=200, longest=25) -> list[list[str]]:
    words = [f"w{i}" for i in range(n_words)]
    share = 1 / np.arange(1, n_words + 1)
    return [rng.choice(words, rng.integers(1, longest), p=share / share.sum()).tolist() for _ in range(n_sentences)]


def as_ids(corpus) -> list[list[int]]:
    return [corpus.sentence_ids(i).tolist() for i in range(corpus.n_sentences)]


def topics(rng, n_sentences=400) -> list[list[str]]:
    """Sentences about one of two topics, glued together by words common to both."""
    first, second = [f"a{i}" for i in range(8)], [f"b{i}" for i in range(8)]
    glue = [f"the{i}" for i in range(4)]
    return [rng.choice((first if i % 2 else second) + glue, 12).tolist() for i in range(n_sentences)]


def separation(embedding) -> float:
    """Mean cosine within the two topics minus between them."""
    words = [w for w in embedding.words if not w.startswith("the")]
    same = np.array([[u[0] == v[0] for v in words] for u in words])
    cosines = embedding.similarity_matrix(words)
    return float(cosines[same & ~np.eye(len(words), dtype=bool)].mean() - cosines[~same].mean())
