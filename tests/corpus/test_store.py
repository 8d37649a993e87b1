import sqlite3
import threading
from pathlib import Path

import pytest
from corpus_support import read
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import CorpusError, StoreDamaged, StoreVersion
from corpus.fulltext import (
    folded,
    index_terms,
    is_one_quotation,
    match_all,
    match_any,
    quoted_phrases,
    wording,
)
from corpus.reading import ReadFile
from corpus.store import Store

ENGLISH = (
    "# Border\n\nThe border opened in May 2023 for trucks with fruit.\n\n"
    "Drivers had waited for two long days at the gate.\n"
)
CHINESE = "边境口岸昨天重新开放，许多卡车等待过境。\n\n司机们说，他们在门口等了两天两夜。\n"
KAZAKH = "Шекара бекеті кеше қайта ашылды, көп жүк көлігі кезек күтті.\n"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path / "store.sqlite")


def put(store: Store, *results: ReadFile) -> None:
    with store.transaction():
        for result in results:
            store.add(result)
            store.set_path(result.document.path, result.document.id)


def test_a_document_comes_back_as_it_was(store: Store) -> None:
    results = [read(ENGLISH, "a.md"), read(CHINESE, "b.txt"), read(f"<title>T</title><p>{KAZAKH}", "c.html")]
    put(store, *results)
    for result in results:
        assert store.document(result.document.id) == result.document
    stored = list(store.all_chunks())
    assert [chunk.text for chunk in stored] == [chunk.text for result in results for chunk in result.chunks]
    assert store.counts() == (3, len(stored))
    assert store.document_ids() == [result.document.id for result in results]


TEXTS = st.text(st.sampled_from("ab Я ж中文。.!\n\r\u0301é🏽&<>*'\";-"), min_size=1, max_size=200).filter(
    lambda text: any(map(str.isalnum, text))
)


@settings(deadline=None, max_examples=40)
@given(st.lists(TEXTS, min_size=1, max_size=3, unique=True))
def test_saving_and_loading_changes_nothing(texts: list[str]) -> None:
    results = {result.document.id: result for result in (read("x " + text) for text in texts)}
    store = Store.create(Path(":memory:"))
    with store.transaction():
        for result in results.values():
            store.add(result)
            store.set_path(result.document.path + result.document.id, result.document.id)
    loaded: dict[str, list[object]] = {document_id: [] for document_id in results}
    for chunk in store.all_chunks():
        original = results[chunk.document_id].chunks[chunk.position]
        loaded[chunk.document_id].append(chunk.text)
        ids = {"id": chunk.id, "paragraph_id": chunk.paragraph_id}
        assert chunk == type(chunk)(
            **{name: getattr(original, name) for name in chunk.__slots__ if name not in ids}, **ids
        )
    for document_id, result in results.items():
        document = store.document(document_id)
        assert document is not None
        assert (document.text, document.source_map) == (result.document.text, result.document.source_map)
        assert len(loaded[document_id]) == len(result.chunks)
    store.close()


def test_chunks_are_found_by_id_with_their_paragraphs(store: Store) -> None:
    put(store, read(ENGLISH, "a.md"), read(CHINESE))
    every = {chunk.id: chunk for chunk in store.all_chunks()}
    assert store.chunks([*every, 999]) == every
    assert {place.id: (place.paragraph_id, place.document_id, place.language) for place in store.places()} == {
        chunk.id: (chunk.paragraph_id, chunk.document_id, chunk.language) for chunk in every.values()
    }
    assert store.chunks([]) == {}


def test_chunks_are_found_by_their_words(store: Store) -> None:
    put(store, read(ENGLISH, "a.md"), read(CHINESE), read(KAZAKH, "c.txt"))

    def found(query: str) -> str:
        scores = store.match(query)
        paragraphs = {chunk.paragraph_id: chunk.paragraph for chunk in store.all_chunks()}
        return paragraphs[max(scores, key=scores.__getitem__)] if scores else ""

    assert found("TRUCKS").startswith("The border opened")
    assert found("口岸開放").startswith("边境口岸")
    assert found("шекарадағы").startswith("Шекара бекеті")
    assert found('"') == found("NOT AND ( * ^ :") == found("") == ""
    assert all(score > 0 for score in store.match("drivers waited at the border gate").values())


def test_words_of_the_title_and_heading_find_their_paragraphs(store: Store) -> None:
    put(
        store,
        read(
            "---\ntitle: Zhaiyk\n---\n\n## Nuraly\n\nThe river rises in spring and floods the meadows.\n",
            "a.md",
        ),
    )
    (paragraph,) = {chunk.paragraph_id for chunk in store.all_chunks()}
    assert set(store.match("zhaiyk")) == set(store.match("Nuraly")) == set(store.match("meadows")) == {paragraph}


