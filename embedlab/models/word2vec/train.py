"""Word2Vec: skip-gram or CBOW, negative sampling or hierarchical softmax.

Mikolov et al. 2013, "Efficient estimation of word representations in vector space" and "Distributed representations of
words and phrases and their compositionality". The corpus is gone through in blocks of sentences, each in one call of a
compiled kernel; threads take blocks in order and update the same rows without locks. Between segments of about a second
everything rests: the session may then look at the vectors, save a checkpoint or pause.
"""

import time
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from embedlab.core.background import run_beside
from embedlab.core.errors import BadInput, BadSetting, TrainingFailed
from embedlab.core.parallel import Rate, in_threads
from embedlab.core.progress import Progress, Report, silent
from embedlab.data.corpus import Corpus
from embedlab.data.held_out import held_out_mask
from embedlab.data.sentence_blocks import held_out_share, held_out_text, read_block, sentence_blocks
from embedlab.data.vocabulary import Vocabulary
from embedlab.models.family import Trained
from embedlab.models.training.requirements import dimension_warnings, kept_vocabulary
from embedlab.models.training.session import ALONE, Base, Checkpoint, Session
from embedlab.models.word2vec.config import Word2VecConfig
from embedlab.vectors.embedding import Embedding

ENGINE = "word2vec 1"  # part of a checkpoint; raise it when the same checkpoint would mean something else
BLOCK_TOKENS, BLOCK_WORK = 50_000, 2e9  # at most so many tokens, and about so many floating-point operations
SEGMENT_SECONDS = 0.7
VALIDATION_TOKENS = 200_000
LONG_TRAINING = 5e11  # floating-point operations from which choosing the code by a second's trial pays
DIVERGED = 1e4  # no entry of a useful vector comes near


def train(
    corpus: Corpus, config: Word2VecConfig, *, seed: int = 1, report: Report = silent, session: Session = ALONE
) -> Trained:
    """Word vectors of the words seen at least `min_count` times.

    The loss of an epoch is the mean negative log-likelihood of its predictions (with negative sampling, of one word and
    its negatives, equation 4 of the second paper), each taken when training comes to it; the validation loss is the
    same over held-out sentences after the epoch, on the same draws every time. Before the first epoch it is
    notes["loss_before"]. TrainingFailed when there is nothing to learn from, memory runs out or training diverges.
    """
    report(Progress(0, config.epochs, "Preparing Word2Vec"))
    vocabulary = kept_vocabulary(corpus, config.min_count)
    try:
        if config.engine == "gensim":
            from embedlab.models.word2vec import gensim_engine

            if session.base is not None:
                raise BadSetting("gensim cannot begin from another run here. Choose one of EmbedLab's engines.")
            return gensim_engine.fit(corpus, vocabulary, config, seed=seed, report=report, session=session)
        return _fit(corpus, vocabulary, config, seed, report, session)
    except MemoryError:
        raise TrainingFailed(
            f"Memory ran out with {len(vocabulary):,} words of {config.dim} dimensions. "
            "Use fewer dimensions or raise the minimum count."
        ) from None


# What a training is made of


@dataclass(frozen=True, eq=False)
class _Plan:
    """What stays the same throughout: the text in blocks, the tables to draw from, the kernel."""

    corpus: Corpus
    config: Word2VecConfig
    seed: int
    workers: int
    blocks: list[tuple[int, int]]
    held_out: float
    validation: tuple[np.ndarray, np.ndarray]
    keep: np.ndarray
    noise: np.ndarray
    up: np.ndarray
    most: int
    kernel: object
    bits: int


@dataclass(eq=False)
class _State:
    """What training changes. Rows of both matrices are padded to a multiple of 16 floats."""

    words: np.ndarray
    outputs: np.ndarray
    epoch: int = 0
    block: int = 0
    sums: np.ndarray = field(default_factory=lambda: np.zeros(2))
    losses: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    before: float = 0.0
    seconds: float = 0.0


