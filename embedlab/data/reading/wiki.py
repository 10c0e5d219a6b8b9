"""MediaWiki dumps: the articles of an XML export as plain text, one page at a time.

Left out: redirects and every page that is no article (talk, user, template, file, category ...), and markup.
"""

import re
from collections.abc import Iterator

from embedlab.core.errors import BadInput
from embedlab.data.reading.markup import without_markup
from embedlab.data.reading.sources import Source

_EMPHASIS = re.compile(r"'{2,}")
_LINE_MARKS = re.compile(r"^[ \t]*(?:=+[ \t]*(.*?)[ \t]*=+[ \t]*$|[*#:;]+[ \t]*)", re.MULTILINE)
_BREAKS = re.compile(r"\s*\n\s*")
_REDIRECT = re.compile(r"\s*#\s*redirect", re.IGNORECASE)


def wiki_articles(source: Source) -> Iterator[str]:
    """The plain text of each article. Entities are never expanded and nothing is fetched."""
    from lxml import etree

    pages = etree.iterparse(
        source.stream,
        events=("end",),
        tag="{*}page",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
    )
    try:
        for _, page in pages:
            markup = _article(page)
            if markup:
                yield plain_text(without_markup(markup))
            page.clear(keep_tail=False)
            while page.getprevious() is not None:
                del page.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise BadInput(
            f"{source.name} is not a MediaWiki dump that can be read to its end ({error}). Download it again."
        ) from None


def _article(page) -> str:
    """The markup of a page, "" for one that is no article."""
    if (page.findtext("{*}ns") or "0") != "0" or page.find("{*}redirect") is not None:
        return ""
    revisions = page.findall("{*}revision")
    markup = revisions[-1].findtext("{*}text") if revisions else ""
    return "" if not markup or _REDIRECT.match(markup) else markup


def plain_text(text: str) -> str:
    """Text of `without_markup`, without quotes for emphasis and marks of headings and lists.

    Lines are paragraphs in MediaWiki, so each ends with a blank line here.
    """
    text = _LINE_MARKS.sub(lambda match: match[1] or "", _EMPHASIS.sub("", text))
    return _BREAKS.sub("\n\n", text).strip()
