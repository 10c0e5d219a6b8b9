"""Documents of office programs and e-books: all of their text, once, in reading order."""

import pytest
from helpers.corpora import pdf_of, write, zipped

from embedlab.core.errors import BadInput
from embedlab.data.reading.pdf import pdf_pages
from embedlab.data.reading.readers import read_documents
from embedlab.data.reading.sources import source_of_bytes

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
NOTHING = "<w:rPr/>"


def run(text):
    return f'<w:r>{NOTHING}<w:t xml:space="preserve">{text}</w:t></w:r>'


def par(*inner):
    return f"<w:p><w:pPr/>{''.join(part if part.startswith('<') else run(part) for part in inner)}</w:p>"


def docx(body, **parts):
    """A Word document of this body; other parts by the name of their file."""
    members = {"word/document.xml": f"<w:document {W} {MC}><w:body>{body}</w:body></w:document>"}
    members |= {f"word/{name}.xml": text for name, text in parts.items()}
    return zipped({name: text.encode() for name, text in members.items()})


def read(tmp_path, name, data, **options):
    return [document.text for document in read_documents(write(tmp_path / name, data), **options)]


def cell(*paragraphs, span="", merge=None):
    kind = "" if merge is None else f'<w:vMerge w:val="{merge}"/>' if merge else "<w:vMerge/>"
    return f"<w:tc><w:tcPr>{span}{kind}</w:tcPr>{''.join(map(par, paragraphs))}</w:tc>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (par("One ", "two."), ["One two."]),
        (
            f"<w:sdt><w:sdtPr/><w:sdtContent>{par('In a control.')}</w:sdtContent></w:sdt>{par('After.')}",
            ["In a control.", "After."],
        ),
        (par("A ", f"<w:sdt><w:sdtContent>{run('filled')}</w:sdtContent></w:sdt>", " form."), ["A filled form."]),
        (
            par(
                "It ",
                f"<w:ins>{run('really ')}</w:ins>",
                "<w:del><w:r><w:delText>not </w:delText></w:r></w:del>",
                "is.",
            ),
            ["It really is."],
        ),
        (par(f"<w:moveFrom>{run('Gone. ')}</w:moveFrom>", f"<w:moveTo>{run('Here.')}</w:moveTo>"), ["Here."]),
        (
            par(f"<w:hyperlink>{run('A link')}</w:hyperlink>", f"<w:smartTag>{run(' and a tag')}</w:smartTag>"),
            ["A link and a tag"],
        ),
        (par("<w:r><w:instrText>PAGE</w:instrText></w:r>", "7"), ["7"]),
        (
            par("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r>"),
            ["a\tb\nc-d"],
        ),
        (
            "<w:tbl><w:tr>"
            + cell("wide", span='<w:gridSpan w:val="3"/>')
            + "</w:tr><w:tr>"
            + cell("tall", merge="restart")
            + cell("b")
            + "</w:tr><w:tr>"
            + cell("", merge="")
            + cell("d", "e")
            + "</w:tr></w:tbl>",
            ["wide", "tall\tb", "d e"],
        ),
        (
            f"<w:tbl><w:sdt><w:sdtContent><w:tr>{cell('x')}{cell('y')}</w:tr></w:sdtContent></w:sdt></w:tbl>",
            ["x\ty"],
        ),
        (
            f"<w:tbl><w:tr><w:tc><w:tbl><w:tr>{cell('inner')}</w:tr></w:tbl>{par('below')}</w:tc>{cell('beside')}</w:tr></w:tbl>",
            ["inner below\tbeside"],
        ),
        (
            par(
                "Anchor.",
                f"<w:r><mc:AlternateContent><mc:Choice><w:txbxContent>{par('Boxed.')}</w:txbxContent></mc:Choice>"
                f"<mc:Fallback><w:txbxContent>{par('Boxed.')}</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r>",
            ),
            ["Anchor.", "Boxed."],
        ),
    ],
)
def test_word_document_is_read_whole_and_once(tmp_path, body, expected):
    assert read(tmp_path, "a.docx", docx(body)) == expected


def test_notes_of_a_word_document_come_last(tmp_path):
    notes = (
        f'<w:footnotes {W}><w:footnote w:type="separator">{par("---")}</w:footnote>'
        f"<w:footnote>{par('A note.')}</w:footnote></w:footnotes>"
    )
    assert read(tmp_path, "a.docx", docx(par("Text."), footnotes=notes)) == ["Text.", "A note."]


ODT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:text>{}</office:text></office:body></office:document-content>'
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<text:h>Title</text:h><text:p>One <text:span>two</text:span> three.</text:p>", ["Title", "One two three."]),
        ('<text:p>a<text:s text:c="2"/>b<text:tab/>c<text:line-break/>d</text:p>', ["a  b\tc\nd"]),
        (
            "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion></text:changed-region></text:tracked-changes><text:p>here</text:p>",
            ["here"],
        ),
        ("<text:list><text:list-item><text:p>x</text:p></text:list-item></text:list>", ["x"]),
        (
            "<table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:covered-table-cell/><table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table>",
            ["a\tb"],
        ),
        (
            "<text:p>Text<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>A "
            "note.</text:p></text:note-body></text:note> goes on.</text:p>",
            ["Text goes on.", "A note."],
        ),
        ("<text:p>x<office:annotation><text:p>comment</text:p></office:annotation></text:p>", ["x"]),
    ],
)
def test_open_document_text_is_read_whole_and_once(tmp_path, body, expected):
    assert read(tmp_path, "a.odt", zipped({"content.xml": ODT.format(body).encode()})) == expected


