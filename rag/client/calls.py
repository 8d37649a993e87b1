"""The calls of the API: what each sends, how long it waits, and whether it may be repeated."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, Literal, TypedDict, TypeVar

import httpx
from pydantic import BaseModel

from rag.wire.answers import DOCUMENT_ID, JOB_ID, Answer, SearchResult, Verification
from rag.wire.openai import Models
from rag.wire.requests import Collection, Document, Job, Jobs, Limits, Page, Span, Turn

T = TypeVar("T", bound=BaseModel)
Style = Literal["extractive", "generative"]
Order = Literal["title", "published", "chunks"]
Filters = Limits | Mapping[str, Any]
Upload = str | os.PathLike[str] | tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request, and the model of its reply. ``is_safe``: sending it twice does no more than sending it once."""

    shape: type[T]
    method: str
    path: str
    query: tuple[tuple[str, str | int], ...] = ()
    body: Mapping[str, Any] | None = None
    files: tuple[tuple[str, bytes], ...] = ()
    is_safe: bool = True
    is_stream: bool = False

    def request(self) -> dict[str, Any]:
        """Return the arguments for httpx."""
        headers = {"Accept": "text/event-stream" if self.is_stream else "application/json"}
        given: dict[str, Any] = {"method": self.method, "url": self.path, "headers": headers}
        if self.query:
            given["params"] = list(self.query)
        if self.files:
            given["files"] = [("files", file) for file in self.files]
        if self.body is not None:
            headers["Content-Type"] = "application/json"
            # Escaped in ASCII, even half a surrogate pair can be sent, and the service says what is wrong with it.
            given["content"] = json.dumps(self.body, allow_nan=False).encode()
        return given


class Asking(TypedDict, total=False):
    """The options of a question, as in `rag.wire.requests.AnswerRequest`."""

    id: str | int | None
    k: int | None
    filters: Filters | None
    history: Sequence[Turn | Mapping[str, str]]
    model: str | None
    style: Style | None
    min_confidence: float | None
    gloss: bool


class Listing(TypedDict, total=False):
    """The options of a list of documents, as in GET /v1/documents; ``limit`` is the size of a page."""

    text: str
    languages: Sequence[str]
    publishers: Sequence[str]
    since: str | None
    until: str | None
    order: Order
    limit: int
    offset: int
    uploaded: bool | None


def asking(
    question: str,
    *,
    id: str | int | None = None,  # noqa: A002 - as the field is called
    k: int | None = None,
    filters: Filters | None = None,
    history: Sequence[Turn | Mapping[str, str]] = (),
    model: str | None = None,
    style: Style | None = None,
    min_confidence: float | None = None,
    gloss: bool = False,
) -> Call[Answer]:
    """Return the call that asks a question."""
    body = {
        "question": question, "id": id, "k": k, "filters": _plain(filters), "model": model, "style": style,
        "history": [_plain(turn) for turn in history], "min_confidence": min_confidence, "gloss": gloss,
    }  # fmt: skip
    return Call(Answer, "POST", "/v1/answers", body=body)


def streamed(call: Call[Answer]) -> Call[Answer]:
    """Return the same call, but answered with a stream of events."""
    return replace(call, body={**(call.body or {}), "stream": True}, is_stream=True)


def searching(
    question: str, k: int | None, filters: Filters | None, identifier: str | int | None
) -> Call[SearchResult]:
    """Return the call that finds evidence for a question."""
    body = {"question": question, "k": k, "filters": _plain(filters), "id": identifier}
    return Call(SearchResult, "POST", "/v1/search", body=body)


def verifying(answer: Answer | Mapping[str, Any]) -> Call[Verification]:
    """Return the call that checks a saved answer."""
    return Call(Verification, "POST", "/v1/verify", body={"answer": _plain(answer)})


def listing(
    *,
    text: str = "",
    languages: Sequence[str] = (),
    publishers: Sequence[str] = (),
    since: str | None = None,
    until: str | None = None,
    order: Order = "title",
    limit: int = 100,
    offset: int = 0,
    uploaded: bool | None = None,
) -> Call[Page]:
    """Return the call for a page of the list of documents."""
    given = [("text", text or None), ("since", since), ("until", until), ("order", order)]
    given.append(("uploaded", None if uploaded is None else str(uploaded).lower()))
    query: list[tuple[str, str | int]] = [(name, value) for name, value in given if value is not None]
    query += [("language", one) for one in _several(languages)] + [("publisher", one) for one in _several(publishers)]
    return Call(Page, "GET", "/v1/documents", (*query, ("limit", limit), ("offset", offset)))


def opening(document_id: str, text: bool) -> Call[Document]:
    """Return the call for a document, with its reading text if ``text`` is set; `ValueError` for a malformed id."""
    return Call(Document, "GET", _of_document(document_id), (("text", "true"),) if text else ())


def locating(document_id: str, start: int, end: int, around: int, part: str | None) -> Call[Span]:
    """Return the call for a span of a document, or of a part of it; `ValueError` for a malformed id."""
    query = (("start", start), ("end", end), ("around", around), *((("part", part),) if part else ()))
    return Call(Span, "GET", f"{_of_document(document_id)}/span", query)


