"""Replies to small talk, with facts about the collection."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

from corpus.language import known_tag
from corpus.readers.base import plain_line
from corpus.store import Store
from rag.injection.detect import is_planted
from rag.smalltalk.words import Kind, Overview, Telling, languages, values_in, words_of
from rag.writing.wording import language_name

# At most so many languages are named.
_MOST_LANGUAGES = 8
_DEFAULT = "en"


def reply(kind: Kind, language: str, overview: Overview) -> str:
    """Return a reply to small talk, with facts about the collection.

    Args:
        kind: The kind of small talk.
        language: The BCP 47 tag of the language to reply in; the reply is in English if there is no word list for it.
        overview: Facts about the collection. Sentences about a fact that it lacks are left out.

    Returns:
        A few sentences in that language. The titles in them come from documents: they must be escaped for display.

    """
    tag = _nearest(language)
    words = words_of(tag)
    if not overview.documents and kind in words.empty:
        return words.empty[kind]
    values = _values(overview, words.telling, tag)
    told = [line for line in words.replies[kind] if all(values[name] for name in values_in(line))]
    # A sentence that ends in an abbreviation gets no second full stop: "27 мая 2024 г."
    sentences = [re.sub(r"\.\.$", ".", line.format(**values)) for line in told]
    return words.telling.between_sentences.join(sentences)


def _nearest(language: str) -> str:
    tag = known_tag(language) or _DEFAULT
    if tag in languages():
        return tag
    return next((other for other in languages() if other.partition("-")[0] == tag), _DEFAULT)


def _values(overview: Overview, telling: Telling, tag: str) -> dict[str, str]:
    locale = Locale.parse(tag, sep="-")
    join = telling.between_items.join
    documents = telling.documents[locale.plural_form(overview.documents)]
    return {
        "documents": documents.format(count=format_decimal(overview.documents, locale=locale)),
        "languages": join(_languages(overview.languages, telling, locale)),
        "dates": _dates(overview.first, overview.last, telling, locale),
        "titles": join(telling.title.format(title=title) for title in overview.titles),
    }


def _languages(counts: Sequence[tuple[str, int]], telling: Telling, locale: Locale) -> list[str]:
    named = [
        telling.language.format(name=_language(tag, locale), count=format_decimal(count, locale=locale))
        for tag, count in counts[:_MOST_LANGUAGES]
    ]
    return [*named, "…"] if len(counts) > _MOST_LANGUAGES else named


def _language(tag: str, locale: Locale) -> str:
    """Return the name of a language.

    CLDR has names for Chinese in each script that read better than the names of language and script put together.
    """
    return locale.languages.get(tag.replace("-", "_")) or language_name(tag, str(locale).replace("_", "-"))


def _dates(first: str | None, last: str | None, telling: Telling, locale: Locale) -> str:
    if not first or not last:
        return ""
    if first == last:
        return _date(first, locale)
    return telling.dates.format(first=_date(first, locale), last=_date(last, locale))


def _date(published: str, locale: Locale) -> str:
    """Return a day, month or year as the language writes it; a text that is no date is returned as it is."""
    lacking, skeleton = {4: ("-01-01", "y"), 7: ("-01", "yMMMM")}.get(len(published), ("", ""))
    try:
        date = datetime.date.fromisoformat(published + lacking)
    except ValueError:
        return published
    return str(format_skeleton(skeleton, date, locale=locale) if skeleton else format_date(date, "long", locale))


_MOST_TITLES = 3
_LONGEST_TITLE = 80
# No title has these, addresses and mark-up, and a page might act on them.
_MARKUP = re.compile(r"[<>\[\]{}|`\\]|://|www\.")
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")


def overview_of(store: Store) -> Overview:
    """Return facts about a collection, taken from its catalogue: no text of a document is read.

    Titles that hold mark-up or give instructions to a machine are left out.
    """
    entries = store.catalogue()
    languages = Counter(entry.language for entry in entries)
    dates = sorted(entry.published for entry in entries if entry.published and _DATE.fullmatch(entry.published))
    newest = sorted(entries, key=lambda entry: (entry.title, entry.path))
    newest.sort(key=lambda entry: entry.published or "", reverse=True)
    return Overview(
        documents=len(entries),
        languages=tuple(sorted(languages.items(), key=lambda item: (-item[1], item[0]))),
        titles=tuple(islice(_shown(entry.title for entry in newest), _MOST_TITLES)),
        first=dates[0] if dates else None,
        last=dates[-1] if dates else None,
    )


def _shown(titles: Iterable[str]) -> Iterator[str]:
    """Yield the titles that may be shown, each once and on one line."""
    shown: set[str] = set()
    for title in titles:
        line = plain_line(title, _LONGEST_TITLE)
        if line and line not in shown and not _MARKUP.search(line) and not is_planted(title):
            shown.add(line)
            yield line
