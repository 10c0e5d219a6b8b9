"""Co-occurrence counts of a corpus, laid out in tiles so that threads can train on them without meeting.

The words are cut into blocks, and the matrix into tiles: (a block of rows) x (a block of columns). Tiles of one
*round*, (b, b + shift) for every block b, share no row and no column, as in a Latin square. The number of blocks is a
multiple of LANES, so that over all rounds whose shifts are equal modulo LANES, the tiles of blocks that differ modulo
LANES share none either: threads take a lane each and meet LANES times an epoch. Whichever takes which, the result is
the same to the last bit. A tile is also small enough for its parameter rows to stay in the second-level cache.
"""

from contextlib import closing

import numpy as np

from embedlab.core.errors import TrainingFailed
from embedlab.core.parallel import Rate, in_threads
from embedlab.core.progress import Progress, Report, silent
from embedlab.core.spill import Pile, Space
from embedlab.data.corpus import Corpus
from embedlab.data.held_out import held_out_mask
from embedlab.data.sentence_blocks import sentence_blocks
from embedlab.models.glove.counts import BLOCK_TOKENS, Counting, Counts, Part

BLOCK_ROWS, MAX_ROW_BLOCKS = 1024, 128  # parameter rows of a tile: 0.9 MB each way at 100 dimensions
MIN_BLOCKS = 32  # as many blocks as this share the frequent words, so that no tile holds up a round
LANES = 16  # so many threads can train side by side
BLOCK_ENTRIES = 2**22  # what one counting task may write: some 100 MB
MAX_TEXT = 2**31 - 1


def count_cooccurrences(
    corpus: Corpus,
    how: Counting,
    space: Space,
    *,
    part: Part = Part(),
    report: Report = silent,
) -> Counts:
    """How often any two words occur within the window of each other in a sentence, weighted by 1/distance.

    The same whatever the number of threads and the memory: each row is summed by one thread, in float64, in reading
    order.
    """
    text = compact_text(corpus, how.n_words, part, space, report)
    places, starts = places_of(text, how.n_words, space, report)
    per_row = np.minimum(2 * how.window * np.diff(starts), how.n_words)
    blocks = blocks_of(per_row)
    pile, cuts = Pile(space, entry_type()), np.zeros((len(blocks) - 1, len(blocks)), np.int64)
    rate, done = Rate(), 0

    def task(b):
        return b, *_count_block((text, places, starts), b, blocks, how)

    with closing(in_threads(how.workers, task, range(len(blocks) - 1))) as results:
        for b, entries, ends in results:
            cuts[b] = ends + pile.add(entries)
            done += int(starts[blocks[b + 1]] - starts[blocks[b]])
            report(
                Progress(
                    0.1 + 0.9 * done / max(int(starts[-1]), 1),
                    1,
                    f"Counting pairs, {rate(done):,.0f} words/s",
                    {"rate": rate(done)},
                )
            )
    return Counts(pile.whole(), cuts, blocks)


def _count_block(ordered: tuple[np.ndarray, ...], b: int, blocks: np.ndarray, how: Counting):
    """Entries of the rows of block b, and where the tile of each block of columns begins among them.

    ordered: a text, the positions of its words, and where those of each word start.
    """
    from embedlab.kernels.glove import count_rows

    first, last = blocks[b], blocks[b + 1]
    bound = int(np.minimum(2 * how.window * np.diff(ordered[2][first : last + 1]), how.n_words).sum())
    columns, values = np.empty(bound, np.int32), np.empty(bound, np.float32)
    sizes = np.empty(last - first, np.int64)
    n = count_rows(
        *ordered,
        first,
        last,
        weights_of(how.window),
        np.zeros(how.n_words),
        np.empty(how.n_words + 1, np.int32),
        columns,
        values,
        sizes,
    )
    return laid_out((columns[:n], values[:n], sizes), b, blocks, how)


