"""The glossary beside the settings of a form: what a term means, then what turning it up does."""

from embedlab.core.glossary import term
from embedlab.core.settings import Setting

# Settings that share their name share their meaning.
TERMS = {
    "base": term("encoder"),
    "dim": term("dimension"),
    "epochs": term("epoch"),
    "held_out": term("held-out loss"),
    "learning_rate": term("learning rate"),
    "min_count": term("minimum count"),
    "negatives": term("negative sampling"),
    "perplexity": term("perplexity"),
    "sample": term("subsampling"),
    "window": term("window"),
}


def help_of(s: Setting) -> str:
    """The help of a setting, after the sentence of the glossary where its name is a term."""
    return f"{TERMS[s.name]} {s.help}" if s.name in TERMS else s.help
