"""Scoring beside gensim's own evaluators in one run: `python bench/evaluation.py [--every 1] [--dim 100]`.

The embedding is planted: 30,000 words, those of the Google questions among them, each drawn towards the answers of its
questions, so that some answers are right and some are not. gensim scores the same vectors with the same restriction to
30,000 words and the same treatment of case. Ours includes the random and the frequency baseline and all intervals.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors

from embedlab.evaluation import BENCHMARKS, evaluate, load_benchmark
from embedlab.evaluation.results import spearman
from embedlab.evaluation.words.analogies import answers
from embedlab.evaluation.words.similarity import pair_cosines
from embedlab.evaluation.words.spelling import fold_index, folded
from embedlab.vectors.embedding import Embedding

N_WORDS = 30_000


def planted(dim: int, seed: int = 1) -> Embedding:
    """30,000 words of which those of the questions lean towards what the questions ask."""
    questions, rng = load_benchmark(BENCHMARKS["google-analogies"].path), np.random.default_rng(seed)
    pairs = load_benchmark(BENCHMARKS["simlex999"].path)
    words = list(dict.fromkeys([w for row in questions.rows for w in row] + [w for row in pairs.rows for w in row[:2]]))
    words = [words[i] for i in rng.permutation(len(words))]
    words += [f"filler{i}" for i in range(N_WORDS - len(words))]
    embedding = Embedding(words, rng.standard_normal((N_WORDS, dim), np.float32))
    vectors = embedding.vectors.copy()
    for a, b, c, d in questions.rows:
        a, b, c, d = (embedding.ids[word] for word in (a, b, c, d))
        vectors[d] += 0.04 * (embedding.vectors[b] - embedding.vectors[a] + embedding.vectors[c])
    return Embedding(words, vectors)


def timed(work):
    """(seconds, result)."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def thinned(every: int, folder: Path) -> Path:
    """The Google questions, every n-th of them."""
    questions, lines, category = load_benchmark(BENCHMARKS["google-analogies"].path), [], None
    for row, name in list(zip(questions.rows, questions.categories, strict=True))[::every]:
        lines += [f": {name}"] * (name != category) + [" ".join(row)]
        category = name
    path = folder / "questions.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="ask every n-th question only")
    parser.add_argument("--dim", type=int, default=100)
    chosen = parser.parse_args()
    embedding = planted(chosen.dim)
    keyed = KeyedVectors(chosen.dim)
    keyed.add_vectors(embedding.words, embedding.vectors)
    embedding.unit, keyed.fill_norms()
    answers(
        embedding.unit[:600], np.zeros((2, 3), np.int64), np.arange(600)
    )  # compiled kernels are read from their cache

    with tempfile.TemporaryDirectory() as folder:
        path = thinned(chosen.every, Path(folder))
        ours, result = timed(lambda: evaluate(embedding, path))
        theirs, (score, _) = timed(lambda: keyed.evaluate_word_analogies(str(path), restrict_vocab=N_WORDS))
    print(f"Google analogies: {result.n_used:,} questions, {N_WORDS:,} words, {chosen.dim} dimensions")
    print(f"  gensim   {theirs:8.2f} s   accuracy {score:.6f}")
    print(
        f"  EmbedLab {ours:8.2f} s   accuracy {result.score:.6f}   {theirs / ours:.1f} times as fast, both "
        f"baselines and intervals included"
    )
    for name in ("wordsim353", "simlex999"):
        path = str(BENCHMARKS[name].path)
        theirs, (_, theirs_rho, _) = best(lambda path=path: keyed.evaluate_word_pairs(path))
        alone, rho = best(lambda path=path: correlation(embedding, path))
        ours, result = best(lambda name=name: evaluate(embedding, name))
        print(
            f"{BENCHMARKS[name].title}: gensim {theirs * 1000:.0f} ms, rho {theirs_rho[0]:.6f}; EmbedLab "
            f"{alone * 1000:.0f} ms, rho {rho:.6f} "
            f"({theirs / alone:.1f} times as fast); with baselines and 3,000 resamples for three intervals "
            f"{ours * 1000:.0f} ms, rho {result.score:.6f}"
        )


def best(work, times: int = 5):
    """(seconds of the fastest of a few goes, its result)."""
    return min((timed(work) for _ in range(times)), key=lambda found: found[0])


def correlation(embedding: Embedding, path: str) -> float:
    """The score alone, without baselines and intervals: what gensim computes."""
    pairs, index = load_benchmark(path), fold_index(embedding.words)
    used = [row for row in pairs.rows if folded(row[0]) in index and folded(row[1]) in index]
    first, second = (np.array([index[folded(row[side])] for row in used]) for side in (0, 1))
    return spearman(np.array([row[2] for row in used]), pair_cosines(embedding.vectors, first, second))


if __name__ == "__main__":
    main()
