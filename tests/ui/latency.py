"""How long a reader waits: from Enter to the first visible sentence, a page's first load, ten sessions at once.

Run by hand, ``python tests/ui/latency.py COLLECTION``; prints JSON, times in milliseconds, medians of several rounds.
What Streamlit takes by itself is measured beside it in the same run, on a page that only repeats what is typed.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browser_support import Page, serving, until
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from test_browser import QUESTIONS

_ROUNDS = 3
_SESSIONS = 10
_ECHO = """
import streamlit as st
st.title("Echo")
with st.container():
    said = st.chat_input("Say", key="question")
if said:
    st.html(f'<p class="echo">{len(said)}</p>')
"""
# Milliseconds from a key press to an element that a selector finds anywhere, shadow roots as well.
_WATCH = """
const [selector] = arguments;
const seek = (root) => { if (root.querySelector(selector)) return true;
  for (const e of root.querySelectorAll('*')) if (e.shadowRoot && seek(e.shadowRoot)) return true; return false; };
window.seen = null;
document.addEventListener('keydown', (event) => { if (event.key !== 'Enter') return;
  const began = performance.now();
  const look = () => { if (seek(document)) window.seen = performance.now() - began; else requestAnimationFrame(look); };
  requestAnimationFrame(look); }, {capture: true});
"""


def main(collection: Path) -> dict[str, Any]:
    """Everything, over a collection of the shipped documents."""
    with tempfile.TemporaryDirectory() as folder:
        visitors = Path(folder) / "visitors"
        with serving(collection, visitors) as address:
            page = Page(address, Path(folder))
            _asked(page, QUESTIONS["en"], ".words")  # warm
            loads = [_load(page) for _ in range(_ROUNDS)]
            waits = [_asked(page, question, ".words") for question in QUESTIONS.values() for _ in range(_ROUNDS)]
            own = [_own(visitors, question) for question in QUESTIONS.values()]
            together = _together(page, visitors)
            page.close()
        with _echoing(Path(folder)) as address:
            page = Page(address, Path(folder))
            _asked(page, "warm", ".echo")
            echoes = [_asked(page, "hello", ".echo") for _ in range(3 * _ROUNDS)]
            bare = [_load(page) for _ in range(_ROUNDS)]
            page.close()
    return {
        "enter_to_first_sentence": statistics.median(waits),
        "of_it_answering": statistics.median(own),
        "streamlit_alone": statistics.median(echoes),
        "first_load": statistics.median(loads),
        "first_load_streamlit_alone": statistics.median(bare),
        "ten_at_once": together,
    }


def _load(page: Page) -> float:
    began = time.perf_counter()
    page.driver.get(page.address)
    until(lambda: page.driver.find_elements(By.CSS_SELECTOR, '[data-testid="stChatInputTextArea"]'), "the page")
    return 1000 * (time.perf_counter() - began)


def _asked(page: Page, question: str, selector: str) -> float:
    page.driver.get(page.address)
    box = page.one('[data-testid="stChatInputTextArea"]')
    time.sleep(2)  # what the page offers is drawn
    page.driver.execute_script(_WATCH, selector)
    box.send_keys(question, Keys.ENTER)
    return float(until(lambda: page.driver.execute_script("return window.seen"), "an answer"))


def _own(visitors: Path, question: str) -> float:
    """What the answers to a question took by themselves."""
    found = [
        exchange["answer"]["timings_ms"]["total"]
        for path in visitors.glob("*/conversations/*.json")
        for exchange in json.loads(path.read_text("utf-8"))["exchanges"]
        if exchange["question"] == question and exchange["answer"]
    ]
    return statistics.median(found)


def _together(page: Page, visitors: Path) -> dict[str, Any]:
    """Sessions in tabs of one browser that ask at once, and how many were answered."""
    before = sum(1 for _ in visitors.glob("*/conversations/*.json"))
    tabs: list[str] = []
    for _ in range(_SESSIONS):
        page.driver.switch_to.new_window("tab")
        page.driver.get(page.address)
        page.one('[data-testid="stChatInputTextArea"]')
        tabs.append(page.driver.current_window_handle)
    time.sleep(5)
    began = time.perf_counter()
    for number, tab in enumerate(tabs):
        page.driver.switch_to.window(tab)
        question = list(QUESTIONS.values())[number % len(QUESTIONS)]
        page.one('[data-testid="stChatInputTextArea"]').send_keys(question, Keys.ENTER)
    answered = 0
    for tab in tabs:
        page.driver.switch_to.window(tab)
        answered += bool(until(lambda: page.inside(".mark"), "an answer"))
    seconds = time.perf_counter() - began
    kept = sum(1 for _ in visitors.glob("*/conversations/*.json")) - before
    return {"sessions": _SESSIONS, "answered": answered, "kept": kept, "seconds": round(seconds, 1)}


@contextmanager
def _echoing(folder: Path) -> Iterator[str]:
    script = folder / "echo.py"
    script.write_text(_ECHO, "utf-8")
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port=8799", "--server.headless=true"]
    flags = ["--browser.gatherUsageStats=false", "--server.address=127.0.0.1"]
    process = subprocess.Popen([*command, *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(5)
        yield "http://127.0.0.1:8799"
    finally:
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1])), indent=1))
