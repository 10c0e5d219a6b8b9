"""Inside a transformer: its predictions for hidden words, its attention weights, and the senses of a word."""

from embedlab.explain.transformer.attention import Attention, attention_of
from embedlab.explain.transformer.predictions import (
    Answers,
    Sentence,
    answers,
    cut,
    hide_words,
    masked_sentence,
    open_end,
    open_start,
)
from embedlab.explain.transformer.senses import Senses, encode_senses, sense_clusters, sense_names, senses_path

__all__ = [
    "Answers",
    "Attention",
    "Senses",
    "Sentence",
    "answers",
    "attention_of",
    "cut",
    "encode_senses",
    "hide_words",
    "masked_sentence",
    "open_end",
    "open_start",
    "sense_clusters",
    "sense_names",
    "senses_path",
]
