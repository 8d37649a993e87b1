"""The words of small talk: whole in every language, told as what they are, and refused where they are wrong."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from typing import Any

import pytest

from rag.smalltalk import KINDS, small_talk
from rag.smalltalk.telling import Spelling, is_stretched, squeezed, tokens_of
from rag.smalltalk.words import Pattern, checked, languages, parsed, parsed_rules, words_of
from rag.ui.session import LANGUAGES

LETTERS = {
    "en": "[a-z]",
    "kk": "[а-яәіңғүұқөһ]",
    "ru": "[а-яё]",
    "zh-Hans": "[\u4e00-\u9fff]",
    "zh-Hant": "[\u4e00-\u9fff]",
}


def data_of(language: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("rag.smalltalk").joinpath(f"{language}.json").read_text("utf-8"))
    return found


def said_by(template: str, rules: dict[str, list[str]], chance: random.Random) -> str:
    """One of the sentences that a template stands for, by chance."""

    def until(pieces: Iterator[str], closing: str) -> str:
        options: list[list[str]] = [[]]
        for piece in pieces:
            if piece == closing:
                break
            if piece == "|":
                options.append([])
            elif piece in "([":
                inner = until(pieces, ")" if piece == "(" else "]")
                options[-1].append(inner if piece == "(" or chance.random() < 0.5 else "")
            elif piece.startswith("<"):
                options[-1].append(said_by(chance.choice(rules[piece[1:-1]]), rules, chance))
            else:
                options[-1].append(piece)
        return " ".join(chance.choice(options))

    return until(iter(re.findall(r"[()\[\]|]|<[^<>]*>|[^()\[\]|<>]+", template)), "")


def test_there_are_words_of_the_languages_of_the_page() -> None:
    assert set(languages()) == set(LANGUAGES)


@pytest.mark.parametrize("language", languages())
def test_what_a_template_stands_for_is_told_as_its_kind(language: str) -> None:
    words, chance = words_of(language), random.Random(7)
    said = [
        (kind, said_by(template, words.rules, chance))
        for kind, templates in words.phrases.items()
        for template in templates
        for _ in range(6)
    ]
    told = [(kind, text, small_talk(text, language)) for kind, text in said if text.strip()]
    assert len(told) > 200
    assert [(kind, text, found) for kind, text, found in told if not found or found.kind != kind] == []
    assert {found.language for _, _, found in told if found} == {language}


@pytest.mark.parametrize(
    ("language", "greeting"),
    [("en", "hi"), ("kk", "сәлем"), ("ru", "привет"), ("zh-Hans", "你好"), ("zh-Hant", "哈囉")],
)
def test_fillers_change_nothing_and_are_nothing_alone(language: str, greeting: str) -> None:
    fillers = [filler for line in words_of(language).fillers for filler in line.split("|")]
    told = [small_talk(f"{greeting}, {filler}", language) for filler in fillers]
    assert [f for f, found in zip(fillers, told, strict=True) if not found or found.kind != "greeting"] == []
    alone = [filler for filler in fillers if small_talk(filler, language)]
    assert len(alone) < len(fillers) / 4


@pytest.mark.parametrize("language", languages())
def test_replies_are_whole_and_in_their_language(language: str) -> None:
    words, english = words_of(language), words_of("en")
    assert words.replies.keys() == words.phrases.keys() == set(KINDS)
    assert words.empty.keys() == english.empty.keys()
    texts = [text for sentences in words.replies.values() for text in sentences] + list(words.empty.values())
    bare = [re.sub("{.*?}|Dalil", "", text) for text in texts]
    assert [text for text in bare if not re.search(LETTERS[language], text.lower())] == []
    if language != "en":
        assert [text for text in bare if re.search("[a-z]", text.lower())] == []
    assert {text.strip()[-1] for text in texts} <= set(".!。！")


@pytest.mark.parametrize("language", [language for language in languages() if language != "en"])
def test_replies_tell_the_same_in_every_language(language: str) -> None:
    def told(of: str) -> dict[str, list[str]]:
        return {
            kind: sorted(name for line in lines for name in re.findall("{(.*?)}", line))
            for kind, lines in words_of(of).replies.items()
        }

    assert told(language) == told("en")
    assert words_of(language).replies["collection"] != words_of("en").replies["collection"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda data: data["phrases"].pop("thanks"), "phrases lack the kind thanks"),
        (lambda data: data["phrases"].update(thanks=[]), "phrases lack the kind thanks"),
        (lambda data: data["replies"].pop("goodbye"), "replies lack the kind goodbye"),
        (lambda data: data["phrases"].update(insult=["x"]), "insult"),
        (lambda data: data["rules"].update(spare=["x"]), "<spare> is used nowhere"),
        (lambda data: data["empty"].pop("collection"), "empty must have a reply"),
        (lambda data: data["empty"].update(thanks="x"), "empty must have a reply"),
        (lambda data: data["replies"].update(collection=["{pages}"]), "'pages', which is not known"),
        (lambda data: data["telling"].pop("title"), "title"),
        (lambda data: data["telling"]["documents"].pop("few"), "plural categories"),
        (lambda data: data.pop("fillers"), "fillers"),
        (lambda data: data.update(fillers=[]), "fillers"),
        (lambda data: data.update(more=1), "more"),
    ],
)
def test_words_that_are_not_whole_are_refused(change: Callable[[dict[str, Any]], Any], told: str) -> None:
    data = data_of("ru")
    checked(data, "ru")
    change(data)
    with pytest.raises(ValueError, match=re.escape(told)):
        checked(data, "ru")


def words_in(text: str) -> list[str]:
    return text.split()


def is_one_of(pattern: Pattern, text: str) -> bool:
    words = text.split()
    return len(words) in pattern.ends(words, 0)


RULES = parsed_rules({"place": ["house|old house"], "where": ["in the <place>|here"]}, words_in)


@pytest.mark.parametrize(
    ("template", "sentences", "others"),
    [
        ("a b", ["a b"], ["a", "b", "b a", "a b c", ""]),
        ("a|b c", ["a", "b c"], ["a c", "b"]),
        ("a [b|c d] e", ["a e", "a b e", "a c d e"], ["a c e", "a b c d e"]),
        ("(a|b) (c|d)", ["a c", "a d", "b c", "b d"], ["a", "a b", "c a"]),
        ("[a] [b] c", ["c", "a c", "b c", "a b c"], ["b a c", "a b"]),
        ("(a|(b|c) d) e", ["a e", "b d e", "c d e"], ["b e", "a d e"]),
        ("what is <where>", ["what is here", "what is in the old house"], ["what is house", "what is in the"]),
        ("a [a] a", ["a a", "a a a"], ["a", "a a a a"]),
    ],
)
def test_templates_stand_for_their_sentences(template: str, sentences: Sequence[str], others: Sequence[str]) -> None:
    pattern = parsed(template, RULES, words_in)
    assert [text for text in sentences if not is_one_of(pattern, text)] == []
    assert [text for text in others if is_one_of(pattern, text)] == []
    assert pattern.vocabulary >= {word for text in sentences for word in text.split()}


@pytest.mark.parametrize(("template", "told"), [("a (b", "')'"), ("a [b", "']'"), ("a b)", "too many"), ("<c>", "<c>")])
def test_templates_that_cannot_be_read_are_refused(template: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        parsed(template, RULES, words_in)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What’s in here?", ["whats", "in", "here"]),
        ("ПРИВЕТ, по-русски!", ["привет", "по", "русски"]),
        ("你好hello", ["你", "好", "hello"]),
        ("謝謝", ["谢", "谢"]),
        ("Sälem", ["salem"]),
        ("Ё-моё ❤️", ["е", "мое"]),
        ("ｈｉ", ["hi"]),
        ("👍🏽 👋", ["👍", "👋"]),
        ("?!", []),
    ],
)
def test_words_are_taken_from_texts(text: str, words: list[str]) -> None:
    tokens = tokens_of(text)
    assert [token.word for token in tokens] == words
    assert [tokens_of(text[token.start : token.end])[0].word for token in tokens] == words


@pytest.mark.parametrize(
    ("word", "plain"),
    [("helloooo", "helo"), ("byee", "bye"), ("hahahaha", "haha"), ("приветттт", "привет"), ("оооок", "ок")],
)
def test_stretched_words_are_squeezed(word: str, plain: str) -> None:
    assert is_stretched(word)
    assert squeezed(word) == plain


@pytest.mark.parametrize("word", ["hello", "good", "god", "жеті", "haha"])
def test_words_as_they_are_spelt_are_not_stretched(word: str) -> None:
    assert not is_stretched(word)


def test_letters_stand_for_others_in_one_direction() -> None:
    spelling = Spelling({"қ": "к", "і": "иi"})
    assert spelling.plain("кiм") == spelling.plain("кім") == "ким"
    assert spelling.plain("kim") == "kim"
    assert spelling.is_of("кiм", "кім")
    assert not spelling.is_of("қім", "кім")
    assert not spelling.is_of("кіме", "кім")


@pytest.mark.parametrize(("utterance", "given"), [("Оқ", "kk"), ("Тақ", "kk"), ("Қу", "ru"), ("God", "en")])
def test_other_words_of_like_letters_are_no_small_talk(utterance: str, given: str) -> None:
    assert small_talk(utterance, given) is None
