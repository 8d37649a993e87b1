"""Lines of a web page that say who wrote it, where it was published, and when."""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpus.dates import date_line, iso_date
from corpus.types import Metadata

_MAX_LINE = 200
_AUTHOR = (
    r"作者|记者|記者|撰稿人?|撰文|文字?|By|Written by|Words by|Authors?|Автор(?:ы|лар[ыі]?)?"
    r"|Текст|Мәтін|Авторлары?|Журналист"
)
_SOURCE = r"来源|來源|稿源|消息来源|文章来源|Source|Источник|Дереккөз[і]?|Көзі|Ақпарат көзі"
_DATE = (
    r"发布时间|發布時間|发表时间|发布日期|更新时间|发布于|日期|时间|(?:First )?[Pp]ublished(?: on| at)?|Posted(?: on)?"
    r"|(?:Last )?(?:[Uu]pdated|[Mm]odified)(?: on| at)?|Date|Publiziert(?: am)?|Veröffentlicht(?: am)?"
    r"|Publié(?: le)?|Publicado(?: el)?"
    r"|Опубликован[оа]?|Дата(?: публикации)?|Обновлено|Размещено"
    r"|Жарияланды|Жарияланған(?: күні| уақыты)?|Жаңартылды|Күні"
)
_OTHER = (
    r"责编|責編|网编|網編|责任编辑|責任編輯|编辑|編輯|校对|审核|审校|摄影|图片|浏览(?:次数|量)?|阅读(?:量|数)?|字体|分享到"
    r"|Editors?|Edited by|Photos?(?: by)?|Редактор|Фото|Просмотр(?:ов|ы)|Редакциялаған|Сурет|Views|Reading time"
)
_LABEL = re.compile(
    rf"(?:(?P<author>{_AUTHOR})|(?P<source>{_SOURCE})|(?P<date>{_DATE})|(?P<other>{_OTHER}))\s*[:：]\s*", re.IGNORECASE
)
_BARE = re.compile(
    r"(?:(?P<author>By|BY|Written by)|(?P<date>(?:First )?[Pp]ublished(?: on| at)?|[Pp]osted(?: on)?"
    r"|(?:Last )?[Uu]pdated(?: on| at)?|[Pp]ubliziert am|[Vv]eröffentlicht am|[Pp]ublié le"
    r"|Опубликовано|Обновлено|Жарияланды|发布于|发表于))\s+(?=\S)"
)
_SEPARATOR = re.compile(r"[\s|·•∙\-–—/,，、;；_]+")
_DAY = (
    r"(?:\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日|\d{4}[-./]\d{1,2}[-./]\d{1,2}(?=$|[\sT,，|])"
    r"|\d{1,2}[./]\d{1,2}[./]\d{4}"
    r"|\d{4}\s*(?:ж\.|жылғы|жылы)\s*\d{1,2}\s+[^\W\d_]{3,}|\d{1,2}\s+[^\W\d_]{3,12}\.?,?\s+\d{4}(?:\s*(?:г(?:ода|\.)?|ж(?:ыл|\.)?))?"
    r"|[A-Z][a-z]{2,8}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4})"
)
_WEEKDAY = r"(?:(?:on|am|vom|le|el)\s+)?(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,?\s+)?"
_TIME = (
    r"(?:(?:\s*,|\s+at|\s+в|T|\s*[-–—|])?\s*\d{1,2}[:.]\d{2}(?::\d{2})?(?:\s*[ap]\.?m\.?)?"
    r"(?:\s*\(?(?:[A-Z]{2,4}|[+-]\d{2}:?\d{2}|Z)\)?)?)?"
)
# "2:16 AM EST Nov 20, 2019"
_HOUR = r"\d{1,2}:\d{2}(?:\s*[ap]\.?m\.?)?(?:\s+[A-Z]{2,4})?,?"
_DATE_VALUE = re.compile(rf"(?:{_HOUR}\s+)?{_WEEKDAY}(?P<day>{_DAY}){_TIME}(?=$|\W|[^\x00-\x7f])", re.IGNORECASE)
_TIMESTAMP = re.compile(r"\s*(\d{4})-?(\d{2})-?(\d{2})(?=$|[T\s])")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?:\s*[ap]\.?m\.?)?(?:\s+[A-Z]{2,4})?(?=$|\s|[|·])", re.IGNORECASE)
_MINUTES = re.compile(r"\d+\s*(?:min(?:ute)?s?(?:\s+read)?|мин\.?|минут[аы]?)(?=$|\W)", re.IGNORECASE)
# A name: words that begin with capitals, with small ones between them, or a few Chinese characters.
_WORD = r"[^\W\d_a-zа-яёәіңғүұқөһ][\w'’.-]{0,25}"
_NAME = re.compile(
    rf"(?:{_WORD}(?:\s+(?:{_WORD}|and|und|et|de|da|di|del|van|von|der|den|la|le|bin|al|и|және|ұлы|қызы|&)|,\s+{_WORD}){{0,7}}"
    r"|[\u3400-\u9fff·•]{2,12}(?:[\s、，,][\u3400-\u9fff·•]{2,6}){0,3})(?=$|\s{2,}|\s*[|·•–—/,，（(]|\s+\d|\s+-\s|\s+[\u3400-\u9fff]{2,4}[:：]"
    r"|\s+(?:on|в|[A-ZА-ЯӘІҢҒҮҰҚӨҺ]\w+\s*:))"
)
_HANDLE = re.compile(
    r"https?://|www\.|\S@\S|(?:^|[\s,])@\w|^\S+\.(?:com|org|net|kz|ru|cn|info|php|html?)$|^\W*\d+\W*$|[<>{}\\]"
    r"|^[a-z0-9_.-]{1,30}$"
)
_NO_NAME = re.compile(
    r"^(?:admin(?:istrator)?|editors?|author|staff|unknown|none|null|n/a|user|root|webmaster|guest|anonymous|редактор|редакция"
    r"|автор|администратор|редакциясы?|сайт әкімшісі|管理员|管理員|编辑|編輯|小编|佚名|未知)$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Line:
    """A line that is gone through from left to right, and what it says."""

    text: str
    position: int = 0
    author: str | None = None
    publisher: str | None = None
    published: str | None = None
    labels: int = 0

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return the match of a pattern here, and go past it."""
        match = pattern.match(self.text, self.position)
        if match and match.end() > self.position:
            self.position = match.end()
            return match
        return None


def day_of(value: str | None) -> str | None:
    """Return the day that a written date or a timestamp shows, whatever its time zone, as an ISO date."""
    if not value:
        return None
    match = _TIMESTAMP.match(value)
    day = iso_date("-".join(match.groups())) if match else iso_date(_without_time(value))
    # What programs write where they know no date: the years 1 and 1900, and the day from which they count.
    return day if day and day > "1900-12-31" and day != "1970-01-01" else None


def _without_time(value: str) -> str:
    match = _DATE_VALUE.search(value)
    return match["day"] if match else value


def person(name: str | None) -> str | None:
    """Return the name of a person or an organisation without "By"; None for an address, a number, a program's word."""
    text = " ".join((name or "").split()).strip(" ,;|·•:：-–—/")
    text = re.sub(r"^(?:by|written by|автор|作者|记者)\s*(?:[:：]|\s)\s*", "", text, flags=re.IGNORECASE)
    # "JILL LAWLESS November 20, 2019": the name ends where the date begins.
    text = (_DATE_VALUE.split(text)[0] if _DATE_VALUE.search(text) else text).strip(" ,;|·-–—")
    if len(text) < 2 or _HANDLE.search(text) or _NO_NAME.match(text) or not any(map(str.isalpha, text)):
        return None
    return text


def byline(text: str, *, at_top: bool) -> Metadata | None:
    """Return what a line says of its page's author, publisher and date; None for a line that says something else.

    A line without a label ("1 March 2031", "By Ann Orr") is one only at the top of an article.
    """
    if not 4 <= len(text) <= _MAX_LINE:
        return None
    line = _Line(text)
    while line.position < len(text):
        if line.take(_SEPARATOR) or _labelled(line) or (at_top and _unlabelled(line)):
            continue
        break
    if line.position >= len(text) and (line.labels or line.published or line.author):
        return Metadata(author=line.author, publisher=line.publisher, published=line.published)
    if at_top and (date := date_line(text)):
        return Metadata(published=date)
    return None


def _labelled(line: _Line) -> bool:
    label = line.take(_LABEL)
    if not label:
        return False
    kind = str(label.lastgroup)
    if kind == "date":
        value = line.take(_DATE_VALUE)
        line.published = line.published or (day_of(value["day"]) if value else None)
        line.labels += bool(value)
        return bool(value)
    value = line.take(_NAME) or (line.take(re.compile(r"[^|:：\s][^|:：]{0,30}?(?=$|\s{2,}|\s+\S{2,8}[:：]|\s*\|)")))
    if not value:
        return False
    line.labels += 1
    if kind == "author":
        line.author = line.author or person(value.group())
    elif kind == "source":
        line.publisher = line.publisher or person(value.group())
    return True


def _unlabelled(line: _Line) -> bool:
    if line.take(_MINUTES):
        return True
    if value := line.take(_DATE_VALUE):
        line.published = line.published or day_of(value["day"])
        return line.published is not None
    start = line.position
    if bare := line.take(_BARE):
        value = line.take(_NAME if bare["author"] else _DATE_VALUE)
        if value and bare["author"]:
            line.author = line.author or person(value.group())
        elif value:
            line.published = line.published or day_of(value["day"])
        if not value:
            line.position = start
        return bool(value)
    return bool(line.published and line.take(_CLOCK))