def test_slides_come_in_the_order_they_are_shown_with_their_notes(tmp_path):
    a = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    p = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    r = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    rels = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'

    def slide(*lines):
        return (
            f"<p:sld {p} {a}>{''.join(f'<a:p><a:r><a:t>{line}</a:t></a:r></a:p>' for line in lines)}</p:sld>".encode()
        )

    deck = f'<p:presentation {p} {r}><p:sldIdLst><p:sldId r:id="b"/><p:sldId r:id="a"/></p:sldIdLst></p:presentation>'
    data = zipped(
        {
            "ppt/presentation.xml": deck.encode(),
            "ppt/_rels/presentation.xml.rels": rels.format(
                '<Relationship Id="a" Target="slides/slide1.xml"/><Relationship Id="b" Target="slides/slide2.xml"/>'
            ).encode(),
            "ppt/slides/slide1.xml": slide("Second"),
            "ppt/slides/slide2.xml": slide("First", "point"),
            "ppt/slides/_rels/slide2.xml.rels": rels.format(
                '<Relationship Id="n" Target="../notesSlides/notesSlide1.xml"/>'
            ).encode(),
            "ppt/notesSlides/notesSlide1.xml": slide("said"),
        }
    )
    assert read(tmp_path, "a.pptx", data) == ["First\npoint\nsaid", "Second"]


def test_book_is_read_along_its_spine(tmp_path):
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="one" '
        'href="text/one%20.xhtml"/><item id="two" href="two.xhtml"/>'
        '<item id="css" href="a.css"/></manifest><spine><itemref idref="two"/><itemref idref="one"/></spine></package>'
    )
    page = (
        '<?xml version="1.0" encoding="utf-8"?><html '
        'xmlns="http://www.w3.org/1999/xhtml"><head><title>No</title><style>p {{}}</style></head>'
        "<body><h1>{}</h1><p>Some <i>words</i>\n "
        "of\ttext<br/>on.</p><table><tr><td>a</td><td>b</td></tr></table><script>no()</script></body></html>"
    )
    data = zipped(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": (
                b'<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
            ),
            "OEBPS/book.opf": opf.encode(),
            "OEBPS/text/one .xhtml": page.format("Café").encode(),
            "OEBPS/two.xhtml": page.format("Two").encode(),
        }
    )
    assert read(tmp_path, "a.epub", data) == [
        "Two",
        "Some words of text on.",
        "a b",
        "Café",
        "Some words of text on.",
        "a b",
    ]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a.docx", "is a ZIP archive but no Word document"),
        ("a.odt", "is a ZIP archive but no OpenDocument text"),
        ("a.pptx", "is a ZIP archive but no PowerPoint presentation"),
        ("a.epub", "is a ZIP archive but no e-book"),
    ],
)
def test_archive_that_is_named_like_a_document_is_refused(tmp_path, name, sentence):
    with pytest.raises(BadInput, match=sentence):
        read(tmp_path, name, zipped({"a.txt": b"text"}))


def test_entities_of_a_document_are_not_expanded(tmp_path):
    declared = '<!DOCTYPE w [<!ENTITY a "boom"><!ENTITY b "&a;&a;">]>'
    bomb = f"{declared}<w:document {W}><w:body>{par('x &b;')}</w:body></w:document>"
    assert "boom" not in " ".join(read(tmp_path, "a.docx", zipped({"word/document.xml": bomb.encode()})))


def test_damaged_xml_is_a_sentence(tmp_path):
    with pytest.raises(BadInput, match="is not a Word document that can be read"):
        read(tmp_path, "a.docx", zipped({"word/document.xml": b"<w:document"}))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("the infor-\nmation age", "the information age"),
        ("a well-\nknown fact", "a well-known fact"),
        ("the twenty-\nfive years", "the twenty-five years"),
        ("a gravi-\nflux and no gravi-flux", "a gravi-flux and no gravi-flux"),
        ("some wordemb-\nedding and a wordembedding", "some wordembedding and a wordembedding"),
        ("die Informa-\ntionen", "die Informationen"),
        ("pages 3-\n4", "pages 3-\n4"),
    ],
)
def test_hyphen_at_the_end_of_a_pdf_line_goes_unless_it_is_part_of_the_word(lines, expected):
    assert list(pdf_pages(source_of_bytes("a.pdf", pdf_of([lines])))) == [expected]


def test_ligatures_of_a_pdf_are_plain_letters():
    letters = b"/BaseFont /Helvetica /Encoding << /Type /Encoding /Differences [1 /fi /fl /ff] >>"
    data = pdf_of(["the \x01eld and the \x02ow"]).replace(b"/BaseFont /Helvetica", letters)
    assert list(pdf_pages(source_of_bytes("a.pdf", data))) == ["the field and the flow"]
