"""What the service's own description promises holds for requests made from it, right and wrong ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from api_support import make_key, serving
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis.config import SchemathesisConfig

# A question whose words are all signs or a day that no month has: no schema can say so, a sentence does (422). All else
# that the schema admits must be taken.
_CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 403, 404, 409, 422]
"""
_RELAXED = settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("keyed", [False, True])
def test_no_request_made_from_the_description_breaks_it(own_collection: Path, keyed: bool, tmp_path: Path) -> None:
    folder = tmp_path / "service"
    headers = {"Authorization": f"Bearer {make_key(folder, 'ask', 'manage')}"} if keyed else {}
    with serving(
        own_collection, folder, DALIL_SERVE_RATE=0, DALIL_SERVE_WRONG_KEYS=1_000_000, DALIL_SERVE_MAX_JOBS=100_000
    ) as server:
        schema = schemathesis.openapi.from_url(
            f"{server.address}/openapi.json", config=SchemathesisConfig.from_str(_CONFIG)
        )
        tried = _tried(schema, headers)
    assert {200, 202, 404, 422} <= set(tried)


def _tried(schema: Any, headers: dict[str, str]) -> list[int]:
    tried: list[int] = []
    for found in schema.get_all_operations():

        @_RELAXED
        @given(case=found.ok().as_strategy())
        def try_it(case: Any) -> None:
            tried.append(case.call_and_validate(headers=headers).status_code)

        try_it()
    return tried


def test_the_description_tells_of_every_field_and_error(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation.get("summary"), (path, method)
            if path.startswith("/v1"):
                problems = {s: r for s, r in operation["responses"].items() if s >= "400"}
                assert {"401", "403", "422", "429", "503"} <= problems.keys(), (path, method)
                assert all("application/problem+json" in r["content"] for r in problems.values()), (path, method)
    for name, schema in described["components"]["schemas"].items():
        for field, facts in schema.get("properties", {}).items():
            assert facts.get("description"), f"{name}.{field} is not described"
    assert "HTTPValidationError" not in json.dumps(described)
