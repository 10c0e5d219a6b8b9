"""Films of a training: what a model knew at moments between the random start and the end.

    frames/film.json      the words drawn, the words and pairs watched, how many words were searched for neighbours
    frames/vectors.f16    one block (n_words, dim) a frame
    frames/frames.jsonl   one line a frame, written after its block: what has no whole line is no frame

A trainer records with `callbacks`, a page reads with `Film.open`; neither waits for the other.
"""

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.files import write_bytes, write_json
from embedlab.core.parallel import one_blas_thread
from embedlab.data.tokens.stopwords import STOPWORDS
from embedlab.models.training.session import Rows
from embedlab.vectors.embedding import normalised, top_rows

MOST_WORDS = 2_000
MOST_PROBES = 8
MOST_PAIRS = 6
SEARCHED = 50_000  # words among which neighbours are looked for, the most frequent ones
NEIGHBOURS = 10
FRAMES = 100
SHARE = 0.04  # of the time of training that filming may take, beyond what every film may
MOMENTS = 32  # frames that short trainings have too ...
ALLOWED = 3.0  # ... as long as filming takes no more seconds of processor time than this
LATELY = 0.05  # a neighbour is new for this share of training
FRAMES_FOLDER = "frames"


def callbacks(folder: Path, watch: Mapping | None, *, resumed_at: float | None = None) -> dict:
    """What Session takes to film the run in `folder`: {"show", "show_due"}, or {} when nothing is to be watched.

    watch: {"words": how many to draw, "probes": [word ...], "pairs": [[word, word] ...]}, all optional; None films
    nothing. resumed_at: the share done at the checkpoint that training resumes from; its film is then continued, even
    with watch=None. Without it an earlier film of the run is removed.
    """
    folder = Path(folder)
    if resumed_at is None:
        shutil.rmtree(folder / FRAMES_FOLDER, ignore_errors=True)
    elif watch is None and (found := _head(folder)):
        watch = found["watch"]
    if watch is None:
        return {}
    watched = Watched(
        probes=watch.get("probes", ()),
        pairs=[tuple(pair) for pair in watch.get("pairs", ())],
        n_words=watch.get("words", MOST_WORDS // 2),
    )
    filming = Filming(folder, watched, resumed_at=resumed_at)
    return {"show": filming.show, "show_due": filming.due}


# Choosing


def content_words(words: Sequence[str], n: int) -> list[str]:
    """The first `n` of `words`, most frequent first, that tell something of the text; all others only if those are too
    few.

    English function words, numbers and single characters tell little. Where English function words are rare, the
    language is another one, and the shortest of its most frequent words are taken for function words.
    """
    english = STOPWORDS["english"]
    foreign = sum(word.lower() in english for word in words[:100]) < 10
    told, dull = [], []
    for rank, word in enumerate(words):
        if len(told) == n:
            return told
        short = foreign and rank < 150 and len(word) <= 3 and word.lower() != word.upper()
        tells = (
            (len(word) > 1 or word.lower() == word.upper())
            and any(c.isalpha() for c in word)
            and word.lower() not in english
        )
        (told if tells and not short else dull).append(word)
    return (told + dull)[:n]


def words_of(text: str) -> list[str]:
    """The words typed with commas or spaces between them, each once."""
    return list(dict.fromkeys(text.replace(",", " ").replace(";", " ").split()))


def pairs_of(text: str) -> list[tuple[str, str]]:
    """The pairs typed as "king queen, bank river", also with a hyphen or colon between.

    BadInput for what is not two words.
    """
    parts = [part.replace(":", " ").split() for part in text.replace(";", ",").replace("\n", ",").split(",")]
    parts = [part[0].split("-") if len(part) == 1 and part[0].count("-") == 1 else part for part in parts]
    for part in parts:
        if len(part) not in (0, 2):
            raise BadInput(
                f"{' '.join(part)!r} has {len(part)} word{'s' * (len(part) != 1)}; a pair has two. "
                "Type pairs with commas between them: king queen, bank river"
            )
    return list(dict.fromkeys((part[0], part[1]) for part in parts if part))


# Recording


@dataclass(frozen=True)
class Watched:
    """What a film shows. n_words: how many words are drawn, `words` among them.

    probes: words whose neighbours are recorded. pairs: words whose similarity is recorded.
    """

    words: Sequence[str] = ()
    pairs: Sequence[tuple[str, str]] = ()
    probes: Sequence[str] = ()
    n_words: int = MOST_WORDS // 2


class Filming:
    """Records the film of one training: `Session(show=filming.show, show_due=filming.due)`.

    A class because it guards a place on disk and a budget of time. Frames come at equal shares of training: MOMENTS of
    them in every film, as long as they take less than ALLOWED seconds of work, and up to `n_frames` where filming
    stays below SHARE of the time so far. A disk that takes no more ends the film, never the training.
    """

    def __init__(
        self, folder: Path, watched: Watched = Watched(), *, n_frames: int = FRAMES, resumed_at: float | None = None
    ):
        self.folder = Path(folder) / FRAMES_FOLDER
        self.words, self.pairs, self.probes = (
            list(watched.words),
            [tuple(pair) for pair in watched.pairs][:MOST_PAIRS],
            list(watched.probes)[:MOST_PROBES],
        )
        self.n_words, self.n_frames = min(watched.n_words, MOST_WORDS), n_frames
        self.cast: _Cast | None = None
        self.last, self.stopped, self.spent, self.worked, self.began = -1.0, False, 0.0, 0.0, None
        if resumed_at is None:
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            self.last = rewind(folder, resumed_at)

    def due(self, done: float) -> bool:
        """Whether the next frame is due and there is time to spare for it."""
        if self.stopped or not self._beyond(done, self.n_frames):
            return False
        if self.began is None or self.spent <= SHARE * (time.perf_counter() - self.began):
            return True
        return self.worked < ALLOWED and self._beyond(done, min(MOMENTS, self.n_frames))

    def _beyond(self, done: float, n: int) -> bool:
        """Whether `done` lies in a later one of `n` equal shares of training than the last frame."""
        return int(done * n + 1e-9) > int(self.last * n + 1e-9)

    def show(self, done: float, words: list[str], rows: Rows) -> None:
        """Add a frame of the vectors as they stand at the share `done` of training."""
        if self.stopped or done <= self.last:
            return
        started, worked = time.perf_counter(), time.thread_time()
        self.began = self.began or started
        try:
            self._record(done, words, rows)
        except OSError:
            self.stopped = True
        self.spent += time.perf_counter() - started
        self.worked += time.thread_time() - worked  # which another program at work does not make longer

    def _record(self, done: float, words: list[str], rows: Rows) -> None:
        if self.cast is None:
            self.cast = self._begin(words, rows)
        block = np.asarray(rows(self.cast.drawn), np.float16)
        if not np.isfinite(block).all():  # training has diverged and reports it itself
            return
        with one_blas_thread():  # idle threads would spin and take cores from the training
            line = {
                "done": done,
                "neighbours": self.cast.neighbours(words, rows),
                "similarities": self.cast.similarities(rows),
            }
        _append(self.folder / "vectors.f16", block.tobytes())
        _append(self.folder / "frames.jsonl", json.dumps(line, ensure_ascii=False).encode("utf-8") + b"\n")
        self.last = done

    def _begin(self, words: list[str], rows: Rows) -> "_Cast":
        """Choose the words once their list is known, and store the choice; a resumed film keeps its own."""
        ids = {word: i for i, word in enumerate(words)}
        head = _head(self.folder.parent) if self.last >= 0 else None
        if head is None or any(word not in ids for word in head["words"]):
            self.last = -1.0
            shutil.rmtree(self.folder, ignore_errors=True)
            head = self._choose(words, ids) | {"dim": int(rows(slice(0, 1)).shape[1])}
            write_json(self.folder / "film.json", head)
        return _Cast(
            drawn=np.array([ids[word] for word in head["words"]], np.int64),
            probes={word: ids[word] for word in head["probes"]},
            pairs=np.array([[ids[a], ids[b]] for a, b in head["pairs"]], np.int64).reshape(-1, 2),
        )

    def _choose(self, words: list[str], ids: Mapping[str, int]) -> dict:
        wanted = list(dict.fromkeys([*self.probes, *(word for pair in self.pairs for word in pair), *self.words]))
        given = [word for word in wanted if word in ids]
        drawn = list(dict.fromkeys(given + content_words(words, self.n_words)))[: max(self.n_words, len(given))]
        return {
            "words": drawn,
            "probes": [word for word in self.probes if word in ids],
            "pairs": [pair for pair in self.pairs if pair[0] in ids and pair[1] in ids],
            "missing": [word for word in wanted if word not in ids],
            "searched": min(SEARCHED, len(words)),
            "total": len(words),
            "watch": {"words": self.n_words, "probes": self.probes, "pairs": self.pairs},
        }


@dataclass(frozen=True, eq=False)
class _Cast:
    """The ids a film is about: words drawn (n,), probe words by name, pairs (n_pairs, 2)."""

    drawn: np.ndarray
    probes: Mapping[str, int]
    pairs: np.ndarray

    def neighbours(self, words: list[str], rows: Rows) -> dict[str, list]:
        """[word, cosine] of the nearest words of each probe word."""
        if not self.probes:
            return {}
        ids = np.array(list(self.probes.values()), np.int64)
        near, cosines = nearest(rows(slice(0, min(SEARCHED, len(words)))), rows(ids), ids)
        return {
            word: [[words[row], round(float(cosine), 4)] for row, cosine in zip(*found, strict=True)]
            for word, *found in zip(self.probes, near, cosines, strict=True)
        }

    def similarities(self, rows: Rows) -> list[float]:
        """The cosine of each pair."""
        if not len(self.pairs):
            return []
        unit = normalised(rows(self.pairs.ravel())).reshape(len(self.pairs), 2, -1)
        return [round(float(cosine), 4) for cosine in (unit[:, 0] * unit[:, 1]).sum(axis=1)]


def nearest(
    vectors: np.ndarray, queries: np.ndarray, own: np.ndarray, k: int = NEIGHBOURS
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """(rows, cosines) of the `k` rows of `vectors` (n, dim) nearest to each of `queries` (n_queries, dim), best first.

    own: the row of each query itself, which is left out.
    """
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    scores = normalised(queries) @ vectors.T
    scores /= np.where(length == 0, 1, length)
    found = [
        (lambda best: best[best != row][:k])(top_rows(score, k + 1)) for score, row in zip(scores, own, strict=True)
    ]
    return found, [np.clip(score[best], -1, 1) for score, best in zip(scores, found, strict=True)]


def rewind(folder: Path, done: float) -> float:
    """Drop the frames later than the share `done`; returns the share of the last one kept, -1 for none.

    The vectors go to a new file, since a reader may have the old one mapped.
    """
    film = Film.open(folder)
    kept = 0 if film is None else int((film.done <= done + 1e-9).sum())
    if not kept:
        shutil.rmtree(Path(folder) / FRAMES_FOLDER, ignore_errors=True)
        return -1.0
    frames = Path(folder) / FRAMES_FOLDER
    lines = (frames / "frames.jsonl").read_bytes().splitlines(keepends=True)
    write_bytes(frames / "frames.jsonl", b"".join(lines[:kept]))
    write_bytes(frames / "vectors.f16", film.vectors[:kept].tobytes())
    return float(film.done[kept - 1])


def _head(folder: Path) -> dict | None:
    try:
        return json.loads((Path(folder) / FRAMES_FOLDER / "film.json").read_bytes())
    except FileNotFoundError:
        return None


def _append(path: Path, data: bytes) -> None:
    with open(path, "ab") as file:
        file.write(data)


# Watching


@dataclass(frozen=True, eq=False)
class Film:
    """A film as far as it has been recorded.

    words: those drawn, watched ones first; vectors: float16 (n_frames, n_words, dim), memory-mapped, read-only; done:
    float64 (n_frames,), shares of training; neighbours: one dict a frame, probe word -> [(word, cosine), ...] best
    first; similarities: float32 (n_frames, n_pairs). missing: words asked for that the run does not have;
    searched of `total` words were looked through for neighbours.
    """

    words: list[str]
    probes: list[str]
    pairs: list[tuple[str, str]]
    missing: list[str]
    searched: int
    total: int
    done: np.ndarray
    vectors: np.ndarray
    neighbours: list[dict[str, list[tuple[str, float]]]]
    similarities: np.ndarray

    def __len__(self) -> int:
        return len(self.done)

    @classmethod
    def open(cls, folder: Path) -> "Film | None":
        """The film of the run in `folder`; None while there is no whole frame."""
        head, frames = _head(folder), Path(folder) / FRAMES_FOLDER
        if head is None:
            return None
        try:
            lines = [
                json.loads(line)
                for line in (frames / "frames.jsonl").read_bytes().splitlines(keepends=True)
                if line.endswith(b"}\n")
            ]
            n_words, dim = len(head["words"]), head["dim"]
            lines = lines[: (frames / "vectors.f16").stat().st_size // (2 * n_words * dim)]
        except FileNotFoundError:
            return None
        if not lines:
            return None
        vectors = np.memmap(frames / "vectors.f16", np.float16, "r", shape=(len(lines), n_words, dim))
        return cls(
            head["words"],
            head["probes"],
            [tuple(pair) for pair in head["pairs"]],
            head["missing"],
            head["searched"],
            head["total"],
            np.array([line["done"] for line in lines]),
            vectors,
            [{probe: [tuple(hit) for hit in hits] for probe, hits in line["neighbours"].items()} for line in lines],
            np.array([line["similarities"] for line in lines], np.float32).reshape(len(lines), len(head["pairs"])),
        )

    def newcomers(self, frame: int, probe: str, within: float = LATELY) -> set[str]:
        """The neighbours of `probe` at a frame that were not among them a share `within` of training before."""
        before = int(np.searchsorted(self.done, self.done[frame] - within + 1e-9)) - 1
        before = max(before, 0) if self.done[0] < self.done[frame] else frame
        then, now = ({word for word, _ in self.neighbours[i].get(probe, ())} for i in (before, frame))
        return now - then
