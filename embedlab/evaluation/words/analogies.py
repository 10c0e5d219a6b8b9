"""Analogies by category: 3CosAdd, 3CosMul, and 3CosAdd that may answer with a word of its own question."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from embedlab.core.parallel import in_threads
from embedlab.core.progress import Progress
from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.evaluation.files.analogy_files import Analogies
from embedlab.evaluation.results import BenchmarkResult
from embedlab.evaluation.scoring import Measure, Scoring, few, mean_of, part_of, reference
from embedlab.evaluation.words.similarity import frequencies, missing_words
from embedlab.evaluation.words.spelling import fold_index, folded, index_of
from embedlab.vectors.embedding import Embedding, normalised

RESTRICT_VOCAB = 30_000  # candidates of an analogy: the most frequent words, as in the field since word2vec
STEP = 512  # questions answered between two reports
MOST_ROWS = 1024  # question words whose cosines with all candidates are held at once: 123 MB
NEAR = 8  # candidates looked at around a wanted frequency; at least one is no spelling of a, b or c

# Sections of the Google questions that are about meaning; those called gram... are about grammar.
SEMANTIC = {"capital-common-countries", "capital-world", "currency", "city-in-state", "family"}
PLAIN_NOTE = (
    "The words of the question may be answers here. 3CosAdd excludes them, and the difference in accuracy is what that "
    "exclusion contributes: the nearest word is often b or c itself (Linzen 2016)."
)


@dataclass(frozen=True)
class Rule:
    """How an analogy is answered: by "add", "mul" or "plain", among this many of the most frequent words."""

    method: str = "add"
    candidates: int = RESTRICT_VOCAB


@dataclass(frozen=True, eq=False)
class Asked:
    """The questions that can be answered. used: their rows, int64 (n,). table: the groups of a, b, c and the expected
    word, int64 (n, 4). group: the spelling group of each candidate. accepted: groups of all right answers."""

    used: np.ndarray
    table: np.ndarray
    group: np.ndarray
    accepted: np.ndarray

    def right(self, got: np.ndarray) -> np.ndarray:
        """Whether each of the candidates `got` (n,) is a right answer, bool (n,)."""
        return (self.group[got][:, None] == self.accepted).any(axis=1)


def score_analogies(
    embedding: Embedding,
    questions: Analogies,
    scoring: Scoring,
    *,
    rule: Rule = Rule(),
    prep: Preprocessing | None = None,
) -> BenchmarkResult:
    """Share of questions a : b = c : ? answered with the expected word, among the most frequent words.

    method "add": the word nearest to b - a + c, with a, b and c (any case) left out (Mikolov et al. 2013). "mul": the
    highest cos(b) cos(c) / (cos(a) + 0.001), cosines shifted to 0..1, with the same words left out (Levy and Goldberg
    2014, equation 4). "plain": as "add" with nothing left out (Linzen 2016, "Issues in evaluating semantic spaces using
    word analogies"). A question counts when all four words are candidates. Spellings that differ in case are one
    answer. Where a question has several right answers, any of them counts.
    """
    words, seed = embedding.words[: rule.candidates], scoring.seed
    index = _candidates(questions, embedding, len(words), prep)
    asked, n = _asked(questions, words, index), len(questions.rows)
    got, random = _answered(embedding, asked, rule, scoring)
    frequency = frequencies(embedding)[: rule.candidates]
    by_count = _answers_by_frequency(frequency, asked.table, asked.group, exclude=rule.method != "plain")
    right, n_used = asked.right(got), len(asked.used)
    return scoring.result(
        Measure("analogy", "accuracy", questions.digest, n_used, n),
        mean_of(right, seed),
        mean_of(asked.right(random), seed),
        note=_note(n_used, n, len(words), rule),
        parts=_parts(questions.categories, asked.used, right, seed),
        rows=_rows(questions, asked.used, [words[row] for row in got.tolist()], right),
        missing=missing_words(questions.rows, index),
        references=reference("word frequency", mean_of(asked.right(by_count), seed)),
        by=["right"],
    )


def _asked(questions: Analogies, words: list[str], index: dict[str, int]) -> Asked:
    """The questions whose four words are among the candidates `words`."""
    spellings = fold_index(words)
    rows = [_with_known_answer(row, also, index) for row, also in _with_answers(questions)]
    table = np.array([[index.get(word, -1) for word in row] for row in rows], np.int64).reshape(-1, 4)
    used = np.flatnonzero((table >= 0).all(axis=1))
    group = np.array([spellings[folded(word)] for word in words], np.int64)
    return Asked(used, group[table[used]], group, _accepted(questions, used, group[table[used]], (index, group)))


def _answered(embedding: Embedding, asked: Asked, rule: Rule, scoring: Scoring) -> tuple[np.ndarray, np.ndarray]:
    """The answers by the run and by random vectors, each int64 (n,)."""
    n, vectors, found = len(asked.used), embedding.vectors[: rule.candidates], []
    tables = {"questions": vectors, "baseline": scoring.noise(len(vectors), embedding.dim)}
    for nth, (what, table) in enumerate(tables.items()):

        def done(answered: int, before: int = nth * n, what: str = what) -> None:
            scoring.report(Progress(before + answered, 2 * n, f"{scoring.title}: {what}"))

        found.append(answers(normalised(table), asked.table, asked.group, rule.method, done))
    return found[0], found[1]


def _note(n_used: int, n: int, n_words: int, rule: Rule) -> str:
    if not n_used:
        return (
            f"None of the {n:,} questions has all four words among the {n_words:,} most frequent of this run. "
            "Train on more text or lower min_count."
        )
    return f"{few(n_used)} {PLAIN_NOTE if rule.method == 'plain' else ''}".strip()


def _rows(questions: Analogies, used: np.ndarray, got: list[str], right: np.ndarray) -> list[dict]:
    return [
        {
            "item": i,
            "category": questions.categories[i],
            "question": " ".join(questions.rows[i][:3]),
            "expected": questions.rows[i][3],
            "got": word,
            "right": bool(good),
        }
        for i, word, good in zip(used.tolist(), got, right, strict=True)
    ]


def _candidates(questions: Analogies, embedding: Embedding, n: int, prep: Preprocessing | None) -> dict[str, int]:
    """Word of a question or answer -> its row among the `n` candidates."""
    words = chain(chain.from_iterable(questions.rows), chain.from_iterable(questions.also))
    return {word: row for word, row in index_of(words, embedding, prep).items() if row < n}


def _with_answers(questions: Analogies) -> Iterator[tuple[tuple, tuple]]:
    return zip(questions.rows, questions.also or ((),) * len(questions.rows), strict=True)


def _with_known_answer(row: tuple, also: tuple, index: dict[str, int]) -> tuple:
    """A question that expects the first of its answers that the run has."""
    return (*row[:3], next((answer for answer in also if answer in index), row[3]))


def _accepted(questions: Analogies, used: np.ndarray, asked: np.ndarray, words: tuple) -> np.ndarray:
    """The rows of all right answers of each question, -1 where there are fewer, int64 (n, most)."""
    if not questions.also:
        return asked[:, 3:]
    index, group = words
    rows = [[group[index[one]] for one in questions.also[i] if one in index] for i in used.tolist()]
    accepted = np.full((len(rows), max(map(len, rows), default=1)), -1, np.int64)
    for i, found in enumerate(rows):
        accepted[i, : len(found)] = found
    return accepted


def answers(
    unit: np.ndarray,
    asked: np.ndarray,
    group: np.ndarray,
    method: str = "add",
    done: Callable[[int], None] = lambda n: None,
) -> np.ndarray:
    """The candidate that answers each question (n, 3 or more columns: a, b, c), int64 (n,).

    unit: float32 (n_candidates, dim), rows of length one; group[j]: the candidate whose spelling stands for j.
    """
    from embedlab.kernels.analogies import best_answers

    best = np.empty(len(asked), np.int64)
    for first, last in _stretches(asked):
        questions = np.ascontiguousarray(asked[first:last, :3])
        rows, places = np.unique(questions, return_inverse=True)
        cosines, places, out = unit[rows] @ unit.T, places.reshape(questions.shape), best[first:last]

        def part(start: int, cosines=cosines, places=places, questions=questions, out=out) -> int:
            end = min(start + STEP, len(out))
            best_answers(cosines, places, questions, group, method == "mul", method != "plain", start, end, out)
            return end - start

        answered = first
        for n in in_threads(2, part, range(0, last - first, STEP)):
            answered += n
            done(answered)
    return best


def _stretches(asked: np.ndarray) -> list[tuple[int, int]]:
    """Ranges of questions that ask about at most MOST_ROWS words, where one step of questions does."""
    bounds, words = [0], set()
    for first in range(0, len(asked), STEP):
        more = set(asked[first : first + STEP, :3].ravel().tolist())
        if words and len(words | more) > MOST_ROWS:
            bounds.append(first)
            words = set()
        words |= more
    return list(zip(bounds, [*bounds[1:], len(asked)])) if len(asked) else []


def _answers_by_frequency(frequency: np.ndarray, asked: np.ndarray, group: np.ndarray, *, exclude: bool) -> np.ndarray:
    """The candidate whose log frequency is nearest to f(b) - f(a) + f(c): what counting alone can say, int64 (n,)."""
    order = np.argsort(frequency, kind="stable")
    wanted = frequency[asked[:, 1]] - frequency[asked[:, 0]] + frequency[asked[:, 2]]
    near = np.searchsorted(frequency[order], wanted)[:, None] + np.arange(-NEAR, NEAR)
    rows = order[np.clip(near, 0, len(order) - 1)]
    gap = np.abs(frequency[rows] - wanted[:, None])
    if exclude:
        gap[(group[rows][:, :, None] == asked[:, None, :3]).any(axis=2)] = np.inf
    return np.take_along_axis(rows, gap.argmin(axis=1)[:, None], axis=1)[:, 0] if len(asked) else np.empty(0, np.int64)


def _parts(categories: list[str], used: np.ndarray, right: np.ndarray, seed: int) -> list[dict]:
    """Score by category, then by half when the categories are Google's."""
    category = np.array(categories)
    names = list(dict.fromkeys(categories))
    parts = [_part(name, category == name, used, right, seed) for name in names]
    semantic = np.isin(category, list(SEMANTIC))
    if semantic.any() and not semantic.all():
        parts += [_part("Semantic", semantic, used, right, seed), _part("Syntactic", ~semantic, used, right, seed)]
    return parts


def _part(name: str, member: np.ndarray, used: np.ndarray, right: np.ndarray, seed: int) -> dict:
    """One line of `parts`; `member` marks its items among all of the benchmark."""
    return part_of(name, right[member[used]], int(member.sum()), seed)