def _fit(corpus, vocabulary, config, seed, report, session) -> Trained:
    names = _names(vocabulary, session.base)
    base = _checked_base(session.base, config)
    _check_memory(len(names), config.dim)
    plan = run_beside(
        lambda: _plan(corpus, vocabulary, config, seed),
        lambda: report(Progress(0, config.epochs, "Preparing Word2Vec (compiled once, then kept)")),
    )
    state = _resumed(session.saved, plan, names) if session.saved else _begun(names, base, plan, len(vocabulary))
    if not config.deterministic:  # which must not depend on a trial
        plan = _faster(plan, state, report)
    rows = lambda ids: state.words[ids, : config.dim].copy()  # noqa: E731
    if not session.saved:
        state.before = (
            _measure(plan, state, *_spread(plan.validation, plan.workers))
            if plan.held_out
            else _first_loss(plan, state)
        )
        session.rest(0, names, rows, lambda: _checkpoint(plan, state, names))
    while state.epoch < config.epochs:
        _epoch(
            plan, state, report, lambda done: session.rest(done, names, rows, lambda: _checkpoint(plan, state, names))
        )
    return _trained(plan, state, names, vocabulary, base)


def _work(config: Word2VecConfig) -> float:
    """Floating-point operations a token, roughly."""
    targets = config.negatives + 1 if config.objective == "negative" else 12
    return (
        6.0 * config.dim * (targets * (config.window + 1 if config.architecture == "skipgram" else 1) + config.window)
    )


def _plan(corpus: Corpus, vocabulary: Vocabulary, config: Word2VecConfig, seed: int) -> _Plan:
    from embedlab.kernels import sampling_tables
    from embedlab.kernels.machine import padded, widest_vectors

    size = int(np.clip(min(BLOCK_WORK / _work(config), corpus.n_tokens / 8), 500, BLOCK_TOKENS))
    noise, up = np.empty(0, np.uint64), np.empty(0, np.int32)
    if config.objective == "negative":
        noise = sampling_tables.alias_table(vocabulary.noise_distribution())
    else:
        up = sampling_tables.huffman_tree(vocabulary.counts)
    most = config.negatives + 1 if config.objective == "negative" else int(sampling_tables.tree_depth(up))
    share = held_out_share(corpus, config.held_out)
    return _Plan(
        corpus,
        config,
        seed,
        1 if config.deterministic else config.workers,
        list(sentence_blocks(corpus.sentences, size)),
        share,
        held_out_text(corpus, share, VALIDATION_TOKENS),
        vocabulary.keep_probability(config.sample).astype(np.float32),
        noise,
        up,
        most,
        _kernel(config, padded(config.dim), widest_vectors()),
        widest_vectors(),
    )


def _kernel(config: Word2VecConfig, width: int, bits: int):
    """The compiled kernel that trains with these settings."""
    from embedlab.kernels import word2vec as kernels
    from embedlab.kernels.word2vec_pairs import pairs

    if config.engine != "embedlab":
        return pairs(width, bits, config.architecture == "cbow")
    make = kernels.averages if config.architecture == "cbow" else kernels.windows
    return make(width, bits, kernels.HUFFMAN_GROUP if config.objective == "hierarchical" else kernels.NEGATIVES_GROUP)


FASTER_BITS: dict[tuple, int] = {}  # in this process, the vector bits found faster for a kind of training


def _faster(plan: _Plan, state: _State, report: Report) -> _Plan:
    """The plan with the code that is faster on this machine, as far as it is known or the training is worth a trial."""
    config, width = plan.config, state.words.shape[1]
    kind = (config.architecture, config.objective, config.engine, width)
    if kind not in FASTER_BITS:
        if _work(config) * plan.corpus.n_tokens * config.epochs < LONG_TRAINING:
            return plan
        report(Progress(0, config.epochs, "Trying which code is faster here"))
        FASTER_BITS[kind] = _trial(plan, state, width)
    return replace(plan, kernel=_kernel(config, width, FASTER_BITS[kind]), bits=FASTER_BITS[kind])


def _trial(plan: _Plan, state: _State, width: int, rounds: int = 5) -> int:
    """256 or 512, the vector bits that took less processor time a token, tried in turn on the first blocks.

    A learning rate of 0 does all the work and changes nothing, so the trial leaves no trace in the vectors.
    """
    spent = dict.fromkeys((256, 512), float("inf"))
    for n in range(rounds):
        tokens, offsets = read_block(plan.corpus, *plan.blocks[n % len(plan.blocks)])
        for bits in spent:
            trial = replace(plan, kernel=_kernel(plan.config, width, bits))
            began = time.thread_time()
            _run(trial, state, tokens, offsets, np.ones(len(offsets) - 1, np.uint8), 0.0, 0.0, 1)
            spent[bits] = min(spent[bits], (time.thread_time() - began) / len(tokens))
    return min(spent, key=spent.get)


