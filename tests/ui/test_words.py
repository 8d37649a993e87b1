"""The texts of the page: whole in five languages, all of them used, and dates and names as each language has them."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import rag.ui
from rag.chat.exhibits import LABELS
from rag.library.tasks import IndexingProgress
from rag.ui import asking, documents
from rag.ui.session import LANGUAGES, catalog, date_shown, language_name, negotiated, say_in

SOURCES = [path.read_text("utf-8") for path in Path(rag.ui.__file__).parent.glob("*.py")]
# `say()("key"` and `say()(f"key_{part}"`; then the keys that are chosen before they are said.
_SAID = re.compile(r"""say\(\)\(\s*(f?)["']([^"']+)["']""")
_CHOSEN = re.compile(r'"((?:chart|finding|grade|state|writer)_[a-z]+|next|previous)"')


def said() -> tuple[set[str], set[str]]:
    """The whole keys and the beginnings of keys that the sources say."""
    found = [match for source in SOURCES for match in _SAID.findall(source)]
    whole = {key for f, key in found if not f} | {key for source in SOURCES for key in _CHOSEN.findall(source)}
    whole |= {*LABELS, *documents._LABELS.values(), *(f"step_{name}" for name in asking._NAMED)}
    return whole, {key.partition("{")[0] for f, key in found if f}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_catalog_has_every_text_with_the_same_placeholders(language: str) -> None:
    english, other = catalog("en"), catalog(language)
    assert other.keys() == english.keys()
    assert {key for key in english if placeholders(other[key]) != placeholders(english[key])} == set()
    assert [key for key, text in other.items() if not text.strip() or text != text.strip()] == []


@pytest.mark.parametrize("language", [tag for tag in LANGUAGES if tag != "en"])
def test_texts_are_translated(language: str) -> None:
    same = {key for key, text in catalog(language).items() if text == catalog("en")[key] and " " in text}
    assert same == set()


@pytest.mark.parametrize("language", [tag for tag in LANGUAGES if tag != "en"])
def test_texts_are_in_the_script_of_their_language(language: str) -> None:
    letters = {"kk": "[а-яәіңғүұқөһ]", "ru": "[а-яё]"}.get(language, "[\u4e00-\u9fff]")
    neutral = {"as_markdown", "export_lang", "export_sha256"}
    texts = {key: re.sub("{.*?}", "", text).lower() for key, text in catalog(language).items() if key not in neutral}
    assert {
        key for key, text in texts.items() if re.search(r"[^\W\d_]", text) and not re.search(letters, text)
    } == set()
    assert catalog(language)["export_lang"] == language


def test_every_text_that_is_said_exists() -> None:
    whole, beginnings = said()
    assert len(whole) > 50
    assert whole - catalog("en").keys() == set()
    assert {start for start in beginnings if not any(key.startswith(start) for key in catalog("en"))} == set()


def test_every_text_that_there_is_is_said() -> None:
    whole, beginnings = said()
    beginnings.discard("step_")  # of those, only the ones that are named
    unsaid = catalog("en").keys() - whole
    assert {key for key in unsaid if not any(key.startswith(start) for start in beginnings)} == set()


def test_exports_have_their_english_labels_from_the_catalog() -> None:
    assert {key: text for key, text in LABELS.items() if catalog("en")[key] != text} == {}


def test_the_parts_of_an_indexing_have_names() -> None:
    class Told(IndexingProgress):
        def __init__(self) -> None:
            self.labels: set[str] = set()
            self._task = self  # type: ignore[assignment]

        def begin(self, label: str, total: int, unit: str) -> None:
            self.labels.add(label)

    told = Told()
    told.reading(1)
    told.embedding(1, 1, 0)
    told.saving()
    assert told.labels == asking._NAMED


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-MO", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh-Hant", "zh-Hant"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-Hans-SG", "zh-Hans"),
        ("zh-Hans-HK", "zh-Hans"),
        ("kk-KZ", "kk"),
        ("KK", "kk"),
        ("ru", "ru"),
        ("ru-KZ", "ru"),
        ("en-GB", "en"),
        ("de", "en"),
        ("kkj", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_the_nearest_language_to_a_browsers_is_taken(wanted: str | None, language: str) -> None:
    assert negotiated(wanted) == language


@pytest.mark.parametrize(
    ("language", "date"),
    [
        ("en", "Oct 20, 2023"),
        ("zh-Hans", "2023年10月20日"),
        ("zh-Hant", "2023年10月20日"),
        ("kk", "2023 ж. 20 қаз."),
        ("ru", "20 окт. 2023 г."),
    ],
)
def test_dates_are_written_as_the_language_writes_them(language: str, date: str) -> None:
    assert date_shown("2023-10-20", language).replace("\u202f", " ").replace("\xa0", " ") == date


@pytest.mark.parametrize("published", ["2023", "2023-10", "spring", "2023-02-30"])
def test_what_is_no_whole_date_is_shown_as_it_is(published: str) -> None:
    assert date_shown(published, "kk") == published


@pytest.mark.parametrize("published", [None, ""])
def test_no_date_is_nothing(published: str | None) -> None:
    assert date_shown(published, "ru") == ""


@pytest.mark.parametrize(
    ("tag", "language", "name"),
    [
        ("kk", "en", "Kazakh"),
        ("kk", "kk", "қазақ тілі"),
        ("zh-Hant", "ru", "китайский (традиционная)"),
        ("ru", "zh-Hans", "俄语"),
        ("en", "zh-Hant", "英文"),
        ("und", "en", "Unknown language"),
        ("und", "kk", "белгісіз тіл"),
        ("kk-Latn", "en", "Kazakh (Latin)"),
        ("kk-Latn", "kk", "қазақ тілі (латын жазуы)"),
        ("kk-Arab", "ru", "казахский (арабица)"),
        ("kk-Qqqq", "en", "kk-Qqqq"),
        ("qqq", "en", "qqq"),
        ("not a tag", "en", "not a tag"),
        ("", "en", ""),
    ],
)
def test_languages_have_their_names_in_the_language_of_the_page(tag: str, language: str, name: str) -> None:
    assert language_name(tag, language) == name


def test_a_text_that_there_is_not_is_an_error() -> None:
    with pytest.raises(KeyError):
        say_in("en")("no such text")
