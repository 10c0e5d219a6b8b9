"""Wikitext to plain text: what MediaWiki's markup shows a reader, without templates, files, references and formulas.

Left out on purpose: nothing is expanded, so text that only a template would show is lost. The text of table cells is
kept, one row a line. Each step is one pass over the page, and links may be nested MAX_DEPTH deep.
"""

import html
import re

MAX_DEPTH = 8
DROPPED = "ref|math|gallery|timeline|source|syntaxhighlight|score|imagemap|chem|graph|mapframe|templatestyles"
_COMMENTS = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_EMPTY = re.compile(rf"<(?:{DROPPED})\b[^<>]*/>", re.IGNORECASE)
_DROPPED = re.compile(rf"<(/?)({DROPPED})\b[^<>]*>", re.IGNORECASE)
_BREAKS = re.compile(r"<(?:br|p|/p|hr)\b[^<>]*>", re.IGNORECASE)
_TAGS = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_BRACES = re.compile(r"\{\{|\}\}")
_INNERMOST = re.compile(r"\[\[([^\[\]]*)\]\]")
_OUTSIDE = re.compile(r"\[(?:https?:|ftp:|mailto:)?//[^\s\]]*[ \t]*([^\[\]\n]*)\]")
# File:x.jpg, Category:x, Datei:x.jpg, and de:x without a label; not "2001: A Space Odyssey" nor [[wikt:word|word]].
_PREFIX = re.compile(r"\s*([^\W\d][\w -]+):(?=\S)")
_HIDDEN = {"file", "image", "category", "media"}
_VISIBLE = {"Wikipedia", "Portal", "Help", "Project", "Special", "User", "Talk"}
_SWITCHES = re.compile(r"__[A-Z]+__")
_TABLE = re.compile(r"^[ \t:]*(?:\{\||\|\}|\|-|\|\+).*$", re.MULTILINE)
_ROW = re.compile(r"^[ \t]*[|!](?![|}]).*$", re.MULTILINE)
_CELLS = re.compile(r"\|\||!!")
_STYLE = re.compile(r"^[^|\[\]]*=[^|\[\]]*\|(?!\|)")


def without_markup(text: str) -> str:
    """The text of a page of wikitext. Quotes for emphasis and marks of headings and lists are left in."""
    text = _COMMENTS.sub("", text)
    text = _without_templates(_without_elements(_EMPTY.sub("", text)))
    text = _ROW.sub(lambda row: _cells(row[0]), _TABLE.sub("", text))
    text = _OUTSIDE.sub(r"\1", text)
    for _ in range(MAX_DEPTH):
        text, n = _INNERMOST.subn(_shown, text)
        if not n:
            break
    text = _TAGS.sub("", _BREAKS.sub("\n", text))
    return html.unescape(_SWITCHES.sub("", text))


def _without_elements(text: str) -> str:
    """The text without <ref> ... </ref> and the like; an element that is never closed stays as it is."""
    tags = [(tag.start(), tag.end(), tag[1], tag[2].lower()) for tag in _DROPPED.finditer(text)]
    last = {name: start for start, _, slash, name in tags if slash}  # where each name is closed for the last time
    kept, since, inside = [], 0, ""
    for start, end, slash, name in tags:
        if inside and slash and name == inside:
            since, inside = end, ""
        elif not inside and not slash and start < last.get(name, -1):
            kept.append(text[since:start])
            inside = name
    return "".join([*kept, text[since:]])


def _without_templates(text: str) -> str:
    """The text outside of {{ }}, nested or not; what is never closed stays as it is."""
    kept, depth, since = [], 0, 0
    opened = [0]
    for brace in _BRACES.finditer(text):
        if brace[0] == "{{":
            if not depth:
                kept.append(text[since : brace.start()])
                opened.append(brace.start())
            depth += 1
        elif depth:
            depth -= 1
            since = brace.end() if not depth else since
    kept.append(text[opened[-1] if depth else since :])
    return "".join(kept)


def _shown(link: re.Match) -> str:
    """What a link shows: its label or its target, nothing for files, categories and links to other languages."""
    target, bar, label = link[1].partition("|")
    prefix = _PREFIX.match(target)
    if prefix and _is_hidden(prefix[1], labelled=bool(bar)):
        return ""
    return (label.rpartition("|")[2] if bar else target).lstrip(":")


def _is_hidden(prefix: str, *, labelled: bool) -> bool:
    """Whether a link with this prefix shows nothing. Those of wikis in other languages are capitalised namespaces."""
    if prefix.lower() in _HIDDEN:
        return True
    return prefix not in _VISIBLE and (not labelled or not prefix[0].islower())


def _cells(row: str) -> str:
    """The texts of the cells of one line of a table, without their style."""
    return " ".join(_STYLE.sub("", cell).strip() for cell in _CELLS.split(row.strip()[1:]))
