"""What a fine-tune is scored on before and after: held-out texts, the same among many distractors, other sentences."""

from dataclasses import dataclass

import numpy as np

from embedlab.data.corpus import Corpus
from embedlab.models.transformer import elsewhere
from embedlab.models.transformer.config import TransformerConfig
from embedlab.models.transformer.objectives import Texts
from embedlab.models.transformer.retrieval import DISTRACTORS, Encode, Retrieval, retrieval_of
from embedlab.models.transformer.start_and_end import MOST, Dev, compare, halves


@dataclass(frozen=True, eq=False)
class Begun:
    """The scores as training begins: held-out texts (`dev`, its vectors), ranks among distractors, other sentences."""

    dev: Dev | None
    vectors: np.ndarray | None
    retrieval: Retrieval | None
    ranks: np.ndarray | None
    foreign: Dev
    foreign_vectors: np.ndarray

    def finish(self, encode: Encode, sizes: tuple[int, ...] = ()) -> dict:
        """notes["start_end"], and notes["sizes"] where shorter vectors are scored, from the encoder as it is now."""
        entries, cut = [], []
        if self.dev:
            vectors = self.dev.vectors(encode)
            whole, cut = compare(self.dev, self.vectors, vectors, sizes)
            entries.append(whole)
        if self.retrieval:
            sides = vectors if self.retrieval.dev is self.dev else self.retrieval.dev.vectors(encode)
            entries.append(self.retrieval.compare(self.ranks, self.retrieval.ranks(encode, sides)))
        entries.append(elsewhere.compared(self.foreign, self.foreign_vectors, self.foreign.vectors(encode)))
        return {"start_end": entries} | ({"sizes": cut} if cut else {})


def begin(corpus: Corpus, config: TransformerConfig, texts: Texts, encode: Encode) -> Begun:
    """The scores of the encoder as it is before training; some are None where texts are too few or too short."""
    positions, on = _positions(corpus, config, texts)
    partners = _dev(config, texts, positions, on)
    dev = _known(corpus) if config.objective == "simcse" else None
    dev = dev or partners
    vectors, foreign = dev and dev.vectors(encode), elsewhere.foreign()
    retrieval, ranks = retrieval_of(partners, texts, positions), None
    if retrieval:
        sides = vectors if retrieval.dev is dev else retrieval.dev.vectors(encode)
        retrieval, ranks = retrieval.begin(encode, sides)
    return Begun(dev, vectors, retrieval, ranks, foreign, foreign.vectors(encode))


def n_scored(config: TransformerConfig, texts: Texts) -> int:
    """About how many texts are encoded for the scores, each time."""
    held_out = len(texts.dev) or min(len(texts.train), MOST)
    more = min(len(texts.rows) - held_out, DISTRACTORS) if config.objective in ("simcse", "pairs") else 0
    return 2 * held_out + more + 4 * len(elsewhere.sentences())


def known_scores(corpus: Corpus) -> np.ndarray:
    """The score of each document's pair, NaN where it has none."""
    return np.full(corpus.n_documents, np.nan) if corpus.scores is None else np.asarray(corpus.scores, float)


def _positions(corpus: Corpus, config: TransformerConfig, texts: Texts) -> tuple[np.ndarray, str]:
    """(held-out positions, or some trained on where too few could be held out; what they are)."""
    positions = texts.dev if len(texts.dev) else texts.train[:MOST]
    if config.objective in ("pairs", "graded"):
        said = [all(read(int(row)).strip() for read in texts.sides[:2]) for row in texts.rows[positions]]
        positions = positions[np.array(said, bool)]
    return positions, corpus.name + ("" if len(texts.dev) else ", texts trained on")


def _known(corpus: Corpus) -> Dev | None:
    """Pairs with scores that texts alone never train on."""
    if not corpus.has_pairs or len(np.unique(known := known_scores(corpus))) <= 2:
        return None
    some = np.flatnonzero(np.isfinite(known))
    some = some[np.linspace(0, len(some) - 1, min(len(some), MOST)).astype(int)]
    first, second = lambda i: corpus.text(int(some[i])), lambda i: corpus.pair(int(some[i]))
    return Dev("graded", len(some), first, second, known[some], f"{corpus.name}, scores never trained on")


def _dev(config: TransformerConfig, texts: Texts, positions: np.ndarray, on: str) -> Dev | None:
    """What the objective itself is scored on; None where fewer than two texts are of use."""
    rows = texts.rows[positions]
    if len(rows) < 2:
        return None
    at = lambda side: lambda i: texts.sides[side](int(rows[i]))  # noqa: E731
    if config.objective == "labels":
        return Dev("labels", len(rows), at(0), None, texts.labels[positions], on)
    if config.objective in ("pairs", "graded"):
        scores = texts.scores[positions] if config.objective == "graded" else None
        return Dev(config.objective, len(rows), at(0), at(1), scores, on)
    pairs = halves([texts.read(int(row)) for row in rows])
    return Dev("halves", len(pairs), lambda i: pairs[i][0], lambda i: pairs[i][1], None, on) if len(pairs) > 1 else None
