"""Going through the corpus: blocks in segments, the loss on held-out text, and the choice of the faster code."""

import time
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from embedlab.core.errors import TrainingFailed
from embedlab.core.parallel import Rate, in_threads
from embedlab.core.progress import Progress, Report
from embedlab.data.held_out import held_out_mask
from embedlab.data.sentence_blocks import read_block
from embedlab.models.word2vec.config import Word2VecConfig
from embedlab.models.word2vec.plan import BLOCKS, Plan, block_size, kernel_of, work_of
from embedlab.models.word2vec.state import State

SEGMENT_SECONDS = 0.7
LEAST_SEGMENTS = 48  # of a training, so that even a short one can be watched
LONG_TRAINING = 5e11  # floating-point operations from which choosing the code by a second's trial pays
DIVERGED = 1e4  # no entry of a useful vector comes near


@dataclass(frozen=True, eq=False)
class Pass:
    """One call of the kernel: a text, which of its sentences are used, the learning rates at both ends, the draws.

    tokens: int32 (n,); offsets: int64 (n_sentences + 1,); use: uint8 (n_sentences,).
    """

    tokens: np.ndarray
    offsets: np.ndarray
    use: np.ndarray
    rates: tuple[float, float]
    draws: int


def run(plan: Plan, state: State, what: Pass) -> np.ndarray:
    """The summed loss and the number of predictions of a pass, which changes the vectors unless its rates are 0."""
    sums = np.zeros(2)
    plan.kernel(
        what.tokens,
        what.offsets,
        what.use,
        plan.keep,
        plan.noise,
        plan.up,
        plan.config.negatives,
        state.words,
        state.outputs,
        plan.config.window,
        *what.rates,
        what.draws,
        plan.most,
        sums,
    )
    return sums


# The faster code


FASTER_BITS: dict[tuple, int] = {}  # in this process, the vector bits found faster for a kind of training


def faster(plan: Plan, state: State, report: Report) -> Plan:
    """The plan with the code that is faster on this machine, as far as it is known or the training is worth a trial."""
    config, width = plan.config, state.words.shape[1]
    kind = (config.architecture, config.objective, config.engine, width)
    if kind not in FASTER_BITS:
        if work_of(config) * plan.corpus.n_tokens * config.epochs < LONG_TRAINING:
            return plan
        report(Progress(0, config.epochs, "Trying which code is faster here"))
        FASTER_BITS[kind] = _trial(plan, state, width)
    return replace(plan, kernel=kernel_of(config, width, FASTER_BITS[kind]), bits=FASTER_BITS[kind])


def _trial(plan: Plan, state: State, width: int, rounds: int = 5) -> int:
    """256 or 512, the vector bits that took less processor time a token, tried in turn on the first blocks.

    A learning rate of 0 does all the work and changes nothing, so the trial leaves no trace in the vectors.
    """
    spent = dict.fromkeys((256, 512), float("inf"))
    for n in range(rounds):
        tokens, offsets = read_block(plan.corpus, *plan.blocks[n % len(plan.blocks)])
        for bits in spent:
            trial = replace(plan, kernel=kernel_of(plan.config, width, bits))
            began = time.thread_time()
            run(trial, state, Pass(tokens, offsets, np.ones(len(offsets) - 1, np.uint8), (0.0, 0.0), 1))
            spent[bits] = min(spent[bits], (time.thread_time() - began) / len(tokens))
    return min(spent, key=spent.get)


# An epoch