def uploading(files: Sequence[Upload]) -> Call[Job]:
    """Return the call that uploads files; those given by path are read here. `ValueError` where there are none."""
    if not files:
        raise ValueError("no file was given to upload")
    read = tuple(one if isinstance(one, tuple) else (Path(one).name, Path(one).read_bytes()) for one in files)
    return Call(Job, "POST", "/v1/documents", files=read, is_safe=False)


def deleting(document_id: str) -> Call[Job]:
    """Return the call that deletes an uploaded document; `ValueError` for a malformed id."""
    return Call(Job, "DELETE", _of_document(document_id), is_safe=False)


def following(job: Job | str) -> Call[Job]:
    """Return the call for a job as it is now; `ValueError` for a malformed id."""
    identifier = job.id if isinstance(job, Job) else job
    if not re.fullmatch(JOB_ID, identifier):
        raise ValueError(f"{identifier!r} is no job's id; take it from an upload or a deletion")
    return Call(Job, "GET", f"/v1/jobs/{identifier}")


def jobs(limit: int) -> Call[Jobs]:
    """Return the call for the newest jobs, ``limit`` at most."""
    return Call(Jobs, "GET", "/v1/jobs", (("limit", limit),))


COLLECTION = Call(Collection, "GET", "/v1/collection")
MODELS = Call(Models, "GET", "/v1/models")


def _of_document(document_id: str) -> str:
    # Checked here, so that no id can lead to another path.
    if not re.fullmatch(DOCUMENT_ID, document_id):
        raise ValueError(f"{document_id!r} is no document's id; take it from a list, a hit or a citation")
    return f"/v1/documents/{document_id}"


def _plain(value: BaseModel | Mapping[str, Any] | None) -> dict[str, Any] | None:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return None if value is None else dict(value)


def _several(values: Sequence[str]) -> Sequence[str]:
    # A string is a sequence too, of its letters, but is meant as one value.
    return [values] if isinstance(values, str) else values


_FIRST, _MORE, _LONGEST = 0.1, 1.5, 2.0


class Waiting:
    """The pauses between looks at a job, for ``timeout`` seconds at most."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._end = time.monotonic() + timeout
        self._pause = _FIRST

    def is_over(self, job: Job) -> bool:
        """Return whether a job has ended; `TimeoutError` if it has not and time is over.

        An interrupted one has not ended: the service resumes it.
        """
        if job.status in ("done", "failed"):
            return True
        if time.monotonic() >= self._end:
            raise TimeoutError(
                f"the job {job.id} is {job.status} after {self._timeout:g} seconds; it goes on meanwhile"
            )
        return False

    def pause(self) -> float:
        """Return the seconds until the next look, more each time."""
        pause, self._pause = self._pause, min(_LONGEST, self._pause * _MORE)
        return max(0.0, min(pause, self._end - time.monotonic()))


DEFAULT_URL = "http://127.0.0.1:8600"
# The error does not repeat the value: it may be the key, in the wrong place.
_NO_ADDRESS = f"the base_url is no address of a service; give one like {DEFAULT_URL}"
# Seconds; more than the service allows for an answer and the wait for its turn.
DEFAULT_TIMEOUT = 200.0
# Seconds within which a service that runs accepts a connection.
_CONNECT = 10.0


class Reach:
    """How to reach the service: its address, key, time limits and retries. The key is sent to the service alone."""

    def __init__(self, base_url: str, key: str | None, timeout: float, retries: int, patience: float) -> None:
        self.base_url = _checked(base_url)
        self._key = _key(os.environ.get("DALIL_KEY") if key is None else key)
        self.timeout = timeout
        self.retries = retries
        self.patience = patience

    def __repr__(self) -> str:
        return f"{self.base_url!r}, key={'…' if self._key else None}"

    def options(self) -> dict[str, Any]:
        """Return the arguments for httpx. Redirects are not followed: they would pass on the key and the question."""
        headers = {"User-Agent": "dalil-client"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        timeout = httpx.Timeout(self.timeout, connect=min(_CONNECT, self.timeout))
        return {"base_url": self.base_url, "headers": headers, "timeout": timeout, "follow_redirects": False}

    def hidden(self, text: str) -> str:
        """Return a text from elsewhere without the key, in case it repeats it."""
        return text.replace(self._key, "…") if self._key else text


def _checked(base_url: str) -> str:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        raise ValueError(_NO_ADDRESS) from None
    if url.userinfo:
        raise ValueError("a base_url holds no user or password; give the key as `key` or in DALIL_KEY")
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment:
        raise ValueError(_NO_ADDRESS)
    return str(url).rstrip("/")


def _key(given: str | None) -> str | None:
    key = (given or "").strip()
    # Checked here, because the errors of httpx and h11 repeat a header that cannot be sent.
    if not re.fullmatch(r"[!-~]*", key):
        raise ValueError("the key has characters that no key has; give it as `dalil keys add` printed it")
    return key or None
