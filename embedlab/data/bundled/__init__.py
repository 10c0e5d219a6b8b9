"""Bundled corpora: small texts for trying things out without a file or a network.

Texts under a free licence lie beside this file (LICENCES.md says under which). The others come with the test data of
gensim. Every file is compared with the digest written here before it is used.
"""

from dataclasses import dataclass, field
from pathlib import Path

from embedlab.data.bundled.checked import checked_file, gensim_file, gensim_is_missing

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Bundled:
    """A text that is already installed: what it is, where it comes from, and how it is best read.

    digest: SHA-256 of the file. of_gensim: whether the file comes with gensim. options: settings of Preprocessing that
    suit it. labelled: whether its documents carry labels.
    """

    key: str
    title: str
    about: str
    source: str
    file: str
    digest: str
    of_gensim: bool = False
    options: dict = field(default_factory=dict)
    labelled: bool = False

    @property
    def available(self) -> bool:
        """Whether the package that holds the file is installed."""
        return not (self.of_gensim and gensim_is_missing())

    def path(self) -> Path:
        """The file of this corpus.

        NotInstalled if it comes with gensim and gensim is missing; BadInput if the file differs from the tested one.
        """
        what = f"The bundled corpus {self.title!r}"
        return (
            gensim_file(self.file, self.digest, what)
            if self.of_gensim
            else checked_file(HERE / self.file, self.digest, what, again="embedlab")
        )


BUNDLED: dict[str, Bundled] = {
    "lee": Bundled(
        "lee",
        "Lee news",
        "300 news texts of the Australian Broadcasting Corporation from 2001 and 2002, about 60,000 words. "
        "Small: good for trying things out, too small for fine word vectors.",
        "Lee, Pincombe and Welsh 2005, “An empirical evaluation of models of text document similarity”; with gensim.",
        "lee_background.cor",
        "5d78d6dafd953bbf65797bef09a9ffb9ec430583381be705f8fd460000f370fb",
        of_gensim=True,
        options={"split": "line"},
    ),
    "enwiki": Bundled(
        "enwiki",
        "Wikipedia sample",
        "Whole articles of English Wikipedia from a MediaWiki dump of 2016. Markup is removed while reading; "
        "redirects and pages that are not articles are skipped.",
        "English Wikipedia (CC BY-SA), dump of pages 10 to 30302, shortened.",
        "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2",
        "a53f4648dec40467ebdcbc7a1307eddb51fe6e28e9309f6ebde81ba0d04bea2d",
    ),
    "polarity": Bundled(
        "polarity",
        "Film review sentences",
        "200 sentences of film reviews labelled pos or neg, about 4,500 words. Far too small for word vectors; meant "
        "for trying labels and classification.",
        "Pang and Lee 2005, sentence polarity data; with gensim.",
        "pang_lee_polarity.cor",
        "662c1b7c3bd0612eaaaf3f0c694cbd3897e30c0d87d2940b46c9fd0d15ed70c1",
        of_gensim=True,
        options={"split": "line"},
        labelled=True,
    ),
}