def train_epoch(plan: Plan, state: State, report: Report, rest) -> None:
    """The rest of the epoch that `state` stands in, a segment at a time."""
    n_epochs, n_tokens, rate, at_once = plan.config.epochs, plan.corpus.n_tokens, Rate(), 2 * plan.workers
    most = max(plan.workers, len(plan.blocks) * n_epochs // LEAST_SEGMENTS)
    starts = np.append(np.asarray(plan.corpus.sentences)[[first for first, _ in plan.blocks]], n_tokens)
    done = began = int(starts[state.block])
    while state.block < len(plan.blocks):
        segment = range(state.block, min(state.block + min(at_once, most), len(plan.blocks)))
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


def _end_epoch(plan: Plan, state: State, report: Report, rest) -> None:
    n_epochs = plan.config.epochs
    state.losses.append(float(state.sums[0] / max(state.sums[1], 1)))
    numbers = {"epoch": state.epoch + 1, "loss": state.losses[-1]}
    if plan.held_out and np.isfinite(state.before):  # draws are the same every time: what had no loss gets none
        state.validation.append(measure(plan, state, *spread(plan.validation, plan.workers)))
        numbers["validation"] = state.validation[-1]
    state.epoch, state.block, state.sums = state.epoch + 1, 0, np.zeros(2)
    report(Progress(state.epoch, n_epochs, f"Epoch {state.epoch} of {n_epochs} done", numbers))
    rest(state.epoch / n_epochs)


def _block(plan: Plan, state: State, b: int, starts: np.ndarray) -> tuple[int, np.ndarray]:
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
    return b, run(plan, state, Pass(tokens, offsets, use, tuple(rates.tolist()), draws))


def _check(state: State, config: Word2VecConfig, *, whole: bool) -> None:
    """TrainingFailed when numbers have grown beyond use; all rows are looked at after an epoch, some in between."""
    step = 1 if whole else max(1, len(state.words) // 10_000)
    sizes = [float(np.max(np.abs(m[::step]), initial=0)) for m in (state.words, state.outputs)]
    if not np.isfinite(state.sums).all() or not max(sizes) < DIVERGED:
        raise TrainingFailed(
            f"Training diverged in epoch {state.epoch + 1}: with a learning rate of {config.learning_rate:g} "
            "the vectors grow without bound. Lower the learning rate and train again."
        )


# The loss on held-out text


def spread(text: tuple[np.ndarray, np.ndarray], parts: int) -> tuple[np.ndarray, np.ndarray, list[tuple[int, int]]]:
    """The held-out text and the sentences each thread takes."""
    tokens, offsets = text
    cuts = np.linspace(0, len(offsets) - 1, parts + 1).astype(int).tolist()
    return tokens, offsets, [(a, b) for a, b in zip(cuts[:-1], cuts[1:], strict=True) if b > a]


def measure(plan: Plan, state: State, tokens: np.ndarray, offsets: np.ndarray, parts: list[tuple[int, int]]) -> float:
    """Mean negative log-likelihood over a text.

    A learning rate of 0 changes nothing, and draws are the same every time.
    """

    def task(part):
        first, last = part
        some = tokens[offsets[first] : offsets[last]]
        use = np.ones(last - first, np.uint8)
        offsets_here = offsets[first : last + 1] - offsets[first]
        return run(plan, state, Pass(some, offsets_here, use, (0.0, 0.0), 2 * first + 1))

    total = sum(in_threads(plan.workers, task, parts), np.zeros(2))
    return float(total[0] / total[1]) if total[1] else float("nan")


def first_loss(plan: Plan, state: State) -> float:
    """The loss before training where nothing is held out: on the first eighth of a short text, else on all of it where
    the eighth has nothing to predict."""
    ends = np.asarray(plan.corpus.sentences)[[last for _, last in plan.blocks]]  # tokens up to the end of each block
    enough = min(int(np.searchsorted(ends, block_size(plan.corpus, plan.config, BLOCKS))), len(plan.blocks) - 1)
    for last in dict.fromkeys((enough, len(plan.blocks) - 1)):
        tokens, offsets = read_block(plan.corpus, 0, plan.blocks[last][1])
        found = measure(plan, state, tokens, offsets, [(0, len(offsets) - 1)])
        if np.isfinite(found):
            break
    return found
