"""Start and end of a fine-tune scored on sentences from elsewhere: what learning a corpus costs on other text.

64 groups of four English sentences, written for EmbedLab and trained on by no run: a sentence, the same said in other
words, the same with a detail changed, and another one on its topic. The score is the Spearman correlation of cosine and
closeness over 448 pairs. Pairs of one group depend on each other, so the bootstrap draws whole groups.
"""

from pathlib import Path

import numpy as np

from embedlab.models.transformer.start_and_end import Dev, compare

FILE = Path(__file__).with_name("everyday_sentences.tsv")
# (column, column, groups that the second one is ahead, closeness): 3 the same, 2 a detail changed, 1 one topic, 0 none
PAIRS = ((0, 1, 0, 3), (0, 2, 0, 2), (1, 2, 0, 2), (0, 3, 0, 1), (1, 3, 0, 1), (0, 1, 1, 0), (1, 2, 1, 0))
LESS = "Sentences from elsewhere are told apart less well than before: {}. Fewer epochs or a lower learning rate help."
BETTER = "Sentences from elsewhere are told apart better than before: {}."
UNSURE = "Sentences from elsewhere: no change can be told from chance, {}."


def sentences() -> list[list[str]]:
    """The groups: four sentences each."""
    return [line.split("\t") for line in FILE.read_text("utf-8").splitlines()[1:]]


def foreign() -> Dev:
    """The pairs of sentences and how close they are, 0 to 3."""
    groups = sentences()
    pairs = [
        (group[a], groups[(at + ahead) % len(groups)][b]) for at, group in enumerate(groups) for a, b, ahead, _ in PAIRS
    ]
    gold = np.tile([close for *_, close in PAIRS], len(groups)).astype(float)
    on = "English sentences of no corpus"
    return Dev("foreign", len(pairs), lambda i: pairs[i][0], lambda i: pairs[i][1], gold, on, len(PAIRS))


def compared(dev: Dev, start: np.ndarray, end: np.ndarray) -> dict:
    """The entry of notes["start_end"], with "verdict": a sentence, and "worse": whether the whole interval is below 0.

    start, end: as of `Dev.vectors`.
    """
    entry, _ = compare(dev, start, end)
    change, low, high = entry["difference"]
    moved = (
        f"{entry['metric']} {entry['start'][0]:.3f} before and {entry['end'][0]:.3f} after "
        f"(change {change:+.3f}, 95 % interval {low:+.3f} to {high:+.3f})"
    )
    said = LESS if high < 0 else BETTER if low > 0 else UNSURE
    return entry | {"verdict": said.format(moved), "worse": high < 0}
