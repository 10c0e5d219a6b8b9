"""A click for "why are these near?" by the clock of a browser: from Enter to the answer on the page, 17 million tokens.

    EMBEDLAB_DATA=... python bench/why_page.py [--home FOLDER] [--pairs 20]

Trains vectors for one epoch, opens the Neighbours page in headless Chromium and asks for pairs of words drawn at random
from the 20,000 most frequent ones. The same questions are timed without a page, as `explain_pair` answers them.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from embedlab import Lab
from embedlab.explain.contexts import prepare, window_of
from embedlab.lab.answers import explain_pair

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from helpers.apps import FLAGS, start_app  # noqa: E402

SHOWN = "pair => [...document.querySelectorAll('[data-testid=stMarkdown]')].some(e => e.textContent.includes(pair))"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--home", type=Path, help="a workspace folder to keep")
    parser.add_argument("--pairs", type=int, default=20)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = args.home or Path(folder)
        lab = Lab(home)
        if not lab.runs():
            corpus = lab.add_corpus(Path(os.environ["EMBEDLAB_DATA"]) / "corpora" / "enwiki-17m.txt.gz")
            lab.train(corpus, "word2vec", epochs=1, min_count=10, name="Wikipedia")
        run = lab.runs()[0]
        corpus = lab.find_corpus(run.spec.corpus_id)
        prepare(corpus, window_of(run.spec.model, run.spec.config))
        words, rng = [word for word in corpus.vocabulary.words[:20_000] if len(word) > 2], np.random.default_rng(1)
        pairs = [[words[i] for i in rng.choice(len(words), 2, replace=False)] for _ in range(args.pairs + 1)]
        # The first of them pays for code that is compiled or loaded, and is left out.
        alone = [timed(lambda a=a, b=b: explain_pair(run, corpus, [a, b])) for a, b in pairs][1:]
        process, url = start_app(home)
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                page.set_default_timeout(60_000)
                page.goto(f"{url}/neighbours?run={run.id}")
                page.get_by_role("radio", name="Why near").click()
                page.wait_for_timeout(3_000)
                clicks = [asked(page, *pair) for pair in pairs][1:]
                browser.close()
        finally:
            process.terminate()
    print(f"{corpus.n_tokens:,} tokens, {args.pairs} pairs: median, nine of ten, slowest")
    for name, taken in (("without a page", alone), ("in the browser", clicks)):
        print(
            f"{name}: {1e3 * statistics.median(taken):.0f} ms, {1e3 * statistics.quantiles(taken, n=10)[-1]:.0f} "
            f"ms, {1e3 * max(taken):.0f} ms"
        )


def timed(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def asked(page, a: str, b: str) -> float:
    """Seconds from Enter to the answer, the other word typed before."""
    page.get_by_label("Other word", exact=True).fill(b)
    page.get_by_label("Word", exact=True).fill(a)
    page.wait_for_timeout(700)
    began = time.perf_counter()
    page.get_by_label("Word", exact=True).press("Enter")
    page.wait_for_function(SHOWN, arg=f"Why “{a}” and “{b}” are near", polling=5)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
