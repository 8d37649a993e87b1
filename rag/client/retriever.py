"""The service's search as a LangChain retriever. Of the client, this module alone needs `langchain_core`."""

from __future__ import annotations

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.client.asynchronous import AsyncClient
from rag.client.calls import Filters
from rag.client.client import Client
from rag.wire.answers import SearchResult


class HttpRetriever(BaseRetriever):
    """Each document is a hit, its address in the metadata under the names that `rag.search.engine.DalilRetriever` has.

    ``client`` serves `invoke` and ``asynchronous`` serves `ainvoke`; without the latter, `ainvoke` has ``client`` work
    in a thread.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    client: Client | None = None
    asynchronous: AsyncClient | None = None
    k: int = 10
    filters: Filters | None = None

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        if self.client is None:
            raise ValueError("the retriever was made without a client; give one or use ainvoke")
        return _documents(self.client.search(query, k=self.k, filters=self.filters))

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        if self.asynchronous is None:
            return await super()._aget_relevant_documents(query, run_manager=run_manager)
        return _documents(await self.asynchronous.search(query, k=self.k, filters=self.filters))


def _documents(result: SearchResult) -> list[Document]:
    return [
        Document(
            page_content=hit.text,
            id=hit.id,
            metadata=hit.model_dump(mode="json"),
        )
        for hit in result.hits
    ]
