"""Files that are ZIP archives of XML parts: office documents and books, unpacked within bounds."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from functools import lru_cache
from typing import Protocol

from lxml import etree

from corpus.errors import Unreadable
from corpus.readers.base import File

PROTECTED = "the file is protected by a password; save it without one"
DAMAGED = "the file is damaged: it ends too early or is no ZIP file inside; get the file again"
_MAX_MEMBERS = 20_000
_MAX_MEMBER = 50_000_000
_MAX_TOTAL = 200_000_000
# Office documents shrink to a tenth or a thirtieth; what shrinks further than this was made to swell.
_MAX_RATIO = 200
_SMALL = 5_000_000
# Each mark becomes about a hundred bytes of a tree.
_MAX_MARKS = 3_000_000
_TOO_LARGE = "the file becomes too large when it is unpacked"
_MENDED = "the file is damaged inside; words after the damage may be missing"
_FAULTS = (
    zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, OSError, NotImplementedError, RuntimeError,
)  # fmt: skip


@lru_cache(maxsize=1)
def member_names(data: bytes) -> frozenset[str]:
    """Return the names of the members of a ZIP archive; none if the data are no such archive.

    Several readers ask it of one file, one after another.
    """
    if not data.startswith(b"PK"):
        return frozenset()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return frozenset(archive.namelist())
    except _FAULTS:
        return frozenset()


def holds_document(file: File, suffixes: frozenset[str], main: str) -> bool:
    """Return whether a file is an Office Open XML package with the part ``main`` ("word/document.xml") or its folder.

    The name decides for one that is cut short, or is no archive at all: then it decides what is told.
    """
    names = {name.lower() for name in member_names(file.data)}
    if not names:
        return file.suffix in suffixes and file.head.startswith(b"PK")
    is_office = "[content_types].xml" in names or file.suffix in suffixes
    folder = main.partition("/")[0] + "/"
    return main in names or (is_office and any(name.startswith(folder) for name in names))


class Package:
    """A ZIP archive opened for reading. All that is read of it counts towards one bound."""

    def __init__(self, data: bytes) -> None:
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            self.names = self._archive.namelist()
        except _FAULTS as error:
            raise Unreadable(DAMAGED) from error
        if len(self.names) > _MAX_MEMBERS:
            raise Unreadable(f"the file holds too many parts ({len(self.names):,})")
        self._folded = {name.lower().lstrip("/"): name for name in reversed(self.names)}
        self._read = 0
        # What a person should know of parts that were read as far as they go.
        self.warnings: dict[str, None] = {}

    def __contains__(self, name: str) -> bool:
        """Return whether there is a member of that name, whatever the case of its letters."""
        return name.lower().lstrip("/") in self._folded

    def read(self, name: str) -> bytes:
        """Return a member's bytes; raise `Unreadable` if it is missing, protected, damaged or too large."""
        limit = min(_MAX_MEMBER, _MAX_TOTAL - self._read)
        try:
            info = self._archive.getinfo(self._folded[name.lower().lstrip("/")])
            if info.flag_bits & 1:
                raise Unreadable(PROTECTED)
            if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise Unreadable(DAMAGED)  # no office program packs in another way
            with self._archive.open(info) as member:
                data = member.read(limit + 1)
        except _FAULTS as error:
            raise Unreadable(DAMAGED) from error
        if len(data) > limit or len(data) > max(_SMALL, _MAX_RATIO * info.compress_size):
            raise Unreadable(_TOO_LARGE)
        self._read += len(data)
        return data

    def xml(self, name: str) -> etree._Element | None:
        """Return the root of an XML member; None if there is none of that name or it is no XML."""
        if name not in self:
            return None
        root, is_whole = _parsed(self.read(name))
        if not is_whole:
            self.warnings[_MENDED] = None
        return root


def parse_xml(data: bytes) -> etree._Element | None:
    """Return the root of an XML document, read as far as it goes; None where it has none.

    No entity that the document declares is expanded and nothing is fetched. `Unreadable` for a document that declares
    entities, which office programs never do, and for one nested too deeply.
    """
    return _parsed(data)[0]


