"""A planted association test: its file, and words that lean as its lists say."""

import numpy as np

from embedlab.vectors.embedding import Embedding


def association_file(tmp_path, n=8):
    path = tmp_path / "test.txt"
    path.write_text(
        "".join(
            f"{kind}: {name} = {', '.join(f'{name}{i}' for i in range(n))}\n"
            for kind, name in (("target", "x"), ("target", "y"), ("attribute", "a"), ("attribute", "b"))
        )
    )
    return path


def association_words(strength, seed=1, n=8):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((2, 30))
    means = {"x": strength * a, "y": strength * b, "a": 2 * a, "b": 2 * b}
    words = [f"{name}{i}" for name in means for i in range(n)]
    return Embedding(words, np.concatenate([means[name] + rng.standard_normal((n, 30)) for name in means]))


def slow_weat(embedding, n=8):
    """Every cosine, sum and partition by itself (Caliskan et al. 2017, equations on page 2 of the supplement)."""
    from itertools import combinations

    def cosine(u, v):
        return float(np.dot(embedding[u], embedding[v]) / np.linalg.norm(embedding[u]) / np.linalg.norm(embedding[v]))

    lists = {name: [f"{name}{i}" for i in range(n)] for name in "xyab"}
    s = {
        w: np.mean([cosine(w, v) for v in lists["a"]]) - np.mean([cosine(w, v) for v in lists["b"]])
        for w in lists["x"] + lists["y"]
    }
    d = (np.mean([s[w] for w in lists["x"]]) - np.mean([s[w] for w in lists["y"]])) / np.std(list(s.values()), ddof=1)
    total, observed = list(s), sum(s[w] for w in lists["x"]) - sum(s[w] for w in lists["y"])
    greater = [
        sum(s[total[i]] for i in half) * 2 - sum(s.values()) >= observed - 1e-9
        for half in combinations(range(2 * n), n)
    ]
    return d, np.mean(greater)
