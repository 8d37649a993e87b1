"""What a client raises. `rag.errors` knows the rooms below and is not needed here."""

from __future__ import annotations

from collections.abc import Sequence

from rag.wire.problems import WrongField


class ServiceError(Exception):
    """The service refused or failed, or could not be reached.

    ``kind`` is the part after ``urn:dalil:`` of the service's own problems. The client's own: ``no-reply`` (nothing
    came, ``status`` is None), ``redirect`` (not followed), ``unreadable`` (no reply of Dalil's) and ``http`` (an error
    of something between).
    """

    def __init__(
        self,
        detail: str,
        *,
        status: int | None = None,
        kind: str = "http",
        request_id: str | None = None,
        retry_after: float | None = None,
        errors: Sequence[WrongField] = (),
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.kind = kind
        self.request_id = request_id
        self.retry_after = retry_after
        self.errors = tuple(errors)

    def __str__(self) -> str:
        facts = [self.kind, *([f"request {self.request_id}"] if self.request_id else [])]
        return f"{self.detail} ({', '.join(facts)})"
