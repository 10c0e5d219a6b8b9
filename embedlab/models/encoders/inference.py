"""Encoding many texts: sorted by tokens, in batches of so many tokens, in float32 or eight bits, each text once.

Equal texts are encoded once, and a text that was encoded before with the same model is read from the cache: npy files
named by a digest of the model's weights, the length and the precision.
"""

import contextlib
import hashlib
import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embedlab.core.device import short_products, torch_threads
from embedlab.core.files import write_array
from embedlab.core.parallel import in_threads
from embedlab.models.encoders.batches import GPU_TOKENS, token_batches

CORE_TOKENS = 1024  # of a batch that one core works on: what its own cache holds
TOKENS = {"cpu": CORE_TOKENS, "cuda": GPU_TOKENS}  # of a batch by kind of device
READ_TOGETHER = 4096  # texts tokenised and sorted together
MOST_CACHED = 2e9  # bytes; past them the model used longest ago goes
FEW = 1000  # texts below which nothing is tried
LONG = 8.0  # seconds of encoding in float32 from which "auto" tries eight bits
LOWEST_COSINE = 0.99  # mean cosine to float32 below which eight bits are not taken


@dataclass(frozen=True)
class Texts:
    """The texts read(0) .. read(n - 1)."""

    n: int
    read: Callable[[int], str]


def encode(
    encoder, asked: Texts, *, tick: Callable[[int], None], precision: str = "float32", cache: Path | None = None
) -> np.ndarray:
    """Vectors of the texts, float32 (n, dim); `encoder.encode` says the rest."""
    n, text = asked.n, asked.read
    vectors, done = np.empty((n, encoder.dim), np.float32), 0
    run = _runner(encoder, precision)
    kept = Cache(cache / model_digest(encoder, precision), encoder.dim) if cache else None
    for first in range(0, n, READ_TOGETHER):
        texts = [text(i) for i in range(first, min(first + READ_TOGETHER, n))]
        rows_of: dict[str, list[int]] = {}
        for row, words in enumerate(texts, first):
            rows_of.setdefault(words, []).append(row)
        distinct = list(rows_of)
        found = kept.find(distinct) if kept else {}
        for i, vector in found.items():
            vectors[rows_of[distinct[i]]] = vector
        done += sum(len(rows_of[distinct[i]]) for i in found)
        left = [i for i in range(len(distinct)) if i not in found]
        fresh = np.empty((len(left), encoder.dim), np.float32)
        with contextlib.closing(run([distinct[i] for i in left])) as batches:
            for part, made in batches:
                fresh[part] = made
                for at, vector in zip(part, made, strict=True):
                    rows = rows_of[distinct[left[at]]]
                    vectors[rows] = vector
                    done += len(rows)
                tick(done)
        if kept and left:
            kept.add([distinct[i] for i in left], fresh)
        elif not left:
            tick(done)
    return vectors


def tokens_of(encoder, texts: list[str], *, tick: Callable[[int], None]) -> list[np.ndarray]:
    """Token ids of many texts, each (n,); tick(done) is called after each few thousand."""
    found = []
    for first in range(0, len(texts), READ_TOGETHER):
        found += encoder.tokenise(texts[first : first + READ_TOGETHER])
        tick(len(found))
    return found


