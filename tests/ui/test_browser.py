"""The chat in a real Chromium: asked in five languages, followed to the words, given files, exported, come back to."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

pytest.importorskip("selenium")

from browser_support import CHROMIUM, DRIVER, Page, serving, until

from rag.ui.session import say_in

pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="Chromium and its driver are not installed")
NewPage = Callable[..., Page]
# Of corpus/questions.jsonl, answered at the default confidence.
QUESTIONS = {
    "en": "What caused Rakhima Senbay to lose sensation in her legs?",
    "kk": "2005 жылғы мамырда Мәскеуден Алматыға ұшқан «Боинг-737» ұшағының қай жерінен бомба табылды?",
    "zh-Hant": "據人權觀察報告，新疆有人因為使用哪一款外國通訊軟體而被抓？",
    "zh-Hans": "哈萨克斯坦独立以来，总共有多少境外哈萨克人回国入籍？",
    "ru": "Кто руководил китайским контингентом на учениях «Тянь-Шань-1»?",
}


@pytest.fixture(scope="module")
def visitors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chat") / "visitors"


@pytest.fixture(scope="module")
def address(shipped: Path, visitors: Path) -> Iterator[str]:
    with serving(shipped, visitors) as address:
        yield address


@pytest.fixture
def new_page(address: str, tmp_path: Path) -> Iterator[NewPage]:
    opened: list[Page] = []

    def make(**options: Any) -> Page:
        opened.append(Page(options.pop("address", address), tmp_path, **options))
        return opened[-1]

    yield make
    for page in opened:
        page.close()


def kept(visitors: Path, question: str) -> dict[str, Any]:
    """The answer to a question as it is kept on disk."""
    for path in visitors.glob("*/conversations/*.json"):
        for exchange in json.loads(path.read_text("utf-8"))["exchanges"]:
            if exchange["question"] == question:
                return dict(exchange["answer"])
    raise AssertionError(f"nothing is kept of {question}")


@pytest.mark.parametrize("language", ["en", "kk", "zh-Hant"])
def test_a_mark_leads_to_the_cited_words_in_view(language: str, new_page: NewPage, visitors: Path) -> None:
    page = new_page(language=language)
    page.open()
    page.ask(QUESTIONS[language])
    answer = kept(visitors, QUESTIONS[language])
    assert answer["status"] == "answered"
    citation = answer["citations"][0]

    page.press_mark(citation["number"])

    marked = "".join(mark.get_property("textContent") for mark in page.inside(".source mark.current"))
    assert "".join(marked.split()) == "".join(citation["quote"].split())
    source, mark = page.inside(".source")[0].rect, page.inside(".source mark.current")[0].rect
    assert source["y"] - 1 <= mark["y"] < source["y"] + source["height"]
    panel = page.one(".st-key-source").text
    assert citation["title"] in panel
    assert f":{citation['line']}" in panel
    if citation["url"]:
        link = page.one(".st-key-source a")
        assert unquote(link.get_attribute("href") or "") == unquote(citation["url"])
        assert "noopener" in link.get_attribute("rel")


def test_the_short_answer_is_bold_and_only_text(new_page: NewPage, visitors: Path) -> None:
    page = new_page()
    page.open()
    page.ask(QUESTIONS["ru"])
    path = max(visitors.glob("*/conversations/*.json"), key=lambda path: path.stat().st_mtime_ns)
    conversation = json.loads(path.read_text("utf-8"))
    answer = conversation["exchanges"][0]["answer"]
    first = answer["citations"][0]
    short = "<img src=x> named"
    answer["statements"] = [answer["statements"][0] | {"text": f"It was {short} so.", "citations": [1]}]
    answer["statements"][0]["focus"] = {"start": first["start"], "end": first["start"] + 9, "text": short}
    path.write_text(json.dumps(conversation), "utf-8")
    page.driver.refresh()
    until(lambda: page.inside(".words strong"), "a short answer")
    assert [element.text for element in page.inside(".words strong")] == [short]
    assert page.inside(".words")[0].text == f"It was {short} so."


def test_the_page_speaks_the_languages_of_browsers_and_changes_at_a_choice(new_page: NewPage) -> None:
    page = new_page(language="zh-TW")
    page.open("settings")
    until(lambda: page.one("h1").text == say_in("zh-Hant")("settings"), "a page in Traditional Chinese")
    assert page.driver.execute_script("return document.documentElement.lang") == "zh-Hant"

    page.click(".st-key-set-language input")
    until(lambda: [o for o in page.driver.find_elements(By.CSS_SELECTOR, "[role=option]") if o.text == "Қазақша"], "kk")
    next(o for o in page.driver.find_elements(By.CSS_SELECTOR, "[role=option]") if o.text == "Қазақша").click()
    until(lambda: page.one("h1").text == say_in("kk")("settings"), "a page in Kazakh")
    until(lambda: page.driver.execute_script("return document.documentElement.lang") == "kk", "its language said")

    page.open("settings")  # the choice is kept
    until(lambda: page.one("h1").text == say_in("kk")("settings"), "a page in Kazakh")


def test_an_upload_answers_its_visitor_alone(new_page: NewPage, tmp_path: Path) -> None:
    note = tmp_path / "lighthouse.txt"
    note.write_text("The lighthouse at Kara Bay was built in 1911 by the engineer Anna Petrova.\n", "utf-8")
    question = "When was the lighthouse at Kara Bay built?"
    page = new_page()
    page.open("collection")
    page.driver.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(note))
    page.click('[data-testid="stFormSubmitButton"] button')
    until(lambda: page.driver.find_elements(By.CSS_SELECTOR, '[class*="st-key-remove-lighthouse"]'), "a listed file")
    until(lambda: "(14)" in page.text(), "a fourteenth document")

    page.open()
    page.ask(question)
    page.press_mark()
    assert "built in 1911" in page.inside(".source mark.current")[0].text

    other = new_page()
    other.open()
    other.ask(question)
    assert "lighthouse" not in other.text().replace(question, "")


def test_an_exported_answer_holds_when_it_is_verified(new_page: NewPage, shipped: Path) -> None:
    page = new_page()
    page.open()
    page.ask(QUESTIONS["en"])
    page.click(".st-key-export-0 button")
    for kind in ("json", "html", "markdown"):
        page.click(f".st-key-export-0-{kind} button")
    command = [sys.executable, "-c", "import sys; from rag.cli import main; sys.exit(main())", "verify", "--json"]
    ran = subprocess.run(
        [*command, "--collection", str(shipped), str(page.downloaded(".json"))], capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()
    assert json.loads(ran.stdout)["answers"][0]["citations"] > 0
    quote = json.loads(page.downloaded(".json").read_text("utf-8"))["citations"][0]["quote"]
    assert quote in page.downloaded(".html").read_text("utf-8")
    assert page.downloaded(".md").read_text("utf-8").startswith("# ")


def test_a_reload_and_a_restart_find_the_same_conversation(
    new_page: NewPage, shipped: Path, tmp_path: Path, visitors: Path
) -> None:
    own = tmp_path / "own" / "visitors"
    own.parent.mkdir()
    with serving(shipped, own) as address:
        page = new_page(address=address)
        page.open()
        page.ask(QUESTIONS["ru"])
        place = page.driver.current_url.removeprefix(f"{address}/")
        page.open(place)
        until(lambda: QUESTIONS["ru"] in page.text(), "the same conversation")
    with serving(shipped, own) as address:
        page.address = address  # cookies know no ports
        page.open(place)
        until(lambda: page.inside(".mark"), "the same conversation after a restart")
        assert QUESTIONS["ru"] in page.text()
        other = new_page(address=address)
        other.open(place)
        assert not other.driver.find_elements(By.CSS_SELECTOR, '[data-testid="stChatMessage"]')


def test_a_keyboard_alone_asks_and_opens_a_source(new_page: NewPage) -> None:
    page = new_page()
    page.open()
    page.ask(QUESTIONS["zh-Hant"])
    page.driver.execute_script("arguments[0].focus()", page.inside(".mark")[0])
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    until(lambda: page.inside(".source mark.current"), "an open source")
    page.settled()
    page.driver.execute_script("arguments[0].focus()", page.one(".st-key-source-close button"))
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    until(lambda: not page.inside(".source"), "a closed source")


def test_a_phone_shows_the_source_over_the_conversation(new_page: NewPage) -> None:
    page = new_page(size=(390, 844))
    page.open()
    page.ask(QUESTIONS["zh-Hans"])
    width = "return document.scrollingElement.scrollWidth"
    assert page.driver.execute_script(width) <= 390
    page.press_mark()
    panel = page.one(".st-key-source").rect
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= 390
    assert panel["y"] + panel["height"] <= 844 + 1
    mark = page.inside(".source mark.current")[0].rect
    assert panel["y"] < mark["y"] < 844
    assert page.driver.execute_script(width) <= 390


WRITTEN = """Senbay was born in Xinjiang. She lived quietly beside a river, where her family kept horses, mended
saddles, sold apples at markets every autumn, taught neighbours old songs, wrote letters abroad, and waited through long
winters until somebody brought news from relatives across mountains who had settled near Almaty decades earlier."""


class SlowModel(BaseHTTPRequestHandler):
    """An OpenAI-compatible server whose model writes two words a second, for half a minute."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for word in WRITTEN.split():
            piece = {"index": 0, "delta": {"role": "assistant", "content": f"{word} "}, "finish_reason": None}
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "slow", "choices": [piece]}
            try:
                self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
                self.wfile.flush()
            except OSError:  # the reader has gone
                return
            time.sleep(0.5)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def slow_model() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), SlowModel)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1#slow"
    server.shutdown()
    server.server_close()


