"""Storing: documents become the files of a corpus that hold text, and the digest of it all becomes its id."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.files import write_array
from embedlab.data.attributes import AttributeWriter
from embedlab.data.origin import Origin
from embedlab.data.reading.readers import Document, Packed
from embedlab.data.tokens.numbering import Rows, Texts
from embedlab.data.tokens.preprocess import Preprocessing

_FORMAT = 2  # part of the digest; raise it when the same text would give other tokens
_MAX_LABELS = 10_000


def store_texts(
    documents: Iterable[Document | Packed],
    work: Path,
    prep: Preprocessing,
    meter,
    origin: Origin,
) -> dict:
    """The id of the corpus and what is known of its documents, once everything but the tokens is written.

    Writes texts.bin, pairs.bin, negatives.bin, labels.npy, scores.npy and the attributes.
    """
    label_ids: dict[str, int] = {}
    n_documents = 0
    meter.start("Reading")
    with (
        Texts(work, "texts.bin", "text_offsets.npy") as texts,
        Texts(work, "pairs.bin", "pair_offsets.npy") as pairs,
        Texts(work, "negatives.bin", "negative_offsets.npy") as negatives,
        Rows(work / "scores.npy", np.float32) as scores,
        Rows(work / "labels.npy", np.int32) as labels,
        AttributeWriter(work) as attributes,
    ):

        def watched() -> Iterator[Document | Packed]:
            for document in documents:
                meter(origin.bytes_read() if origin.bytes_read else texts.n_bytes, origin.total_bytes)
                yield document

        for block in _blocks(watched()):
            n_documents += len(block)
            if isinstance(block, Packed):
                texts.add_packed(block.data, block.ends)
                for empty in (pairs, negatives):
                    empty.add_packed(b"", np.zeros(len(block), np.int64))
                scores.append(np.full(len(block), np.nan, np.float32))
                labels.append(np.full(len(block), -1, np.int32))
                attributes.add([None] * len(block))
                continue
            texts.add([document.text for document in block])
            pairs.add([document.pair or "" for document in block])
            negatives.add([document.negative or "" for document in block])
            scores.append([np.nan if document.score is None else document.score for document in block])
            labels.append([_label_id(document.label, label_ids) for document in block])
            attributes.add([document.attributes for document in block])
        attributes_digest = attributes.finish()
    if not texts.n_bytes:
        raise BadInput("There is no text to encode: every document is empty. Choose another file or text column.")
    names = _sort_labels(work, label_ids)
    parts = [
        _FORMAT,
        prep.to_dict(),
        texts.digest(),
        pairs.digest(),
        names["label_names"],
        _file_digest(work / "labels.npy"),
    ]
    if negatives.n_bytes:  # corpora without keep the ids they have always had
        parts.append(["negatives", negatives.digest()])
    if np.isfinite(np.load(work / "scores.npy", allow_pickle=False)).any():
        parts.append(["scores", _file_digest(work / "scores.npy")])
    else:
        (work / "scores.npy").unlink()
    if attributes_digest:
        parts.append(["attributes", attributes_digest])
    for stored, name in ((pairs, "pair"), (negatives, "negative")):
        if not stored.n_bytes:
            (work / f"{name}s.bin").unlink()
            (work / f"{name}_offsets.npy").unlink()
    return {
        "id": hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=8).hexdigest(),
        "n_documents": n_documents,
        "text_bytes": texts.n_bytes,
        **names,
    }


def _blocks(
    documents: Iterator[Document | Packed], n: int = 256, n_chars: int = 1 << 20
) -> Iterator[list[Document] | Packed]:
    """The documents in lists of at most `n`, shorter ones where the texts are long; packed ones as they are."""
    block: list[Document] = []
    length = 0
    for document in documents:
        if isinstance(document, Packed):
            if block:
                yield block
            yield document
            block, length = [], 0
            continue
        block.append(document)
        length += len(document.text)
        if len(block) == n or length > n_chars:
            yield block
            block, length = [], 0
    if block:
        yield block


def _file_digest(path: Path) -> str:
    if not path.exists():
        return ""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _label_id(label: str | None, ids: dict[str, int]) -> int:
    if label is None:
        return -1
    if label not in ids and len(ids) >= _MAX_LABELS:
        raise BadInput(
            f"The label column holds more than {_MAX_LABELS:,} different values, among them {label[:40]!r}. "
            "Choose a column of categories."
        )
    return ids.setdefault(label, len(ids))


def _sort_labels(work: Path, ids: dict[str, int]) -> dict:
    """Renumber labels.npy by name, or remove it when there are no labels; return names and counts."""
    if not ids:
        (work / "labels.npy").unlink()
        return {"label_names": [], "label_counts": []}
    names = sorted(ids)
    new = np.full(len(ids) + 1, -1, np.int32)  # the last entry is for documents without a label, -1
    new[[ids[name] for name in names]] = np.arange(len(names))
    labels = new[np.load(work / "labels.npy", allow_pickle=False)]
    write_array(work / "labels.npy", labels)
    return {"label_names": names, "label_counts": np.bincount(labels[labels >= 0], minlength=len(names)).tolist()}
