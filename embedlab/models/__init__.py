"""Model families: every one on one screen. Nothing heavy is imported before `train` is called.

A new family is one folder with `config.py` and `train.py`, and one entry here. See `Family` for what it may add.
"""

from dataclasses import replace

from embedlab.core.errors import BadSetting
from embedlab.models import run_notes
from embedlab.models.classifier import cost as classifier_cost
from embedlab.models.classifier.config import ClassifierConfig
from embedlab.models.classifier.reading import epochs as classifier_epochs
from embedlab.models.classifier.reading import how_trained, learns_labels, open_classifier
from embedlab.models.classifier.train import train as train_classifier
from embedlab.models.factorization import als, svd
from embedlab.models.factorization.config import AlsConfig, SvdConfig
from embedlab.models.family import (
    INTERACTIONS,
    TEXTS,
    TRANSFORMER,
    VECTORS,
    Family,
    Flag,
    Trained,
    advice_of,
    always,
    estimate_of,
    incomparable_settings,
    numbers_of,
)
from embedlab.models.glove import cost as glove_cost
from embedlab.models.glove.config import GloveConfig
from embedlab.models.glove.item_config import ItemGloveConfig
from embedlab.models.glove.items import train as train_glove_items
from embedlab.models.glove.sharing import SHARED
from embedlab.models.glove.train import train as train_glove
from embedlab.models.item_cost import (
    advise_items,
    als_cost,
    counting_cost,
    ease_cost,
    item2vec_cost,
    knn_cost,
    svd_cost,
)
from embedlab.models.item_cost import (
    glove_cost as glove_items_cost,
)
from embedlab.models.masked import cost as masked_cost
from embedlab.models.masked.config import MaskedConfig
from embedlab.models.masked.predictor import PREDICTOR
from embedlab.models.masked.train import train as train_masked
from embedlab.models.static import cost as static_cost
from embedlab.models.static.config import StaticConfig
from embedlab.models.static.train import train as train_static
from embedlab.models.transformer import cost as transformer_cost
from embedlab.models.transformer.config import TransformerConfig
from embedlab.models.transformer.train import train as train_transformer
from embedlab.models.word2vec import cost as word2vec_cost
from embedlab.models.word2vec.config import Word2VecConfig
from embedlab.models.word2vec.item_config import Item2VecConfig
from embedlab.models.word2vec.items import train as train_item2vec
from embedlab.models.word2vec.train import train as train_word2vec
from embedlab.models.yardsticks import ease, knn, popularity
from embedlab.models.yardsticks.config import EaseConfig, KnnConfig, PopularityConfig

__all__ = [
    "DEFAULT",
    "DEFAULTS",
    "FIRST_RECOMMENDER",
    "INTERACTIONS",
    "MODELS",
    "TEXTS",
    "TRANSFORMER",
    "VECTORS",
    "ClassifierConfig",
    "Family",
    "GloveConfig",
    "MaskedConfig",
    "StaticConfig",
    "Trained",
    "TransformerConfig",
    "Word2VecConfig",
    "advice_of",
    "estimate_of",
    "families_for",
    "families_where",
    "family_for",
    "family_of",
    "incomparable_settings",
    "numbers_of",
]

DEFAULT = "word2vec"  # what pages and commands begin with
FIRST_RECOMMENDER = "als"  # what the Recommend page trains where nothing recommends yet

