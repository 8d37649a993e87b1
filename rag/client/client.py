"""The synchronous client of the service."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from types import TracebackType
from typing import Any, Self, Unpack

import httpx

from rag.client import calls
from rag.client.calls import DEFAULT_TIMEOUT, DEFAULT_URL, Asking, Call, Filters, Listing, Reach, T, Upload, Waiting
from rag.client.replies import Attempts, Event, Reading, no_reply, read
from rag.wire.answers import Answer, SearchResult, Verification
from rag.wire.requests import Collection, Document, Job, Page, Span, Summary


class Client:
    """A client of the service; thread-safe.

    ``key`` is by default DALIL_KEY of the environment. A call is repeated up to ``retries`` times: after 429 and 503,
    when the service says, and after a connection failed, though then never an upload or a deletion. All such waits of a
    call take at most ``patience`` seconds. Errors are `ServiceError`.
    """

    def __init__(
        self,
        base_url: str = DEFAULT_URL,
        *,
        key: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        retries: int = 2,
        patience: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._reach = Reach(base_url, key, timeout, retries, patience)
        self._http = httpx.Client(**self._reach.options(), transport=transport)

    def __repr__(self) -> str:
        return f"Client({self._reach!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(self, question: str, **options: Unpack[Asking]) -> Answer:
        """Return the answer to a question, or an abstention. Options are those of `rag.client.calls.asking`."""
        return self._do(calls.asking(question, **options))

    def stream(self, question: str, **options: Unpack[Asking]) -> Generator[Event, None, None]:
        """Yield events while a question is answered; the last is the answer. Closing the iterator stops the work."""
        response = self._send(calls.streamed(calls.asking(question, **options)))
        try:
            reading = Reading(self._reach, response)
            for data in response.iter_bytes():
                yield from reading.feed(data)
            reading.end()
        except httpx.RequestError as error:
            raise no_reply(self._reach, error) from error
        finally:
            response.close()

    def search(
        self,
        question: str,
        *,
        k: int | None = None,
        filters: Filters | None = None,
        id: str | int | None = None,  # noqa: A002 - as the field is called
    ) -> SearchResult:
        """Find the evidence for a question, best first, without an answer."""
        return self._do(calls.searching(question, k, filters, id))

    def verify(self, answer: Answer | Mapping[str, Any]) -> Verification:
        """Check a saved answer against the files as they are now."""
        return self._do(calls.verifying(answer))

    def documents(self, **options: Unpack[Listing]) -> Page:
        """Return a page of the documents that match. Options are those of `rag.client.calls.listing`."""
        return self._do(calls.listing(**options))

    def all_documents(self, **options: Unpack[Listing]) -> Iterator[Summary]:
        """Yield the documents that match, from ``offset`` on, requested page by page."""
        while (page := self.documents(**options)).documents:
            yield from page.documents
            options["offset"] = page.offset + len(page.documents)
            if options["offset"] >= page.total:
                return

    def document(self, document_id: str, *, text: bool = False) -> Document:
        """Return the facts about a document, and its reading text if ``text`` is set."""
        return self._do(calls.opening(document_id, text))

    def span(self, document_id: str, start: int, end: int, around: int = 2, part: str | None = None) -> Span:
        """Return the span at the address of a hit or a citation, with ``around`` paragraphs on either side."""
        return self._do(calls.locating(document_id, start, end, around, part))

    def upload(self, *files: Upload) -> Job:
        """Upload files, given as paths or as names with bytes. They are found once the job is done (`wait`)."""
        return self._do(calls.uploading(files))

    def delete(self, document_id: str) -> Job:
        """Delete an uploaded document, and return the job that does it."""
        return self._do(calls.deleting(document_id))

    def jobs(self, *, limit: int = 100) -> list[Job]:
        """Return the jobs that wait, run or ended not long ago, the newest first."""
        return self._do(calls.jobs(limit)).jobs

    def job(self, job: Job | str) -> Job:
        """Return a job as it is now."""
        return self._do(calls.following(job))

    def wait(self, job: Job | str, *, timeout: float = 600.0, on_progress: Callable[[Job], None] | None = None) -> Job:
        """Return a job once it is done or has failed (see ``status`` and ``error``).

        ``on_progress`` is called with its state at each look. `TimeoutError` if it goes on after ``timeout`` seconds.
        """
        waiting = Waiting(timeout)
        while True:
            now = self.job(job)
            if on_progress:
                on_progress(now)
            if waiting.is_over(now):
                return now
            time.sleep(waiting.pause())

    def collection(self) -> Collection:
        """Return the figures of the collection."""
        return self._do(calls.COLLECTION)

    def models(self) -> list[str]:
        """Return the names that ``model`` may have; the first is the service's own."""
        return [model.id for model in self._do(calls.MODELS).data]

    def _do(self, call: Call[T]) -> T:
        return read(call, self._send(call))

    def _send(self, call: Call[T]) -> httpx.Response:
        """Return the reply to a call, which is sent again where that may help; the body of a stream is not read yet."""
        attempts = Attempts(self._reach, call)
        while True:
            try:
                response = self._http.send(self._http.build_request(**call.request()), stream=call.is_stream)
                if response.is_success:
                    return response
                try:
                    response.read()
                finally:
                    response.close()
            except httpx.RequestError as error:
                pause = attempts.failed(error)
            else:
                pause = attempts.refused(response)
            time.sleep(pause)
