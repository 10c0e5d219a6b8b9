"""How often claims are false and intervals hold, by simulation: `python bench/rankings.py [--rankings 400]`.

Prints three tables: rankings of equally good runs with any false "behind the best", and how often a better run among
them is found; the coverage of exact intervals of shares, computed over every possible number of hits; and the coverage
of the bootstrap intervals of means and correlations.
"""

import argparse

import numpy as np
from scipy import stats

from embedlab.core.intervals import share_interval
from embedlab.evaluation.randomisation import LEVEL, gaps_between
from embedlab.evaluation.results import bootstrap_spearman, mean_interval

RUNS = (2, 5, 12, 20)
BETTER = 0.1  # by so much the better run answers more


def answers(n_runs: int, n_items: int, metric: str, better: float, rng) -> list[dict]:
    """Items of equally good runs, except that the first may be better."""
    if metric == "accuracy":
        ease = rng.random(n_items)
        ease = np.stack([np.clip(ease + better, 0, 1), *[ease] * (n_runs - 1)])
        values = (rng.random(ease.shape) < ease).astype(float)
        return [{i: {"right": value} for i, value in enumerate(row)} for row in values]
    human = rng.standard_normal(n_items)
    strength = np.full(n_runs, 0.6)
    strength[0] += better * 3
    cosines = strength[:, None] * human + rng.standard_normal((n_runs, n_items))
    return [{i: {"human": h, "cosine": c} for i, (h, c) in enumerate(zip(human, row, strict=True))} for row in cosines]


def claims(n_runs: int, n_items: int, metric: str, better: float, rankings: int) -> float:
    """Share of rankings in which any run is called behind the best; with a better run, in which all others are."""
    rng, found = np.random.default_rng(1), 0
    by = ("accuracy", ["right"]) if metric == "accuracy" else ("Spearman", ["human", "cosine"])
    pairs = [(a, b) for a in range(n_runs) for b in range(a + 1, n_runs)]
    for seed in range(rankings):
        gaps = gaps_between(by, answers(n_runs, n_items, metric, better, rng), pairs, seed=seed)
        if better:
            ahead = [gap for (a, _), gap in zip(pairs, gaps, strict=True) if a == 0]
            found += sum(gap.p < LEVEL and gap.score_a > gap.score_b for gap in ahead) / len(ahead)
        else:
            best = max(range(n_runs), key=lambda run: _score(gaps, pairs, run))
            found += any(gap.p < LEVEL for pair, gap in zip(pairs, gaps, strict=True) if best in pair)
    return found / rankings


def _score(gaps, pairs, run: int) -> float:
    return next(g.score_a if pair[0] == run else g.score_b for pair, g in zip(pairs, gaps, strict=True) if run in pair)


def rankings_table(rankings: int) -> None:
    print(f"Rankings of equally good runs with any false claim, of {rankings}; and the runs behind a better one found")
    print("metric    items  " + "".join(f"{n:>9} runs" for n in RUNS) + "   found: " + "".join(f"{n:>8}" for n in RUNS))
    for metric, n_items in (("accuracy", 50), ("accuracy", 200), ("accuracy", 1000), ("Spearman", 200)):
        false = [claims(n, n_items, metric, 0.0, rankings) for n in RUNS]
        power = [claims(n, n_items, metric, BETTER, max(rankings // 4, 10)) for n in RUNS]
        print(
            f"{metric:9} {n_items:5}  "
            + "".join(f"{x:14.3f}" for x in false)
            + "          "
            + "".join(f"{x:8.2f}" for x in power),
            flush=True,
        )


def shares_table() -> None:
    print("\nCoverage of the exact 95 % interval of a share (Clopper and Pearson)")
    shares = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
    print("items " + "".join(f"  p {p:.2f}" for p in shares))
    for n in (10, 20, 30, 43, 50, 100, 200):
        ends = np.array([share_interval(hits, n) for hits in range(n + 1)])
        held = [stats.binom.pmf(np.arange(n + 1), n, p)[(ends[:, 0] <= p) & (p <= ends[:, 1])].sum() for p in shares]
        print(f"{n:5} " + "".join(f"{x:8.3f}" for x in held))


def bootstrap_table(samples: int) -> None:
    print(f"\nCoverage of bootstrap intervals, {samples} samples of each size")
    print("items   recall-like mean   Spearman .4826")
    for n in (30, 100, 400):
        mean = spearman = 0
        for seed in range(samples):
            rng = np.random.default_rng(seed)
            low, high = mean_interval(rng.binomial(5, 0.4, n) / 5, seed=seed)
            mean += low <= 0.4 <= high
            x, e = rng.standard_normal((2, n))
            low, high = bootstrap_spearman(x, 0.5 * x + np.sqrt(0.75) * e, seed=seed)
            spearman += low <= 0.4826 <= high
        print(f"{n:5} {mean / samples:18.3f} {spearman / samples:16.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rankings", type=int, default=400, help="simulated rankings a cell")
    chosen = parser.parse_args()
    shares_table()
    bootstrap_table(chosen.rankings)
    rankings_table(chosen.rankings)


if __name__ == "__main__":
    main()
