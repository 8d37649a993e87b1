"""The readers of saved web pages, which take the article and its facts out of the page around it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from corpus.dates import date_line, iso_date
from corpus.readers.base import (
    Block,
    Draft,
    File,
    Piece,
    clean_blocks,
    decode_entities,
    first_text,
    matches,
    pieces_without,
)
from corpus.readers.html import Token, kept_tokens, text_length, tokenize
from corpus.readers.plain import Line, Paragraph, looks_like_heading, paragraphs, split_lines
from corpus.types import Metadata
from corpus.urls import host_of, safe_url

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


_DATE_NAMES = (
    "article:published_time", "datepublished", "date", "dc.date", "dc.date.issued", "dcterms.created",
    "pubdate", "publishdate", "publish_date", "citation_publication_date", "sailthru.date",
)  # fmt: skip


def page_metadata(source: str, tokens: list[Token]) -> Metadata:
    """Return title, URL, publisher, author, date and language from meta tags, links, title and html elements."""
    named: dict[str, str] = {}
    language = canonical = time = None
    for token in tokens:
        if token.kind != "start":
            continue
        values = token.attributes
        if token.name == "meta":
            name = (values.get("property") or values.get("name") or values.get("itemprop") or "").lower()
            named.setdefault(name, _tidy(values.get("content", "")))
        elif token.name == "link" and values.get("rel", "").lower() == "canonical":
            canonical = canonical or values.get("href")
        elif token.name == "html":
            language = language or values.get("lang") or values.get("xml:lang")
        elif token.name == "time":
            time = time or values.get("datetime")
    url = safe_url(canonical) or safe_url(named.get("og:url"))
    return Metadata(
        title=named.get("og:title") or _title(source, tokens) or None,
        url=url,
        publisher=named.get("og:site_name") or named.get("publisher") or host_of(url),
        author=named.get("author") or named.get("article:author") or named.get("dc.creator") or None,
        published=next((date for n in _DATE_NAMES if (date := iso_date(named.get(n)))), None) or iso_date(time),
        language=language or None,
    )


def _title(source: str, tokens: list[Token]) -> str:
    for token in tokens:
        if token.kind == "start" and token.name == "title" and token.partner is not None:
            last = tokens[token.partner - 1]
            return _tidy(html.unescape(source[token.end : last.start if last.kind == "end" else last.end]))
    return ""


def _tidy(text: str) -> str:
    return " ".join(text.split())


_BLOCK = frozenset({
    "address", "article", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend", "li", "main", "ol",
    "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "aside",
    "dialog", "figcaption", "figure", "footer", "form", "menu", "nav",
})  # fmt: skip
# The elements that tell what kind of block the text in them is.
_TELLING = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "strong", "b", "small", "li", "td"))
_STOP = re.compile(r"[.!?。！？…:：;；][\"'”’»」』）)\]]*$")
_SENTENCE_END = re.compile(r"[.。！!;；][\"'”’»」』）)\]]*$")
_BYLINE = re.compile(r"^(?:记者|記者|作者|撰稿|责编|責編|网编|網編|编辑|編輯|责任编辑|責任編輯)\s*[:：]")
_BYLINE_AUTHOR = re.compile(r"(?:记者|記者|作者|撰稿)\s*[:：]\s*(?P<name>\S(?:.*?\S)?)(?=\s{2,}|\s+\S{2,4}[:：]|$)")
_MAX_BYLINE = 200
_MAX_NESTING = 50
_MAX_HEADING = 120


# Possessive groups: a text that only begins with comments must not be tried in every way to split them.
_HTML_START = re.compile(
    r"\A\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)


class HtmlReader:
    """The reader of HTML pages."""

    name = "html"
    media_type = "text/html"
    suffixes = frozenset({".html", ".htm", ".xhtml"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the text begins as HTML does, or the file's name says that it is HTML."""
        return file.suffix in self.suffixes or bool(_HTML_START.match(file.body))

    def read(self, file: File) -> Draft:
        """Return the draft of a page."""
        source = " " * file.start + file.body
        tokens = tokenize(source)
        blocks, metadata = article_blocks(source, tokens)
        page = page_metadata(source, tokens)
        title = page.title or next((clean_blocks([b]) for b in blocks if b.kind == "heading"), None)
        author = page.author or metadata.author
        published = page.published or metadata.published
        return Draft(tuple(blocks), replace(page, title=title, author=author, published=published))


