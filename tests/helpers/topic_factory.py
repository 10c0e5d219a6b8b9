"""Documents of three topics and word vectors that know them."""

import numpy as np

from embedlab.vectors.embedding import Embedding
from helpers.corpus_factory import make_corpus

TOPICS = {
    "sport": "ball goal team match win",
    "food": "bread soup cook taste oven",
    "law": "court judge trial law jury",
}


def topic_corpus(tmp_path):
    """120 documents of three topics, each of ten words of its topic and ten that all share; two cannot be used."""
    rng = np.random.default_rng(1)
    documents, labels = [], []
    for i in range(120):
        label = list(TOPICS)[i % 3]
        common = rng.choice(["the", "of", "and"], 10)
        documents.append(" ".join(rng.choice(TOPICS[label].split(), 10)) + "\n" + " ".join(common))
        labels.append(label)
    return make_corpus(tmp_path, [*documents, "unheard", "ball"], [*labels, "sport", None], name="topics")


def topic_words() -> Embedding:
    """Topic words stand near their topic's direction; "unheard" has no vector."""
    rng = np.random.default_rng(2)
    words = [word for topic in TOPICS.values() for word in topic.split()] + ["the", "of", "and"]
    means = np.repeat(np.eye(8)[:3], 5, axis=0)
    return Embedding(words, np.concatenate([means, np.ones((3, 8))]) + 0.1 * rng.standard_normal((18, 8)))
