"""A generated text with planted topics, so that a trained model has something to find."""

import numpy as np

TOPICS = [
    "cat dog fur paw tail pet kitten puppy bark purr whisker leash vet collar litter",
    "stock bond market price trade bank share profit loss fund dividend yield broker credit debt",
    "river lake water fish boat swim shore wave tide bridge canoe stream flood harbour reef",
]


def topics_text(seed: int, n_sentences: int = 1500) -> str:
    """Sentences of eight words, each from one topic."""
    rng = np.random.default_rng(seed)
    words = [topic.split() for topic in TOPICS]
    return "\n".join(" ".join(rng.choice(words[i % len(words)], 8)) + "." for i in range(n_sentences))
