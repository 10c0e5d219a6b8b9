"""Text as a masked language model reads it: word pieces learned from the corpus, in blocks of one length."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embedlab.core.background import run_beside
from embedlab.core.spill import Pile, Space
from embedlab.data.corpus import Corpus
from embedlab.data.held_out import held_out_of

SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
TOKENIZER_CHARACTERS = 50_000_000  # word pieces are learned from at most so much text, drawn evenly
HELD_OUT_PIECES = 16_000
IN_MEMORY = 2**30  # bytes of word pieces; what is beyond goes to files
READ_TOGETHER = 256


@dataclass(frozen=True, eq=False)
class Units:
    """What is held out or trained on as a whole: documents, or sentences where documents are few."""

    name: str
    n: int
    read: Callable[[int], str]
    held_out: np.ndarray


def units_of(corpus: Corpus, share: float) -> Units:
    """The units of a corpus and which of them, bool (n,), are held out: about `share`, or none where two would be too
    many.
    """
    by_document = share * corpus.n_documents >= 2 or corpus.n_sentences <= corpus.n_documents
    n = corpus.n_documents if by_document else corpus.n_sentences
    return Units(
        "document" if by_document else "sentence",
        n,
        corpus.text if by_document else corpus.sentence_text,
        held_out_of(n, share, least=2),
    )


# Word pieces


def learn_tokenizer(units: Units, *, kind: str, vocabulary: int, lowercase: bool, tick: Callable[[], None]):
    """A transformers tokenizer with at most about `vocabulary` pieces, learned from the units that are not held out."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    special = list(SPECIAL.values())
    if kind == "bpe":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.normalizer = normalizers.Sequence([normalizers.NFC()] + [normalizers.Lowercase()] * lowercase)
        tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(), decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=max(vocabulary, 512),
            special_tokens=special,
            show_progress=False,
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        )
        run_beside(lambda: tokenizer.train_from_iterator(_sample(units), trainer), tick)
        return wrapped(tokenizer)
    return wrapped(run_beside(lambda: _word_pieces(units, vocabulary, lowercase), tick))


def _word_pieces(units: Units, size: int, lowercase: bool):
    """A WordPiece tokenizer that is the same every time.

    The trainer numbers the characters inside words as it meets them, in an order that changes from call to call, and
    decides ties by number. So it is asked for these characters first, and then given them sorted.
    """
    from tokenizers import trainers

    special = list(SPECIAL.values())

    def learned(size: int, first: list[str]) -> dict[str, int]:
        tokenizer = _word_piece_tokenizer({}, lowercase)
        tokenizer.train_from_iterator(
            _sample(units),
            trainers.WordPieceTrainer(vocab_size=size, special_tokens=special + first, show_progress=False),
        )
        return tokenizer.get_vocab()

    inside = sorted(piece for piece in learned(0, []) if piece.startswith("##") and len(piece) == 3)
    tokenizer = _word_piece_tokenizer(learned(size, inside), lowercase)
    tokenizer.add_special_tokens(special)
    return tokenizer


def _word_piece_tokenizer(vocabulary: dict[str, int], lowercase: bool):
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.BertPreTokenizer(), decoders.WordPiece()
    return tokenizer


def wrapped(tokenizer):
    """A tokenizer of the `tokenizers` library as one of transformers, with [CLS] before and [SEP] after a text."""
    from tokenizers import AddedToken, processors
    from transformers import PreTrainedTokenizerFast

    first, last = ((token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]"))
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B [SEP]", [first, last])
    # A hidden word takes the space before it along, as byte pairs do with the words themselves.
    mask = AddedToken("[MASK]", lstrip=True, special=True)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **SPECIAL | {"mask_token": mask})


