"""Corpus: token ids encoded once on disk and memory-mapped, shared by every run.

A corpus is a folder. All arrays are npy, all text is UTF-8:

    corpus.json        id, name, sizes, preprocessing, sources, label names, how each file was read
    words.json, counts.npy     the vocabulary
    tokens.npy         int32 (n_tokens,)         word ids of the whole corpus, in reading order
    sentences.npy      int64 (n_sentences + 1,)  where each sentence starts in tokens; a context window ends there
    documents.npy      int64 (n_documents + 1,)  where each document starts in sentences
    texts.bin          the documents as they were read, one after the other
    text_offsets.npy   int64 (n_documents + 1,)  where each document starts in texts.bin, in bytes
    spans.npy          int64 (n_sentences, 2)    first and last byte of each sentence in texts.bin
    labels.npy         int32 (n_documents,)      index into the label names, -1 for none; only for labelled corpora
    pairs.bin, pair_offsets.npy                  the second text of each document; only for corpora of pairs
    negatives.bin, negative_offsets.npy          a third text, unlike the first; only for corpora of triplets
    scores.npy         float32 (n_documents,)    similarity to the second text, NaN for none; only for graded pairs
    attributes.arrow   the other columns of the table the documents came from, a row each; only where there are any
    phrases.json       what each phrase pass joins; only for corpora with phrases

Writing is in `build`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embedlab.core.files import AGAIN, Kept, read_array, read_json
from embedlab.core.settings import from_dict
from embedlab.data.attributes import stored_attributes
from embedlab.data.reading.reading import Reading
from embedlab.data.tokens.phrases import PhraseModel
from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.data.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa


# How corpora were encoded before these settings existed.
_BEFORE_LANGUAGES = {"casing": "common", "segment": "none"}


@dataclass(frozen=True)
class Corpus:
    """A corpus on disk. `meta` is corpus.json; everything else is read when first asked for."""

    folder: Path
    meta: dict

    @classmethod
    def open(cls, folder: Path) -> "Corpus":
        """The corpus in `folder`; NotFound if there is none, BadInput if its description is damaged."""
        folder = Path(folder)
        missing = f"There is no corpus {folder.name!r}. Choose another one or add it again."
        kept = Kept(f"The corpus {folder.name!r}", missing, AGAIN)
        return cls(folder, read_json(folder / "corpus.json", kept, needs=("id", "name", "n_documents", "n_tokens")))

    @property
    def id(self) -> str:
        return self.meta["id"]

    @property
    def name(self) -> str:
        return self.meta["name"]

    @property
    def n_documents(self) -> int:
        return self.meta["n_documents"]

    @property
    def n_sentences(self) -> int:
        return self.meta["n_sentences"]

    @property
    def n_tokens(self) -> int:
        return self.meta["n_tokens"]

    @property
    def n_types(self) -> int:
        return self.meta["n_types"]

    @property
    def sizes(self) -> list:
        """What tells this corpus from every other: a checkpoint is good for a data set of the same sizes only."""
        return [self.id, self.n_documents, self.n_tokens, self.n_types]

    @property
    def kind(self) -> str:
        """What kind of data this is, as families of models say what they learn from."""
        return "texts"

    @property
    def amount(self) -> str:
        """How much there is to learn from, in words."""
        return f"{self.n_tokens:,} tokens"

    @property
    def n_raw_tokens(self) -> int:
        """Tokens of the text before stop words, numbers, rare words and subsampled occurrences were dropped."""
        return self.meta["n_raw_tokens"]

    @property
    def preprocessing(self) -> Preprocessing:
        """How the text became tokens."""
        return from_dict(Preprocessing, _BEFORE_LANGUAGES | self.meta["preprocessing"])

    @property
    def label_names(self) -> list[str]:
        return self.meta.get("label_names", [])

    @property
    def has_labels(self) -> bool:
        return bool(self.label_names)

    @property
    def has_pairs(self) -> bool:
        return (self.folder / "pairs.bin").exists()

    @property
    def has_negatives(self) -> bool:
        return (self.folder / "negatives.bin").exists()

    @property
    def has_scores(self) -> bool:
        return (self.folder / "scores.npy").exists()

    @property
    def readings(self) -> list[Reading]:
        """How each file was read; none for a pasted text and for corpora of older versions."""
        return [Reading.from_dict(one) for one in self.meta.get("reading", [])]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary.load(self.folder, self.name)

    @cached_property
    def phrases(self) -> PhraseModel | None:
        """The phrases that were joined; None for a corpus without."""
        return PhraseModel.load(self.folder)

    @cached_property
    def tokens(self) -> np.ndarray:
        return self._array("tokens")

    @cached_property
    def sentences(self) -> np.ndarray:
        return self._array("sentences")

    @cached_property
    def documents(self) -> np.ndarray:
        return self._array("documents")

    @cached_property
    def spans(self) -> np.ndarray:
        return self._array("spans")

    @cached_property
    def labels(self) -> np.ndarray | None:
        """Label index of each document, int32 (n_documents,), -1 for none; None for a corpus without labels."""
        return self._array("labels") if self.has_labels else None

    @cached_property
    def scores(self) -> np.ndarray | None:
        """Similarity of each document to its second text, float32 (n_documents,), NaN for none; None without scores."""
        return self._array("scores") if self.has_scores else None

    @cached_property
    def attributes(self) -> "pa.Table | None":
        """The other columns of the documents' table, n_documents rows, memory-mapped; None for a corpus without."""
        return stored_attributes(self.folder)

    def column_of(self, part: str) -> str:
        """The name of the column that "label", "score" ... came from; the part's own name if it is unknown."""
        told = [self.meta.get("columns", {}), *(one.get("columns", {}) for one in self.meta.get("reading", ()))]
        return next((columns[part] for columns in told if columns.get(part)), part)

    def text(self, document: int) -> str:
        """The document as it was read."""
        first, last = self._array("text_offsets")[document : document + 2]
        return self._read("texts.bin", int(first), int(last))

    def pair(self, document: int) -> str:
        """The second text of a document of a corpus of pairs."""
        first, last = self._array("pair_offsets")[document : document + 2]
        return self._read("pairs.bin", int(first), int(last))

    def negative(self, document: int) -> str:
        """A text unlike a document of a corpus of triplets."""
        first, last = self._array("negative_offsets")[document : document + 2]
        return self._read("negatives.bin", int(first), int(last))

    def texts(self) -> Iterator[str]:
        """Every document in order, streamed from the file."""
        return stored_texts(self.folder)

    def sentence_text(self, sentence: int) -> str:
        """The sentence as it was read."""
        first, last = self.spans[sentence]
        return self._read("texts.bin", int(first), int(last))

    def sentence_ids(self, sentence: int) -> np.ndarray:
        """Word ids of one sentence."""
        return self.tokens[self.sentences[sentence] : self.sentences[sentence + 1]]

    def document_ids(self, document: int) -> np.ndarray:
        """Word ids of one document."""
        first, last = self.documents[document : document + 2]
        return self.tokens[self.sentences[first] : self.sentences[last]]

    def sentence_at(self, token: int | np.ndarray) -> np.ndarray:
        """The sentence each token position lies in."""
        return np.searchsorted(self.sentences, token, side="right") - 1

    def document_at(self, sentence: int | np.ndarray) -> np.ndarray:
        """The document each sentence lies in."""
        return np.searchsorted(self.documents, sentence, side="right") - 1

    @cached_property
    def _arrays(self) -> dict[str, np.ndarray]:
        return {}

    def _array(self, name: str) -> np.ndarray:
        if name not in self._arrays:
            self._arrays[name] = read_array(self.folder / f"{name}.npy", Kept.of_corpus(self.name), mapped=True)
        return self._arrays[name]

    def _read(self, name: str, first: int, last: int) -> str:
        with open(self.folder / name, "rb") as file:
            file.seek(first)
            return file.read(last - first).decode("utf-8", errors="replace")


def stored_texts(folder: Path) -> Iterator[str]:
    """Every document in the texts.bin of `folder`, in order, without holding more than one."""
    offsets = np.load(folder / "text_offsets.npy", mmap_mode="r", allow_pickle=False)
    with open(folder / "texts.bin", "rb", buffering=1 << 20) as file:
        for start in range(0, len(offsets) - 1, 1 << 16):
            for n_bytes in np.diff(offsets[start : start + (1 << 16) + 1]).tolist():
                yield file.read(n_bytes).decode("utf-8", errors="replace")
