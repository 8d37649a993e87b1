"""Small PDF files for tests, written by hand: text at given places, pictures, passwords."""

import hashlib
import io
import zlib
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def text(x: float, y: float, words: str, size: float = 12, font: str = "F1", mode: int = 0) -> str:
    """One run of text; ``y`` counts from the bottom."""
    escaped = words.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT {mode} Tr /{font} {size} Tf 1 0 0 1 {x} {y} Tm ({escaped}) Tj ET\n"


def lines(x: float, y: float, rows: Sequence[str], size: float = 12, font: str = "F1", mode: int = 0) -> str:
    """Lines of text under one another."""
    return "".join(text(x, y - 1.2 * size * i, row, size, font, mode) for i, row in enumerate(rows))


def pdf(
    *pages: str,
    info: dict[str, str] | None = None,
    language: str | None = None,
    picture: Image.Image | None = None,
    letters: dict[str, str] | None = None,
    rotate: int = 0,
    password: tuple[str, str] | None = None,
) -> bytes:
    """A PDF of pages of 600 × 800 points with these contents.

    ``picture`` may be drawn as /P1. ``letters`` says which letters the font F3 means by its characters. ``password`` is
    the owner's and the user's.
    """
    widths = " ".join(["600"] * 256)
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>"
    objects: list[bytes] = [
        f"<< /Type /Catalog /Pages 2 0 R {f'/Lang ({language})' if language else ''} >>".encode(),
        b"",
        (font % "Helvetica").encode(),
        (font % "Helvetica-Bold").encode(),
        f"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /FirstChar 0 /LastChar 255 /Widths [{widths}] "
        f"/ToUnicode 6 0 R >>".encode(),
        stream(to_unicode(letters or {})),
        image(picture or Image.new("L", (8, 8), 255)),
        ("<< " + " ".join(f"/{key} {utf16(value)}" for key, value in (info or {}).items()) + " >>").encode(),
        (font % "Courier").encode(),
    ]
    resources = "/Font << /F1 3 0 R /F2 4 0 R /F3 5 0 R /F4 9 0 R >> /XObject << /P1 7 0 R >>"
    kids = []
    for content in pages:
        kids.append(len(objects) + 1)
        place = f"/Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Rotate {rotate}"
        objects.append(f"<< {place} /Resources << {resources} >> /Contents {len(objects) + 2} 0 R >>".encode())
        objects.append(stream(content.encode("cp1252")))
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(f'{k} 0 R' for k in kids)}] /Count {len(kids)} >>".encode()
    return written(objects, password)


def stream(data: bytes, about: str = "") -> bytes:
    return f"<< /Length {len(data)} {about} >>\nstream\n".encode() + data + b"\nendstream"


def image(picture: Image.Image) -> bytes:
    about = (
        f"/Type /XObject /Subtype /Image /Width {picture.width} /Height {picture.height} "
        "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode"
    )
    return stream(zlib.compress(picture.convert("L").tobytes()), about)


def utf16(value: str) -> str:
    return "<FEFF" + value.encode("utf-16-be").hex() + ">"


def to_unicode(letters: dict[str, str]) -> bytes:
    rows = "".join(f"<{ord(key):02X}> <{value.encode('utf-16-be').hex()}>\n" for key, value in letters.items())
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        f"1 begincodespacerange <00> <FF> endcodespacerange\n{len(letters)} beginbfchar\n{rows}endbfchar\n"
        "endcmap end end"
    ).encode()


def written(objects: Sequence[bytes], password: tuple[str, str] | None) -> bytes:
    key, encrypt = encryption(*password) if password else (b"", b"")
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        shown = encrypted(body, key, number) if key else body
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, shown))
    if key:
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (len(places), encrypt))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    extra = b"/Encrypt %d 0 R /ID [<41> <41>]" % len(places) if key else b""
    out.write(b"trailer << /Size %d /Root 1 0 R /Info 8 0 R %s >>\n" % (len(places) + 1, extra))
    out.write(b"startxref\n%d\n%%%%EOF" % start)
    return out.getvalue()


def rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) & 255])
    return bytes(out)


def encryption(owner: str, user: str) -> tuple[bytes, bytes]:
    """The key, and the dictionary of the standard security handler, revision 2."""
    padded_owner, padded_user = ((word.encode() + PADDING)[:32] for word in (owner, user))
    o = rc4(hashlib.md5(padded_owner).digest()[:5], padded_user)
    key = hashlib.md5(padded_user + o + (-4 & 0xFFFFFFFF).to_bytes(4, "little") + b"A").digest()[:5]
    u = rc4(key, PADDING)
    return key, f"<< /Filter /Standard /V 1 /R 2 /P -4 /O <{o.hex()}> /U <{u.hex()}> >>".encode()


def encrypted(body: bytes, key: bytes, number: int) -> bytes:
    if b"stream\n" not in body:
        return body
    begin = body.index(b"stream\n") + 7
    end = body.rindex(b"\nendstream")
    own = hashlib.md5(key + number.to_bytes(3, "little") + b"\0\0").digest()[:10]
    return body[:begin] + rc4(own, body[begin:end]) + body[end:]


def photograph(rows: Sequence[str], width: int = 1200, size: int = 40) -> Image.Image:
    """A picture of lines of text, as a scanner makes one."""
    picture = Image.new("L", (width, 2 * size * (len(rows) + 1)), 255)
    drawing = ImageDraw.Draw(picture)
    for index, row in enumerate(rows):
        drawing.text((size, 2 * size * index + size), row, fill=0, font=ImageFont.load_default(size))
    return picture


def png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