def _runner(encoder, precision: str):
    """texts -> (rows, vectors) a batch, until every text has been encoded."""
    import torch

    if not encoder.is_transformer:
        return lambda texts: (
            (rows, encoder.model.encode([texts[i] for i in rows], show_progress_bar=False))
            for rows in np.array_split(np.arange(len(texts)), max(-(-len(texts) // 256), 1))
            if len(rows)
        )
    layers = encoder.eight_bits() if precision == "int8" and encoder.has_eight_bits else None

    def made(batch: list[np.ndarray]) -> np.ndarray:
        with torch.inference_mode(), short_products(encoder.model.device):
            found = encoder.from_hidden(*encoder.hidden(batch), layers) if layers else encoder.forward(batch)
        return found.float().cpu().numpy()

    def run(texts: list[str]):
        training = encoder.model.training
        encoder.model.eval()
        try:
            tokens = encoder.tokenise(texts)
            kind = encoder.model.device.type
            batches = token_batches(np.array([len(t) for t in tokens], np.int64), TOKENS[kind])
            # On a processor a batch on each core: threads that share one wait for each other after every product.
            workers = torch.get_num_threads() if kind == "cpu" and len(batches) > 1 else 1
            with torch_threads(1) if workers > 1 else contextlib.nullcontext():
                yield from in_threads(workers, lambda rows: (rows, made([tokens[i] for i in rows])), batches)
        finally:
            encoder.model.train(training)

    return run


def choose_bits(encoder, n: int, text: Callable[[int], str], wanted: str, *, seconds: float = 1.0) -> tuple[str, dict]:
    """("float32" or "int8", what was measured): asked for, or for "auto" by a trial of about a second where encoding is
    long.

    Measured on texts spread over all: texts/s of both, and the cosine of each int8 vector to its float32 one, mean and
    lowest.
    """
    few = n < FEW and wanted == "auto"
    if wanted == "float32" or few or not n or not encoder.has_eight_bits:
        return "float32", {}
    picks = np.unique(np.linspace(0, n - 1, min(n, 512)).astype(int)).tolist()
    texts, at = [text(i) for i in picks], 0
    took, pairs = {"float32": 1e-9, "int8": 1e-9}, []
    runs = {precision: _runner(encoder, precision) for precision in took}
    for run in runs.values():
        list(run(texts[:8]))  # the first call pays for what later ones find ready
    while at < len(texts) and sum(took.values()) < seconds:
        part, vectors = texts[at : at + 64], {}
        for precision, run in runs.items():
            began = time.perf_counter()
            vectors[precision] = _whole(run, part)
            took[precision] += time.perf_counter() - began
        pairs.append(_cosines(*vectors.values()))
        at += len(part)
    cosines, speed = np.concatenate(pairs), {name: at / spent for name, spent in took.items()}
    measured = {
        "texts": at,
        "texts_per_second": {name: round(value, 1) for name, value in speed.items()},
        "cosine_to_float32": {"mean": round(float(cosines.mean()), 5), "lowest": round(float(cosines.min()), 5)},
    }
    worth = n / speed["float32"] > LONG and speed["int8"] > 1.2 * speed["float32"] and cosines.mean() > LOWEST_COSINE
    return ("int8" if wanted == "int8" or worth else "float32"), measured


def _whole(run, texts: list[str]) -> np.ndarray:
    rows, made = zip(*run(texts), strict=True)
    return np.concatenate(made)[np.argsort(np.concatenate(rows))]


def _cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(1) / np.maximum(np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1), 1e-12)


# The cache


def model_digest(encoder, precision: str) -> str:
    """The name of a cache folder: a digest of the weights, the maximum length, the precision and the device."""
    from embedlab.models.encoders.int8 import top_code

    place = " cuda" if encoder.model.device.type == "cuda" else f" {top_code()}" if precision == "int8" else ""
    digest = hashlib.blake2b(f"2 {encoder.max_length} {precision} {encoder.pooling}{place}".encode(), digest_size=12)
    for name, tensor in sorted(encoder.model.state_dict().items()):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(tensor.detach().cpu().float().numpy()).data)
    return digest.hexdigest()


class Cache:
    """Vectors of texts by their digests, in the folder of one model: pairs of npy files, written whole or not at all.

    A class because it guards that a name and its vector belong together.
    """

    def __init__(self, folder: Path, dim: int):
        self.folder, self.dim, self.where = folder, dim, {}
        for names in sorted(folder.glob("*.names.npy")) if folder.is_dir() else ():
            self._open(names)
        if folder.is_dir():
            os.utime(folder)

    def _open(self, names: Path) -> None:
        try:
            digests = np.load(names, allow_pickle=False)
            vectors = np.load(
                names.with_name(names.name.replace(".names", ".vectors")), mmap_mode="r", allow_pickle=False
            )
        except (OSError, ValueError):
            return  # half written, or of another hand
        if vectors.shape == (len(digests), self.dim):
            self.where |= {digest.tobytes(): (vectors, row) for row, digest in enumerate(digests)}

    def find(self, texts: list[str]) -> dict[int, np.ndarray]:
        """The vectors there are: {place in texts: vector}."""
        places = ((i, self.where.get(_digest(text))) for i, text in enumerate(texts)) if self.where else ()
        return {i: place[0][place[1]] for i, place in places if place}

    def add(self, texts: list[str], vectors: np.ndarray) -> None:
        """Keep the vectors of these texts; a cache that cannot be written is ignored."""
        digests = np.frombuffer(b"".join(map(_digest, texts)), np.uint64).reshape(-1, 2)
        name = uuid.uuid4().hex
        try:
            for what, array in (("vectors", vectors), ("names", digests)):  # names last: they are what is looked for
                write_array(self.folder / f"{name}.{what}.npy", array)
            self._open(self.folder / f"{name}.names.npy")
            forget_oldest(self.folder.parent, keep=self.folder)
        except OSError:
            return


def forget_oldest(folder: Path, *, keep: Path, most: float = MOST_CACHED) -> None:
    """Remove the least recently used models until `folder` takes at most `most` bytes; `keep` is never removed."""
    import shutil

    models = sorted(
        (inside for inside in folder.iterdir() if inside.is_dir()), key=lambda inside: inside.stat().st_mtime
    )
    sizes = {inside: sum(file.stat().st_size for file in inside.iterdir()) for inside in models}
    for inside in models:
        if sum(sizes.values()) > most and inside != keep:
            shutil.rmtree(inside, ignore_errors=True)
            sizes.pop(inside)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
