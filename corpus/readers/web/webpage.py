"""The readers of saved web pages, which take the article and its facts out of the page around it."""

from __future__ import annotations

import re
from dataclasses import replace

from corpus.dates import date_line
from corpus.readers.base import (
    Block,
    Draft,
    File,
    Piece,
    clean_blocks,
    first_text,
    matches,
    pieces_without,
)
from corpus.readers.text.plain import Line, Paragraph, looks_like_heading, paragraphs, split_lines
from corpus.readers.web.article import article_of
from corpus.readers.web.pagelook import Page
from corpus.readers.web.pagemeta import day_in, page_metadata
from corpus.types import Metadata

_FRAME = re.compile(r"^(?:top|bottom) of page$", re.IGNORECASE)
_BOILERPLATE = re.compile(
    r"^(?:(?:protonmail|google-site|facebook-domain|yandex|apple-domain|msvalidate)[-\w.]{0,40}[=:]\s?\S{6,200}"
    r"|(?:top|bottom) of page|skip to (?:main )?content|back to top|menu|search|home"
    r"|(?:last )?updated(?::\s.{0,40}|(?: on)? [^.]{0,15}\d[^.]{0,12})|\d+\s+min(?:ute)?s?\s+read"
    r"|[\d,.]+[KMk]?\s*views?(?:\s*[·•|]?\s*\d+\s*comments?)?(?:\s*\d+\s*likes?.*)?|\d+\s*(?:comments?|likes?|shares?)"
    r"|comments?(?:\s*\(\d+\))?|rated .{1,40} out of 5 stars?\.?|no ratings yet|add a rating|write a comment.*"
    r"|(?:like|share|tweet|pin it|print|email|copy link|subscribe|follow us|log ?in(?: / sign up)?|sign up)(?: this)?"
    r"(?: post)?"
    r"|share (?:on|this|via)\b.{0,60}|post not marked as liked|recent posts|related posts|see all|you might also like"
    r"|cookie (?:policy|settings)|accept(?: all)?(?: cookies)?|all rights reserved.*|©.{0,100})$",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"\((?:source|photo|image|picture|credit|фото|сурет|图|圖|图片来源|圖片來源|来源|來源)s?\s?[:：][^)]{1,200}\)\s?\.?$",
    re.IGNORECASE,
)
_CREDIT_LINE = re.compile(
    r"^(?:source|photo(?: by| credit)?|image(?: credit)?|picture|credit|caption)s?\s?:\s?\S.{0,200}$", re.IGNORECASE
)
_MAX_CREDIT = 300
# "Author: …", or a bare "By" before a few words that all begin like names.
_NAME = r"[^\Wa-zа-яё\d_][\w.'’-]{0,30}"
_AUTHOR = re.compile(
    r"^(?:(?i:authors?|written by|автор|авторы)\s?:\s?(?P<named>[^\d:]{2,80})"
    rf"|(?:By|BY|by|Written by|Автор)\s(?P<name>{_NAME}(?:\s(?:and|{_NAME})){{0,5}}))$"
)
# The account's name, above the title.
_HANDLE = re.compile(r"@?[a-z0-9][a-z0-9_.-]{1,29}")
_NOTE_MARK = re.compile(r"\[\d{1,3}\]")


class WebPageReader:
    """The reader of web pages that were saved as text together with their frame."""

    name = "web-page"
    media_type = "text/plain"
    suffixes: frozenset[str] = frozenset()
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the page's frame ("top of page", "bottom of page") was saved with it."""
        return any(_FRAME.match(line.text) for line in split_lines(file.body))

    def read(self, file: File) -> Draft:
        """Return the draft of a page, without boilerplate, credits and the lines at its top."""
        source, start = file.source, file.start
        lines = [line for line in split_lines(source, start) if not _BOILERPLATE.match(line.text) or line.is_blank]
        groups, metadata = _header(list(paragraphs(lines)))
        blocks: list[Block] = []
        for group in groups:
            if not _is_credit(group.text):
                blocks.extend(self._blocks(source, group.lines, is_first=not blocks))
        title = first_text(blocks[:1], lambda block: block.kind == "heading")
        return Draft(tuple(blocks), replace(metadata, title=title))

    def _blocks(self, source: str, lines: tuple[Line, ...], *, is_first: bool) -> list[Block]:
        """Return a block for each line, since a saved page has one block per line."""
        blocks: list[Block] = []
        for line in lines:
            if looks_like_heading(_NOTE_MARK.sub("", line.text).rstrip()):
                piece = Piece(line.start, line.end, source[line.start : line.end])
                blocks.append(Block("heading", (piece,), 1 if is_first and not blocks else 2))
            else:
                drops = matches(_NOTE_MARK, source, line.start, line.end)
                blocks.append(Block("paragraph", pieces_without(source, line.start, line.end, drops)))
        return blocks


def _is_credit(text: str) -> bool:
    return len(text) <= _MAX_CREDIT and bool(_CREDIT.search(text) or _CREDIT_LINE.match(text))


def _header(groups: list[Paragraph]) -> tuple[list[Paragraph], Metadata]:
    """Return the paragraphs without the handle, author and date in the page's first lines, and those as metadata."""
    author = published = None
    kept: list[Paragraph] = []
    for index, group in enumerate(groups):
        text = group.text
        if index > 6 or len(text) > _MAX_CREDIT:
            kept.append(group)
        elif (match := _AUTHOR.match(text)) and author is None:
            author = (match["named"] or match["name"]).strip()
        elif published is None and (date := date_line(text)):
            published = date
        elif not kept and index + 1 < len(groups) and _HANDLE.fullmatch(text):
            continue
        else:
            kept.append(group)
    return kept, Metadata(author=author, published=published)


# Possessive groups: a text that only begins with comments must not be tried in every way to split them.
_HTML_START = re.compile(
    r"\A\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)


class HtmlReader:
    """The reader of HTML pages.

    With ``is_page`` off it reads HTML that is no page of a site (a chapter of a book, a mail): all that is shown.
    """

    name = "html"
    media_type = "text/html"
    suffixes = frozenset({".html", ".htm", ".xhtml"})
    is_quick = True

    def __init__(self, *, is_page: bool = True) -> None:
        self.is_page = is_page

    def matches(self, file: File) -> bool:
        """Return whether the text begins as HTML does, or the file's name says that it is HTML."""
        return file.suffix in self.suffixes or bool(_HTML_START.match(file.body))

    def read(self, file: File) -> Draft:
        """Return the draft of a page."""
        page = Page(" " * file.start + file.body, is_page=self.is_page)
        article = article_of(page)
        own, said = page_metadata(page), article.metadata
        title = own.title or next((clean_blocks([b]) for b in article.blocks if b.kind == "heading"), None)
        metadata = replace(
            own,
            title=title,
            author=own.author or said.author,
            published=own.published or said.published or day_in(own.url),
            publisher=own.publisher or said.publisher,
        )
        return Draft(article.blocks, metadata, left_out=article.left_out, warnings=article.warnings)
