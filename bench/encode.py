"""Encoding beside gensim's vocabulary pass, in one run: words/s and ratios, and whether words and counts agree.

    EMBEDLAB_DATA=... python bench/encode.py [--words 16900000] [--rounds 3] [--only wikipedia|prose]

gensim counts words in `build_vocab` and then reads the lists of tokens again in every epoch of every run; a corpus here
is encoded once, to numbers on disk, and no run reads text again. Contenders take turns and the best of the rounds
counts:

ready lists     gensim's build_vocab over lists of tokens as splitting leaves them, in memory already
shared strings  the same over lists that hold one object for all occurrences of a word: the best case for gensim
lists from file the same over lists that are made from the file on the way, as a script does it
encoded         the whole path here: file to corpus on disk, sentences, spans and digest included, in 1 and 2 threads

Two texts: "wikipedia" is lower case and without punctuation, where `str.split` makes the lists; "prose" is made from
its words with a seed, in short lines with capitals, punctuation, quotation marks and accents, where a regular
expression does. CPU seconds stand beside the clock's, for machines that others use too.
"""

import argparse
import gzip
import itertools
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from embedlab.data.build import add_files
from embedlab.data.corpus import Corpus
from embedlab.data.tokens import parallel_encoding

WORD = re.compile(r"[^\W_]+(?:['_]+[^\W_]+)*")


def wikipedia_words(n_words: int) -> list[str]:
    """The first words of the shared Wikipedia text."""
    with gzip.open(Path(os.environ["EMBEDLAB_DATA"]) / "corpora" / "enwiki-17m.txt.gz", "rt", encoding="utf-8") as file:
        return file.read().split()[:n_words]


def prose(words: list[str], seed: int) -> Iterator[str]:
    """Lines of one to four sentences of these words."""
    rng = np.random.default_rng(seed)
    accents = str.maketrans("ao", "áö")
    marks = np.array([*[""] * 20, ",", ",", ";", ":", " —", "'s", "’s"])
    at = 0
    while at < len(words):
        line = []
        for n in rng.integers(4, 30, rng.integers(1, 5)).tolist():
            some = [
                word.capitalize() if chance < 0.08 else word.translate(accents) if chance > 0.99 else word
                for word, chance in zip(words[at : at + n], rng.random(n).tolist())
            ]
            at += n
            text = " ".join(map("".join, zip(some, rng.choice(marks, len(some)))))
            text = text[:1].upper() + text[1:] + ".?!"[rng.integers(3)]
            line.append(f"“{text}”" if rng.random() < 0.1 else f"({text})" if rng.random() < 0.05 else text)
        yield " ".join(line)


def split_lists(path: Path) -> Iterator[list[str]]:
    """Lists of a thousand tokens, cut at spaces, read some megabytes at a time."""
    with open(path, encoding="utf-8") as file:
        rest = ""
        while piece := file.read(1 << 22):
            *tokens, rest = (rest + piece).split(" ")
            yield from (tokens[i : i + 1000] for i in range(0, len(tokens), 1000))
        yield rest.split()


def word_lists(path: Path) -> Iterator[list[str]]:
    """The words of each line, lower case, without punctuation."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield WORD.findall(line.lower().replace("’", "'"))


def gensim_build(lists):
    """gensim's model after build_vocab. Vectors of one number, so that the time is that of counting."""
    from gensim.models import Word2Vec

    model = Word2Vec(vector_size=1, min_count=1)
    model.build_vocab(lists)
    return model


def gensim_counts(lists) -> dict[str, int]:
    """word -> count."""
    model = gensim_build(lists)
    return {word: model.wv.get_vecattr(word, "count") for word in model.wv.index_to_key}


def shared_lists(corpus: Corpus) -> list[list[str]]:
    """The sentences as lists of strings, one object a word."""
    words, offsets = corpus.vocabulary.words, corpus.sentences
    return [[words[i] for i in corpus.tokens[a:b].tolist()] for a, b in itertools.pairwise(offsets.tolist())]


def encoded(path: Path, n_threads: int) -> Corpus:
    """The corpus of the file, in a folder that is gone afterwards; words and counts are read before."""
    parallel_encoding.MAX_WORKERS = n_threads
    with tempfile.TemporaryDirectory() as folder:
        corpus = add_files([path], Path(folder))
        _ = corpus.vocabulary, corpus.n_tokens
        return corpus


def measured(contenders: dict[str, tuple[Callable, Callable]], n_rounds: int) -> dict[str, tuple[float, float]]:
    """(seconds by the clock, CPU seconds) of each, the best of the rounds; they take turns.

    A contender is (what makes its input, unmeasured; what is measured).
    """
    best = {name: (np.inf, np.inf) for name in contenders}
    for _ in range(n_rounds):
        for name, (make, run) in contenders.items():
            made = make()
            clock, cpu = time.perf_counter(), time.process_time()
            run(made)
            spent = time.perf_counter() - clock, time.process_time() - cpu
            del made
            best[name] = tuple(map(min, best[name], spent))
    return best


def compare(title: str, path: Path, lists_of: Callable, n_rounds: int) -> None:
    """Print the table of one text."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = add_files([path], Path(folder))
        shared, vocabulary = shared_lists(corpus), corpus.vocabulary
        n_words, n_lines = corpus.n_tokens, corpus.n_documents
    same = gensim_counts(lists_of(path)) == dict(zip(vocabulary.words, vocabulary.counts.tolist()))
    print(
        f"{title}: {path.stat().st_size / 1e6:.1f} MB, {n_words:,} words, {len(vocabulary):,} different, "
        f"{n_lines:,} documents; "
        f"words and counts {'agree' if same else 'DIFFER'}",
        flush=True,
    )
    best = measured(
        {
            "gensim, ready lists": (lambda: list(lists_of(path)), gensim_build),
            "gensim, shared strings": (lambda: shared, gensim_build),
            "gensim, lists from file": (lambda: lists_of(path), gensim_build),
            "encoded, 1 thread": (lambda: 1, lambda n: encoded(path, n)),
            "encoded, 2 threads": (lambda: 2, lambda n: encoded(path, n)),
        },
        n_rounds,
    )
    base = best["gensim, ready lists"]
    print(f"  {'':24} {'s':>7} {'M words/s':>10} {'times':>6} {'CPU s':>7} {'times':>6}")
    for name, (clock, cpu) in best.items():
        print(
            f"  {name:24} {clock:7.2f} {n_words / clock / 1e6:10.2f} {base[0] / clock:6.2f} {cpu:7.2f} "
            f"{base[1] / cpu:6.2f}",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--words", type=int, default=16_900_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("wikipedia", "prose"))
    args = parser.parse_args()
    words = wikipedia_words(args.words)
    with tempfile.TemporaryDirectory() as folder:
        plain, lines = Path(folder) / "wikipedia.txt", Path(folder) / "prose.txt"
        plain.write_text(" ".join(words), encoding="utf-8")
        lines.write_text("\n".join(prose(words[: len(words) // 2], 1)), encoding="utf-8")
        del words
        if args.only != "prose":
            compare("wikipedia", plain, split_lists, args.rounds)
        if args.only != "wikipedia":
            compare("prose", lines, word_lists, args.rounds)


if __name__ == "__main__":
    main()
