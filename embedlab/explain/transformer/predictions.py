"""Predictions of a masked language model for masked words, after training and before it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.explain.transformer.source import TransformerRun
from embedlab.models import families_where, family_of
from embedlab.models.family import Predictor
from embedlab.models.masked.model import Opened, logits_at

WORD = re.compile(r"\S+")
HIDDEN = re.compile(r"\[mask\]|<mask>", re.IGNORECASE)


@dataclass(frozen=True)
class Sentence:
    """A sentence in pieces. words: which word, counted from 0, each piece belongs to, -1 for start and end."""

    text: str
    pieces: tuple[str, ...]
    ids: tuple[int, ...]
    words: tuple[int, ...]
    hidden: tuple[int, ...] = ()
    truth: tuple[int, ...] = ()


@dataclass(frozen=True)
class Answers:
    """The prediction for one masked place: pieces with probabilities, the most probable first.

    truth: the true piece, its probability and its rank from 1; None if the sentence was typed with a gap.
    """

    place: int
    likely: tuple[tuple[str, float], ...]
    truth: tuple[str, float, int] | None


def open_end(run: TransformerRun) -> Opened:
    """The trained model of a run; BadInput for a run that does not predict masked words."""
    return _predictor(run).after(str(run.encoder_folder), run.spec.seed)


def open_start(run: TransformerRun, tokenizer, *, base: TransformerRun | None = None) -> Opened:
    """The model of a run before training, rebuilt from its seed or its base model.

    base: the run it was initialised from. BadSetting if the base model is no longer there.
    """
    origin = str(base.encoder_folder) if base is not None else ""
    return _predictor(run).before(dict(run.spec.config), run.spec.seed, origin, tokenizer)


def _predictor(run: TransformerRun) -> Predictor:
    predictor = family_of(run.spec.model).predictor
    if predictor is None or run.encoder_folder is None:
        raise BadInput(
            f"{run.name!r} is no finished masked language model, so it cannot fill in hidden words. Train one with "
            f"--model {families_where(lambda family: family.predictor)}, or choose another run."
        )
    return predictor


def cut(tokenizer, text: str, *, max_length: int = 512) -> Sentence:
    """A sentence in the pieces its model reads; BadInput for one without any."""
    if not text.strip():
        raise BadInput("There is no sentence yet. Type one.")
    found = tokenizer(text, return_offsets_mapping=True, truncation=True, max_length=max_length)
    ids = found["input_ids"]
    spans = [match.span() for match in WORD.finditer(text)]
    special = set(tokenizer.all_special_ids) - {tokenizer.mask_token_id, tokenizer.unk_token_id}
    words = tuple(
        -1
        if id in special or last == first
        else next((w for w, (a, b) in enumerate(spans) if first < b and last > a), -1)
        for id, (first, last) in zip(ids, found["offset_mapping"], strict=True)
    )
    return Sentence(text, tuple(readable(tokenizer, ids)), tuple(ids), words)


def readable(tokenizer, ids: Iterable[int]) -> list[str]:
    """Readable pieces: a piece that continues a word starts with ##."""
    ids = [int(id) for id in ids]
    pieces = tokenizer.convert_ids_to_tokens(ids)
    if "Ġ" not in tokenizer.get_vocab():
        return pieces
    plain = [tokenizer.decode([id]).strip() or piece for id, piece in zip(ids, pieces, strict=True)]  # byte pairs
    return [text if piece[0] in "Ġ[<" else f"##{text}" for text, piece in zip(plain, pieces, strict=True)]


def hide_words(sentence: Sentence, words: Iterable[int], mask: int) -> Sentence:
    """The sentence with every piece of these words masked."""
    words = set(words)
    places = tuple(i for i, word in enumerate(sentence.words) if word >= 0 and word in words)
    if not places:
        raise BadInput("No word is hidden yet. Choose one or more of the sentence.")
    ids = tuple(mask if i in places else id for i, id in enumerate(sentence.ids))
    return Sentence(sentence.text, sentence.pieces, ids, sentence.words, places, tuple(sentence.ids[i] for i in places))


def masked_sentence(tokenizer, text: str) -> Sentence:
    """A sentence whose gaps are written [MASK]; BadInput if it has none."""
    if not HIDDEN.search(text):
        raise BadInput(f"There is no gap in {text!r}. Write [MASK] where a word is to be filled in.")
    sentence = cut(tokenizer, HIDDEN.sub(tokenizer.mask_token, text))
    places = tuple(i for i, id in enumerate(sentence.ids) if id == tokenizer.mask_token_id)
    return Sentence(sentence.text, sentence.pieces, sentence.ids, sentence.words, places)


def answers(opened: Opened, sentence: Sentence, *, k: int = 10) -> list[Answers]:
    """The `k` most probable pieces at each masked place of a sentence."""
    import torch

    model, tokenizer = opened.model, opened.tokenizer
    model.eval()
    ids = torch.tensor([sentence.ids])
    chosen = torch.zeros_like(ids, dtype=torch.bool)
    chosen[0, list(sentence.hidden)] = True
    with torch.no_grad():
        shares = logits_at(model, ids, None, chosen).float().softmax(-1).numpy()
    found = []
    for row, place in enumerate(sentence.hidden):
        order = np.argsort(-shares[row], kind="stable")
        likely = tuple(zip(readable(tokenizer, order[:k]), shares[row, order[:k]].tolist(), strict=True))
        truth = None
        if sentence.truth:
            id = sentence.truth[row]
            truth = readable(tokenizer, [id])[0], float(shares[row, id]), int((shares[row] > shares[row, id]).sum()) + 1
        found.append(Answers(place, likely, truth))
    return found
