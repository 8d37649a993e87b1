"""The layout of the store's SQLite file."""

from __future__ import annotations

# Raised whenever a table changes; a store of another version is refused, never guessed at.
STORE_VERSION = 2
# "DALI": tells the store from any other SQLite file.
APPLICATION_ID = 0x44414C49

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    reading_version INTEGER NOT NULL,
    encoding TEXT NOT NULL,
    media_type TEXT NOT NULL,
    reader TEXT NOT NULL,
    title TEXT NOT NULL,
    url TEXT,
    publisher TEXT,
    author TEXT,
    published TEXT,
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    source_map BLOB NOT NULL,
    layout TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE files (
    path TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents(id)
) WITHOUT ROWID;
CREATE INDEX files_by_document ON files(document_id);
CREATE TABLE paragraphs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL
);
CREATE INDEX paragraphs_by_document ON paragraphs(document_id);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    paragraph_id INTEGER NOT NULL REFERENCES paragraphs(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    source_start INTEGER NOT NULL,
    source_end INTEGER NOT NULL,
    line INTEGER NOT NULL,
    language TEXT NOT NULL,
    heading TEXT,
    tokens INTEGER NOT NULL,
    wording INTEGER NOT NULL
);
CREATE INDEX chunks_by_document ON chunks(document_id, position);
CREATE INDEX chunks_by_paragraph ON chunks(paragraph_id);
CREATE VIRTUAL TABLE paragraph_terms USING fts5(
    context, terms, tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* Co'"
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(paragraph_terms, row);
"""
