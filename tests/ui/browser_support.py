"""A real browser on a real server: what the tests of the chat click and see."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    JavascriptException,
    StaleElementReferenceException,
)
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
PATIENCE = 60.0
_PASSING = (
    StaleElementReferenceException, ElementClickInterceptedException, ElementNotInteractableException,
    JavascriptException,
)  # fmt: skip
_IN_SHADOWS = """
const found = [];
const walk = (root) => { for (const e of root.querySelectorAll('*')) if (e.shadowRoot) {
  found.push(...e.shadowRoot.querySelectorAll(arguments[0])); walk(e.shadowRoot); } };
walk(document);
return found;
"""
T = TypeVar("T")


@contextmanager
def serving(collection: Path, visitors: Path, **settings: str) -> Iterator[str]:
    """`dalil app` over a collection, as its own process; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "DALIL_VISITORS": str(visitors), "OMP_WAIT_POLICY": "PASSIVE", **settings}
    command = [sys.executable, "-c", "import sys; from rag.cli import main; sys.exit(main())", "app", "--no-browser"]
    log = visitors.parent / f"server-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--collection", str(collection), "--port", str(port)], env=environment, stdout=out, stderr=out
        )
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _is_up(address, process, log), f"a server at {address}")
        yield address
    finally:
        process.terminate()
        process.wait(20)


class Page:
    """A browser of a visitor's own."""

    def __init__(
        self, address: str, downloads: Path, *, language: str = "en", size: tuple[int, int] = (1300, 950)
    ) -> None:
        self.address = address
        self.downloads = downloads
        options = Options()
        options.binary_location = str(CHROMIUM)
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
            options.add_argument(argument)
        # What the browser itself would look up elsewhere is none of the page's doing.
        for argument in ("--disable-background-networking", "--disable-component-update", "--no-first-run"):
            options.add_argument(argument)
        options.add_argument(f"--window-size={size[0]},{size[1]}")
        preferences = {"intl.accept_languages": language, "download.default_directory": str(downloads)}
        options.add_experimental_option("prefs", preferences)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
        if size[0] < 500:
            metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": True}
            self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def open(self, path: str = "") -> None:
        """Open a page and wait until it stands."""
        self.driver.get(f"{self.address}/{path}")
        self.settled()

    def settled(self) -> None:
        """Wait until nothing runs: Streamlit says so on its root."""
        ready = "const a = document.querySelector('[data-testid=stApp]'); return !!a && "
        ready += "a.getAttribute('data-test-script-state') === 'notRunning' && "
        ready += "document.querySelectorAll('[data-testid=stSkeleton]').length === 0 && "
        ready += "document.querySelectorAll('h1, [data-testid=stChatMessage]').length > 0"
        since = [time.monotonic()]

        def is_at_rest() -> bool:
            if not self.driver.execute_script(ready):
                since[0] = time.monotonic()
            # The state is said before the last element is drawn, and between a run and the one that follows it.
            return time.monotonic() - since[0] > 0.5

        until(is_at_rest, "a page at rest")

    def ask(self, question: str) -> None:
        """Type a question and wait for its answer."""
        box = self.one('textarea[data-testid="stChatInputTextArea"]')
        before = len(self.driver.find_elements(By.CSS_SELECTOR, '[data-testid="stChatMessage"]'))
        self.driver.execute_script("arguments[0].focus()", box)
        box.send_keys(question, Keys.ENTER)
        count = "return document.querySelectorAll('[data-testid=stChatMessage]').length"
        until(lambda: self.driver.execute_script(count) >= before + 2, "an answer")
        until(lambda: self.driver.find_elements(By.CSS_SELECTOR, ".st-key-retry button"), "a whole answer")
        self.settled()

    def one(self, selector: str) -> Any:
        """The first element of the page that a selector finds, waited for."""
        return until(lambda: self.driver.find_elements(By.CSS_SELECTOR, selector), selector)[0]

    def click(self, selector: str) -> None:
        """Click what a selector finds, again where the page was being drawn anew."""

        def clicked() -> bool:
            try:
                element = self.one(selector)
                self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
                element.click()
            except _PASSING:
                return False
            return True

        until(clicked, f"a click on {selector}")

    def inside(self, selector: str) -> list[Any]:
        """The elements within our components that a selector finds."""
        found: list[Any] = self.driver.execute_script(_IN_SHADOWS, selector)
        return found

    def press_mark(self, number: int = 1) -> None:
        """Press the mark of a citation in the last answer."""
        marks = until(lambda: [m for m in self.inside(".mark") if m.text.split()[:1] == [str(number)]], "a mark")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", marks[-1])
        marks[-1].click()
        until(lambda: self.inside(".source mark.current"), "an open source")
        self.settled()

    def text(self) -> str:
        """All words of the page, those of components too."""
        main = self.driver.execute_script("return document.body.innerText")
        return "\n".join([str(main), *(element.text for element in self.inside(".answer, .source"))])

    def requests(self) -> set[str]:
        """The hosts and schemes that were asked for anything since the last look, the page's own left out."""
        found: set[str] = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not url.startswith((self.address, "data:image/", "blob:", "chrome:", "about:")):
                    found.add(f"{urlsplit(url).scheme}://{urlsplit(url).netloc}")
        return found

    def downloaded(self, ending: str) -> Path:
        """The file with an ending that was downloaded, waited for."""
        return Path(until(lambda: sorted(self.downloads.glob(f"*{ending}")), f"a {ending} file")[0])

    def close(self) -> None:
        """Close the browser; what it last showed stays beside the downloads."""
        self.driver.save_screenshot(str(self.downloads / "last.png"))
        self.driver.quit()


def until(found: Callable[[], T], what: str, seconds: float = PATIENCE) -> T:
    """Ask again and again until something is found; AssertionError after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            value = found()
        except _PASSING:
            value = None  # type: ignore[assignment]
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come within {seconds:.0f} seconds")


def _is_up(address: str, process: subprocess.Popen[bytes], log: Path) -> bool:
    if process.poll() is not None:
        raise AssertionError(f"the server ended: {log.read_text('utf-8', 'replace')[-2000:]}")
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
