"""Who is let in: keys, what each may, how often, and what is written down of it."""

from __future__ import annotations

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from api_support import PATIENCE, QUESTION, make_key, serve_settings
from fastapi.testclient import TestClient
from rag_support import Ran

from rag.errors import DalilError, WrongUse
from rag.http.keys import Keys
from rag.http.operations import JsonLines
from rag.http.security import check_reach
from rag.library.uploads import Uploads

ASKED = {"question": QUESTION}


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_a_key_is_kept_as_its_hash_alone_and_found_again(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    key, secret = keys.add("Aigerim's notebook", ("ask",))
    kept = keys.path.read_text("utf-8")
    assert secret not in kept
    assert (keys.path.stat().st_mode & 0o777) == 0o600
    assert Keys(tmp_path).find(secret) == key
    for wrong in ("", secret[:-1], secret + "x", secret.upper(), key.sha256, "\ud800", "x" * 10_000):
        assert keys.find(wrong) is None
    assert Keys(tmp_path).revoke(key.id) == key
    assert keys.find(secret) is None
    with pytest.raises(WrongUse):
        keys.revoke(key.id)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb"])
def test_a_key_needs_a_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongUse):
        Keys(tmp_path).add(name, ("ask",))


def test_a_file_of_keys_that_cannot_be_read_lets_no_one_in(make: Any, tmp_path: Path) -> None:
    secret = make_key(tmp_path / "service", "ask")
    client = make()
    (tmp_path / "service" / "keys.json").write_text("[{")
    with pytest.raises(DalilError):
        Keys(tmp_path / "service").find(secret)
    assert client.post("/v1/search", json=ASKED, headers=bearer(secret)).status_code == 503


def test_keys_are_asked_for_from_when_there_are_some(client: TestClient, tmp_path: Path) -> None:
    assert client.post("/v1/search", json=ASKED).status_code == 200
    secret = make_key(tmp_path / "service", "ask")
    refused = client.post("/v1/search", json=ASKED)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer realm="dalil"')
    assert client.post("/v1/search", json=ASKED, headers=bearer(secret)).status_code == 200
    [key] = Keys(tmp_path / "service").all()
    Keys(tmp_path / "service").revoke(key.id)
    make_key(tmp_path / "service", "ask")
    assert client.post("/v1/search", json=ASKED, headers=bearer(secret)).status_code == 401