def _parsed(data: bytes) -> tuple[etree._Element | None, bool]:
    """Return the root of an XML document, and whether all of the document was read."""
    if data.count(b"<") > _MAX_MARKS:
        raise Unreadable(_TOO_LARGE)
    root, error = _tree(data, recover=False)
    is_whole = error is None
    if error is not None:
        if "depth" in str(error).lower():
            raise Unreadable("the file is nested too deeply to be read; save it again with an office program")
        root, _ = _tree(data, recover=True)
    declared = root.getroottree().docinfo.internalDTD if root is not None else None
    if declared is not None and any(True for _ in declared.iterentities()):
        raise Unreadable("the file declares XML entities, which is unsafe; save it again with an office program")
    return root, is_whole


def _tree(data: bytes, *, recover: bool) -> tuple[etree._Element | None, Exception | None]:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=recover, huge_tree=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        root: etree._Element | None = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return None, error
    return root, None


def local_name(element: etree._Element) -> str:
    """Return an element's name without its name space; an empty text for a comment or an instruction."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: etree._Element, name: str) -> str | None:
    """Return an attribute by its name, whatever its name space; None if the element has none."""
    value = element.get(name)
    if value is not None:
        return str(value)
    return next((str(value) for key, value in element.attrib.items() if str(key).rpartition("}")[2] == name), None)


def whole(text: str | None, default: int, most: int) -> int:
    """Return a number as an attribute writes it, at most ``most``; the default for what is none or far too long."""
    return min(int(text), most) if text and len(text) < 10 and text.isdecimal() else default


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """Return the first child of a name, of that the first of the next name, and so on; None where one is missing."""
    for name in path:
        if element is None:
            return None
        element = next((found for found in element if local_name(found) == name), None)
    return element


def alternative(element: etree._Element) -> etree._Element:
    """Return the first choice of alternatives that all say the same, the fallback where there is no choice."""
    choices = [one for one in element if local_name(one) == "Choice" and len(one)]
    return choices[0] if choices else next((one for one in element if local_name(one) == "Fallback"), element)


class Parts(Protocol):
    """Parts of a document by name, wherever they stand."""

    def xml(self, name: str) -> etree._Element | None:
        """Return the root of a part; None if there is none of that name."""


def relations(package: Parts, part: str) -> dict[str, tuple[str, str]]:
    """Return what a part of an Office Open XML package refers to, by id: the kind of the relation, the part's name."""
    folder, _, name = part.rpartition("/")
    root = package.xml(f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels")
    found: dict[str, tuple[str, str]] = {}
    for relation in root if root is not None else ():
        target = relation.get("Target") or ""
        if relation.get("TargetMode") == "External" or not target:
            continue
        kind = (relation.get("Type") or "").rpartition("/")[2]
        found[relation.get("Id") or ""] = (kind, _resolved(folder, target))
    return found


def _resolved(folder: str, target: str) -> str:
    """Return the name of a part that a relation names, relative to the folder of the part that has the relation."""
    steps: list[str] = [] if target.startswith("/") else folder.split("/") if folder else []
    for step in target.split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in {"", "."}:
            steps.append(step)
    return "/".join(steps)


# What programs write as a title or an author where nobody wrote one.
_NOBODY = re.compile(
    r"(?:microsoft (?:office )?(?:word|powerpoint)\b.*|word document|document ?\d*|normal(?:\.dotm?)?"
    r"|untitled(?: ?\d+)?|powerpoint[ -]pr\S*|presentation ?\d*|pr\S*sentation powerpoint|slide ?\d+"
    r"|python-docx|python-pptx|docx4j|apache poi|openpyxl|aspose.*|unknown|user)",
    re.IGNORECASE,
)


def said_of_itself(value: str | None) -> str | None:
    """Return a title or an author from a file's properties; None if it is only what a program or a template put in."""
    line = " ".join((value or "").split())
    return None if not line or _NOBODY.fullmatch(line) else line


def core_facts(root: etree._Element | None) -> dict[str, str]:
    """Return what a file's core properties say, by name (title, creator, created …); empty ones are left out."""
    facts = (
        {local_name(one): " ".join("".join(one.itertext()).split()) for one in root if local_name(one)}
        if root is not None
        else {}
    )
    return {name: value for name, value in facts.items() if value}