def laid_out(rows: tuple[np.ndarray, ...], b: int, blocks: np.ndarray, how: Counting):
    """The counted rows of block b as entries, and where the tile of each block of columns begins among them.

    rows: columns and values of the entries, and how many of them each row has.
    """
    from embedlab.kernels.glove import lay_out

    cuts, entries = np.zeros(len(blocks), np.int64), np.empty(len(rows[0]), entry_type())
    block_of = np.repeat(np.arange(len(blocks) - 1, dtype=np.int32), np.diff(blocks))
    lay_out(*rows, blocks[b], block_of, how.x_max, how.alpha, how.seed % 2**63, cuts, entries)
    return entries, cuts


def weights_of(window: int) -> np.ndarray:
    """1 / distance for distances 1 to `window`, float64, in whole multiples of 2^-26.

    Sums of them are exact below 2^27, so that counts do not depend on the order in which a text is read, and parts of
    it may be counted apart and added up. The rounding is at most distance * 2^-27 of a weight, far below that of
    float32.
    """
    return np.round(2.0**26 / np.arange(1, window + 1)) / 2.0**26


def entry_type() -> np.dtype:
    from embedlab.kernels.glove import ENTRY

    return ENTRY


def blocks_of(per_row: np.ndarray) -> np.ndarray:
    """Where blocks of words begin, int64 (n_blocks + 1,): bounded in rows and in entries, or a single row.

    The last are empty.
    """
    n, ends = len(per_row), np.concatenate([[0], np.cumsum(per_row)])
    n_rows = max(BLOCK_ROWS, -(-n // MAX_ROW_BLOCKS))
    n_entries = min(ends[-1] // MIN_BLOCKS, BLOCK_ENTRIES)
    blocks = [0]
    while blocks[-1] < n:
        at = blocks[-1]
        reach = int(np.searchsorted(ends, ends[at] + n_entries, side="right")) - 1
        blocks.append(min(max(reach, at + 1), at + n_rows, n))
    blocks += [n] * (-(len(blocks) - 1) % LANES)
    return np.array(blocks, np.int64)


def compact_text(corpus: Corpus, n_words: int, part: Part, space: Space, report: Report) -> np.ndarray:
    """The sentences as the kernels read them: -1, then ids below n_words with -1 after each sentence."""
    from embedlab.kernels.glove import compact

    if corpus.n_tokens + corpus.n_sentences >= MAX_TEXT:
        raise TrainingFailed(
            f"GloVe counts up to 2,147 million tokens at once; {corpus.name!r} has {corpus.n_tokens:,}. "
            "Use Word2Vec, or a part of the corpus."
        )
    begin, stop = part.sentences or (0, corpus.n_sentences)
    text = space.array(int(corpus.sentences[stop] - corpus.sentences[begin]) + stop - begin + 1, np.int32)
    text[0], end = -1, 1
    for first, last in sentence_blocks(corpus.sentences[begin : stop + 1], BLOCK_TOKENS):
        first, last = first + begin, last + begin
        offsets = np.asarray(corpus.sentences[first : last + 1])
        tokens = np.array(corpus.tokens[offsets[0] : offsets[-1]], np.int32)
        chosen = held_out_mask(first, last, part.share) == part.held
        end = compact(tokens, offsets[1:] - offsets[0], chosen, n_words, text, end)
        report(Progress(0.05 * (last - begin) / max(stop - begin, 1), 1, "Reading the corpus"))
    return text[:end]


def places_of(text: np.ndarray, n_words: int, space: Space, report: Report) -> tuple[np.ndarray, np.ndarray]:
    """Positions in `text` sorted by word, and where each word's positions start."""
    from embedlab.kernels.glove import count_words, place_words

    chunks = [(a, min(a + BLOCK_TOKENS, len(text))) for a in range(0, len(text), BLOCK_TOKENS)]
    counts = np.zeros(n_words, np.int64)
    for first, last in chunks:
        count_words(text, first, last, counts)
    starts = np.concatenate([[0], np.cumsum(counts)])
    places, at = space.array(int(starts[-1]), np.int32), starts[:-1].copy()
    for first, last in chunks:
        place_words(text, first, last, at, places)
        report(Progress(0.05 + 0.05 * last / len(text), 1, "Sorting positions by word"))
    return places, starts