def test_an_upload_without_a_key_is_turned_away_unread_and_the_last_key_revoked_lets_no_one_in(
    client: TestClient, tmp_path: Path
) -> None:
    make_key(tmp_path / "service", "manage")
    # Were the body read first, this would be told of its form.
    wrong = client.post("/v1/documents", content=b"x", headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert wrong.status_code == 401
    [key] = Keys(tmp_path / "service").all()
    Keys(tmp_path / "service").revoke(key.id)
    assert client.post("/v1/search", json=ASKED).status_code == 401


def test_asking_and_managing_are_allowed_apart(client: TestClient, tmp_path: Path) -> None:
    ask, manage = (make_key(tmp_path / "service", scope) for scope in ("ask", "manage"))  # type: ignore[arg-type]
    file = {"files": ("a.txt", b"A note on the weather of Aktau.\n")}
    assert client.post("/v1/documents", files=file, headers=bearer(ask)).status_code == 403
    assert client.delete(f"/v1/documents/{'0' * 16}", headers=bearer(ask)).status_code == 403
    assert client.post("/v1/search", json=ASKED, headers=bearer(manage)).status_code == 403
    assert client.post("/v1/documents", files=file, headers=bearer(manage)).status_code == 202
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
    assert client.get("/metrics").status_code == 401


def test_who_may_not_upload_is_turned_away_unread(make: Any, tmp_path: Path) -> None:
    ask, manage = (make_key(tmp_path / "service", scope) for scope in ("ask", "manage"))  # type: ignore[arg-type]
    client = make(rate=1)

    def upload(secret: str) -> int:  # were the body read first, this would be told of its form
        form = {"Content-Type": "multipart/form-data; boundary=b", **bearer(secret)}
        return client.post("/v1/documents", content=b"x", headers=form).status_code

    assert [upload(ask), upload(manage), upload(manage)] == [403, 400, 429]


def test_only_so_many_uploads_are_received_at_once(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, held = threading.Event(), threading.Event()
    add_all = Uploads.add_all

    def slow(self: Uploads, *arguments: Any) -> Any:
        begun.set()
        held.wait(PATIENCE)
        return add_all(self, *arguments)

    monkeypatch.setattr(Uploads, "add_all", slow)
    client, files = make(uploads=1), {"files": ("a.txt", b"A note on the weather of Aktau.\n")}
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/v1/documents", files=files)
        assert begun.wait(PATIENCE)
        second = client.post("/v1/documents", files=files)
        held.set()
        assert (second.status_code, second.headers["retry-after"], first.result(PATIENCE).status_code) == (
            503,
            "5",
            202,
        )
    assert client.post("/v1/documents", files=files).status_code == 202


def test_a_key_that_asks_too_often_waits_and_another_does_not(make: Any, tmp_path: Path) -> None:
    first, second = (make_key(tmp_path / "service", "ask") for _ in range(2))
    client = make(rate=3)
    codes = [client.get("/v1/collection", headers=bearer(first)).status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    waiting = client.get("/v1/collection", headers=bearer(first))
    assert 1 <= int(waiting.headers["retry-after"]) <= 60
    assert client.get("/v1/collection", headers=bearer(second)).status_code == 200


def test_after_too_many_wrong_keys_an_address_waits_but_a_right_key_does_not(make: Any, tmp_path: Path) -> None:
    secret = make_key(tmp_path / "service", "ask")
    client = make(wrong_keys=5)
    codes = [client.get("/v1/collection", headers=bearer(f"dalil_{n}")).status_code for n in range(7)]
    assert codes == [401] * 5 + [429] * 2
    assert client.get("/v1/collection", headers=bearer(secret)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8600"},
        {"Host": "127.0.0.1@evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"X-Forwarded-For": "192.0.2.1"},
        {"X-Forwarded-Proto": "https"},
        {"Via": "1.1 desk.example"},
        {"CF-Connecting-IP": "192.0.2.1"},
    ],
)
def test_without_keys_web_pages_of_elsewhere_are_not_served(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/v1/search", json=ASKED, headers=headers).status_code == 403
    for host in ("127.0.0.1:8600", "localhost", "[::1]:8600", "[::1]"):
        assert client.post("/v1/search", json=ASKED, headers={"Host": host}).status_code == 200


def test_cors_is_closed_unless_origins_are_named(make: Any, tmp_path: Path) -> None:
    secret = make_key(tmp_path / "service", "ask")
    origin = {"Origin": "https://desk.example", **bearer(secret)}
    assert "access-control-allow-origin" not in make().get("/v1/collection", headers=origin).headers
    opened = make(cors_origins="https://desk.example").get("/v1/collection", headers=origin)
    assert opened.headers["access-control-allow-origin"] == "https://desk.example"


def test_a_page_that_may_call_can_read_why_it_was_refused(make: Any, tmp_path: Path) -> None:
    secret = make_key(tmp_path / "service", "ask")
    client = make(cors_origins="https://desk.example", rate=1, max_body=1000)
    origin = {"Origin": "https://desk.example"}
    replies = [
        client.get("/v1/collection", headers=origin),
        client.post("/v1/search", content=b" " * 2000, headers=origin),
        client.post("/v1/search", json=ASKED, headers={**origin, "Content-Encoding": "gzip"}),
        *(client.post("/v1/search", json=ASKED, headers={**origin, **bearer(secret)}) for _ in range(2)),
    ]
    assert [reply.status_code for reply in replies] == [401, 413, 415, 200, 429]
    for reply in replies:
        assert reply.headers["access-control-allow-origin"] == "https://desk.example"
        assert "retry-after" in reply.headers["access-control-expose-headers"].lower()


def test_others_are_only_served_with_keys(tmp_path: Path) -> None:
    for changes in ({"host": "0.0.0.0"}, {"host": "0.0.0.0", "keyless": True}, {"host": "dalil.example"}):
        with pytest.raises(WrongUse):
            check_reach(serve_settings(tmp_path, **changes), Keys(tmp_path))
    make_key(tmp_path, "ask")
    check_reach(serve_settings(tmp_path, host="0.0.0.0"), Keys(tmp_path))
    with pytest.raises(WrongUse):
        check_reach(serve_settings(tmp_path, host="0.0.0.0", keyless=True), Keys(tmp_path))


def test_the_log_holds_no_question_and_no_key(
    make: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = make_key(tmp_path / "service", "ask")
    for logs, told in ((False, 0), (True, 1)):
        client = make(log_questions=logs)
        monkeypatch.setattr(logging.getLogger("rag"), "propagate", True)
        caplog.clear()
        with caplog.at_level(logging.INFO, "rag"):
            client.post("/v1/search", json=ASKED, headers={**bearer(secret), "X-Request-ID": "abc-1"})
            client.get(f"/v1/documents?text={QUESTION}", headers=bearer(secret))
        lines = [json.loads(JsonLines().format(record)) for record in caplog.records if record.name.startswith("rag")]
        [key] = Keys(tmp_path / "service").all()
        searched = next(line for line in lines if line.get("route") == "/v1/search")
        assert (searched["request_id"], searched["status"], searched["key"]) == ("abc-1", 200, key.id)
        assert json.dumps(lines).count(QUESTION) == told
        assert secret not in json.dumps(lines)


def test_every_reply_has_an_id_and_headers_that_guard_it(client: TestClient) -> None:
    reply = client.get("/v1/collection", headers={"X-Request-ID": "a b\u007f"})
    assert len(reply.headers["x-request-id"]) == 32
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    assert "server" not in reply.headers


def test_keys_are_made_listed_and_revoked_at_the_command_line(dalil: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("DALIL_SERVE_FOLDER", str(tmp_path / "service"))
    made: Ran = dalil("keys", "add", "newsroom", "--scope", "ask", "--scope", "manage", "--json")
    key = json.loads(made.out)
    assert key["scopes"] == ["ask", "manage"]
    found = Keys(tmp_path / "service").find(key["key"])
    assert found is not None
    listed = json.loads(dalil("keys", "list", "--json").out)
    assert [one["id"] for one in listed["keys"]] == [found.id]
    assert key["key"] not in dalil("keys", "list").out
    assert dalil("keys", "revoke", found.id).code == 0
    assert Keys(tmp_path / "service").all() == ()
    assert dalil("keys", "revoke", found.id).code == 2
    assert dalil("keys", "add").code == 2
