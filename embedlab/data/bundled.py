"""Bundled corpora: small texts that come with gensim, for trying things out without a file or a network."""

from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from embedlab.core.errors import NotFound


@dataclass(frozen=True)
class Bundled:
    """A text that is already installed: what it is, where it comes from, and how it is best read.

    options: settings of Preprocessing that suit it. labelled: whether its documents carry labels.
    """

    key: str
    title: str
    about: str
    source: str
    file: str
    options: dict = field(default_factory=dict)
    labelled: bool = False

    def path(self) -> Path:
        """The file; NotFound if gensim was installed without its test data."""
        spec = find_spec("gensim")
        folder = Path(spec.submodule_search_locations[0]) if spec else Path("gensim")
        path = folder / "test" / "test_data" / self.file
        if not path.exists():
            raise NotFound(
                f"The bundled corpus {self.title!r} is not installed. Install gensim from its wheel: "
                "pip install --force-reinstall gensim."
            )
        return path


BUNDLED: dict[str, Bundled] = {
    "lee": Bundled(
        "lee",
        "Lee news",
        "300 news texts of the Australian Broadcasting Corporation from 2001 and 2002, about 60,000 words. "
        "Small: good for trying things out, too small for fine word vectors.",
        "Lee, Pincombe and Welsh 2005, “An empirical evaluation of models of text document similarity”; "
        "in gensim's wheel.",
        "lee_background.cor",
        {"split": "line"},
    ),
    "head500": Bundled(
        "head500",
        "Wikipedia heads, stemmed",
        "The beginnings of 250 Wikipedia articles, one a line, about 330,000 words. Words are stemmed (anarch, greek) "
        "and stop words are gone, so neighbours are stems and not words.",
        "English Wikipedia (CC BY-SA), prepared by gensim's authors; in gensim's wheel.",
        "head500.noblanks.cor",
        {"split": "line", "boundary": "document", "tokenizer": "whitespace"},
    ),
    "enwiki": Bundled(
        "enwiki",
        "Wikipedia sample",
        "Whole articles of English Wikipedia from a MediaWiki dump of 2016, whose markup is taken out while reading; "
        "redirects and pages that are no articles are skipped.",
        "English Wikipedia (CC BY-SA), dump of pages 10 to 30302, shortened; in gensim's wheel.",
        "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2",
    ),
    "polarity": Bundled(
        "polarity",
        "Film review sentences",
        "200 sentences of film reviews labelled pos or neg, about 4,500 words. Far too small for word vectors; meant "
        "for trying labels and classification.",
        "Pang and Lee 2005, sentence polarity data; in gensim's wheel.",
        "pang_lee_polarity.cor",
        {"split": "line"},
        labelled=True,
    ),
}
