"""Model families: every one on one screen. Nothing heavy is imported before `train` is called."""

from embedlab.models.classifier.config import ClassifierConfig
from embedlab.models.classifier.train import train as train_classifier
from embedlab.models.family import Family, Trained
from embedlab.models.glove.config import GloveConfig
from embedlab.models.glove.train import train as train_glove
from embedlab.models.masked.config import MaskedConfig, estimated_bytes, estimated_seconds
from embedlab.models.masked.train import train as train_masked
from embedlab.models.static.config import StaticConfig
from embedlab.models.static.train import train as train_static
from embedlab.models.transformer.train import TransformerConfig
from embedlab.models.transformer.train import train as train_transformer
from embedlab.models.word2vec.config import Word2VecConfig
from embedlab.models.word2vec.train import train as train_word2vec

__all__ = [
    "MODELS",
    "ClassifierConfig",
    "Family",
    "GloveConfig",
    "MaskedConfig",
    "StaticConfig",
    "Trained",
    "TransformerConfig",
    "Word2VecConfig",
]

MODELS: dict[str, Family] = {
    "word2vec": Family(
        "word2vec",
        "Word2Vec",
        "Learns each word from its neighbours, window by window. Fast, and good on most corpora.",
        Word2VecConfig,
        train_word2vec,
        resumable=True,
        judged_by="validation",
    ),
    "glove": Family(
        "glove",
        "GloVe",
        "Counts which words occur together, then fits vectors to the counts. Fast on many epochs.",
        GloveConfig,
        train_glove,
        resumable=True,
        judged_by="ranking_error",
    ),
    "transformer": Family(
        "transformer",
        "Transformer",
        "Fine-tunes a pretrained sentence encoder, so that whole texts can be compared. Slower on a CPU.",
        TransformerConfig,
        train_transformer,
        resumable=True,
        begins_from=("transformer", "masked"),
    ),
    "masked": Family(
        "masked",
        "Masked language model",
        "Hides words and learns to say which they were, from nothing or from a trained model.",
        MaskedConfig,
        train_masked,
        resumable=True,
        begins_from=("masked", "transformer"),
        going_on={"start": "model"},
        seconds=estimated_seconds,
        bytes=estimated_bytes,
    ),
    "classifier": Family(
        "classifier",
        "Classifier",
        "Learns to tell the labels of the corpus apart, with a head on a pretrained encoder, and says how surely.",
        ClassifierConfig,
        train_classifier,
        resumable=True,
        judged_by="validation",
        begins_from=("transformer", "masked", "classifier"),
    ),
    "static": Family(
        "static",
        "Static embedding",
        "One vector a token, distilled from a transformer or trained on texts. Encodes faster.",
        StaticConfig,
        train_static,
        resumable=True,
        begins_from=("transformer", "masked", "classifier"),
    ),
}
