"""The unpacking of compressed bytes within bounds."""

from __future__ import annotations

import bz2
import gzip
import io
import zlib

import brotli

from corpus.errors import Unreadable

MAX_UNPACKED = 200_000_000
_STEP = 1 << 16

_PACKING_ERRORS = (OSError, EOFError, zlib.error, ValueError)


class TooMuch(Unreadable):
    """More comes out of a compressed file than is read of one."""

    def __init__(self) -> None:
        super().__init__("the file becomes too large when it is unpacked; unpack it and index what it holds")


def unpacked(data: bytes, limit: int = MAX_UNPACKED) -> tuple[bytes, bool]:
    """Return the bytes of a gzip or bzip2 file, and whether those are all: a damaged file gives what is before that.

    Raises `TooMuch` if there are more than ``limit``.
    """
    raw = io.BytesIO(data)
    stream = bz2.BZ2File(raw) if data.startswith(b"BZh") else gzip.GzipFile(fileobj=raw)
    out = bytearray()
    try:
        while step := stream.read1(_STEP):
            out += step
            if len(out) > limit:
                raise TooMuch
    except _PACKING_ERRORS:
        return bytes(out), False
    return bytes(out), True


def first_unpacked(data: bytes, count: int) -> bytes:
    """Return the first bytes of a gzip or bzip2 file, unpacked; empty if it is none."""
    try:
        if data.startswith(b"\x1f\x8b"):
            return zlib.decompressobj(31).decompress(data[:_STEP], count)
        # A block of bzip2 has up to 900 kB.
        return bz2.BZ2Decompressor().decompress(data[:1_000_000], count) if data.startswith(b"BZh") else b""
    except (zlib.error, OSError, EOFError):
        return b""


def unpack_body(data: bytes, encoding: str, limit: int) -> bytes:
    """Return the body of a web answer without its encodings ("gzip", "br"); as it is if it is not encoded so.

    Archives often keep the header of an encoding that they have undone. What is cut off is unpacked as far as it goes.
    """
    for name in reversed([part.strip().lower() for part in encoding.split(",")]):
        try:
            if name in {"gzip", "x-gzip"} and data.startswith(b"\x1f\x8b"):
                data = _inflated(data, (31,), limit)
            elif name == "deflate":
                data = _inflated(data, (15, -15), limit)
            elif name == "br":
                data = _unbrotlied(data, limit)
        except (zlib.error, brotli.error):
            return data
    return data


def _inflated(data: bytes, kinds: tuple[int, ...], limit: int) -> bytes:
    for index, kind in enumerate(kinds):
        unpacker = zlib.decompressobj(kind)
        try:
            return _within(unpacker.decompress(data, limit + 1), limit)
        except zlib.error:
            if index + 1 == len(kinds):
                raise
    return data


def _unbrotlied(data: bytes, limit: int) -> bytes:
    unpacker = brotli.Decompressor()
    out = bytearray(unpacker.process(data, output_buffer_limit=_STEP))
    while not unpacker.is_finished() and len(out) <= limit:
        more = unpacker.process(b"", output_buffer_limit=_STEP)
        if not more:
            break
        out += more
    return _within(bytes(out), limit)


def _within(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise TooMuch
    return data


def unchunked(data: bytes) -> bytes:
    """Return a body of a web answer without the sizes of its chunks; as it is if it has none."""
    out = bytearray()
    position = 0
    while position < len(data):
        end = data.find(b"\r\n", position, position + 40)
        size = data[position:end].split(b";")[0].strip() if end >= 0 else b""
        try:
            count = int(size, 16) if size.isalnum() else -1
        except ValueError:
            count = -1
        if count < 0:
            return bytes(out) if position else data
        if not count:
            break
        out += data[end + 2 : end + 2 + count]
        position = end + 2 + count + 2
    return bytes(out)
