"""An encyclopedia (MediaWiki) page saved as text: edit links after headings, footnote marks, references."""

from __future__ import annotations

import re

from corpus.readers.base import Block, Draft, File, Piece, first_text, matches, pieces_without
from corpus.readers.text.plain import Paragraph, paragraphs, split_lines
from corpus.types import Metadata
from corpus.urls import host_of, safe_url

_EDIT = re.compile(
    r"\[\s{0,3}(?:編輯|编辑|edit(?: source)?|өңдеу|править(?: код)?|ред\.)(?:\s{0,3}\|[^\[\]]{0,40})?\s{0,3}\]$",
    re.IGNORECASE,
)
# Footnote marks, editors' marks, and the up-arrows of reference lists.
_MARK = re.compile(
    r"\[(?-i:[a-z])\](?![^\W\d_])"
    r"|\[\s{0,3}(?:\d{1,3}|[註注]\s{0,3}\d{1,3}|(?:note|nb) \d{1,3}|citation needed|clarification needed"
    r"|來源請求|来源请求|永久失效連結|失效連結|失效链接|原創研究\?|дереккөзі көрсетілмеген"
    r"|источник не указан[^\]]{0,40})\s{0,3}\]",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"^(?:本(?:頁|页|條目|条目)(?:使用了|存在).*(?:轉換|转换)"
    r"|(?:維基百科|维基百科)[,，]?\s*自由的百科全(?:書|书)"
    r"|From Wikipedia, the free encyclopedia"
    r"|Материал из Википедии\s*[—–-]\s*свободной энциклопедии"
    r"|Уикипедия\s*[—–-]\s*ашық энциклопедия(?:сынан алынған мәлімет)?"
    r"|跳(?:轉|转)(?:到|至)(?:導覽|导航|搜尋|搜索).*|Jump to navigation.*)$"
)
_BACK_MATTER = re.compile(
    r"^(?:參考(?:內容|資料|文獻|来源|來源)|参考(?:内容|资料|文献|来源)|註釋|注释|註解|外部(?:連結|链接)|參見|参见|延伸閱讀|延伸阅读"
    r"|References|Notes|Footnotes|External links|See also|Further reading|Bibliography"
    r"|Дереккөздер|Сілтемелер|Тағы қараңыз|Примечания|Ссылки|Литература|См\. также)$",
    re.IGNORECASE,
)
_RETRIEVED = re.compile(
    r"^(?:取自|检索自|檢索自|Retrieved from|Источник\s*[—–-]|Алынған дереккөз).{0,5}?(?P<url>https?://[^\s」”\"»]+)",
    re.IGNORECASE,
)


class EncyclopediaReader:
    """The reader of saved MediaWiki pages; the reference list and links at their end are left out."""

    name = "encyclopedia"
    media_type = "text/plain"
    suffixes: frozenset[str] = frozenset()
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether at least two lines end in an edit link."""
        return sum(bool(_EDIT.search(line.text)) for line in split_lines(file.body)) >= 2

    def read(self, file: File) -> Draft:
        """Return the draft of a page, without footnote marks, notices and the matter at its end."""
        source, start = file.source, file.start
        lines = split_lines(source, start)
        found = [_RETRIEVED.match(line.text) for line in lines]
        url = next((safe_url(match["url"]) for match in found if match), None)
        body = [line for line, match in zip(lines, found, strict=True) if not match]
        blocks = self._blocks(source, list(paragraphs(body)))
        title = first_text(blocks[:1], lambda block: block.kind == "heading")
        return Draft(tuple(blocks), Metadata(title=title, url=url, publisher=host_of(url)))

    def _blocks(self, source: str, groups: list[Paragraph]) -> list[Block]:
        blocks: list[Block] = []
        in_back_matter = False
        for group in groups:
            for line in group.lines:
                edit = _EDIT.search(line.text)
                heading = line.text[: edit.start()].strip() if edit else line.text
                if edit or _BACK_MATTER.match(line.text):
                    in_back_matter = bool(_BACK_MATTER.match(heading))
                if in_back_matter or _NOTICE.match(line.text):
                    continue
                if edit:
                    begin = source.index(heading, line.start)
                    blocks.append(Block("heading", (Piece(begin, begin + len(heading), heading),), 2))
                elif not blocks and group.lines[0] is line and len(line.text) <= 120:
                    blocks.append(Block("heading", (Piece(line.start, line.end, source[line.start : line.end]),), 1))
                else:
                    drops = matches(_MARK, source, line.start, line.end)
                    blocks.append(Block("paragraph", pieces_without(source, line.start, line.end, drops)))
        return blocks
