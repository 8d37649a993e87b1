"""JSON: records, articles, messages, and the place of each word in the text."""

import json

import pytest
from corpus_support import check_invariants, headings, paragraphs, read
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import Unreadable

LONG = "The bridge over the Falk was built by hand in three years. " * 4


def blocks(value: object, name: str = "a.json", **options: bool) -> list[str]:
    return paragraphs(read(json.dumps(value, **options), name))


def test_records_are_rows_under_their_keys() -> None:
    records = [{"name": "Garden Trowel", "price": 12.5, "in_stock": True, "note": None}, {"name": "Can", "price": 18}]
    assert blocks(records) == ["name: Garden Trowel | price: 12.5 | in_stock: true", "name: Can | price: 18"]
    lines = "\n".join(json.dumps(record) for record in records)
    assert paragraphs(read(lines, "a.ndjson")) == blocks(records)
    assert paragraphs(read(lines, "a.txt")) == blocks(records)


def test_escapes_are_units_of_the_source() -> None:
    text = r'{"who": "Caf\u00e9 \"Ada\" \ud83d\ude00 AT\/T", "when": "nine\tor ten"}'
    result = read(text, "a.json")
    assert paragraphs(result) == ['who: Café "Ada" 😀 AT/T | when: nine or ten']
    check_invariants(result, text.encode())


def test_long_strings_are_paragraphs_line_by_line() -> None:
    result = read(json.dumps({"title": "On bridges", "year": 1962, "text": f"{LONG}\n\nIt cost 12 crowns."}), "a.json")
    assert headings(result) == ["On bridges"]
    assert paragraphs(result) == ["year: 1962", LONG.strip(), "It cost 12 crowns."]
    assert result.document.title == "On bridges"


def test_mark_up_in_strings_is_taken_off_and_figures_stay_apart() -> None:
    page = f"<p>{LONG}</p><p>It cost <b>12</b> &amp; more.</p><script>var x = 1</script><td>4</td><td>6</td>"
    assert blocks({"content": page})[1:] == ["It cost 12 & more.", "4", "6"]


def test_articles_are_parts_with_what_they_say_of_themselves() -> None:
    article = {
        "author": "Lin Ke", "title": "Bridge opens", "url": "https://h.example/a",
        "publishedAt": "2031-03-01T02:10:00+06:00", "content": LONG,
    }  # fmt: skip
    document = read(json.dumps({"articles": [article, article | {"title": "Again"}]}), "a.json").document
    part = document.parts[0]
    assert (part.name, part.title, part.author, part.url) == ("1", "Bridge opens", "Lin Ke", "https://h.example/a")
    assert part.published == "2031-03-01T02:10:00+06:00"
    assert document.words_at(part.start, part.end).endswith(LONG.strip())
    assert [p.title for p in document.parts] == ["Bridge opens", "Again"]


def test_a_telegram_export() -> None:
    messages = [
        {"id": 1, "type": "message", "date": "2031-01-02T10:01:00", "from": "Ada Brook", "text": [
            "The ", {"type": "bold", "text": "Heron"}, " leaves at 9.\nBring coats."]},
        {"id": 2, "type": "message", "date": "2031-01-02T10:02:00", "from": "Лев", "text": "Хорошо."},
        {"id": 3, "type": "message", "date": "2031-01-02T10:03:00", "from": "Лев", "text": "", "photo": "a.jpg"},
    ]  # fmt: skip
    result = read(json.dumps({"name": "Harbour", "type": "private_group", "messages": messages}), "result.json")
    assert paragraphs(result)[1:] == ["Ada Brook: The Heron leaves at 9.", "Ada Brook: Bring coats.", "Лев: Хорошо."]
    parts = [(part.author, part.published) for part in result.document.parts]
    assert parts == [("Ada Brook", "2031-01-02T10:01:00"), ("Лев", "2031-01-02T10:02:00")]
    assert result.document.title == "Harbour"


def test_a_chat_with_a_model() -> None:
    lines = [
        {"role": "user", "content": "How long is the pier?"},
        {"role": "assistant", "content": [{"type": "text", "text": "410 metres."}, {"type": "text", "text": "Yes."}]},
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    assert paragraphs(read(text, "chat.jsonl")) == [
        "user: How long is the pier?",
        "assistant: 410 metres.",
        "assistant: Yes.",
    ]


def test_what_is_no_text_is_left_out_and_told() -> None:
    data = {
        "name": "Pell", "id": 12345, "digest": "deadbeef" * 5, "picture": "data:image/png;base64,AAAA",
        "blob": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
        "uid": "123e4567-e89b-12d3-a456-426614174000",
    }  # fmt: skip
    result = read(json.dumps(data), "a.json")
    assert paragraphs(result) == ["name: Pell"]
    assert result.left_out[0].characters > 150


def test_places_on_a_map_are_their_properties() -> None:
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [1.5, 2.5]},
        "properties": {"port": "Pell", "berths": 4},
    }
    assert blocks({"type": "FeatureCollection", "features": [feature]}, "a.geojson")[1:] == ["port: Pell | berths: 4"]


def test_lists_of_lists_are_tables() -> None:
    assert blocks({"columns": ["Ferry", "Seats"], "data": [["Heron", 410]]})[1:] == ["Ferry: Heron | Seats: 410"]
    assert blocks([["Ferry", "Seats"], ["Heron", 410]]) == ["Ferry | Seats", "Heron | Seats: 410"]


def test_damaged_lines_are_left_out_and_told() -> None:
    result = read('{"a": "one ferry"}\n{"a": broken\n{"a": "two ferries"}\n{"a": "thr', "a.jsonl")
    assert paragraphs(result) == ["a: one ferry", "a: two ferries"]
    assert result.warnings == ("left out what is no JSON, in 2 places",)


@pytest.mark.parametrize(
    "text", ['{"a": "x", ', "[" * 10_000 + "]" * 10_000, '{"a" 1}', '{"a": tru}', '["a"}', '{"a":\x00']
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(Unreadable, match=r"damaged|binary"):
        read(text, "a.json")


def test_numbers_alone_are_no_text() -> None:
    with pytest.raises(Unreadable):
        read(json.dumps([[1, 2], [3, 4]]), "a.json")


_LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc",))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(_LETTERS, max_size=80),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(_LETTERS, max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(_VALUES, st.booleans())
def test_any_json_is_read_or_refused_with_right_places(value: object, ascii_only: bool) -> None:
    text = json.dumps({"known": "The ferry leaves at nine.", "more": value}, ensure_ascii=ascii_only)
    result = read(text, "a.json", encoding="utf-8")
    assert "The ferry leaves at nine." in result.document.text
    check_invariants(result, text.encode())
