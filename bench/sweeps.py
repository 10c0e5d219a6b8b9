"""Throughput of a sweep: two single-thread workers over one, and over a trial that shares both cores as Hogwild does.

    python bench/sweeps.py [--corpus enwiki] [--trials 8] [--rounds 2]

Prints trials a minute, from the first trial begun to the last one ended, and their ratios, measured in turn in one run;
beside them the mean held-out loss of each way, which must be the same. Last what two bare processes that train side by
side do over one: more than that no sweep can reach here.
"""

import argparse
import multiprocessing
import os
import tempfile
import time
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from embedlab import Lab, jobs
from embedlab.core.progress import silent
from embedlab.jobs import dask_cluster
from embedlab.store import catalog as tables
from embedlab.sweeps import SweepSpec, axis_of, new_sweep, read_board
from embedlab.sweeps.conductor import Hands, conduct


@contextmanager
def workers(lab: Lab, n: int):
    """The hands of a cluster with n single-thread workers, all of them there and warm."""
    with dask_cluster.trial_workers(lab, n) as client:
        client.wait_for_workers(n)
        client.submit(int, 1, resources={"trial": 1}).result()
        yield Hands(lambda run: jobs.dispatch(lab, run, client=client), lambda: dask_cluster.slots(client))


def spec_of(corpus, trials: int, epochs: int, threads: int) -> SweepSpec:
    fixed = {"word2vec": {"epochs": epochs, "workers": threads, "deterministic": threads == 1}}
    rates = ", ".join(f"{0.02 + 0.001 * i:.3f}" for i in range(trials))
    return SweepSpec(
        corpus.id, ("word2vec",), {"learning_rate": axis_of("learning_rate", rates, ("word2vec",))}, fixed, prune=False
    )


def measure(lab: Lab, corpus, hands: Hands, trials: int, epochs: int, threads: int = 1) -> tuple[float, float]:
    """(trials a minute, mean held-out loss) of one sweep."""
    id = new_sweep(lab, spec_of(corpus, trials, epochs, threads), name="bench")
    jobs.create(lab, "sweep", {"sweep": id}, title="bench", id=id)
    jobs.run_here(lab, id, report=silent, work=lambda *args: conduct(*args, hands=hands))
    board = read_board(lab, id)
    rows = [lab.catalog.row(tables.jobs, trial.run) for trial in board.trials]
    moments = [datetime.fromisoformat(row[when]).timestamp() for row in rows for when in ("started", "finished")]
    losses = [trial.measures["validation"] for trial in board.trials]
    return 60 * len(rows) / (max(moments) - min(moments)), sum(losses) / len(losses)


def train_alone(folder: str, epochs: int, ready, go, spent) -> None:
    """Train three times on one thread once `go` is set, after one to compile; the seconds are put into `spent`."""
    from embedlab.data.corpus import Corpus
    from embedlab.models.word2vec.config import Word2VecConfig
    from embedlab.models.word2vec.train import train

    corpus = Corpus.open(Path(folder))
    train(corpus, Word2VecConfig(dim=100, min_count=5, epochs=1, workers=1, deterministic=True))
    ready.release()
    go.wait()
    began = time.perf_counter()
    for _ in range(3):
        train(corpus, Word2VecConfig(dim=100, min_count=5, epochs=epochs, workers=1, deterministic=True))
    spent.put(time.perf_counter() - began)


def side_by_side(folder: Path, epochs: int, n: int) -> float:
    """Seconds that the slowest of n processes takes, all training at once."""
    new = multiprocessing.get_context("spawn")
    ready, go, spent = new.Semaphore(0), new.Event(), new.Queue()
    processes = [new.Process(target=train_alone, args=(str(folder), epochs, ready, go, spent)) for _ in range(n)]
    for process in processes:
        process.start()
    for _ in processes:
        ready.acquire()
    go.set()
    slowest = max(spent.get() for _ in processes)
    for process in processes:
        process.join()
    return slowest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpus", default="enwiki")
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        corpus = lab.add_corpus(args.corpus)
        ways = {
            "one worker, one thread": (1, 1),
            "one worker, two threads (Hogwild)": (1, 2),
            "two workers, one thread each": (2, 1),
        }
        best: dict[str, tuple[float, float]] = {}
        with workers(lab, 1) as one, workers(lab, 2) as two:
            for n, threads in ways.values():
                measure(lab, corpus, one if n == 1 else two, 2, 1, threads)  # compiles and reads everything once
            for _ in range(args.rounds):
                for name, (n, threads) in ways.items():
                    found = measure(lab, corpus, one if n == 1 else two, args.trials, args.epochs, threads)
                    best[name] = max(best.get(name, found), found)
        print(
            f"{corpus.name}, {corpus.n_tokens:,} tokens, {args.trials} trials of {args.epochs} epochs, "
            f"{os.cpu_count()} cores, best of {args.rounds}\n"
        )
        first = best["one worker, one thread"][0]
        print(f"{'':36}{'trials/min':>12}{'ratio':>8}{'held-out loss':>16}")
        for name, (rate, loss) in best.items():
            print(f"{name:36}{rate:12.1f}{rate / first:8.2f}{loss:16.4f}")
        alone, both = (min(side_by_side(corpus.folder, args.epochs, n) for _ in range(args.rounds)) for n in (1, 2))
        print(f"{'two bare processes over one':36}{'':12}{2 * alone / both:8.2f}")


if __name__ == "__main__":
    main()