# Where vectors begin


def _names(vocabulary: Vocabulary, base: Base | None) -> list[str]:
    """The word of each row: the vocabulary in order, then words that only the base has, which are left as they are."""
    if base is None:
        return list(vocabulary.words)
    return [*vocabulary.words, *(word for word in base.words if word not in vocabulary.ids)]


def _checked_base(base: Base | None, config: Word2VecConfig) -> Base | None:
    if base is not None and base.vectors.shape[1] != config.dim:
        raise BadSetting(
            f"The run to begin from has {base.vectors.shape[1]} dimensions, these settings ask for {config.dim}. "
            f"Set the dimensions to {base.vectors.shape[1]}."
        )
    return base


def _begun(names: list[str], base: Base | None, plan: _Plan, n_kept: int) -> _State:
    """Random word rows within 1 / dim, as gensim begins (twice as wide as the original program), and output rows of
    zeros; or those of the base."""
    from embedlab.kernels.machine import aligned, padded

    dim, width = plan.config.dim, padded(plan.config.dim)
    rng = np.random.default_rng(plan.seed)
    words, outputs = aligned(len(names), width), aligned(len(names) if len(plan.noise) else n_kept - 1, width)
    for first in range(0, len(names), 2**16):
        part = words[first : first + 2**16, :dim]
        part[:] = (rng.random(part.shape, np.float32) - 0.5) * 2 / dim
    if base is not None:
        _take_over(words, names, base.words, base.vectors)
        end = base.end
        if end is not None and end.state["engine"] == ENGINE and len(plan.noise) and end.state["outputs_of"] == "words":
            _take_over(outputs, names, end.state["words"], end.arrays["outputs"])
    return _State(words, outputs)


def _take_over(rows: np.ndarray, names: list[str], theirs: list[str], vectors: np.ndarray) -> None:
    """Copy the vectors of the words that both have."""
    place = {word: i for i, word in enumerate(theirs)}
    pairs = np.array([(i, place[word]) for i, word in enumerate(names) if word in place], np.int64).reshape(-1, 2)
    rows[pairs[:, 0], : vectors.shape[1]] = vectors[pairs[:, 1]]


def _checkpoint(plan: _Plan, state: _State, names: list[str]) -> Checkpoint:
    dim = plan.config.dim
    values = {
        "engine": ENGINE,
        "words": names,
        "outputs_of": "words" if len(plan.noise) else "nodes",
        "corpus": plan.corpus.id,
        "config": asdict(plan.config),
        "seed": plan.seed,
        "epoch": state.epoch,
        "block": state.block,
        "sums": state.sums.tolist(),
        "losses": state.losses,
        "validation": state.validation,
        "before": state.before,
        "seconds": state.seconds,
    }
    return Checkpoint(values, {"vectors": state.words[:, :dim], "outputs": state.outputs[:, :dim]})


def _resumed(saved: Checkpoint, plan: _Plan, names: list[str]) -> _State:
    """The state as it was saved; BadInput if it belongs to another training."""
    from embedlab.kernels.machine import aligned, padded

    s = saved.state
    mine = (ENGINE, plan.corpus.id, asdict(plan.config), plan.seed, len(names))
    if (s["engine"], s["corpus"], s["config"], s["seed"], len(s["words"])) != mine:
        raise BadInput(
            "The checkpoint was saved by another training: its corpus, settings, seed or version differ. "
            "Train again from the start."
        )
    matrices = []
    for rows in (saved.arrays["vectors"], saved.arrays["outputs"]):
        matrix = aligned(len(rows), padded(rows.shape[1]))
        matrix[:, : rows.shape[1]] = rows
        matrices.append(matrix)
    return _State(
        *matrices,
        s["epoch"],
        s["block"],
        np.array(s["sums"]),
        list(s["losses"]),
        list(s["validation"]),
        s["before"],
        s["seconds"],
    )


