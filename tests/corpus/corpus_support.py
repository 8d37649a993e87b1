"""Shared by the tests of the corpus: one call to read a text, and the invariants every document keeps."""

import re
from itertools import pairwise
from pathlib import Path

from corpus.chunking import is_bare_word
from corpus.reading import ReadFile, read_document, read_text

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "corpus" / "documents"
SEEDS = ROOT.parent / "shared" / "seeds"


def read(text: str, name: str = "note.txt", encoding: str = "utf-8") -> ReadFile:
    return read_document(Path("/collection") / name, text.encode(encoding))


def paragraphs(result: ReadFile) -> list[str]:
    return [result.document.text[start:end] for start, end in result.document.paragraphs]


def headings(result: ReadFile) -> list[str]:
    return [result.document.text[h.start : h.end] for h in result.document.headings]


def chunk_texts(result: ReadFile) -> str:
    return "\n".join(chunk.text for chunk in result.chunks)


def check_invariants(result: ReadFile, data: bytes) -> None:
    """What must hold of every document, whatever it was read from."""
    document = result.document
    source = read_text(Path(document.path), data).source
    check_source_map(result, source)
    for position, chunk in enumerate(result.chunks):
        assert chunk.position == position
        assert chunk.text == document.text[chunk.start : chunk.end]
        assert chunk.text == chunk.text.strip() != ""
        assert chunk.paragraph == document.text[chunk.paragraph_start : chunk.paragraph_end]
        assert chunk.paragraph_start <= chunk.start < chunk.end <= chunk.paragraph_end
        assert document.words_at(chunk.source_start, chunk.source_end) == chunk.text
        for part in document.parts:
            assert (
                chunk.source_end <= part.start
                or part.end <= chunk.source_start
                or (part.start <= chunk.source_start and chunk.source_end <= part.end)
            )
        assert any(s <= chunk.start and chunk.end <= e for s, e in _citable(result))
    spans = [(chunk.start, chunk.end) for chunk in result.chunks]
    assert spans == sorted(spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def _citable(result: ReadFile) -> list[tuple[int, int]]:
    """Paragraphs; headings where no paragraph holds a word."""
    document = result.document
    worded = [span for span in document.paragraphs if any(map(str.isalnum, document.text[slice(*span)]))]
    return worded or [(heading.start, heading.end) for heading in document.headings]


def check_source_map(result: ReadFile, source: str) -> None:
    """The segments tile the reading text, follow the source in order, and exact ones read as they are written."""
    reading = source_end = 0
    for segment in result.document.source_map.segments:
        assert segment.reading == reading
        assert segment.source >= source_end
        reading += segment.reading_length
        source_end = segment.source + segment.source_length
        if segment.is_exact and segment.source_length:
            written = source[segment.source : source_end]
            assert result.document.text[segment.reading : reading].split() == written.split()
    assert reading == len(result.document.text)
    assert source_end <= len(source)


def lost_words(result: ReadFile) -> list[str]:
    """Words of paragraphs that stand in no chunk, bare words excepted, which are no evidence."""
    text = list(result.document.text)
    for chunk in result.chunks:
        text[chunk.start : chunk.end] = " " * (chunk.end - chunk.start)
    left = (
        "".join(text)[start:end]
        for start, end in result.document.paragraphs
        if re.search(r"[^\W_]", result.document.text[start:end]) and not is_bare_word(result.document.text[start:end])
    )
    return [word for paragraph in left for word in paragraph.split()]
