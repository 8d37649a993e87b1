"""The article of a web page: which of its groups of text are read, and what is told of those that are not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate

from corpus.readers.base import Block, LeftOut, clean_blocks
from corpus.readers.web.byline import byline
from corpus.readers.web.maincontent import main_texts
from corpus.readers.web.pageblocks import Group, blocks_of, groups_of, is_note_mark, merged
from corpus.readers.web.pagelook import BOLD, FRAME, HIDDEN, LINK, NAVIGATION, NEVER, SMALL, WIDGET, Page
from corpus.types import Metadata

# A page with fewer letters is read whole: there is little on it that could be left out, and much to lose.
_SHORT = 1500
# Less than this share of a page's prose, or this many letters beside much more: the library did not find the article.
_LEAST_SHARE = 0.12
_LEAST_LETTERS = 250
_LEAST_RESCUED = 12
_ARTICLE_SHARE = 0.85
_OPENING = 60
_HEAD_GROUPS = 8
_READ_WHOLE = "the main text of the page could not be told from what stands around it; the page was read whole"

_STOPPED = re.compile(r"[.!?。！？…؟।][\"'”’»」』）)\]]*$")
_FULL_STOP = re.compile(r"[.。।][\"'”’»」』）)\]]*$")
_CJK = re.compile("[\\u3040-\\u30ff\\u3400-\\u9fff]")
# What asks something of the reader, or speaks of the site.
_ASKS = re.compile(
    r"newsletter|subscri|sign(?:ing)? up|log in|cookie|follow us|terms of (?:use|service)|privacy policy"
    r"|click here|read more|copyright|©|rights reserved|all rights|подпис(?:ка|ывай|аться)|все права|версия для печати"
    r"|жазылы[ңп]|құқықтар"
    r"|版权所有|版權所有|订阅|訂閱|转载请|轉載請|扫一扫|关注公众号|点击(?:这里|此处)",
    re.IGNORECASE,
)
_LONGEST_ASKING = 250


@dataclass(frozen=True, slots=True)
class Article:
    """What is read of a page: its blocks, what its lines say about it, what was left out, and warnings."""

    blocks: tuple[Block, ...]
    metadata: Metadata
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[str, ...] = ()


def article_of(page: Page, *, find_main: bool = True) -> Article:
    """Return what is read of a page.

    Without ``find_main`` all of its text is looked at by the names of its elements alone. A page that is none (a
    chapter, a mail) is read whole.
    """
    groups = groups_of(page)
    if not page.is_page:
        return Article(tuple(b for g in groups for b in blocks_of(page, g)), Metadata(), _left_out(page, groups, None))
    choice = _Choice(page, groups)
    wanted, warnings = choice.made(find_main=find_main)
    blocks, metadata = _without_bylines(page, list(merged(groups, wanted)))
    metadata = _filled(metadata, _around_the_top(page, groups, wanted))
    return Article(tuple(blocks), metadata, _left_out(page, groups, wanted), warnings)


class _Choice:
    """The choice of the groups that are read."""

    def __init__(self, page: Page, groups: list[Group]) -> None:
        self.page = page
        self.groups = groups
        self.texts: dict[int, str] = {}
        self.sizes = [sum(page.lengths[n] for n in group.texts) for group in groups]
        self.linked = [sum(page.lengths[n] for n in g.texts if page.flags[n] & LINK) for g in groups]

    def made(self, *, find_main: bool) -> tuple[list[bool], tuple[str, ...]]:
        """Return for each group whether it is read, and warnings."""
        if not find_main or sum(self.sizes) <= _SHORT:
            return self._by_names(), ()
        kept = main_texts(self.page)
        if kept is None:
            return self._by_names(), (_READ_WHOLE,)
        wanted = [self._is_kept(number, kept) for number in range(len(self.groups))]
        if self._is_too_little(wanted):
            return self._by_names(), (_READ_WHOLE,)
        self._rescue(wanted)
        return wanted, ()

    def _text(self, number: int) -> str:
        if number not in self.texts:
            self.texts[number] = clean_blocks(list(blocks_of(self.page, self.groups[number])))
        return self.texts[number]

    def _common(self, number: int) -> int:
        return max(self.groups[number].common, 0)

    def _by_names(self) -> list[bool]:
        """Return which groups stand in nothing that is named as the frame of a page, or are prose all the same."""
        return [
            not (self._common(n) & (FRAME | WIDGET | NAVIGATION | SMALL)) or self._is_prose(n)
            for n in range(len(self.groups))
        ]

    def _is_kept(self, number: int, kept: frozenset[int]) -> bool:
        if self._common(number) & WIDGET:
            return False
        texts = self.groups[number].texts
        return 2 * sum(self.page.lengths[n] for n in texts if n in kept) >= max(self.sizes[number], 1)

    def _is_too_little(self, wanted: list[bool]) -> bool:
        """Return whether the library kept next to nothing of the prose of the page."""
        own_text = [n for n in range(len(self.groups)) if self._is_own_text(n)]
        chosen = sum(self.sizes[n] for n in own_text if wanted[n])
        others = [n for n in own_text if not wanted[n]]
        if chosen >= _LEAST_LETTERS and chosen >= _LEAST_SHARE * sum(self.sizes[n] for n in own_text):
            return False
        lost = sum(self.sizes[n] for n in others if self.sizes[n] > _SHORT or self._is_prose(n))
        return chosen < _LEAST_SHARE * (chosen + lost) or (chosen < _LEAST_LETTERS and lost > 2 * chosen)

    def _is_own_text(self, number: int) -> bool:
        """Return whether a group is no list of links and no part of a menu or a form."""
        return 2 * self.linked[number] < self.sizes[number] and not self._common(number) & (WIDGET | NAVIGATION)

    def _is_prose(self, number: int) -> bool:
        """Return whether a group says something in whole sentences, and does not only ask something of its reader."""
        common = self._common(number)
        if common & (WIDGET | NAVIGATION) or self.sizes[number] < _LEAST_RESCUED:
            return False
        if self.groups[number].rows:
            return 2 * self.linked[number] < self.sizes[number]
        text = self._text(number)
        is_linked = 2 * self.linked[number] > self.sizes[number]
        if not (_FULL_STOP if is_linked else _STOPPED).search(text):
            return False
        if len(text) <= _LONGEST_ASKING and _ASKS.search(text):
            return False
        return len(text.split()) >= 4 or len(_CJK.findall(text)) >= 8

    def _rescue(self, wanted: list[bool]) -> None:
        """Want also the prose and the tables that stand in the article, and that the library left out."""
        start, end = self._article(wanted)
        openings = {self._text(n)[:_OPENING] for n, is_wanted in enumerate(wanted) if is_wanted}
        for number, group in enumerate(self.groups):
            if wanted[number] or not start <= group.texts[0] < end or not self._is_prose(number):
                continue
            if (opening := self._text(number)[:_OPENING]) not in openings:
                openings.add(opening)
                wanted[number] = True
        for number in range(len(self.groups) - 1, 0, -1):
            if wanted[number] and not wanted[number - 1] and self._is_heading(number - 1, start):
                wanted[number - 1] = True

    def _is_heading(self, number: int, start: int) -> bool:
        group = self.groups[number]
        is_linked = 2 * self.linked[number] > self.sizes[number]
        is_named = group.level or (group.common & BOLD and self.sizes[number] <= _OPENING)
        return (
            bool(is_named)
            and (group.level > 0 or group.texts[0] >= start)
            and not is_linked
            and not group.common & (FRAME | WIDGET)
        )

    def _article(self, wanted: list[bool]) -> tuple[int, int]:
        """Return the tokens of the innermost element that holds nearly all that is wanted."""
        chosen = [0] * len(self.page.tokens)
        for number, group in enumerate(self.groups):
            if wanted[number]:
                for index in group.texts:
                    chosen[index] = self.page.lengths[index]
        totals = list(accumulate(chosen, initial=0))
        best = (0, len(self.page.tokens))
        for index, token in enumerate(self.page.tokens):
            end = token.partner if token.kind == "start" else None
            if end is not None and totals[end] - totals[index] >= _ARTICLE_SHARE * totals[-1]:
                best = (index, end)
        return best


def _without_bylines(page: Page, groups: list[Group]) -> tuple[list[Block], Metadata]:
    """Return the blocks of groups without the lines that say who wrote the page and when, and what those say."""
    found = Metadata()
    kept: list[Block] = []
    said = 0
    for group in groups:
        for block in blocks_of(page, group):
            text = clean_blocks([block])
            is_line = block.kind in {"paragraph", "item"}
            line = byline(text, at_top=said < _HEAD_GROUPS and not _has_prose(kept)) if is_line else None
            said += 1
            if line is None:
                kept.append(block)
            else:
                found = _filled(found, line)
    return kept, found


def _filled(first: Metadata, second: Metadata) -> Metadata:
    return Metadata(
        author=first.author or second.author,
        published=first.published or second.published,
        publisher=first.publisher or second.publisher,
    )


def _around_the_top(page: Page, groups: list[Group], wanted: list[bool]) -> Metadata:
    """Return what lines that are not read say about the page, from its title to the first texts that are read."""
    first = next((number for number, is_wanted in enumerate(wanted) if is_wanted), 0)
    before = range(first, max(first - _HEAD_GROUPS, -1), -1) if groups else ()
    top = next((n for n in before if groups[n].level == 1), None)
    start = max(first - 3, 0) if top is None else max(top - 2, 0)
    found = Metadata()
    for number in range(start, min(first + 4, len(groups))):
        if not wanted[number] and not groups[number].rows:
            line = byline(clean_blocks(list(blocks_of(page, groups[number]))), at_top=True)
            found = _filled(found, line) if line else found
    return found


def _has_prose(blocks: list[Block]) -> bool:
    return any(b.kind == "paragraph" and len(clean_blocks([b])) > 120 for b in blocks[-3:])


def _left_out(page: Page, groups: list[Group], wanted: list[bool] | None) -> tuple[LeftOut, ...]:
    """Return what of the page's letters is not read: hidden text, note marks, and what stands around the article."""
    hidden = notes = 0
    for index, length in enumerate(page.lengths):
        if length and page.flags[index] & HIDDEN and not page.flags[index] & NEVER:
            hidden += length
        elif length and is_note_mark(page, index):
            notes += length
    frame = 0
    for number, group in enumerate(groups):
        if wanted is not None and not wanted[number]:
            frame += sum(page.lengths[n] for n in group.texts)
    counts = (
        ("text that a browser does not show", hidden),
        ("marks of notes", notes),
        ("what stands around the article", frame),
    )
    return tuple(LeftOut(what, count) for what, count in counts if count)
