"""item2vec: skip-gram with negative sampling over sessions of items, on the engine of words.

Barkan and Koenigstein 2016, "Item2vec: neural item embedding for collaborative filtering". Without order a session is
shuffled and the window spans it, up to WIDEST items. Recommendations are scored as training scores pairs: vectors of
the chosen items times context vectors; the cosine of two vectors, which the map shows, recommends far worse.
"""

from dataclasses import replace

import numpy as np

from embedlab.core.progress import Progress, Report, silent
from embedlab.data.interactions.choices import Choices
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.interactions.sequences import Sequences, Source, sequences_of
from embedlab.models.family import Trained
from embedlab.models.item_settings import items_as_embedding, users_as_means, what_to_learn
from embedlab.models.recommending import Factors
from embedlab.models.training.session import ALONE, Session
from embedlab.models.word2vec.config import Word2VecConfig
from embedlab.models.word2vec.item_config import Item2VecConfig
from embedlab.models.word2vec.train import train as train_words

WIDEST = 100  # choices to each side that a window without order spans


def train(
    data: Interactions, config: Item2VecConfig, *, seed: int = 1, report: Report = silent, session: Session = ALONE
) -> Trained:
    """Vectors of the items, users as the mean of what they chose, and a recommender by context vectors.

    Losses are those of Word2Vec; no session is held out of training for them.
    """
    choices = what_to_learn(data, config.split)
    source = Source(f"{data.id}-{config.split}", data.name, data.folder, data.vocabulary.words)
    sessions = sequences_of(choices, source, seed=None if config.order else seed)
    trained = train_words(sessions, _of_words(config, sessions), seed=seed, report=_of_items(report), session=session)
    contexts = trained.end.arrays["outputs"] if trained.end is not None else trained.embedding.vectors
    vectors = by_item(trained.embedding.vectors, sessions, choices)
    last = config.query or (1 if config.order else 0)
    recommender = Factors(vectors, by_item(contexts, sessions, choices), choices.counts > 0, last, mean=True)
    return replace(
        trained,
        embedding=items_as_embedding(data, choices, vectors),
        documents=users_as_means(choices, vectors),
        notes=trained.notes | {"scored": "chosen items times context vectors"},
        recommender=recommender,
        end=None,
    )


def by_item(rows: np.ndarray, sessions: Sequences, choices: Choices) -> np.ndarray:
    """float32 (n_items, dim): rows of the vocabulary at the numbers of their items, zeros for items never seen."""
    found = np.zeros((choices.n_items, rows.shape[1]), np.float32)
    found[sessions.items] = rows
    return found


def _of_items(report: Report) -> Report:
    """The report, which hears of items where the engine speaks of words."""

    def told(progress: Progress) -> None:
        message = progress.message.replace("Word2Vec", "item2vec").replace("words/s", "choices/s")
        report(replace(progress, message=message))

    return told


def _of_words(config: Item2VecConfig, sessions: Sequences) -> Word2VecConfig:
    """The same as settings of words."""
    return Word2VecConfig(
        dim=config.dim,
        window=config.window if config.order else max(1, min(sessions.longest - 1, WIDEST)),
        epochs=config.epochs,
        min_count=1,
        negatives=config.negatives,
        exponent=config.exponent,
        sample=config.sample,
        learning_rate=config.learning_rate,
        held_out=0.0,
        deterministic=config.deterministic,
        workers=config.workers,
    )