def _sample(units: Units) -> Iterator[str]:
    """Texts to learn pieces from: all that are not held out, or an even sample of them."""
    rows = np.flatnonzero(~units.held_out)
    some = rows[np.linspace(0, len(rows) - 1, min(len(rows), 200)).astype(np.int64)] if len(rows) else rows
    mean = sum(len(units.read(int(i))) for i in some) / max(len(some), 1)
    step = max(1, int(np.ceil(len(rows) * mean / TOKENIZER_CHARACTERS)))
    for row in rows[::step].tolist():
        yield units.read(row)


# Blocks


@dataclass(frozen=True, eq=False)
class Blocks:
    """A stream of pieces, int32 (n,), in blocks of `length`, each between a start and an end token.

    The last is padded.
    """

    stream: np.ndarray
    length: int
    first: int
    last: int
    pad: int

    def __len__(self) -> int:
        return -(-len(self.stream) // (self.length - 2))

    def take(self, rows: np.ndarray) -> np.ndarray:
        """The blocks of these numbers, int64 (len(rows), length)."""
        inner = self.length - 2
        taken = np.full((len(rows), self.length), self.pad, np.int64)
        for at, row in enumerate(rows.tolist()):
            part = self.stream[row * inner : (row + 1) * inner]
            taken[at, 0], taken[at, 1 : 1 + len(part)], taken[at, 1 + len(part)] = self.first, part, self.last
        return taken


@dataclass(frozen=True, eq=False)
class Pieces:
    """The corpus in pieces: blocks to train on, blocks held out, and how often each piece occurs in training text."""

    train: Blocks
    held_out: Blocks
    counts: np.ndarray

    @property
    def unigram(self) -> np.ndarray:
        """Log probability of each piece by its count alone, each seen once more so that none is impossible."""
        return np.log((self.counts + 1) / (self.counts.sum() + len(self.counts)))


def pieces_of(units: Units, tokenizer, length: int, *, scratch: Path | None, tick: Callable[[int], None]) -> Pieces:
    """All units in pieces, parted by the end token; tick(units done) is called after some hundred."""
    end, counts, held, n_held = tokenizer.sep_token_id, np.zeros(len(tokenizer), np.int64), [], 0
    with Space(IN_MEMORY, scratch) as space:
        pile = Pile(space, np.int32)
        for first in range(0, units.n, READ_TOGETHER):
            rows = range(first, min(first + READ_TOGETHER, units.n))
            encoded = tokenizer(
                [units.read(i) for i in rows],
                add_special_tokens=False,
                truncation=False,
                padding=False,
                return_attention_mask=False,
                return_token_type_ids=False,
                verbose=False,
            )["input_ids"]
            kept = []
            for row, ids in zip(rows, encoded, strict=True):
                if not units.held_out[row]:
                    kept += [*ids, end] if ids else []
                elif n_held < HELD_OUT_PIECES and ids:
                    held += [*ids, end]
                    n_held += len(ids)
            part = np.array(kept, np.int32)
            counts += np.bincount(part, minlength=len(counts))
            pile.add(part)
            tick(rows.stop)
        stream = pile.whole()
    counts[tokenizer.all_special_ids] = 0
    marks = tokenizer.cls_token_id, end, tokenizer.pad_token_id
    return Pieces(
        Blocks(stream, length, *marks), Blocks(np.array(held[:HELD_OUT_PIECES], np.int32), length, *marks), counts
    )


def hide(
    ids: np.ndarray, share: float, mask: int, special: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(ids with some replaced by `mask`, which ones: bool), both (n, length); special tokens are never hidden.

    Hidden pieces are always replaced: Wettig et al. 2023, "Should you mask 15% in masked language modeling?", found
    nothing gained by the random and unchanged ones of BERT, and so training and held-out loss measure the same.
    """
    allowed = ~np.isin(ids, special)
    chosen = (rng.random(ids.shape) < share) & allowed
    if not chosen.any() and allowed.any():
        chosen.flat[rng.choice(np.flatnonzero(allowed))] = True
    return np.where(chosen, mask, ids), chosen
