"""The asynchronous client of the service, for asyncio and trio."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from types import TracebackType
from typing import Any, Self, Unpack

import anyio
import anyio.to_thread
import httpx

from rag.client import calls
from rag.client.calls import DEFAULT_TIMEOUT, DEFAULT_URL, Asking, Call, Filters, Listing, Reach, T, Upload, Waiting
from rag.client.replies import Attempts, Event, Reading, no_reply, read
from rag.wire.answers import Answer, SearchResult, Verification
from rag.wire.requests import Collection, Document, Job, Page, Span, Summary


class AsyncClient:
    """The asynchronous form of `rag.client.Client`, with the same arguments and methods."""

    def __init__(
        self,
        base_url: str = DEFAULT_URL,
        *,
        key: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        retries: int = 2,
        patience: float = 30.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._reach = Reach(base_url, key, timeout, retries, patience)
        self._http = httpx.AsyncClient(**self._reach.options(), transport=transport)

    def __repr__(self) -> str:
        return f"AsyncClient({self._reach!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def ask(self, question: str, **options: Unpack[Asking]) -> Answer:
        """Return the answer to a question, or an abstention. Options are those of `rag.client.calls.asking`."""
        return await self._do(calls.asking(question, **options))

    async def stream(self, question: str, **options: Unpack[Asking]) -> AsyncGenerator[Event, None]:
        """Yield events while a question is answered; the last is the answer. Closing the iterator stops the work.

        Where a loop over it may be left before its end, `contextlib.aclosing` closes it.
        """
        response = await self._send(calls.streamed(calls.asking(question, **options)))
        try:
            reading = Reading(self._reach, response)
            async for data in response.aiter_bytes():
                for event in reading.feed(data):
                    yield event
            reading.end()
        except httpx.RequestError as error:
            raise no_reply(self._reach, error) from error
        finally:
            await response.aclose()

    async def search(
        self,
        question: str,
        *,
        k: int | None = None,
        filters: Filters | None = None,
        id: str | int | None = None,  # noqa: A002 - as the field is called
    ) -> SearchResult:
        """Find the evidence for a question, best first, without an answer."""
        return await self._do(calls.searching(question, k, filters, id))

    async def verify(self, answer: Answer | Mapping[str, Any]) -> Verification:
        """Check a saved answer against the files as they are now."""
        return await self._do(calls.verifying(answer))

    async def documents(self, **options: Unpack[Listing]) -> Page:
        """Return a page of the documents that match. Options are those of `rag.client.calls.listing`."""
        return await self._do(calls.listing(**options))

    async def all_documents(self, **options: Unpack[Listing]) -> AsyncGenerator[Summary, None]:
        """Yield the documents that match, from ``offset`` on, requested page by page."""
        while (page := await self.documents(**options)).documents:
            for document in page.documents:
                yield document
            options["offset"] = page.offset + len(page.documents)
            if options["offset"] >= page.total:
                return

    async def document(self, document_id: str, *, text: bool = False) -> Document:
        """Return the facts about a document, and its reading text if ``text`` is set."""
        return await self._do(calls.opening(document_id, text))

    async def span(self, document_id: str, start: int, end: int, around: int = 2, part: str | None = None) -> Span:
        """Return the span at the address of a hit or a citation, with ``around`` paragraphs on either side."""
        return await self._do(calls.locating(document_id, start, end, around, part))

    async def upload(self, *files: Upload) -> Job:
        """Upload files, given as paths or as names with bytes. They are found once the job is done (`wait`)."""
        return await self._do(await anyio.to_thread.run_sync(calls.uploading, files))

    async def delete(self, document_id: str) -> Job:
        """Delete an uploaded document, and return the job that does it."""
        return await self._do(calls.deleting(document_id))

    async def jobs(self, *, limit: int = 100) -> list[Job]:
        """Return the jobs that wait, run or ended not long ago, the newest first."""
        return (await self._do(calls.jobs(limit))).jobs

    async def job(self, job: Job | str) -> Job:
        """Return a job as it is now."""
        return await self._do(calls.following(job))

    async def wait(
        self, job: Job | str, *, timeout: float = 600.0, on_progress: Callable[[Job], None] | None = None
    ) -> Job:
        """Return a job once it is done or has failed (see ``status`` and ``error``).

        ``on_progress`` is called with its state at each look. `TimeoutError` if it goes on after ``timeout`` seconds.
        """
        waiting = Waiting(timeout)
        while True:
            now = await self.job(job)
            if on_progress:
                on_progress(now)
            if waiting.is_over(now):
                return now
            await anyio.sleep(waiting.pause())

    async def collection(self) -> Collection:
        """Return the figures of the collection."""
        return await self._do(calls.COLLECTION)

    async def models(self) -> list[str]:
        """Return the names that ``model`` may have; the first is the service's own."""
        return [model.id for model in (await self._do(calls.MODELS)).data]

    async def _do(self, call: Call[T]) -> T:
        return read(call, await self._send(call))

    async def _send(self, call: Call[T]) -> httpx.Response:
        """Return the reply to a call, which is sent again where that may help; the body of a stream is not read yet."""
        attempts = Attempts(self._reach, call)
        while True:
            try:
                response = await self._http.send(self._http.build_request(**call.request()), stream=call.is_stream)
                if response.is_success:
                    return response
                try:
                    await response.aread()
                finally:
                    await response.aclose()
            except httpx.RequestError as error:
                pause = attempts.failed(error)
            else:
                pause = attempts.refused(response)
            await anyio.sleep(pause)