MODELS: dict[str, Family] = {
    "word2vec": Family(
        "word2vec",
        "Word2Vec",
        "Learns each word from its neighbours, window by window. Fast, and good on most corpora.",
        Word2VecConfig,
        train_word2vec,
        estimate=word2vec_cost.estimate,
        advise=word2vec_cost.advise,
        automatic=word2vec_cost.AUTOMATIC,
        flags={
            "cbow": Flag("CBOW instead of skip-gram.", {"architecture": "cbow"}),
            "hs": Flag("Hierarchical softmax instead of negative sampling.", {"objective": "hierarchical"}),
        },
        seed_note="The same seed gives the same vectors to the last bit with “Repeat exactly” under More settings.",
        initialised_from=VECTORS,
        can_pause=word2vec_cost.can_pause,
        filmed=True,
        judged_by="validation",
        not_judged={"objective": ("hierarchical",)},  # -.57 over five seeds: docs/word2vec.md
        changes_loss=word2vec_cost.CHANGES_LOSS,
        trial_settings={"workers": 1, "deterministic": True},  # with one thread, repeating exactly costs nothing
        equal_work=word2vec_cost.equal_work,
        called=word2vec_cost.called,
        context_window=word2vec_cost.context_window,
    ),
    "glove": Family(
        "glove",
        "GloVe",
        "Counts which words occur together, then fits vectors to the counts. Fast on many epochs.",
        GloveConfig,
        train_glove,
        estimate=glove_cost.estimate,
        advise=glove_cost.advise,
        automatic=glove_cost.AUTOMATIC,
        seed_note="The same seed gives the same vectors to the last bit.",
        initialised_from=VECTORS,
        can_pause=always,
        filmed=True,
        judged_by="ranking_error",
        changes_loss=glove_cost.CHANGES_LOSS,
        shared=SHARED,
        context_window=glove_cost.context_window,
    ),
    "transformer": Family(
        "transformer",
        "Transformer",
        "Fine-tunes a pretrained sentence encoder, so that whole texts can be compared. Slower on a CPU.",
        TransformerConfig,
        train_transformer,
        estimate=transformer_cost.estimate,
        advise=transformer_cost.advise,
        initialised_from=TRANSFORMER,
        extra="transformers",
        base_families=("transformer", "masked"),
        can_pause=always,
        changes_loss=transformer_cost.CHANGES_LOSS,
        encodes_texts=True,
        attention=True,
        learns_labels=transformer_cost.learns_labels,
        called=transformer_cost.called,
        epochs=transformer_cost.epochs,
        how_trained=run_notes.how_trained,
    ),
    "masked": Family(
        "masked",
        "Masked language model",
        "Hides words and learns to predict them, from random weights or from a trained model.",
        MaskedConfig,
        train_masked,
        estimate=masked_cost.estimate,
        advise=masked_cost.advise,
        initialised_from=TRANSFORMER,
        extra="transformers",
        base_families=("masked", "transformer"),
        base_settings={"start": "model"},
        can_pause=always,
        changes_loss=masked_cost.CHANGES_LOSS,
        encodes_texts=True,
        attention=True,
        predictor=PREDICTOR,
        neighbours_note="Without their sentences, the word vectors of a masked model separate kinds of words rather "
        "than meanings. Look at words in their sentences on the Inside page.",
        called=masked_cost.called,
        epochs=masked_cost.epochs,
        how_trained=run_notes.how_trained,
    ),
    "classifier": Family(
        "classifier",
        "Classifier",
        "Learns to tell the labels of the corpus apart, with a head on a pretrained encoder, and says how sure it is.",
        ClassifierConfig,
        train_classifier,
        estimate=classifier_cost.estimate,
        advise=classifier_cost.advise,
        initialised_from=TRANSFORMER,
        extra="transformers",
        base_families=("transformer", "masked", "classifier"),
        can_pause=always,
        judged_by="validation",
        changes_loss=classifier_cost.CHANGES_LOSS,
        encodes_texts=True,
        attention=True,
        open_classifier=open_classifier,
        learns_labels=learns_labels,
        epochs=classifier_epochs,
        how_trained=how_trained,
    ),
    "static": Family(
        "static",
        "Static embedding",
        "One vector a token, distilled from a transformer or trained on texts. Encodes faster.",
        StaticConfig,
        train_static,
        estimate=static_cost.estimate,
        advise=static_cost.advise,
        initialised_from=TRANSFORMER,
        extra="transformers",
        base_families=("transformer", "masked", "classifier"),
        can_pause=always,
        changes_loss=static_cost.CHANGES_LOSS,
        encodes_texts=True,
        epochs=static_cost.epochs,
        how_trained=run_notes.how_trained,
    ),
    "item2vec": Family(
        "item2vec",
        "item2vec",
        "Word2Vec over what each person chose: items chosen together, or one after the other, get near vectors.",
        Item2VecConfig,
        train_item2vec,
        learns_from=INTERACTIONS,
        estimate=item2vec_cost,
        advise=advise_items,
        seed_note="The same seed gives the same vectors to the last bit with “Repeat exactly” under More settings.",
        can_pause=always,
        filmed=True,
        trial_settings={"workers": 1, "deterministic": True},
    ),
    "itemglove": Family(
        "itemglove",
        "GloVe for items",
        "Counts which items are chosen by the same people, then fits vectors to the counts.",
        ItemGloveConfig,
        train_glove_items,
        learns_from=INTERACTIONS,
        also_called="glove",
        estimate=glove_items_cost,
        advise=advise_items,
        seed_note="The same seed gives the same vectors to the last bit.",
        can_pause=always,
        filmed=True,
    ),
    "als": Family(
        "als",
        "ALS",
        "Finds vectors of users and items whose products tell choices from the rest. The usual first choice.",
        AlsConfig,
        als.train,
        learns_from=INTERACTIONS,
        estimate=als_cost,
        advise=advise_items,
        seed_note="The same seed gives the same vectors to the last bit.",
        can_pause=always,
        filmed=True,
        trial_settings={},
    ),
    "puresvd": Family(
        "puresvd",
        "PureSVD",
        "Keeps the strongest directions in the table of who chose what. Nothing to tune but their number.",
        SvdConfig,
        svd.train,
        learns_from=INTERACTIONS,
        estimate=svd_cost,
        advise=advise_items,
        trial_settings={},
    ),
    "popularity": Family(
        "popularity",
        "Popularity",
        "Recommends what most people chose, to everybody alike. A model that is not above it has learned no taste.",
        PopularityConfig,
        popularity.train,
        learns_from=INTERACTIONS,
        yardstick=True,
        has_vectors=False,
        estimate=counting_cost,
        advise=advise_items,
        trial_settings={},
    ),
    "itemknn": Family(
        "itemknn",
        "Item-kNN",
        "Recommends the items that were chosen by the same people as those already chosen. Items have no vectors.",
        KnnConfig,
        knn.train,
        learns_from=INTERACTIONS,
        yardstick=True,
        has_vectors=False,
        estimate=knn_cost,
        advise=advise_items,
        trial_settings={},
    ),
    "ease": Family(
        "ease",
        "EASE",
        "Weighs every item against every other in one step. Hard to beat up to some thousand items; no vectors.",
        EaseConfig,
        ease.train,
        learns_from=INTERACTIONS,
        yardstick=True,
        has_vectors=False,
        estimate=ease_cost,
        advise=advise_items,
        automatic=ease.automatic,
        trial_settings={},
    ),
}
DEFAULTS = {TEXTS: DEFAULT, INTERACTIONS: "item2vec"}