def _check_memory(n_words: int, dim: int) -> None:
    """MemoryError before the system runs out."""
    import psutil

    if 3 * 4.0 * n_words * (dim + 16) > psutil.virtual_memory().available:
        raise MemoryError


# Going through the corpus


def _epoch(plan: _Plan, state: _State, report: Report, rest) -> None:
    """The rest of the epoch that `state` stands in, a segment at a time."""
    n_epochs, n_tokens, rate, at_once = plan.config.epochs, plan.corpus.n_tokens, Rate(), 2 * plan.workers
    starts = np.append(np.asarray(plan.corpus.sentences)[[first for first, _ in plan.blocks]], n_tokens)
    done = began = int(starts[state.block])
    while state.block < len(plan.blocks):
        segment = range(state.block, min(state.block + at_once, len(plan.blocks)))
        started = time.perf_counter()
        with closing(in_threads(plan.workers, lambda b: _block(plan, state, b, starts), segment)) as results:
            for b, sums in results:
                state.sums += sums
                done += int(starts[b + 1] - starts[b])
                report(
                    Progress(
                        state.epoch + done / n_tokens,
                        n_epochs,
                        f"Epoch {state.epoch + 1} of {n_epochs}, {rate(done - began):,.0f} words/s",
                        {"rate": rate(done - began)},
                    )
                )
        spent = time.perf_counter() - started
        at_once = int(np.clip(len(segment) * SEGMENT_SECONDS / max(spent, 1e-3), plan.workers, 4 * at_once))
        state.seconds += spent
        state.block = segment.stop
        _check(state, plan.config, whole=state.block == len(plan.blocks))
        if state.block < len(plan.blocks):
            rest((state.epoch + done / n_tokens) / n_epochs)
    _end_epoch(plan, state, report, rest)


def _end_epoch(plan: _Plan, state: _State, report: Report, rest) -> None:
    n_epochs = plan.config.epochs
    state.losses.append(float(state.sums[0] / max(state.sums[1], 1)))
    numbers = {"epoch": state.epoch + 1, "loss": state.losses[-1]}
    if plan.held_out:
        state.validation.append(_measure(plan, state, *_spread(plan.validation, plan.workers)))
        numbers["validation"] = state.validation[-1]
    state.epoch, state.block, state.sums = state.epoch + 1, 0, np.zeros(2)
    report(Progress(state.epoch, n_epochs, f"Epoch {state.epoch} of {n_epochs} done", numbers))
    rest(state.epoch / n_epochs)


def _block(plan: _Plan, state: _State, b: int, starts: np.ndarray) -> tuple[int, np.ndarray]:
    """Train on one block; returns its number, and its summed loss and number of predictions."""
    first, last = plan.blocks[b]
    tokens, offsets = read_block(plan.corpus, first, last)
    use = np.ones(last - first, np.uint8)
    if plan.held_out:
        use[held_out_mask(first, last, plan.held_out)] = 0
    passed = (state.epoch + starts[b : b + 2] / plan.corpus.n_tokens) / plan.config.epochs
    top, low = plan.config.learning_rate, min(1e-4, plan.config.learning_rate)
    rates = top - (top - low) * passed
    draws = int(np.random.SeedSequence((plan.seed, state.epoch, b)).generate_state(1, np.uint64)[0])
    return b, _run(plan, state, tokens, offsets, use, *rates.tolist(), draws)


def _run(plan: _Plan, state: _State, tokens, offsets, use, rate: float, last_rate: float, draws: int) -> np.ndarray:
    sums = np.zeros(2)
    plan.kernel(
        tokens,
        offsets,
        use,
        plan.keep,
        plan.noise,
        plan.up,
        plan.config.negatives,
        state.words,
        state.outputs,
        plan.config.window,
        rate,
        last_rate,
        draws,
        plan.most,
        sums,
    )
    return sums


