"""A client of the service, which needs no other packages than httpx and pydantic.

    with Client("http://127.0.0.1:8600") as client:
        answer = client.ask("When did the visa exemption take effect?")

`rag.client.retriever` is the search as a LangChain retriever; it alone needs `langchain_core`.
"""

from __future__ import annotations

from rag.client.asynchronous import AsyncClient
from rag.client.client import Client
from rag.client.replies import AnswerMade, Event, HitsFound, ServiceError, StatementMade, Token

__all__ = ["AnswerMade", "AsyncClient", "Client", "Event", "HitsFound", "ServiceError", "StatementMade", "Token"]
