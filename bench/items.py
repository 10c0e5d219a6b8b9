"""Recommending beside implicit and irspack: quality by full ranking with intervals over users, then speed.

    python bench/items.py [--only lastfm|generated|movielens|defaults|speed] [--movielens FOLDER] [--seeds 5]

lastfm: the split that comes with the set (EMBEDLAB_DATA/lastfm), lists of 20. generated: planted taste of the size of
MovieLens-100k with times, under all three splits. movielens: a folder with u.data of MovieLens-100k. Every method is
tuned by the same budget, its grid in GRIDS, on a part held out of the training part; item2vec is averaged over seeds.
The peers (pip install implicit irspack) train at the settings that ALS was tuned to. defaults: what settings that have
a default reach on parts held out of the training parts, so that no default is chosen on what it is judged by. speed:
6,040 users, 3,706 items.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embedlab.data.interactions.build import Wanted, add_choices
from embedlab.data.interactions.choices import Choices
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.interactions.planted import Taste, planted
from embedlab.data.interactions.splits import SPLITS, split_of
from embedlab.data.interactions.storing import Rows, store
from embedlab.evaluation.items.measures import coverage, hit_rate, judge, ndcg, recall, times_listed
from embedlab.evaluation.items.ranking import best_items
from embedlab.evaluation.results import mean_interval
from embedlab.lab.recommending import Person, recommended
from embedlab.models import MODELS
from embedlab.models.recommending import Recommender

GRIDS = {
    "popularity": [{}],
    "itemknn": [{"shrink": s, "neighbours": n, "weighting": w} for s in (10.0, 100.0, 400.0) for n in (100, 800)
                for w in ("bm25",)],
    "ease": [{"regularisation": x} for x in (25.0, 50.0, 150.0, 500.0, 1000.0, 2000.0)],
    "puresvd": [{"dim": d} for d in (8, 13, 24, 48, 64, 96)],
    "als": [{"dim": d, "weight": w, "regularisation": r} for d, w, r in
            ((16, 5.0, 5.0), (16, 3.0, 20.0), (32, 5.0, 20.0), (32, 10.0, 20.0), (64, 10.0, 5.0), (64, 5.0, 20.0))],
    "itemglove": [{"dim": d, "x_max": x} for d in (16, 64) for x in (10.0, 30.0, 100.0)],
    "item2vec": [{"exponent": x, "epochs": e} for x in (0.25, 0.5, 0.75) for e in (30, 80)],
    "item2vec in order": [{"order": True, "window": w, "exponent": x, "epochs": 30} for w in (2, 3, 5)
                          for x in (0.5, 0.75)],
}  # fmt: skip


# Settings that have a default, around it.
DEFAULTS = {
    "popularity": [{}],
    "itemknn": [{"shrink": s, "neighbours": n} for s in (10.0, 100.0, 400.0) for n in (100, 200, 800)],
    "ease": [{}, {"regularisation": 50.0}, {"regularisation": 200.0}, {"regularisation": 800.0}],
    "puresvd": [{"dim": d} for d in (8, 16, 32, 64)],
    "als": [
        {"dim": d, "weight": w, "regularisation": r}
        for d in (16, 32, 64)
        for w in (3.0, 5.0, 10.0)
        for r in (5.0, 20.0)
    ],
    "itemglove": [{"dim": d, "x_max": x} for d in (32, 64) for x in (10.0, 30.0, 100.0)],
    "item2vec in order": [{"order": True, "exponent": x} for x in (0.0, 0.25, 0.5, 0.75)]
    + [{"order": True, "epochs": 10}],
    "item2vec": [{"exponent": x} for x in (0.0, 0.25, 0.5, 0.75, 1.0)] + [{"epochs": e} for e in (5, 10, 60)],
}


@dataclass(frozen=True, eq=False)
class Question:
    """A training part, what is held out of it, and the length of the lists."""

    train: Interactions
    held_out: Choices
    k: int

    def scores(self, recommender: Recommender) -> dict[str, np.ndarray | float]:
        users = np.flatnonzero((np.diff(self.held_out.offsets) > 0) & (np.diff(self.train.choices.offsets) > 0))
        top, _ = best_items(recommender, self.train.choices.take(users), self.k)
        judged = judge(top, self.held_out.take(users), self.train.choices.counts)
        found = {"recall": recall(judged), "NDCG": ndcg(judged), "hit": hit_rate(judged)}
        return found | {"coverage": coverage(times_listed(judged), judged)}


def fitted(name: str, data: Interactions, settings: dict, seed: int = 1) -> Recommender:
    family = MODELS[name.split()[0]]
    more = {"deterministic": False} if family.name == "item2vec" else {}
    return family.train(data, family.config(**settings, **more), seed=seed).recommender


def question(data: Interactions, name: str, k: int, seed: int = 1) -> Question:
    """The training part of a split as a data set of its own, with the test part numbered like it."""
    split = split_of(data, name, seed=seed)
    return asked(data.vocabulary.words, data.users, split.train, split.test, k)


def asked(names: list[str], users: list[str], train: Choices, test: Choices, k: int) -> Question:
    order = np.arange(len(train), dtype=np.float64)
    rows = Rows(train.users, train.items, users, names, order)
    made = store(rows, Path(tempfile.mkdtemp()), name="part")
    # Items and users that training lacks get no number; what they chose is missed by every method alike.
    item, user = made.vocabulary.ids, {name: i for i, name in enumerate(made.users)}
    lists: list[list[int]] = [[] for _ in range(made.n_users)]
    for u, i in zip(test.users.tolist(), test.items.tolist(), strict=True):
        if users[u] in user and names[i] in item:
            lists[user[users[u]]].append(item[names[i]])
    return Question(made, Choices.of_lists(lists, made.n_items), k)


def tuned(name: str, whole: Question, kind: str) -> dict:
    """The settings of the grid that are best on a part held out of the training part by the same kind of split."""
    grid = GRIDS[name]
    if len(grid) == 1:
        return grid[0]
    inner = question(whole.train, kind, whole.k, seed=7)
    return max(grid, key=lambda settings: np.mean(inner.scores(fitted(name, inner.train, settings))["recall"]))


def table(whole: Question, kind: str, seeds: int, peers: bool = True) -> None:
    print(f"  {'method':20} {'recall':24} {'NDCG':8}{'hit':8}{'coverage':10}settings")
    for name in GRIDS:
        settings = tuned(name, whole, kind)
        runs = [
            whole.scores(fitted(name, whole.train, settings, seed + 1))
            for seed in range(seeds if name.startswith("item2vec") else 1)
        ]
        line(name, {key: np.mean([run[key] for run in runs], axis=0) for key in runs[0]}, settings)
        if name == "als" and peers:
            for peer, make in PEERS.items():
                line(peer, whole.scores(make(whole.train.choices, settings)), {})


def line(name: str, found: dict, settings: dict) -> None:
    low, high = mean_interval(found["recall"], seed=1)
    span = f"{np.mean(found['recall']):.4f} [{low:.4f}, {high:.4f}]"
    print(
        f"  {name:20} {span:24} {np.mean(found['NDCG']):<8.4f}{np.mean(found['hit']):<8.4f}"
        f"{found['coverage']:<10.3f}{' '.join(f'{key}={value}' for key, value in settings.items())}",
        flush=True,
    )


# Peers


def of_implicit(choices: Choices, settings: dict) -> Recommender:
    import threadpoolctl
    from implicit.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(
        factors=settings["dim"], regularization=settings["regularisation"], alpha=settings["weight"], iterations=15,
        num_threads=2, random_state=1,
    )  # fmt: skip
    with threadpoolctl.threadpool_limits(1):
        model.fit(matrix(choices), show_progress=False)
    return Fixed(model.user_factors, model.item_factors, choices)


def of_irspack(choices: Choices, settings: dict) -> Recommender:
    from irspack import IALSRecommender

    over = settings["weight"] - 1
    model = IALSRecommender(
        matrix(choices), n_components=settings["dim"], alpha0=1 / over, reg=settings["regularisation"] / over, nu=0.0,
        loss_type="ORIGINAL", train_epochs=15, n_threads=2,
    )  # fmt: skip
    model.learn()
    return Fixed(model.get_user_embedding(), model.get_item_embedding(), choices)


class Fixed:
    """Factors of users as they were trained, for the very histories they were trained on."""

    def __init__(self, users: np.ndarray, items: np.ndarray, choices: Choices):
        self.users, self.items, self.seen = users, items, choices.counts > 0
        self.place = {choices.of(u).tobytes(): u for u in range(choices.n_users)}

    def scores(self, histories: Choices) -> np.ndarray:
        rows = [self.place[histories.of(u).tobytes()] for u in range(histories.n_users)]
        return self.users[rows] @ self.items.T


PEERS: dict[str, Callable[[Choices, dict], Recommender]] = {"  implicit": of_implicit, "  irspack": of_irspack}


def matrix(choices: Choices):
    from scipy.sparse import csr_matrix

    ones = np.ones(len(choices), np.float32)
    return csr_matrix((ones, choices.items, choices.offsets), shape=(choices.n_users, choices.n_items))


# The sets


def of_lastfm() -> Question:
    folder = Path(os.environ["EMBEDLAB_DATA"]) / "lastfm"
    train, test = (np.loadtxt(folder / name, np.int64, usecols=(0, 1)) for name in ("data1.txt", "test1.txt"))
    users, items = (sorted({*train[:, i].tolist(), *test[:, i].tolist()}) for i in (0, 1))
    lists = [[[] for _ in users] for _ in (0, 1)]
    for part, rows in zip(lists, (train, test), strict=True):
        for user, item in rows.tolist():
            part[np.searchsorted(users, user)].append(int(np.searchsorted(items, item)))
    parts = [Choices.of_lists(part, len(items)) for part in lists]
    return asked([str(i) for i in items], [str(u) for u in users], *parts, 20)


def of_taste() -> Interactions:
    rows, known = planted(Taste(943, 1682, 106))
    return store(rows, Path(tempfile.mkdtemp()), name="planted", known=known)


def lastfm(args) -> None:
    whole = of_lastfm()
    print(f"Last.fm, its own split, lists of 20: {len(whole.train.choices):,} to learn from")
    table(whole, "random", args.seeds)


def generated(args) -> None:
    every_split("Planted taste", of_taste(), args)


def defaults(args) -> None:
    """Recall on a part held out of each training part, the mean over seeds."""
    taste, inner = of_taste(), {"Last.fm": question(of_lastfm().train, "random", 20, seed=7)}
    for kind in ("random", "last"):
        inner[f"planted, {kind}"] = question(question(taste, kind, 10).train, kind, 10, seed=7)
    print(f"Defaults, recall on a part of the training part, {args.seeds} seeds:  {'  '.join(inner)}")
    for name, grid in DEFAULTS.items():
        for settings in grid:
            found = [
                np.mean([part.scores(fitted(name, part.train, settings, seed))["recall"].mean() for seed in seeds])
                for part in inner.values()
                for seeds in [range(1, args.seeds + 1)]
            ]
            shown = " ".join(f"{key}={value}" for key, value in settings.items())
            print(f"  {name:18}{shown:46}" + "  ".join(f"{value:.4f}" for value in found), flush=True)


def movielens(args) -> None:
    if args.movielens is None:
        print("MovieLens-100k: give its folder with --movielens.")
        return
    made = add_choices([(args.movielens / "u.data", "u.data")], Path(tempfile.mkdtemp()), Wanted())
    every_split("MovieLens-100k", made, args)


def every_split(title: str, data: Interactions, args) -> None:
    for kind in SPLITS:
        whole = question(data, kind, 10)
        print(f"{title}, split {kind}, lists of 10: {len(whole.train.choices):,} to learn from")
        table(whole, kind, args.seeds)


def speed(args) -> None:
    rng = np.random.default_rng(0)
    n_users, n_items, n = 6_040, 3_706, 1_450_000
    shares = [1 / (1 + np.arange(size)) ** power for size, power in ((n_users, 0.5), (n_items, 0.8))]
    user, item = (rng.choice(len(share), n, p=share / share.sum()) for share in shares)
    pair = np.unique(user.astype(np.int64) * n_items + item)
    names = [f"u{i}" for i in range(n_users)], [f"i{i}" for i in range(n_items)]
    rows = Rows(pair // n_items, pair % n_items, *names, rng.random(len(pair)) * 1e8)
    data = store(rows, Path(tempfile.mkdtemp()), name="large")
    print(f"Speed: {len(data.choices):,} choices, {n_users:,} users, {n_items:,} items, seconds, best of two")
    settings = {"dim": 64, "weight": 10.0, "regularisation": 20.0}
    work: dict[str, Callable] = {
        "ALS 64 x 15": lambda: fitted("als", data, settings),
        **{f"ALS 64 x 15,{name}": lambda make=make: make(data.choices, settings) for name, make in PEERS.items()},
        "EASE": lambda: fitted("ease", data, {}),
        "item-kNN": lambda: fitted("itemknn", data, {}),
        "PureSVD 64": lambda: fitted("puresvd", data, {"dim": 64}),
    }
    found = {name: min(timed(run) for _ in (0, 1)) for name, run in work.items()}
    order = {"order": True, "window": 3, "negatives": 8}
    long, short = (timed(lambda e=e: fitted("item2vec", data, order | {"epochs": e})) for e in (6, 2))
    found["item2vec, window 3, an epoch"] = (long - short) / 4
    found["  gensim"] = gensim_epoch(data)
    ranked = fitted("als", data, settings)
    found["full ranking, ALS"] = min(timed(lambda: best_items(ranked, data.choices, 10)) for _ in (0, 1))
    for name in ("als", "ease"):
        found[f"recommendations for one, {name}"] = min(recommending(fitted(name, data, {}), data))
    for name, seconds in found.items():
        print(f"  {name:32} {seconds:.3g}")


def recommending(recommender: Recommender, data: Interactions) -> list[float]:
    """Seconds of ten recommendations for one person with their reasons, six times: the first loads the kernels."""
    person = Person("somebody", data.choices.of(7))
    return [timed(lambda: recommended(recommender, person, 10, data.n_items)) for _ in range(6)]


def gensim_epoch(data: Interactions) -> float:
    from gensim.models import Word2Vec

    names, choices = data.vocabulary.words, data.choices
    sessions = [[names[i] for i in choices.of(u)] for u in range(data.n_users)]
    model = Word2Vec(vector_size=64, window=3, min_count=1, sg=1, negative=8, workers=2, sample=0)
    model.build_vocab(sessions)
    return timed(lambda: model.train(sessions, total_examples=len(sessions), epochs=2)) / 2


def timed(work: Callable) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


PARTS = {
    "lastfm": lastfm,
    "generated": generated,
    "movielens": movielens,
    "defaults": defaults,
    "speed": speed,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--movielens", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    for name, part in PARTS.items():
        if given.only in (None, name):
            part(given)
