"""Senses of a word: a vector for each occurrence from every layer, and groups of occurrences."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embedlab.core.device import device
from embedlab.core.errors import BadInput
from embedlab.core.files import Kept, read_npz, save_npz
from embedlab.core.progress import Progress, Report, silent
from embedlab.data.corpus import Corpus
from embedlab.data.tokens.parts_of_speech import function_words
from embedlab.explain.concordance import Occurrence, occurrences
from embedlab.explain.transformer.attention import Body
from embedlab.projections import project
from embedlab.projections.colouring.clusters import cluster_codes

FORMAT = 1
MOST = 2_000
BATCH = 32
FEW = 8  # fewest occurrences that are grouped
CONTEXT = 240  # characters read on either side of the word, at most
MOST_PIECES, CHARACTERS = (
    512,
    1.6,
)  # and so many for each piece that the model sees, so that the word is within its reach
JUDGED_K = range(2, 7)
CLEAR = 0.1  # mean silhouette below which all occurrences form one group


KEPT = Kept(
    "The file of these occurrences",
    "The occurrences of this word have not been encoded yet. Encode them first.",
    "Delete it and encode the word again.",
)


@dataclass(frozen=True, eq=False)
class Senses:
    """Occurrences of a word. vectors: float16 (layers + 1, n, dim), layer 0 without any context. texts: the sentences;
    spans: of the word in each, (n, 2); sentences, documents: their numbers; n_total: occurrences in the corpus.
    """

    word: str
    n_total: int
    vectors: np.ndarray
    texts: tuple[str, ...]
    spans: np.ndarray
    sentences: np.ndarray
    documents: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def layers(self) -> int:
        return len(self.vectors) - 1

    def save(self, path: Path) -> None:
        """Write one npz of arrays, texts as JSON in bytes; a reader sees all of it or nothing."""
        about = {"format": FORMAT, "word": self.word, "n_total": self.n_total, "texts": self.texts}
        save_npz(
            path,
            about,
            compress=False,
            vectors=self.vectors,
            spans=self.spans,
            sentences=self.sentences,
            documents=self.documents,
        )

    @classmethod
    def load(cls, path: Path) -> "Senses":
        """What was saved; NotFound if there is nothing, BadInput if the file is something else."""
        arrays = ("vectors", "spans", "sentences", "documents")
        about, stored = read_npz(path, KEPT, about=("word", "n_total", "texts"), arrays=arrays)
        return cls(
            word=about["word"],
            n_total=about["n_total"],
            texts=tuple(about["texts"]),
            **{name: stored[name] for name in arrays},
        )

    def map(self, layer: int, method: str = "pca", *, seed: int = 1, report: Report = silent) -> np.ndarray:
        """Positions of the occurrences on a 2-D map of one layer, float32 (n, 2)."""
        vectors = self.vectors[layer].astype(np.float32)
        if np.ptp(vectors, axis=0).max(initial=0) < 1e-4:  # before any sentence all occurrences are the same
            return np.zeros((len(self), 2), np.float32)
        return project(vectors, method, seed=seed, report=report)


def senses_path(run_folder: Path, corpus_id: str, word: str, limit: int) -> Path:
    """The file of a word's occurrences in the folder of the run, named by what was asked."""
    digest = hashlib.blake2b(json.dumps([FORMAT, corpus_id, word, limit]).encode(), digest_size=8).hexdigest()
    return run_folder / "senses" / f"{digest}.npz"


def encode_senses(body: Body, corpus: Corpus, word: str, *, limit: int = MOST, report: Report = silent) -> Senses:
    """The vectors of up to `limit` occurrences of a word, drawn evenly over the corpus.

    UnknownWord if it is not in the corpus; BadInput if it occurs too rarely.
    """
    report(Progress(0, 1, f"Finding “{word}” in the corpus"))
    found, n_total = occurrences(corpus, word, limit=limit)
    if len(found) < FEW:
        raise BadInput(
            f"{word!r} occurs {n_total:,} times in {corpus.name!r}; senses need at least {FEW} occurrences. "
            "Choose a more frequent word."
        )
    reach = min(CONTEXT, round(CHARACTERS * min(body.tokenizer.model_max_length, MOST_PIECES)))
    parts = [_around(o, reach) for o in found]
    order = np.argsort([len(text) for text, *_ in parts], kind="stable")
    vectors, kept = None, np.zeros(len(found), bool)
    body.model.to(device())  # many sentences, in a worker; what a page asks about one stays on the processor
    for first in range(0, len(order), BATCH):
        rows = order[first : first + BATCH]
        report(Progress(first, len(order), f"Reading “{word}” in its sentences, {first:,} of {len(order):,}"))
        here, seen = _encode(body, [parts[i] for i in rows])
        if vectors is None:
            vectors = np.zeros((here.shape[0], len(found), here.shape[2]), np.float16)
        vectors[:, rows], kept[rows] = here, seen
    stay = np.flatnonzero(kept)
    report(Progress(1, 1, "Done"))
    return Senses(
        word,
        n_total,
        vectors[:, stay],
        tuple(parts[i][0] for i in stay),
        np.array([parts[i][1:] for i in stay], np.int64).reshape(-1, 2),
        np.array([found[i].sentence for i in stay], np.int64),
        np.array([found[i].document for i in stay], np.int64),
    )