def _check(state: _State, config: Word2VecConfig, *, whole: bool) -> None:
    """TrainingFailed when numbers have grown beyond use; all rows are looked at after an epoch, some in between."""
    step = 1 if whole else max(1, len(state.words) // 10_000)
    sizes = [float(np.max(np.abs(m[::step]), initial=0)) for m in (state.words, state.outputs)]
    if not np.isfinite(state.sums).all() or not max(sizes) < DIVERGED:
        raise TrainingFailed(
            f"Training diverged in epoch {state.epoch + 1}: with a learning rate of {config.learning_rate:g} "
            "the vectors grow without bound. Lower the learning rate and train again."
        )


# The loss on held-out text


def _spread(text: tuple[np.ndarray, np.ndarray], parts: int) -> tuple[np.ndarray, np.ndarray, list[tuple[int, int]]]:
    """The held-out text and the sentences each thread takes."""
    tokens, offsets = text
    cuts = np.linspace(0, len(offsets) - 1, parts + 1).astype(int).tolist()
    return tokens, offsets, [(a, b) for a, b in zip(cuts[:-1], cuts[1:], strict=True) if b > a]


def _measure(
    plan: _Plan, state: _State, tokens: np.ndarray, offsets: np.ndarray, parts: list[tuple[int, int]]
) -> float:
    """Mean negative log-likelihood over a text.

    A learning rate of 0 changes nothing, and draws are the same every time.
    """

    def task(part):
        first, last = part
        some = tokens[offsets[first] : offsets[last]]
        use = np.ones(last - first, np.uint8)
        return _run(plan, state, some, offsets[first : last + 1] - offsets[first], use, 0.0, 0.0, 2 * first + 1)

    total = sum(in_threads(plan.workers, task, parts), np.zeros(2))
    return float(total[0] / total[1]) if total[1] else float("nan")


def _first_loss(plan: _Plan, state: _State) -> float:
    """The loss before training, on the first block, where nothing is held out."""
    tokens, offsets = read_block(plan.corpus, *plan.blocks[0])
    return _measure(plan, state, tokens, offsets, [(0, len(offsets) - 1)])


# The end


def _trained(plan: _Plan, state: _State, names: list[str], vocabulary: Vocabulary, base: Base | None) -> Trained:
    config = plan.config
    if not any(state.losses):  # no prediction was ever made
        raise TrainingFailed(
            f"No sentence of {plan.corpus.name!r} holds two of the {len(vocabulary):,} words kept, so there are no "
            "neighbours to learn from. Lower the minimum count or choose another corpus."
        )
    notes = {
        "engine": f"EmbedLab Word2Vec, {'windows' if config.engine == 'embedlab' else 'pairs'}",
        "vector_bits": plan.bits,
        "loss_before": state.before,
        "loss_is": "mean negative log-likelihood of a prediction",
        "held_out_tokens": len(plan.validation[0]),
        "warnings": dimension_warnings(config.dim, len(vocabulary)) + empty_epochs(state.losses),
    }
    counts = np.zeros(len(names), np.int64)
    counts[: len(vocabulary)] = vocabulary.counts
    vectors, words = np.ascontiguousarray(state.words[:, : config.dim]), names
    if base is not None:
        counts += _base_counts(names, base)
        notes["continued"] = {"words_before": len(base.words), "words_new": len(names) - len(base.words)}
        order = np.array(sorted(range(len(names)), key=lambda i: (-counts[i], names[i])))
        words, vectors, counts = [names[i] for i in order], vectors[order], counts[order]
    return Trained(
        Embedding(words, vectors, counts),
        tuple(state.losses),
        state.seconds,
        plan.corpus.n_tokens * config.epochs,
        notes=notes,
        validation=tuple(state.validation),
        end=_checkpoint(plan, state, names),
    )


def empty_epochs(losses: list[float]) -> list[str]:
    """A warning where subsampling of frequent words left an epoch nothing to predict: its loss of 0 is no success."""
    empty = [str(epoch) for epoch, loss in enumerate(losses, 1) if loss == 0]
    if not empty:
        return []
    which = f"epoch {empty[0]}" if len(empty) == 1 else f"{len(empty)} epochs"
    return [
        f"Subsampling left nothing to predict in {which}, where the loss reads 0. This text is too small for it: raise "
        "the subsampling threshold, or set it to 0."
    ]


def _base_counts(names: list[str], base: Base) -> np.ndarray:
    """How often the base saw each word."""
    known = dict(
        zip(
            base.words,
            (base.counts if base.counts is not None else np.ones(len(base.words), np.int64)).tolist(),
            strict=True,
        )
    )
    return np.array([known.get(word, 0) for word in names], np.int64)