def test_words_appear_as_they_are_written_and_stopping_is_at_once(
    new_page: NewPage, slow_model: str, shipped: Path, tmp_path: Path
) -> None:
    (tmp_path / "slow").mkdir()
    with serving(shipped, tmp_path / "slow" / "visitors", DALIL_LLM=slow_model) as address:
        page = new_page(address=address)
        page.open()
        page.one('[data-testid="stChatInputTextArea"]').send_keys(QUESTIONS["en"], Keys.ENTER)
        until(lambda: "She lived quietly" in page.text(), "words of the model")
        page.click(".st-key-stop button")
        began = time.monotonic()
        until(lambda: say_in("en")("stopped") in page.text(), "an end")
        assert time.monotonic() - began < 10  # it would have written for half a minute
        assert QUESTIONS["en"] in page.text()
        page.settled()
        page.click(".st-key-edit button")
        until(lambda: page.driver.find_elements(By.CSS_SELECTOR, "[data-testid=stForm] textarea"), "a form")


def test_an_answer_is_copied_with_its_sources(new_page: NewPage) -> None:
    page = new_page()
    page.open()
    permissions = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"], "origin": page.address}
    page.driver.execute_cdp_cmd("Browser.grantPermissions", permissions)
    page.ask(QUESTIONS["en"])
    page.driver.execute_script("arguments[0].click()", page.inside(".copy")[0])
    until(lambda: say_in("en")("copied") in page.inside(".told")[0].text, "a word of it")
    read = "const done = arguments[0]; navigator.clipboard.readText().then(done, (e) => done('failed: ' + e))"
    copied = str(page.driver.execute_async_script(read))
    assert page.inside(".words")[0].text in copied
    assert "[1]" in copied
    assert "citizenship-cases.html" in copied


