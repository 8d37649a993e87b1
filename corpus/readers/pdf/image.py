"""The reader of pictures of text, such as photographs and scans, which are read by machine."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File
from corpus.readers.extract import Extract
from corpus.readers.pdf import ocr

_MAX_PIXELS = 100_000_000
_MAX_FRAMES = 500
_SMALLEST_SIDE = 32
_SMALLEST_AREA = 4_000
# Small pictures are read better when they are made larger, until they are about so wide.
_GOOD_WIDTH = 1800
_MOST_ENLARGED = 3
_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP")


class ImageReader:
    """The reader of pictures. The pages of a picture with several are parts, named by their numbers."""

    name = "image"
    media_type = "image/*"
    suffixes = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp"})
    is_quick = False

    def matches(self, file: File) -> bool:
        """Return whether the file begins like a picture."""
        head = file.head
        return (
            head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*"))
            or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
            or (head[:2] == b"BM" and head[6:10] == b"\0\0\0\0" and len(file.data) > 64)
        )

    def read(self, file: File) -> Draft:
        """Return the draft of a picture: the words that a machine reads on it."""
        if not ocr.available():
            raise Unreadable(f"the file is a picture or scan without text; {ocr.missing()}")
        extract = Extract()
        languages, sureness, characters = "", 0.0, 0
        pictures = list(_pictures(file.data, extract))
        for number, picture in enumerate(pictures, start=1):
            languages = languages or ocr.languages_of(picture)
            seen = ocr.read(picture, languages)
            file.alive()
            paragraphs, unsure = ocr.paragraphs(seen)
            if seen.is_failed:
                extract.warn(f"the machine failed to read picture {number} of the file, or took too long")
            if len(pictures) > 1:
                extract.part(str(number))
            for paragraph in paragraphs:
                extract.paragraph(paragraph.text)
            if unsure:
                extract.leave_out("lines of a picture that the machine could not read for sure", unsure)
            length = sum(len(word.text) for word in seen.words)
            sureness, characters = sureness + seen.sureness * length, characters + length
        if extract.is_empty:
            raise Unreadable("no words were found in the picture")
        extract.warn(f"the text was read by machine from a picture (mean sureness {sureness / characters:.0f} %)")
        return extract.draft()


def _pictures(data: bytes, extract: Extract) -> Iterator[Image.Image]:
    """Yield the pages of a picture, ready to be read; `Unreadable` if it is damaged, too large or too small."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
                _check_size(opened)
                for number, frame in enumerate(ImageSequence.Iterator(opened)):
                    if number == _MAX_FRAMES:
                        extract.warn(f"only the first {_MAX_FRAMES} pages of the picture were read; split the file")
                        return
                    _check_size(frame)
                    yield prepared(frame)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        raise Unreadable("the picture is damaged; open it in a viewer and save it again") from None


def _check_size(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > _MAX_PIXELS:
        raise Unreadable(f"the picture is too large ({width} × {height} pixels); make it smaller")
    if min(width, height) < _SMALLEST_SIDE or width * height < _SMALLEST_AREA:
        raise Unreadable(f"the picture is too small to hold text ({width} × {height} pixels)")


def prepared(picture: Image.Image) -> Image.Image:
    """Return a picture the right way up, in greys on white, and large enough to be read."""
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        layered = upright.convert("RGBA")
        upright = Image.new("RGBA", layered.size, "white")
        upright.alpha_composite(layered)
    grey = upright.convert("L")
    times = min(_GOOD_WIDTH / max(grey.size), _MOST_ENLARGED)
    if times > 1.5:
        grey = grey.resize((round(grey.width * times), round(grey.height * times)), Image.Resampling.LANCZOS)
    return grey
