"""The full-text index of paragraphs and titles: how text becomes terms, and how words are looked up."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import regex

from corpus.database import Database
from corpus.kazakh import from_arabic, from_latin, is_kazakh_in_arabic, is_kazakh_in_latin
from corpus.language import in_script

_HAN = "\u2e80-\u2fdf\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = "\u3041-\u30ff\u31f0-\u31ff"
# Written without spaces, or with endings that grow on short stems: found by single characters and pairs.
_PAIRED = f"{_HAN}{_KANA}\uac00-\ud7af"
# Thai, Lao, Burmese and Khmer are written without spaces, and a single letter of theirs says nothing: pairs alone.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_RUN = regex.compile(
    rf"(?P<paired>[{_PAIRED}]+)|(?P<unspaced>[{_UNSPACED}]+)|(?P<number>\d+(?:[.,]\d+)*)"
    rf"|(?P<word>(?:(?![{_PAIRED}{_UNSPACED}])[\p{{L}}\p{{M}}])+)"
)
_STEM = 5
_ARABIC = regex.compile("[\u0621-\u06d5]")
_LATIN_KAZAKH = regex.compile("[qQ]")
_QUOTED = regex.compile(
    r"“([^“”]+)”|\"([^\"]+)\"|«([^«»]+)»|「([^「」]+)」|『([^『』]+)』|„([^„“”]+)[“”]|《([^《》]+)》"
)
# "ASTANA, 5 March (Agency) — " and "【本报讯】": where and when a copy was filed.
_DATELINE = regex.compile(
    r"\A\s*+(?:\p{Lu}{3,}(?:[ -]\p{Lu}+)*(?:,[^.!?—–\n]{1,30}?)?(?:\s*\([^)\n]{1,20}\))?\s+[—–-]+\s|【[^】\n]{1,30}】)"
)
_ONLY_QUOTED = regex.compile(r"\s*(?:“[^“”]+”|\"[^\"]+\"|«[^«»]+»|「[^「」]+」|『[^『』]+』|„[^„“”]+[“”])\s*")
# Letters folded one by one; decomposition, by which marks are removed, would leave most of them as they are.
_LETTERS = str.maketrans(
    {"ё": "е", "ى": "ي", "ئ": "ي", "ک": "ك", "گ": "ك", "ی": "ي", "ة": "ه", "ـ": None, "ı": "i", "ß": "ss", "ς": "σ"}
)


def index_terms(text: str) -> list[str]:
    """Return the terms of ``text`` in order, with repetitions.

    Words of a Kazakh text in Arabic or Latin letters are followed by those in Cyrillic letters, so that a question
    in any of the three scripts finds it.
    """
    terms: list[str] = []
    cyrillic = _cyrillic_of(text)
    for match in _runs(text):
        run = match.group()
        if match.lastgroup == "paired":
            terms.extend(run)
            terms.extend(a + b for a, b in pairwise(run))
        elif match.lastgroup == "unspaced":
            terms.extend([a + b for a, b in pairwise(run)] or [run])
        elif match.lastgroup == "number":
            terms.append(regex.sub(r"\D", "", run))
        else:
            terms.append(_fold(run)[:_STEM])
            if cyrillic and (other := cyrillic(run.lower())) != run.lower():
                terms.append(_fold(other)[:_STEM])
    return [term for term in terms if term]


def _cyrillic_of(text: str) -> Callable[[str], str] | None:
    """Return what puts a word of a Kazakh text into Cyrillic letters; None for any other text."""
    if _ARABIC.search(text) and is_kazakh_in_arabic(text):
        return from_arabic
    return (lambda word: from_latin(word, text)) if _LATIN_KAZAKH.search(text) and is_kazakh_in_latin(text) else None


def match_any(terms: Iterable[str]) -> str:
    """Return an FTS5 query for any of ``terms``; empty if there are none. Terms are quoted, so none acts as syntax."""
    return " OR ".join(f'"{term}"' for term in dict.fromkeys(terms))


def match_all(terms: Iterable[str]) -> str:
    """Return an FTS5 query for all of ``terms``."""
    return " AND ".join(f'"{term}"' for term in dict.fromkeys(terms))


def folded(text: str) -> str:
    """Return only the words and numbers of ``text``, script, case and diacritics folded: equal for equal wording."""
    return "".join(_fold(run.group()) if run.lastgroup == "word" else run.group() for run in _runs(text))


def wording(text: str) -> int:
    """Return a 64-bit hash of what ``text`` says, letter for letter and digit for digit, without a dateline."""
    digest = hashlib.sha256((folded(_DATELINE.sub("", text, count=1)) or text).encode()).digest()
    return int.from_bytes(digest[:8], "little", signed=True)


def quoted_phrases(text: str) -> list[str]:
    """Return the phrases in quotation marks or title marks in ``text``, each once."""
    phrases = [next(filter(None, match.groups())).strip() for match in _QUOTED.finditer(text)]
    return [phrase for phrase in dict.fromkeys(phrases) if folded(phrase)]


def is_one_quotation(text: str) -> bool:
    """Return whether ``text`` is nothing but words in quotation marks: a search for exactly those words."""
    return bool(_ONLY_QUOTED.fullmatch(text))


def _runs(text: str) -> Iterator[regex.Match[str]]:
    runs: Iterator[regex.Match[str]] = _RUN.finditer(unicodedata.normalize("NFKC", simplified(text)))
    return runs


def _fold(word: str) -> str:
    lowered = word.lower().translate(_LETTERS)
    if not lowered.isascii() and not _is_cyrillic(lowered):
        bare = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
        lowered = unicodedata.normalize("NFC", bare)
    return lowered


def _is_cyrillic(word: str) -> bool:
    """Return whether a word is Cyrillic, where й is a letter and not an accented и."""
    return "\u0400" <= word[0] <= "\u052f"


def simplified(text: str) -> str:
    """Return ``text`` with Traditional Chinese characters replaced by Simplified ones; its length stays the same."""
    return in_script(text, "zh-Hans")


_TITLE_WEIGHT = 2.0
# A term in more than this share of the paragraphs says next to nothing and costs most of the time...
_COMMON = 0.1
# ...unless that is so few paragraphs that it costs nothing.
_FEW = 100
_RAREST = 3
_LONGEST_QUERY = 4_000
# How many paragraphs are searched for a quoted phrase at most.
_MOST_WITH_PHRASE = 1_000


class WordIndex(Database):
    """The full-text index in an open store."""

    def add_terms(self, paragraph_id: int, text: str, context: str) -> None:
        """Index a paragraph under its title and heading (inside a transaction)."""
        self.connection.execute(
            "INSERT INTO paragraph_terms (rowid, context, terms) VALUES (?, ?, ?)",
            (paragraph_id, " ".join(index_terms(context)), " ".join(index_terms(text))),
        )

    def match(self, question: str) -> dict[int, float]:
        """Return the BM25 score (higher is better) of each paragraph with a telling word of ``question``, by its id."""
        query = match_any(self._telling(index_terms(question[:_LONGEST_QUERY])))
        if not query:
            return {}
        rows = self._all(
            f"SELECT rowid AS id, -bm25(paragraph_terms, {_TITLE_WEIGHT}, 1.0) AS score"
            " FROM paragraph_terms WHERE paragraph_terms MATCH ?",
            (query,),
        )
        return {row["id"]: row["score"] for row in rows}

    def quoting(self, question: str) -> set[int]:
        """Return the ids of the chunks that hold a phrase quoted in ``question``, word for word once it is folded."""
        found: set[int] = set()
        for phrase in quoted_phrases(question[:_LONGEST_QUERY]):
            words, plain = folded(phrase), phrase.casefold()
            for number, text in self._with_terms(index_terms(phrase)):
                # Folding is slow, and most sentences that hold a phrase hold it as it was typed.
                if plain in text.casefold() or words in folded(text):
                    found.add(number)
        return found

    def _with_terms(self, terms: list[str]) -> list[tuple[int, str]]:
        """Return the ids and texts of the chunks of the paragraphs that hold all ``terms``."""
        if not terms:
            return []
        rows = self._all(
            "SELECT c.id, substr(d.text, c.start + 1, c.end - c.start) AS text"
            " FROM (SELECT rowid AS id FROM paragraph_terms WHERE paragraph_terms MATCH ? LIMIT ?) p"
            " JOIN chunks c ON c.paragraph_id = p.id JOIN documents d ON d.id = c.document_id",
            (f"terms : ({match_all(terms)})", _MOST_WITH_PHRASE),
        )
        return [(row["id"], row["text"]) for row in rows]

    def _telling(self, terms: list[str]) -> list[str]:
        """Return the terms that occur in some but not too many paragraphs; if all are too common, the rarest few."""
        distinct = list(dict.fromkeys(terms))
        counts = {
            row["term"]: row["doc"] for row in self._of("SELECT term, doc FROM vocabulary WHERE term IN", distinct)
        }
        total = self._one("SELECT count(*) FROM paragraphs")
        most = max(_FEW, _COMMON * (total[0] if total else 0))
        telling = [term for term, count in counts.items() if count <= most]
        return telling or sorted(counts, key=lambda term: (counts[term], term))[:_RAREST]
