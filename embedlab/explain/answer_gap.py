"""How far the first answer to a question is ahead of the others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embedlab.vectors.embedding import Neighbour

CLEAR = 3.0  # usual steps by which a clear answer is ahead


@dataclass(frozen=True)
class AnswerGap:
    """gap: how far the score of the first answer is above the second. step: the mean gap between the next answers."""

    gap: float
    step: float

    @property
    def clear(self) -> bool:
        """Whether the first answer is ahead by more than three usual steps."""
        return self.gap > CLEAR * self.step

    @property
    def text(self) -> str:
        """One sentence for the reader of the answers."""
        beside = f"the next answers lie {self.step:.3f} apart"
        if self.clear:
            return f"The first answer is ahead by {self.gap:.3f}; {beside}. It is a clear answer."
        if self.gap > self.step:
            return f"The first answer is ahead by {self.gap:.3f}; {beside}. It is ahead, but not by much."
        return f"The first answer is ahead by only {self.gap:.3f}; {beside}. Other answers fit as well."


def answer_gap(answers: Sequence[Neighbour]) -> AnswerGap | None:
    """The gap of the answers to a question, best first; None for fewer than four, which show no usual step."""
    scores = np.array([answer.score for answer in answers])
    if len(scores) < 4:
        return None
    return AnswerGap(float(scores[0] - scores[1]), float((scores[1] - scores[-1]) / (len(scores) - 2)))