def test_what_is_too_uncertain_is_answered_on_request(new_page: NewPage) -> None:
    page = new_page()
    page.open()
    page.ask("Келісімге кім қарсы болды?")
    assert any(say_in("kk")(f"grade_{grade}") in page.text() for grade in ("likely", "none"))
    assert not page.inside(".mark")
    page.click(".st-key-anyway button")
    until(lambda: page.inside(".mark"), "an answer")
    page.settled()
    assert say_in("en")("low_confidence") in page.text()
    assert len(page.driver.find_elements(By.CSS_SELECTOR, '[data-testid="stChatMessage"]')) == 2


def test_asking_again_takes_the_place_of_the_last_answer(new_page: NewPage) -> None:
    page = new_page()
    page.open()
    page.ask(QUESTIONS["en"])
    page.click(".st-key-retry button")
    page.settled()
    until(lambda: page.driver.find_elements(By.CSS_SELECTOR, ".st-key-retry button"), "the answer again")
    assert len(page.driver.find_elements(By.CSS_SELECTOR, '[data-testid="stChatMessage"]')) == 2
    assert page.inside(".mark")


def test_a_point_of_the_map_tells_its_passage_and_leads_to_it(new_page: NewPage) -> None:
    page = new_page(size=(1300, 1300))
    page.open("collection")
    page.click(".st-key-view button:nth-of-type(2)")
    until(lambda: page.driver.find_elements(By.CSS_SELECTOR, ".st-key-map svg .mark-symbol path"), "a map")
    page.settled()
    points = page.driver.find_elements(By.CSS_SELECTOR, ".st-key-map svg .role-mark.mark-symbol path")
    assert len(points) > 400
    ActionChains(page.driver).move_to_element(points[100]).perform()
    told = until(lambda: [t.text for t in page.driver.find_elements(By.CSS_SELECTOR, ".vg-tooltip") if t.text], "a tip")
    ActionChains(page.driver).click(points[100]).perform()
    marked = until(lambda: page.inside(".source mark.current"), "an open document")[0].text
    assert marked[:40] in told[0]
