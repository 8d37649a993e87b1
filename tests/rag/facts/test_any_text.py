"""Whatever the text, facts are found without an error and lie inside it."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.facts.find import facts_of, fold

LANGUAGES = st.sampled_from(["en", "ru", "kk", "zh-Hans", "zh-Hant", "tr", "de", "und", "tlh", ""])
# What facts are made of, thrown together.
PIECES = st.lists(
    st.sampled_from(
        (
            "İ век|XIX|ғасыр|世纪|年代|年|月|日|十|百|千|万|亿|分之|点|成|第|百分之|三|〇|廿|half|and a|hundred|million"
            "|мың|жүз|жарым|тысяч|с половиной|1.500|12,5|2023|20|31.12.1999|2000-02-30|октября|қазан|October|May|in"
            "|early|-|–|:|.|,|·|%| |\n|Li Qiang|托卡耶夫|Токаев|not|不|не|емес|中哈两国|US|’s|٣|Ⅷ|㎏|ﷺ|\u0307|\u200d"
            "|\ud7a3|𐍈|²"
        ).split("|")
    ),
    max_size=14,
).map("".join)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=120), PIECES), LANGUAGES)
@example("İ век", "ru")
@example("0分之三", "zh")
@example("", "en")
@example("İran ve İstanbul, 20 NİSAN 2020, Malı", "tr")
@example("Almaty", "")
@example("Almaty", "tlh")
def test_facts_are_found_in_any_text(text: str, language: str) -> None:
    facts = facts_of(text, language)
    for fact in (*facts.numbers, *facts.dates, *facts.names, *facts.places):
        assert 0 <= fact.start < fact.end <= len(facts.text)
    for fact in (*facts.numbers, *facts.names):
        assert facts.text[fact.start : fact.end] == fact.text
    assert all(number.values for number in facts.numbers)
    assert all((date.year, date.month, date.day) != (None, None, None) for date in facts.dates)
    assert facts.negations >= 0


@given(st.text(max_size=80))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_a_long_text_is_looked_at_from_its_beginning() -> None:
    assert [number.text for number in facts_of("12 mills. " + "x" * 20_000 + " 13 wells", "en").numbers] == ["12"]