def _around(occurrence: Occurrence, reach: int) -> tuple[str, int, int]:
    """The text around a word, shortened if long, and the span of the word in it."""
    low = max(occurrence.first - reach, 0)
    text = occurrence.text[low : occurrence.last + reach]
    return text, occurrence.first - low, occurrence.last - low


def _encode(body: Body, parts: list[tuple[str, int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Vectors float32 (layers + 1, n, dim), each the mean of the word's pieces, and whether the model saw the word."""
    import torch

    found = body.tokenizer(
        [text for text, *_ in parts],
        return_offsets_mapping=True,
        truncation=True,
        padding=True,
        max_length=min(body.tokenizer.model_max_length, MOST_PIECES),
        return_tensors="pt",
    )
    spans, offsets = torch.tensor([span for _, *span in parts]), found.pop("offset_mapping")
    inside = (
        (offsets[:, :, 0] < spans[:, 1:2]) & (offsets[:, :, 1] > spans[:, 0:1]) & (offsets[:, :, 1] > offsets[:, :, 0])
    )
    place = body.model.device
    with torch.no_grad():
        states = torch.stack(
            body.model(
                input_ids=found["input_ids"].to(place),
                attention_mask=found["attention_mask"].to(place),
                output_hidden_states=True,
            ).hidden_states
        )
    weight = inside.to(place).float()
    n = weight.sum(1).clamp(min=1)
    return (torch.einsum("lnpd,np->lnd", states, weight) / n[None, :, None]).cpu().numpy(), inside.any(1).numpy()


# Groups


def sense_clusters(senses: Senses, layer: int, *, k: int | None = None, seed: int = 1) -> np.ndarray:
    """The group of each occurrence, int32, largest first. Without `k`, the number up to 6 with the best mean silhouette
    (Rousseeuw 1987), or one group if no split is clear."""
    from sklearn.metrics import silhouette_score

    vectors = senses.vectors[layer].astype(np.float32)
    vectors = vectors - vectors.mean(axis=0)
    if np.abs(vectors).max(initial=0) < 1e-4:
        return np.zeros(len(senses), np.int32)
    if k is not None:
        return cluster_codes(vectors, k=k, seed=seed)[0]
    best, best_score = np.zeros(len(senses), np.int32), CLEAR
    for n in JUDGED_K:
        codes = cluster_codes(vectors, k=n, seed=seed)[0]
        if 1 < len(np.unique(codes)) < len(codes):
            score = float(
                silhouette_score(vectors, codes, metric="cosine", sample_size=min(1_000, len(codes)), random_state=seed)
            )
            best, best_score = (codes, score) if score > best_score else (best, best_score)
    return best


def sense_names(senses: Senses, codes: np.ndarray, corpus: Corpus, *, n: int = 4) -> tuple[str, ...]:
    """Each group by the words that its sentences have more often than those of the others, function words left out."""
    words = corpus.vocabulary.words
    own = corpus.vocabulary.ids.get(senses.word)
    counts = np.zeros((codes.max(initial=0) + 1, len(words)))
    for code, sentence in zip(codes.tolist(), senses.sentences.tolist(), strict=True):
        counts[code, np.unique(_near(corpus, sentence, own))] += 1
    telling = ~function_words(words)
    if own is not None:
        telling[own] = False
    shares = (counts + 0.5) / (counts.sum(axis=1, keepdims=True) + 0.5 * len(words))
    whole = (counts.sum(axis=0) + 0.5) / (counts.sum() + 0.5 * len(words))
    weight = (
        np.where(telling, counts * np.log(shares / whole), -np.inf)
        if len(counts) > 1
        else np.where(telling, counts, -np.inf)
    )
    return tuple(", ".join(_tops(row, words, n)) or "no typical words" for row in weight)


def _near(corpus: Corpus, sentence: int, own: int | None, reach: int = 20) -> np.ndarray:
    """The words of a sentence within `reach` of the first occurrence of the word."""
    ids = np.asarray(corpus.sentence_ids(sentence))
    at = int(np.argmax(ids == own)) if own is not None else 0
    return ids[max(at - reach, 0) : at + reach + 1]


def _tops(weight: np.ndarray, words: list[str], n: int) -> Iterable[str]:
    return [words[i] for i in np.argsort(-weight, kind="stable")[:n] if weight[i] > 0]