def test_a_word_that_is_everywhere_is_not_asked_where_another_tells(store: Store) -> None:
    common = [read(f"The border opened at dawn on day number {n} of that long year.\n", f"{n}.txt") for n in range(120)]
    put(store, *common, read("A border crane stood idle beside the gate for two more weeks.\n", "crane.txt"))
    assert len(store.match("border crane")) == 1
    assert len(store.match("border")) == 121


def test_quoted_words_find_the_chunks_that_hold_them_as_they_stand(store: Store) -> None:
    put(store, read(ENGLISH, "a.md"), read(CHINESE))
    chunks = {chunk.id: chunk.text for chunk in store.all_chunks()}

    def quoting(question: str) -> list[str]:
        return [chunks[number] for number in store.quoting(question)]

    words = " ".join(next(iter(chunks.values())).split()[1:4])
    assert quoting(f"Who wrote «{words.upper()}»?") == [next(iter(chunks.values()))]
    backwards = " ".join(reversed(words.split()))
    assert quoting(f"Who wrote «{backwards}»?") == quoting(words) == []
    assert all("口岸" in text for text in quoting("「邊境口岸」何時開放?"))
    assert quoting("「邊境口岸」何時開放?")


def test_terms_of_every_script() -> None:
    assert index_terms("Шекарадағы CAFÉ 3,500") == ["шекар", "cafe", "3500"]
    assert index_terms("開放") == ["开", "放", "开放"]
    assert index_terms("ёлка й") == ["елка", "й"]
    assert match_any(["a", "b", "a"]) == '"a" OR "b"'
    assert match_all(["a", "b", "a"]) == '"a" AND "b"'


def test_wording_is_equal_for_equal_words_in_other_script_case_and_marks() -> None:
    assert folded("開放邊境,A-b!") == folded("开放边境 ab")
    assert folded("Ёлка — 3,500!") == folded("«елка» 3,500")
    assert folded("…!") == ""
    assert wording("開放邊境") == wording("“开放边境”。")
    assert wording("ASTANA, 5 March (Agency) — The gate opened.") == wording("The gate opened")
    assert wording("【本报讯】口岸开放。") == wording("口岸開放")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("承认", "不承认"), ("grew by 1.5 percent", "grew by 15 percent"), ("it was 1,500", "it was 1,500,000"),
        ("लड़का मारा", "लड़की मरी"), ("The agreement took effect", "It is not true that the agreement took effect"),
        ("NATO did not enter — the ministry said so", "the ministry said so"),
        ("外交部發言人否認:協議已生效", "協議已生效"),
    ],
)  # fmt: skip
def test_wording_differs_where_something_else_is_said(one: str, other: str) -> None:
    assert wording(one) != wording(other)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Ο νόμος άλλαξε χθες.", "ΝΟΜΟΣ"), ("ประเทศไทยเป็นประเทศที่สวยงาม", "สวยงาม"), ("विद्यालय कल बंद रहेगा।", "विद्यालय"),
        ("대한민국 정부는 회의를 열었다.", "정부가"), ("ئۇيغۇر تىلى", "ئۇيغۇرلار"), ("Đường sắt mới mở", "đường"),
        ("לימודים באוניברסיטה", "באוניברסיטה"), ("ལྷ་སའི་གྲོང་ཁྱེར", "གྲོང"), ("東京タワーの高さ", "タワー"),
    ],
)  # fmt: skip
def test_every_script_is_found_by_its_words(store: Store, text: str, query: str) -> None:
    put(store, read(f"{text}\n"), read(ENGLISH, "a.md"), read(KAZAKH, "b.txt"))
    (wanted,) = {chunk.paragraph_id for chunk in store.all_chunks() if chunk.text in text or text in chunk.text}
    assert set(store.match(query)) == {wanted}


def test_phrases_are_what_stands_in_quotation_marks() -> None:
    assert quoted_phrases('What is “Big data” and «Ел» and 《红楼梦》 or "x"?') == ["Big data", "Ел", "红楼梦", "x"]
    assert quoted_phrases("it's 5'10 tall") == []
    assert is_one_quotation(' "visa exemption" ')
    assert not is_one_quotation('what is "visa exemption"')


def test_two_paths_may_hold_one_document(store: Store) -> None:
    result = read(ENGLISH, "a.md")
    put(store, result)
    with store.transaction():
        store.set_path("/collection/0.md", result.document.id)
    assert store.counts()[0] == 1
    assert set(store.files()) == {"/collection/0.md", "/collection/a.md"}
    assert store.cards([result.document.id])[result.document.id].path == "/collection/0.md"
    with store.transaction():
        store.drop_path("/collection/0.md")
        store.remove_orphans()
    assert store.counts()[0] == 1


