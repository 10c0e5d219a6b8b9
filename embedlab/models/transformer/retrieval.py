"""A harder score of held-out pairs and halves: the partner's rank among itself and up to some thousands of distractors.

Distractors are the partners of all other texts of the corpus, held out or trained on, and counter-examples where there
are any. None is mined by the base model: texts chosen because that model takes them for the partner hold it back, and
any other model would seem better. Where the partner is found too easily by the whole text, only the first half of its
words asks, or the first quarter, so that training has something to change.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from embedlab.models.family import Measure, start_end
from embedlab.models.transformer.objectives import Texts
from embedlab.models.transformer.start_and_end import Dev, halves, resampled

DISTRACTORS = 2_000  # beside the partners of the other held-out texts; 3,000 candidates are 5 MB of vectors
EASY = 0.9  # a mean reciprocal rank above it leaves training too little to gain
SHARES = {1.0: "", 0.5: ", by the first half of its words", 0.25: ", by the first quarter of its words"}
NAMES = {"pairs": "finding the partner", "halves": "finding the other half"}

Encode = Callable[[int, Callable[[int], str]], np.ndarray]


@dataclass(frozen=True, eq=False)
class Retrieval:
    """Texts that ask, their partners, and the distractors for all of them; share: of its words that each text asks by.

    candidates: which partners are candidates, each text once. right: the candidate that is each text's partner.
    allowed: which candidates each may be told apart from, bool (n, n_candidates): none that is right for the same text.
    """

    dev: Dev
    distractors: list[str]
    candidates: np.ndarray
    right: np.ndarray
    allowed: np.ndarray
    share: float = 1.0

    @property
    def n_texts(self) -> int:
        """Texts that are encoded for it each time, beside those of `dev`."""
        return len(self.distractors) + self.dev.n

    def ranks(self, encode: Encode, sides: np.ndarray) -> np.ndarray:
        """The reciprocal rank of each partner, (n,); equal cosines count for it. sides: as of `dev.vectors`."""
        return self._ranks(encode, sides, self._pool(encode, sides))

    def begin(self, encode: Encode, sides: np.ndarray) -> tuple["Retrieval", np.ndarray]:
        """(the same with as large a share of the words as is not too easy, its reciprocal ranks)."""
        pool = self._pool(encode, sides)
        for share in SHARES:
            asked = replace(self, share=share)
            ranks = asked._ranks(encode, sides, pool)
            if ranks.mean() <= EASY:
                break
        return asked, ranks

    def compare(self, start: np.ndarray, end: np.ndarray) -> dict:
        """The entry of notes["start_end"], from the reciprocal ranks before and after."""
        scores = resampled(start, end, lambda values, rows: values[rows].mean(1))
        n = len(self.candidates) + len(self.distractors) - 1
        name = f"{NAMES[self.dev.kind]} among {n:,} distractors{SHARES[self.share]}"
        measure = Measure(name, "mean reciprocal rank", self.dev.on, self.dev.n)
        return start_end(measure, **scores, distractors=n)

    def _pool(self, encode: Encode, sides: np.ndarray) -> np.ndarray:
        return np.concatenate(
            [sides[1][self.candidates], encode(len(self.distractors), self.distractors.__getitem__)]
            if self.distractors
            else [sides[1][self.candidates]]
        )

    def _ranks(self, encode: Encode, sides: np.ndarray, pool: np.ndarray) -> np.ndarray:
        asking = sides[0] if self.share == 1 else encode(self.dev.n, lambda i: beginning(self.dev.read(i), self.share))
        cosines = _unit(asking) @ _unit(pool).T
        own = cosines[np.arange(len(cosines)), self.right][:, None]
        return 1 / (1 + ((cosines > own + 1e-6) & self.allowed).sum(1))


def beginning(text: str, share: float) -> str:
    """The first words of a text, at least two."""
    words = text.split()
    return " ".join(words[: max(2, round(share * len(words)))])


def retrieval_of(dev: Dev | None, texts: Texts, positions: np.ndarray) -> Retrieval | None:
    """The harder score of `dev`, pairs or halves; None for other kinds.

    positions: the held-out texts of `dev`, whose counter-examples are distractors, as are the other texts' partners.
    """
    if dev is None or dev.kind not in NAMES:
        return None
    first, second = [dev.read(i) for i in range(dev.n)], [dev.other(i) for i in range(dev.n)]
    at = {text: i for i, text in reversed(list(enumerate(second)))}
    candidates = np.array(sorted(at.values()))
    place = {second[i]: k for k, i in enumerate(candidates)}
    asked, known = set(first), dict.fromkeys(_distractors(dev, texts, positions))
    distractors = [text for before, text in known if before not in asked and text.strip() and text not in place]
    distractors = list(dict.fromkeys(distractors))[:DISTRACTORS]
    right = np.array([place[text] for text in second])
    return Retrieval(dev, distractors, candidates, right, _allowed(first, right, len(candidates) + len(distractors)))


def _distractors(dev: Dev, texts: Texts, positions: np.ndarray) -> list[tuple[str, str]]:
    """(the text that it belongs to, the distractor): the texts' own third texts, then partners of other texts."""
    others = np.setdiff1d(np.arange(len(texts.rows)), positions)
    others = np.random.default_rng(0).permutation(others)[: 2 * DISTRACTORS]  # twice: some are blank, short or equal
    if dev.kind == "halves":
        return halves([texts.read(int(row)) for row in texts.rows[others]])
    found = [("", texts.sides[2](int(row))) for row in texts.rows[positions]] if len(texts.sides) > 2 else []
    return found + [(texts.sides[0](int(row)), texts.sides[1](int(row))) for row in texts.rows[others]]


def _allowed(first: list[str], right: np.ndarray, n: int) -> np.ndarray:
    allowed = np.ones((len(first), n), bool)
    partners: dict[str, list[int]] = {}
    for text, place in zip(first, right.tolist(), strict=True):
        partners.setdefault(text, []).append(place)
    for i, text in enumerate(first):
        allowed[i, partners[text]] = False
    return allowed


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