def article_blocks(source: str, tokens: list[Token]) -> tuple[list[Block], Metadata]:
    """Return the blocks of the page's text, and the author and date if a byline or a date line has them."""
    blocks: list[Block] = []
    author = published = None
    for kind, level, group in _groups(source, tokens):
        block = Block("paragraph", tuple(p for t in group for p in _text(source, t)))
        text = clean_blocks([block])
        if len(text) <= _MAX_BYLINE and _BYLINE.match(text):
            match = _BYLINE_AUTHOR.search("".join(p.text for p in block.pieces))
            author = author or (match["name"].strip() if match else None)
        elif not blocks and (date := date_line(text)):
            published = published or date
        elif kind == "small" or not text:
            continue
        elif kind == "bold" and _SENTENCE_END.search(text):
            blocks.append(block)
        elif kind in {"heading", "bold"} and len(text) <= _MAX_HEADING:
            blocks.append(Block("heading", block.pieces, level))
        else:
            blocks.append(Block("item" if kind == "item" else "paragraph", block.pieces))
    return blocks, Metadata(author=author, published=published)


@dataclass(slots=True)
class _Group:
    """The text tokens between two block boundaries, with the `_TELLING` elements around each that holds words."""

    tokens: list[Token] = field(default_factory=list)
    around: list[frozenset[str]] = field(default_factory=list)
    last_words: str = ""

    def add(self, source: str, token: Token, around: frozenset[str]) -> None:
        """Add a token; ``around`` names the `_TELLING` elements that it stands in."""
        self.tokens.append(token)
        if words := source[token.start : token.end].strip() if token.kind == "text" else "":
            self.around.append(around)
            self.last_words = words[-8:]

    def classified(self) -> tuple[str, int, list[Token]]:
        """Return ``(kind, heading level, tokens)``; kind is heading (h1 to h6), bold, small, item or text."""
        common = frozenset[str].intersection(*self.around) if self.around else frozenset[str]()
        heading = next((name for name in common if re.fullmatch("h[1-6]", name)), None)
        if heading:
            return "heading", int(heading[1]), self.tokens
        if common & {"strong", "b"} and not common & {"li", "td"}:
            return "bold", 2, self.tokens
        if "small" in common:
            return "small", 0, self.tokens
        return ("item" if "li" in common else "text"), 0, self.tokens


def _groups(source: str, tokens: list[Token]) -> Iterator[tuple[str, int, list[Token]]]:
    """Yield the classified text tokens between block boundaries; a figure inside a sentence is no boundary."""
    group = _Group()
    inside: list[tuple[str, int]] = []
    around: frozenset[str] = frozenset()
    for index, token in kept_tokens(source, tokens):
        while inside and index >= inside[-1][1]:
            inside.pop()
            around = frozenset(name for name, _ in inside[-_MAX_NESTING:])
        if group.tokens and _is_boundary(group, token):
            yield group.classified()
            group = _Group()
        if token.kind == "text" or token.name == "br" or token.kind == "dropped":
            if group.tokens or text_length(source, token):
                group.add(source, token, around)
        elif token.kind == "start" and token.partner is not None and token.name in _TELLING:
            inside.append((token.name, token.partner))
            around = frozenset(name for name, _ in inside[-_MAX_NESTING:])
    if group.tokens:
        yield group.classified()


def _is_boundary(group: _Group, token: Token) -> bool:
    if token.kind == "dropped":
        return token.name in _BLOCK and (not group.last_words or bool(_STOP.search(group.last_words)))
    return token.name in _BLOCK or (token.name == "br" and group.tokens[-1].name == "br")


def _text(source: str, token: Token) -> Iterator[Piece]:
    if token.kind == "text":
        yield from decode_entities(Piece(token.start, token.end, source[token.start : token.end]))
    elif token.name == "br":
        yield Piece(token.start, token.end, "\n")
    elif token.name in _BLOCK:
        yield Piece(token.start, token.end, " ")
