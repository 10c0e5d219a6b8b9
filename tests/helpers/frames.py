"""Short texts of two planted classes, in the same frames."""

from helpers.corpus_factory import make_corpus

THINGS = {"food": ["bread", "soup", "cheese", "rice", "salad"], "tools": ["hammer", "saw", "drill", "screw", "wrench"]}


FRAMES = [
    "My sister saw a {} on the table",
    "There was one more {} than before",
    "He asked about the {} again",
    "The {} is over there",
]


def planted(tmp_path, **options):
    """Forty short texts, half of them on food and half on tools, in the same frames."""
    both = [(frame.format(thing), label) for label, things in THINGS.items() for thing in things for frame in FRAMES]
    return make_corpus(tmp_path, [text for text, _ in both], [label for _, label in both], **options)
