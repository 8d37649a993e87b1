"""Search by words: the store's full-text index (SQLite FTS5, BM25), one row a paragraph.

A paragraph's row holds its own words and, weighing more, those of what it stands under: the title and the heading
(BM25F in short: Robertson, Zaragoza and Taylor, "Simple BM25 extension to multiple weighted fields", CIKM 2004).
Paragraphs and not sentences, because words that matter are often one sentence away (measured on KazQAD: mAP 0.70
with the words of sentences, 0.72 with those of paragraphs, 0.73 with titles too).
"""

from __future__ import annotations

from corpus.database import Database
from corpus.fulltext import folded, index_terms, match_all, match_any, quoted_phrases

_TITLE_WEIGHT = 2.0
# A term in more than this share of the paragraphs says next to nothing and costs most of the time...
_COMMON = 0.1
# ...unless that is so few paragraphs that it costs nothing.
_FEW = 100
_RAREST = 3
_LONGEST_QUERY = 4_000
# Paragraphs that are looked through for a quoted phrase.
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
        """BM25 scores (higher is better) by paragraph id, of every paragraph with a telling word of ``question``."""
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
        """The chunks that hold a phrase which ``question`` quotes, word for word once folded."""
        found: set[int] = set()
        for phrase in quoted_phrases(question[:_LONGEST_QUERY]):
            words, plain = folded(phrase), phrase.casefold()
            for number, text in self._with_terms(index_terms(phrase)):
                # Folding is slow, and most sentences that hold a phrase hold it as it was typed.
                if plain in text.casefold() or words in folded(text):
                    found.add(number)
        return found

    def _with_terms(self, terms: list[str]) -> list[tuple[int, str]]:
        """Chunks, with their texts, of the paragraphs that hold all ``terms``."""
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
        """The terms that are known and not everywhere; where all are everywhere, the rarest few."""
        distinct = list(dict.fromkeys(terms))
        counts = {
            row["term"]: row["doc"] for row in self._of("SELECT term, doc FROM vocabulary WHERE term IN", distinct)
        }
        total = self._one("SELECT count(*) FROM paragraphs")
        most = max(_FEW, _COMMON * (total[0] if total else 0))
        telling = [term for term, count in counts.items() if count <= most]
        return telling or sorted(counts, key=lambda term: (counts[term], term))[:_RAREST]
