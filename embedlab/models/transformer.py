"""Transformer: a sentence encoder fine-tuned on the corpus, then asked for its words and documents.

Objectives: unsupervised SimCSE (Gao, Yao and Chen 2021), multiple negatives ranking over pairs (Henderson et al. 2017),
supervised contrastive over labels (Khosla et al. 2020), or none: the base model as it is, for comparison.
Left out: mixed precision, gradient accumulation, hard negatives.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from embedlab.corpus import Corpus
from embedlab.errors import TrainingFailed
from embedlab.models.background import run_beside, run_reporting
from embedlab.models.contrastive import even_batches, info_nce, label_batches, supervised_contrastive
from embedlab.models.encoder import Encoder, is_out_of_memory, load_encoder, torch_threads
from embedlab.models.trained import Trained
from embedlab.progress import Progress, Report, silent
from embedlab.session import ALONE, Session
from embedlab.settings import check_settings, setting
from embedlab.vectors import Embedding

FEW_DOCUMENTS = 256  # below, sentences are trained on, so that there is something to train on
# Cost of one text in units of encoding one document: forward and backward, two views or two texts where there are.
COST = {"simcse": 6.0, "pairs": 6.0, "labels": 3.0, "none": 0.0}
WORD_COST = 0.3


@dataclass(frozen=True)
class TransformerConfig:
    """Settings of the transformer family."""

    base: str = setting("minilm", label="Base model",
                        help="What training starts from: 'minilm' (bundled), a folder, or a hub name, which needs the network.")
    objective: str = setting(
        "simcse", label="Objective", choices=("simcse", "pairs", "labels", "none"),
        labels={"simcse": "SimCSE (texts alone)", "pairs": "Pairs of texts", "labels": "Labels", "none": "No training"},
        help="What is pulled together: two readings of a text, the texts of a pair, or texts of one label.")
    epochs: int = setting(1, label="Epochs", low=1, high=100,
                          help="More passes fit the corpus closer and forget more of the base model; one often does.")
    batch_size: int = setting(32, label="Batch size", low=4, high=1024,
                              help="Larger batches hold more negatives, so training is harder, and need more memory.")
    learning_rate: float = setting(2e-5, label="Learning rate", low=1e-7, high=1e-2,
                                   help="Higher changes the base model more; past 1e-4 it soon forgets what it knew.")
    max_length: int = setting(64, label="Maximum length", low=8, high=512,
                              help="Tokens read of each text: longer sees more and costs time and memory in proportion.")
    temperature: float = setting(0.05, label="Temperature", low=0.005, high=1.0, group="More",
                                 help="Lower pushes the nearest wrong texts away harder; higher treats all alike.")
    unit: str = setting("auto", label="Train on", choices=("auto", "document", "sentence"), group="More",
                        labels={"auto": "Automatic", "document": "Documents", "sentence": "Sentences"},
                        when=("objective", ("simcse",)),
                        help="Sentences give more and shorter texts; automatic takes them when documents are few or long.")
    max_documents: int = setting(10_000, label="Texts per epoch", low=2, high=10_000_000, group="More",
                                 help="Each epoch trains on at most this many texts drawn at random; more takes longer.")
    max_words: int = setting(5_000, label="Words to encode", low=1, high=200_000, group="More",
                             help="The most frequent words, encoded as texts for the map; more takes longer.")
    warmup: float = setting(0.1, label="Warm-up share", low=0.0, high=0.9, group="More",
                            help="Share of steps in which the learning rate rises; longer is gentler on the base model.")
    workers: int = setting(2, label="Threads", low=1, high=256, group="More",
                           help="More threads are faster up to the number of cores.")

    def __post_init__(self):
        check_settings(self)


@dataclass(frozen=True, eq=False)
class Texts:
    """The texts an objective trains on: rows of documents or sentences, their tokens, and how to read one."""

    unit: str
    rows: np.ndarray
    n_tokens: np.ndarray
    read: Callable[[int], str]
    labels: np.ndarray | None = None


def train(corpus: Corpus, config: TransformerConfig, *, seed: int = 1, report: Report = silent,
          session: Session = ALONE) -> Trained:
    """The encoder fine-tuned on `corpus`, with its vectors of the most frequent words and of all documents.

    The loss is the mean over the batches of an epoch, weighted by their texts. TrainingFailed when the corpus lacks
    what the objective needs, memory runs out or the loss is not finite; BadSetting when the base model cannot be had.
    """
    report(Progress(0, 1, "Checking the corpus"))
    texts = None if config.objective == "none" else choose_texts(corpus, config)
    if not corpus.n_documents or not corpus.n_types:
        raise TrainingFailed(f"The corpus {corpus.name!r} holds no words to encode. Add text, or loosen its preprocessing.")
    encoder = run_beside(lambda: load_encoder(config.base, config.max_length),
                         lambda: report(Progress(0, 1, f"Loading {config.base} (the first time takes a while)")))

    def work(relay: Report) -> Trained:
        with torch_threads(config.workers):
            return _train(corpus, config, texts, encoder, seed, relay)

    try:
        return run_reporting(work, report)
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not is_out_of_memory(error):
            raise
        raise TrainingFailed(f"Memory ran out with batches of {config.batch_size} texts of up to {config.max_length} tokens. "
                             "Lower the batch size or the maximum length.") from None


def _train(corpus, config, texts, encoder, seed, report) -> Trained:
    words = corpus.vocabulary.head(max_words=config.max_words)
    n_trained = min(len(texts.rows), config.max_documents) * config.epochs if texts else 0
    training, encoding = COST[config.objective] * n_trained, corpus.n_documents + WORD_COST * len(words)
    total = training + encoding

    losses, seconds, raw_words = (), 0.0, 0
    if texts is not None:
        losses, seconds, raw_words = fine_tune(encoder, texts, corpus, config, seed=seed, report=lambda p: report(
            Progress(p.fraction * training, total, p.message, p.metrics)))

    def ticking(before: float, cost: float, n: int, what: str):
        began = time.perf_counter()

        def tick(done: int) -> None:
            rate = done / max(time.perf_counter() - began, 1e-9)
            report(Progress(before + cost * done, total, f"Encoding {what}, {done:,} of {n:,}, {rate:,.0f} texts/s", {"rate": rate}))

        tick(0)
        return tick

    started = time.perf_counter()
    vectors = encoder.encode(len(words), words.words.__getitem__, tick=ticking(training, WORD_COST, len(words), "words"))
    documents = encoder.encode(corpus.n_documents, corpus.text, tick=ticking(
        training + WORD_COST * len(words), 1, corpus.n_documents, "documents"))
    notes = _notes(config, texts, encoder) | {"encoding_seconds": round(time.perf_counter() - started, 3)}
    return Trained(Embedding(list(words.words), vectors, words.counts), losses, seconds, raw_words, documents, encoder, notes)


def _notes(config: TransformerConfig, texts: Texts | None, encoder: Encoder) -> dict:
    notes = {"engine": "sentence-transformers", "base": config.base, "max_length": encoder.max_length, "warnings": [],
             "loss_is": {"simcse": "mean cross-entropy of finding a text's other reading in its batch",
                         "pairs": "mean cross-entropy of finding a text's partner in its batch",
                         "labels": "mean supervised contrastive loss (Khosla et al. 2020, equation 2)",
                         "none": "no training"}[config.objective]}
    if texts is None:
        return notes
    notes |= {"unit": texts.unit, "texts": len(texts.rows), "texts_per_epoch": min(len(texts.rows), config.max_documents)}
    if len(texts.rows) > config.max_documents:
        notes["warnings"].append(f"Each epoch trained on {config.max_documents:,} of {len(texts.rows):,} texts, drawn at random.")
    if texts.labels is not None and (alone := int((np.bincount(texts.labels) == 1).sum())):
        notes["warnings"].append(f"{alone} of {len(np.unique(texts.labels))} labels have one document only; it serves as a "
                                 "counter-example, for there is nothing to pull it towards.")
    return notes


# What is trained on


def choose_texts(corpus: Corpus, config: TransformerConfig) -> Texts:
    """The texts the objective needs; TrainingFailed if the corpus lacks them."""
    documents = np.arange(corpus.n_documents)
    n_tokens = np.diff(np.asarray(corpus.sentences)[np.asarray(corpus.documents)])
    if config.objective == "pairs" and not corpus.has_pairs:
        raise TrainingFailed(f"{corpus.name!r} has no pairs of texts. Choose SimCSE, which needs texts alone, or add the "
                             "corpus again with the column that holds the second text.")
    if config.objective == "labels":
        return _labelled(corpus, documents, n_tokens)
    texts = Texts("document", documents, n_tokens, corpus.text)
    if config.objective == "simcse" and _wants_sentences(corpus, config, n_tokens):
        texts = Texts("sentence", np.arange(corpus.n_sentences), np.diff(np.asarray(corpus.sentences)), corpus.sentence_text)
    if len(texts.rows) < 2:
        raise TrainingFailed(f"{corpus.name!r} has {len(texts.rows)} {texts.unit}s to train on; contrasting needs two or more. "
                             "Add text, or split it into sentences or more documents.")
    return texts


def _wants_sentences(corpus: Corpus, config: TransformerConfig, n_tokens: np.ndarray) -> bool:
    if config.unit != "auto":
        return config.unit == "sentence"
    more = corpus.n_sentences > corpus.n_documents
    return more and (corpus.n_documents < FEW_DOCUMENTS or float(n_tokens.mean()) > config.max_length)


def _labelled(corpus: Corpus, documents: np.ndarray, n_tokens: np.ndarray) -> Texts:
    """Documents with a label; TrainingFailed unless two labels are used and one of them twice."""
    labels = np.full(len(documents), -1) if corpus.labels is None else np.asarray(corpus.labels)
    used = labels >= 0
    counts = np.bincount(labels[used])
    if not used.any():
        raise TrainingFailed(f"{corpus.name!r} has no labels. Choose SimCSE, which needs none, or add the corpus again with "
                             "its label column.")
    if np.count_nonzero(counts) < 2:
        raise TrainingFailed(f"All labelled documents of {corpus.name!r} have the label {corpus.label_names[counts.argmax()]!r}; "
                             "contrasting needs two labels or more. Choose SimCSE, which needs none.")
    if counts.max() < 2:
        raise TrainingFailed(f"No label of {corpus.name!r} has two documents, so there is nothing to pull together. "
                             "Choose SimCSE, or a column with fewer different labels.")
    return Texts("document", documents[used], n_tokens[used], corpus.text, labels[used])


# Training


def fine_tune(encoder: Encoder, texts: Texts, corpus: Corpus, config: TransformerConfig, *, seed: int = 1,
              report: Report = silent) -> tuple[tuple[float, ...], float, int]:
    """Train the encoder in place: the loss of each epoch, seconds of training alone, corpus tokens gone through."""
    import torch

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    epochs = [_batches(texts, config, rng) for _ in range(config.epochs)]
    n_steps = sum(map(len, epochs))
    optimizer, schedule = _optimizer(encoder.model, config, n_steps)
    loss_of, step, losses, seconds = _objective(encoder, texts, corpus, config), 0, [], 0.0
    for epoch, batches in enumerate(epochs, 1):
        summed, n_seen, began = 0.0, 0, time.perf_counter()
        encoder.model.train()
        report(Progress(step, n_steps, f"Epoch {epoch} of {config.epochs}"))
        for batch in batches:
            loss = loss_of(texts.rows[batch])
            step += 1
            if loss is not None:
                summed += _step(loss, encoder.model, optimizer, schedule, config) * len(batch)
                n_seen += len(batch)
            rate = n_seen / max(time.perf_counter() - began, 1e-9)
            report(Progress(step, n_steps, f"Epoch {epoch} of {config.epochs}, {rate:,.0f} texts/s", {"rate": rate}))
        seconds += time.perf_counter() - began
        if not n_seen:
            raise TrainingFailed(f"The texts of {corpus.name!r} are empty, so there is nothing to train on. Choose another corpus.")
        losses.append(summed / n_seen)
        report(Progress(step, n_steps, f"Epoch {epoch} of {config.epochs} done", {"epoch": epoch, "loss": losses[-1]}))
    encoder.model.eval()
    return tuple(losses), seconds, int(sum(texts.n_tokens[batch].sum() for batches in epochs for batch in batches))


def _batches(texts: Texts, config: TransformerConfig, rng: np.random.Generator) -> list[np.ndarray]:
    """Positions in texts.rows of each batch of one epoch."""
    chosen = rng.permutation(len(texts.rows))[:config.max_documents]
    if texts.labels is None:
        return even_batches(chosen, config.batch_size)
    return label_batches(chosen, texts.labels[chosen], config.batch_size, rng)


def _optimizer(model, config: TransformerConfig, n_steps: int):
    """AdamW (no decay for biases and norms) and a learning rate that rises over the warm-up and falls to zero."""
    import torch

    decayed = [p for p in model.parameters() if p.requires_grad and p.ndim > 1]
    others = [p for p in model.parameters() if p.requires_grad and p.ndim <= 1]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}],
                                  lr=config.learning_rate)
    rising = max(round(config.warmup * n_steps), 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / rising, (n_steps - step) / max(n_steps - rising, 1), 1.0))
    return optimizer, schedule


def _step(loss, model, optimizer, schedule, config: TransformerConfig) -> float:
    """Take one step down the gradient, clipped to length one; returns the loss before it."""
    import torch

    value = float(loss.detach())
    if not np.isfinite(value):
        raise TrainingFailed(f"The loss is not a finite number with a learning rate of {config.learning_rate:g}. "
                             "Lower the learning rate or raise the temperature.")
    optimizer.zero_grad()
    if loss.requires_grad:
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return value


def _objective(encoder: Encoder, texts: Texts, corpus: Corpus, config: TransformerConfig):
    """rows -> loss of one batch, or None when fewer than two of its texts say anything."""
    import torch

    temperature = config.temperature
    label_of = None if texts.labels is None else dict(zip(texts.rows.tolist(), texts.labels.tolist(), strict=True))

    def simcse(rows):
        batch = [text for text in map(texts.read, rows.tolist()) if text.strip()]
        if len(batch) < 2:
            return None
        first, second = encoder.forward(batch + batch).chunk(2)  # one pass, two draws of the dropout mask
        if torch.equal(first, second):
            raise TrainingFailed(f"The model {config.base!r} has no dropout, so SimCSE cannot read a text in two ways. "
                                 "Choose pairs or labels, or another base model.")
        return info_nce(first, second, temperature=temperature, same=_same(batch, first.device))

    def pairs(rows):
        both = [(corpus.text(i), corpus.pair(i)) for i in rows.tolist()]
        both = [(a, b) for a, b in both if a.strip() and b.strip()]
        if len(both) < 2:
            return None
        first, second = encoder.forward([a for a, _ in both] + [b for _, b in both]).chunk(2)
        same = _same([a for a, _ in both], first.device) | _same([b for _, b in both], first.device)
        return info_nce(first, second, temperature=temperature, same=same)

    def labels(rows):
        vectors = encoder.forward([texts.read(i) for i in rows.tolist()])
        own = torch.tensor([label_of[i] for i in rows.tolist()], device=vectors.device)
        return supervised_contrastive(vectors, own, temperature=temperature)

    return {"simcse": simcse, "pairs": pairs, "labels": labels}[config.objective]


def _same(texts: list[str], device):
    """Which texts of a batch are equal, bool (n, n)."""
    import torch

    ids: dict[str, int] = {}
    of = torch.tensor([ids.setdefault(text, len(ids)) for text in texts], device=device)
    return of[:, None] == of[None, :]
