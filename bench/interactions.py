"""Reading a table of choices beside pandas, in one run: seconds of each, and whether the rows agree.

    python bench/interactions.py [--rows 1000000] [--rounds 3] [--users 6040] [--items 3706]

The table has the shape of u.data: user, item, rating, unix time, cut by tabs. Contenders take turns and the best of the
rounds counts:

pandas     read_csv and factorize of users and items, in memory
row by row this reader without Arrow
read       this reader
stored     the whole path here: file to data set on disk, repeats, order of time, digest and sentences included
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from embedlab.data.interactions.build import add_choices
from embedlab.data.interactions.reading import HowToRead, files_of, read_choices


def write_table(path: Path, sizes: tuple[int, int, int], seed: int = 1) -> None:
    """A table of (rows, users, items), items being popular by a power law."""
    n, users, items = sizes
    rng = np.random.default_rng(seed)
    chance = 1.0 / np.arange(1, items + 1) ** 0.8
    frame = pd.DataFrame(
        {
            "user": rng.integers(1, users + 1, n),
            "item": rng.choice(items, n, p=chance / chance.sum()) + 1,
            "rating": rng.integers(1, 6, n),
            "time": rng.integers(874_724_710, 893_286_638, n),
        }
    )
    frame.to_csv(path, sep="\t", header=False, index=False)


def by_pandas(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of user and item of each row."""
    frame = pd.read_csv(path, sep="\t", header=None)
    return pd.factorize(frame[0])[0], pd.factorize(frame[1])[0]


def best(work: Callable[[], object], rounds: int) -> float:
    """The least seconds of some rounds."""
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, number in (("rows", 1_000_000), ("rounds", 3), ("users", 6_040), ("items", 3_706)):
        parser.add_argument(f"--{name}", type=int, default=number)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "u.data"
        write_table(path, (asked.rows, asked.users, asked.items))
        files = files_of([path])
        ways = {
            "pandas": lambda: by_pandas(path),
            "row by row": lambda: read_choices(files, HowToRead(quick=False)),
            "read": lambda: read_choices(files),
            "stored": lambda: add_choices([path], Path(folder) / "out"),
        }
        found = {name: best(work, 1 if name == "row by row" else asked.rounds) for name, work in ways.items()}
        rows = read_choices(files).rows
        same = all((one == two).all() for one, two in zip(by_pandas(path), (rows.user, rows.item), strict=True))
        print(f"{asked.rows:,} rows, {path.stat().st_size / 1e6:.0f} MB; users and items as by pandas: {same}")
        for name, seconds in found.items():
            print(f"{name:12} {seconds:6.2f} s   {seconds / found['pandas']:5.1f} times pandas")


if __name__ == "__main__":
    main()
