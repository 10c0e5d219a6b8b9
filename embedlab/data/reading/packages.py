"""Documents that are ZIP packages of XML: opened within their limits, parsed without entities or network."""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from embedlab.core.archives import opened_zip
from embedlab.core.errors import BadInput
from embedlab.core.sizes import size
from embedlab.data.reading.sources import Source

MAX_XML = 256 * 2**20  # bytes of unpacked text and layout, which are read whole


@dataclass(frozen=True)
class Package:
    """An open package; `tree(name)` is the root element of a part, None where there is no such part."""

    name: str
    archive: zipfile.ZipFile

    @property
    def parts(self) -> list[str]:
        return self.archive.namelist()

    def tree(self, part: str):
        """The root element of an XML part; None where the package has no such part."""
        from lxml import etree

        if part not in self.archive.NameToInfo:
            return None
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        return etree.fromstring(self.archive.read(part), parser)

    def web_page(self, part: str):
        """The root element of an HTML or XHTML part; None where it is missing or empty."""
        from lxml import html

        data = self.archive.read(part) if part in self.archive.NameToInfo else b""
        return html.document_fromstring(data) if data.strip() else None

    def targets(self, part: str) -> dict[str, str]:
        """What the relations of a part lead to: id -> name of another part."""
        folder, name = posixpath.split(part)
        root = self.tree(f"{folder}/_rels/{name}.rels")
        if root is None:
            return {}
        return {
            relation.get("Id"): posixpath.normpath(posixpath.join(folder, relation.get("Target", "")))
            for relation in root
            if relation.get("TargetMode") != "External"
        }


@contextmanager
def opened_package(source: Source, what: str, needed: str) -> Iterator[Package]:
    """The package of a source.

    what: what it is called in sentences, such as "Word document". needed: the part that makes it one. BadInput for
    another archive, for too much text and layout, and where the block finds XML that cannot be parsed.
    """
    from lxml.etree import LxmlError

    stream = source.seekable()
    with opened_zip(stream, source.name, source.own_budget(stream)) as archive:
        if needed not in archive.NameToInfo:
            raise BadInput(f"{source.name} is a ZIP archive but no {what}. Name it .zip if it is an archive of texts.")
        unpacked = sum(part.file_size for part in archive.infolist() if part.filename.endswith(_TEXT_PARTS))
        if unpacked > MAX_XML:
            raise BadInput(
                f"{source.name} holds {size(unpacked)} of text and layout; the limit is {size(MAX_XML)}. "
                "Save it as .txt."
            )
        try:
            yield Package(source.name, archive)
        except (
            LxmlError,
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            EOFError,
            io.UnsupportedOperation,
        ) as error:
            raise BadInput(
                f"{source.name} is not a {what} that can be read ({error}). Save it again, or save it as .txt."
            ) from None


_TEXT_PARTS = (".xml", ".rels", ".xhtml", ".html", ".htm", ".opf", ".ncx")