IMPORTED = Family("imported", "Imported", "Vectors trained elsewhere.", config=object, train=None)


def family_of(name: str) -> Family:
    """The family of a run by name; for imported vectors, and families this version lacks, one that claims nothing."""
    return (
        MODELS[name]
        if name in MODELS
        else IMPORTED
        if name == IMPORTED.name
        else replace(IMPORTED, name=name, title=name)
    )


def families_for(kind: str) -> dict[str, Family]:
    """The families that learn from data of a kind, TEXTS or INTERACTIONS, by name."""
    return {name: family for name, family in MODELS.items() if family.learns_from == kind}


def family_for(model: str, kind: str) -> Family:
    """The family that `model` means where data of this kind are named; BadSetting, naming those there are, else."""
    fits = families_for(kind)
    for name, family in fits.items():
        if model in (name, family.also_called):
            return family
    named = ", ".join(family.also_called or name for name, family in fits.items())
    if model in MODELS:
        data = {TEXTS: "texts", INTERACTIONS: "who chose what"}
        raise BadSetting(
            f"{MODELS[model].title} learns from {data[MODELS[model].learns_from]}, and these are {data[kind]}. "
            f"Choose one of {named}."
        )
    raise BadSetting(f"There is no model {model!r}. Choose one of {named}.")


def families_where(answer) -> str:
    """The names of the families for which `answer(family)` is true, with "or" between them, for sentences."""
    return " or ".join(name for name, family in MODELS.items() if answer(family))
