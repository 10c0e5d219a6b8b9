"""Makers of small files of every kind, for tests."""

import bz2
import gzip
import io
import json
import zipfile

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