def test_what_no_path_holds_is_removed_with_its_words(store: Store) -> None:
    put(store, read(ENGLISH, "a.md"), read(KAZAKH))
    with store.transaction():
        store.drop_path("/collection/a.md")
        store.remove_orphans()
    assert [chunk.language for chunk in store.all_chunks()] == ["kk"]
    assert store.match("trucks") == {}
    assert store.languages() == {"kk": 1}


def test_adding_again_replaces(store: Store) -> None:
    put(store, read(ENGLISH, "a.md"))
    before = store.counts()
    put(store, read(ENGLISH, "a.md"))
    assert store.counts() == before
    assert len(store.match("trucks")) == 1


def test_a_failed_transaction_leaves_the_store_as_it_was(store: Store) -> None:
    put(store, read(ENGLISH, "a.md"))
    before = [*store.all_chunks()]

    def fail() -> None:
        with store.transaction():
            store.add(read(CHINESE))
            store.drop_path("/collection/a.md")
            store.remove_orphans()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [*store.all_chunks()] == before


def test_a_card_and_named_values(store: Store) -> None:
    result = read("---\ntitle: T\nurl: https://a.org\ndate: 2024-01-02\n---\nSome words stand here.\n", "a.md")
    put(store, result)
    (card,) = store.cards([result.document.id, "none"]).values()
    assert (card.title, card.url, card.published) == ("T", "https://a.org", "2024-01-02")
    assert (card.sha256, card.path) == (result.document.sha256, "/collection/a.md")
    assert store.document("none") is None
    assert store.meta("model") is None
    with store.transaction():
        store.set_meta("model", "e5")
    assert store.meta("model") == "e5"


def test_readers_in_other_threads_see_whole_states(store: Store) -> None:
    put(store, read(ENGLISH, "a.md"))
    seen: set[tuple[int, int]] = set()
    other = Store.open(store.path)

    def look() -> None:
        for _ in range(200):
            with other.transaction(write=False):
                seen.add(other.counts())

    thread = threading.Thread(target=look)
    thread.start()
    for _ in range(20):
        put(store, read(CHINESE, "b.txt"))
        with store.transaction():
            store.drop_path("/collection/b.txt")
            store.remove_orphans()
    thread.join()
    assert seen <= {(1, 2), (2, 4)}


def test_a_store_is_opened_again(store: Store) -> None:
    put(store, read(ENGLISH, "a.md"))
    store.close()
    assert Store.create(store.path).counts() == Store.open(store.path).counts() == (1, 2)


def test_what_is_no_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    with pytest.raises(StoreDamaged, match="no collection"):
        Store.open(tmp_path / "store.sqlite")
    text = tmp_path / "text.sqlite"
    text.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreDamaged, match="damaged"):
        Store.open(text)
    with pytest.raises(StoreDamaged):
        Store.create(text)
    foreign = tmp_path / "foreign.sqlite"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    before = foreign.read_bytes()
    for way in (Store.open, Store.create):
        with pytest.raises(StoreDamaged, match="not a Dalil collection"):
            way(foreign)
    assert foreign.read_bytes() == before


def test_a_store_of_another_version_is_refused(store: Store) -> None:
    store.connection.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(StoreVersion, match="layout 99"):
        Store.open(store.path)


@pytest.mark.parametrize("left", [b"", None])
def test_a_store_that_a_crash_left_unmade_is_made(tmp_path: Path, left: bytes | None) -> None:
    path = tmp_path / "store.sqlite"
    if left is None:
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
        assert path.stat().st_size > 0
    else:
        path.write_bytes(left)
    with pytest.raises(StoreDamaged, match="there is no collection"):
        Store.open(path)
    assert Store.create(path).counts() == (0, 0)


def test_a_damaged_store_is_told(store: Store) -> None:
    put(store, *(read(f"{ENGLISH} number {i}", f"{i}.md") for i in range(30)))
    store.close()
    data = bytearray(store.path.read_bytes())
    for size in (len(data) // 2, 5000):
        store.path.write_bytes(data[:size])
        with pytest.raises(StoreDamaged, match="damaged"):
            Store.open(store.path)
    data[4096 * 3 : 4096 * 12] = bytes(4096 * 9)
    store.path.write_bytes(data)
    with pytest.raises(StoreDamaged, match="damaged"):
        Store.open(store.path)


def test_a_store_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(CorpusError):
        Store.create(tmp_path / "no" / "folder" / "store.sqlite")
