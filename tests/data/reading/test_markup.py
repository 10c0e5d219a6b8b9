"""Wikitext: what a reader would see stays, all else goes, and damaged or hostile markup ends in time."""

import pytest

from embedlab.data.reading.markup import without_markup


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain text", "plain text"),
        ("a {{cite|x={{nested}}}} b", "a  b"),
        ("a {{never closed b", "a {{never closed b"),
        ("a }} b", "a }} b"),
        ("a <!-- note --> b<!-- cut off", "a  b"),
        ("fact<ref name=x>source</ref>, more<ref name=x/>.", "fact, more."),
        ("[[target]], [[target|shown]], [[:Category:Cats]]", "target, shown, Category:Cats"),
        ("[[File:a.jpg|thumb|A [[cat]] by [http://x.org someone]]]after", "after"),
        ("[[Datei:a.jpg|mini|Eine Katze]][[Kategorie:Tiere|Katze]][[de:Katze]]", ""),
        ("[[wikt:word|word]] [[2001: A Space Odyssey]] [[Wikipedia:About|about]]", "word 2001: A Space Odyssey about"),
        ("[http://x.org a site] [//x.org other] [http://x.org]", "a site other "),
        ("one<br/>two <b class=x>three</b> 1 < 2", "one\ntwo three 1 < 2"),
        ("fish &amp; chips&nbsp;&#8211; __TOC__", "fish & chips\u00a0– "),
        ('{| class="x"\n|+ caption\n! A !! B\n|-\n| style="y" | 1 || 2\n|}', "\n\nA B\n\n1 2\n"),
    ],
)
def test_markup_shows_what_a_reader_sees(markup, text):
    assert without_markup(markup) == text


@pytest.mark.parametrize("piece", ["{{", "[[", "[[a|", "<ref>", "<!--", "{|\n|", "[http://a ", "&amp;", "[[[["])
def test_repeated_marks_end_in_linear_time(piece):
    """A megabyte of one mark: a quadratic step would take hours and run into the timeout of the suite."""
    assert len(without_markup(piece * (1_000_000 // len(piece)))) <= 1_100_000
