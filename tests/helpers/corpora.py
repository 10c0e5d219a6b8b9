"""Makers of small files of every kind, for tests."""

import bz2
import gzip
import io
import json
import zipfile
from xml.sax.saxutils import escape

TEXTS = ["Cats chase mice.", "Dogs chase cats.", "Mice eat cheese."]
LABELS = ["cat", "dog", "mouse"]


def write(path, data):
    """The path, with bytes or text written to it."""
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def zipped(members):
    """A ZIP archive of name -> bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def docx_of(paragraphs, rows=()):
    """A Word document with these paragraphs and one table."""
    import docx

    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if rows:
        table = document.add_table(rows=0, cols=len(rows[0]))
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def pdf_of(pages):
    """A PDF with one line of ASCII text a page; an empty text gives a page without any."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{4 + 2 * i} 0 R' for i in range(len(pages)))}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i, text in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {5 + 2 * i} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        lines = " T* ".join(f"({line}) Tj" for line in text.split("\n")) if text else ""
        stream = f"BT /F1 12 Tf 14 TL 50 700 Td {lines} ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{o:010d} 00000 n \n" for o in offsets)
    return (out + f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").encode()


def parquet_of(columns):
    """A Parquet table of column -> values."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def wiki_of(pages):
    """A MediaWiki dump of (title, namespace, markup, is redirect)."""

    def page(title, namespace, markup, redirect):
        mark = f'<redirect title="{title}" />' if redirect else ""
        return (
            f"<page><title>{title}</title><ns>{namespace}</ns><id>1</id>{mark}<revision><id>2</id>"
            f'<text xml:space="preserve">{markup}</text></revision></page>'
        )

    body = "\n".join(page(*p) for p in pages)
    return (
        f'<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/" xml:lang="en">\n'
        f"<siteinfo><sitename>Test</sitename></siteinfo>\n{body}\n</mediawiki>"
    ).encode()


def every_format():
    """name -> bytes: the same three documents in every format that has a place for them."""
    rows = [{"text": text, "label": label} for text, label in zip(TEXTS, LABELS, strict=True)]
    lines = "\n".join(TEXTS)
    csv = "text,label\n" + "".join(f"{row['text']},{row['label']}\n" for row in rows)
    return {
        "a.txt": lines.encode(),
        "a": lines.encode(),
        "a.log": lines.encode(),
        "a.md": "\n\n".join(TEXTS).encode(),
        "a.csv": csv.encode(),
        "a.tsv": csv.replace(",", "\t").encode(),
        "a.jsonl": "\n".join(map(json.dumps, rows)).encode(),
        "strings.jsonl": "\n".join(map(json.dumps, TEXTS)).encode(),
        "a.json": json.dumps(rows).encode(),
        "strings.json": json.dumps(TEXTS).encode(),
        "object.json": json.dumps({"version": 1, "data": rows}).encode(),
        "columns.json": json.dumps({"text": TEXTS, "label": LABELS}).encode(),
        "lines.json": "\n".join(map(json.dumps, rows)).encode(),
        "a.parquet": parquet_of({"text": TEXTS, "label": LABELS}),
        "a.docx": docx_of(TEXTS),
        "a.pdf": pdf_of(TEXTS),
        "a.xml": wiki_of([(f"T{i}", 0, text, False) for i, text in enumerate(TEXTS)]),
        "a.txt.gz": gzip.compress(lines.encode()),
        "a.csv.bz2": bz2.compress(csv.encode()),
        "a.docx.gz": gzip.compress(docx_of(TEXTS)),
        "a.xml.bz2": bz2.compress(wiki_of([("T", 0, t, False) for t in TEXTS])),
        "a.zip": zipped(
            {
                "d/b.txt": TEXTS[0].encode(),
                "c.csv.gz": gzip.compress(("text\n" + "\n".join(TEXTS[1:])).encode()),
                "__MACOSX/x": b"\0",
                "picture.png": b"\x89PNG\r\n\x1a\n\0",
            }
        ),
        "nested.zip": zipped({"inner.zip": zipped({"text8": lines.encode()})}),
        "parquet.zip": zipped({"a.parquet": parquet_of({"text": TEXTS, "hash": [b"\0", b"\1", b"\2"]})}),
    }


def xlsx_of(sheets):
    """A workbook of sheet name -> rows; numbers are numbers, everything else is text."""
    return zipped(
        {
            "[Content_Types].xml": _CONTENT_TYPES,
            "_rels/.rels": _relations({"rId1": ("officeDocument", "xl/workbook.xml")}),
            "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
            + "".join(f'<sheet name="{name}" sheetId="{i}" r:id="rId{i}"/>' for i, name in enumerate(sheets, 1))
            + "</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": _relations(
                {f"rId{i}": ("worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(sheets) + 1)}
            ),
        }
        | {f"xl/worksheets/sheet{i}.xml": _sheet(rows) for i, rows in enumerate(sheets.values(), 1)}
    )


_CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)


def _relations(targets):
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(f'<Relationship Id="{id}" Type="{base}/{kind}" Target="{to}"/>' for id, (kind, to) in targets.items())
        + "</Relationships>"
    )


def _sheet(rows):
    def cell(value, at):
        if isinstance(value, int | float):
            return f'<c r="{at}"><v>{value}</v></c>'
        return f'<c r="{at}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'

    lines = "".join(
        f'<row r="{r}">' + "".join(cell(value, f"{chr(65 + c)}{r}") for c, value in enumerate(row)) + "</row>"
        for r, row in enumerate(rows, 1)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>'


def ods_of(rows):
    """An OpenDocument spreadsheet of one sheet of texts."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(str(value))}</text:p></table:table-cell>'
            for value in row
        )
        + "</table:table-row>"
        for row in rows
    )
    content = (
        f'<office:document-content xmlns:office="{office}:office:1.0" xmlns:table="{office}:table:1.0" '
        f'xmlns:text="{office}:text:1.0"><office:body><office:spreadsheet><table:table table:name="Sheet1">'
        f"{cells}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = f'<manifest:manifest xmlns:manifest="{office}:manifest:1.0"/>'
    return zipped({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})
