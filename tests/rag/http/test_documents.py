"""Documents over HTTP: listed, opened, uploaded, found and deleted, and the jobs that takes."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import pytest
from api_support import until, until_ended
from fastapi.testclient import TestClient
from filelock import FileLock
from rag_support import NOTES

import rag.http.jobs
import rag.library.uploads
from embeddings.files import write_atomically
from rag.errors import AtWork, DalilError
from rag.library.uploads import Uploads

LIGHTHOUSE = b"The lighthouse of Aktau was painted violet by Marzhan Ospanova in 1977.\n\nIt was closed in 1990.\n"
ASKED = "Who painted the lighthouse of Aktau violet?"


def uploaded(client: TestClient, *files: tuple[str, bytes]) -> dict[str, Any]:
    """The job of an upload, once it has ended."""
    reply = client.post("/v1/documents", files=[("files", file) for file in files])
    assert reply.status_code == 202, reply.text
    job = until_ended(client, reply.json())  # type: ignore[arg-type]
    assert (job["status"], job["error"]) == ("done", None)
    return job


def found(client: TestClient) -> list[str]:
    """The files of what is found for the question about the lighthouse, the best first."""
    hits = client.post("/v1/search", json={"question": ASKED, "k": 3}).json()["hits"]
    return [Path(hit["path"]).name for hit in hits]


def test_an_uploaded_document_is_found_and_a_deleted_one_is_not(client: TestClient, tmp_path: Path) -> None:
    before = client.get("/v1/collection").json()
    job = uploaded(client, ("lighthouse.txt", LIGHTHOUSE))
    assert job["files"] == ["lighthouse.txt"]
    [identifier] = job["documents"].values()
    assert found(client)[0] == "lighthouse.txt"
    after = client.get("/v1/collection").json()
    assert after["documents"] == before["documents"] + 1
    assert after["generation"] == job["generation"] > before["generation"]
    assert client.get(f"/v1/documents/{identifier}").json()["uploaded"]
    deleted = until_ended(client, client.delete(f"/v1/documents/{identifier}").json())  # type: ignore[arg-type]
    assert (deleted["status"], deleted["files"]) == ("done", ["lighthouse.txt"])
    assert "lighthouse.txt" not in found(client)
    assert client.get(f"/v1/documents/{identifier}").status_code == 404
    assert client.get("/v1/collection").json()["documents"] == before["documents"]
    assert list((tmp_path / "service" / "uploads").glob("[!.]*")) == []


def test_what_cannot_be_read_is_skipped_with_the_reason(client: TestClient) -> None:
    files = [
        ("a.txt", LIGHTHOUSE),
        ("b.exe", b"MZ"),
        ("c.txt", b""),
        ("d.txt", b"\x1f\x8b\x08" + bytes(range(256)) * 20),
    ]
    job = uploaded(client, *files)
    assert job["files"] == ["a.txt", "d.txt"]
    assert list(job["documents"]) == ["a.txt"]
    assert job["skipped"].keys() == {"b.exe", "c.txt", "d.txt"}
    assert all(len(reason) > 10 for reason in job["skipped"].values())
    nothing = client.post("/v1/documents", files=[("files", ("b.exe", b"MZ"))])
    assert nothing.status_code == 422
    assert "b.exe" in nothing.json()["detail"]


def test_files_under_another_name_of_the_form_are_not_passed_over(client: TestClient) -> None:
    form = [("files", ("a.txt", LIGHTHOUSE)), ("file", ("b.txt", LIGHTHOUSE))]
    refused = client.post("/v1/documents", files=form)
    assert (refused.status_code, "`files`" in refused.json()["detail"]) == (422, True)


def test_a_parameter_that_there_is_not_is_not_passed_over(client: TestClient) -> None:
    refused = client.get("/v1/documents", params={"lang": "kk"})
    assert (refused.status_code, "lang;" in refused.json()["detail"]) == (422, True)
    assert client.get("/v1/jobs/abc").status_code == client.get("/v1/documents/abc").status_code == 404


def test_uploaded_documents_and_jobs_are_listed(client: TestClient) -> None:
    before = client.get("/v1/documents").json()
    jobs = [uploaded(client, (name, LIGHTHOUSE + name.encode()))["id"] for name in ("a.txt", "b.txt")]
    assert [job["id"] for job in client.get("/v1/jobs").json()["jobs"]] == jobs[::-1]
    assert [job["id"] for job in client.get("/v1/jobs", params={"limit": 1}).json()["jobs"]] == jobs[1:]
    mine = client.get("/v1/documents", params={"uploaded": True}).json()
    assert (mine["total"], mine["generation"]) == (2, before["generation"] + 2)
    assert client.get("/v1/documents", params={"uploaded": False}).json()["documents"] == before["documents"]


def test_a_file_without_text_is_told_of_and_kept_no_longer(make: Any, tmp_path: Path) -> None:
    folder = tmp_path / "service" / "uploads"
    client = make(max_files=1)
    job = uploaded(client, ("empty.html", b"<html><body><script>1</script></body></html>"))
    assert "no text" in job["skipped"]["empty.html"]
    until(lambda: not list(folder.glob("[!.]*")))
    assert list(uploaded(client, ("a.txt", LIGHTHOUSE))["documents"]) == ["a.txt"]  # it took no one's place
    jobs = client.app.state.service.jobs.all()
    assert [one.id for one in make().app.state.service.jobs.all()] == [one.id for one in jobs]


def test_a_folder_that_others_hold_when_a_job_ends_is_waited_for(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop, held = Uploads.drop_unreadable, [AtWork("another process is at work")]

    def dropping(self: Uploads, names: Any) -> None:
        if held:
            raise held.pop()
        drop(self, names)

    monkeypatch.setattr(Uploads, "drop_unreadable", dropping)
    monkeypatch.setattr(rag.http.jobs, "_AGAIN", 0.1)
    assert "empty.html" in uploaded(client, ("empty.html", b"<html><body></body></html>"))["skipped"]
    assert not held
    assert list((tmp_path / "service" / "uploads").glob("[!.]*")) == []


@pytest.mark.parametrize("failing", ["big.txt", "jobs"])
def test_an_upload_that_cannot_be_written_whole_leaves_nothing(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    folder = tmp_path / "service" / "uploads"
    uploaded(client, ("a.txt", LIGHTHOUSE))

    def write(path: Path, data: bytes) -> None:
        if failing in path.parts:
            raise OSError(errno.ENOSPC, "No space left on device")
        write_atomically(path, data)

    files = [("files", ("a.txt", LIGHTHOUSE)), ("files", ("b.txt", b"Some words.")), ("files", ("big.txt", b"More."))]
    with monkeypatch.context() as patch:
        patch.setattr(rag.library.uploads, "write_atomically", write)
        patch.setattr(rag.http.jobs, "write_atomically", write)
        assert client.post("/v1/documents", files=files).status_code == 507
    assert [path.name for path in folder.glob("[!.]*")] == ["a.txt"]
    assert list(uploaded(client, ("b.txt", b"Some words."))["documents"]) == ["b.txt"]


def test_deleting_again_touches_no_file_that_came_under_the_name_meanwhile(client: TestClient, tmp_path: Path) -> None:
    [old] = uploaded(client, ("report.txt", LIGHTHOUSE))["documents"].values()
    new = [("files", ("report.txt", LIGHTHOUSE.replace(b"violet", b"orange")))]
    with FileLock(tmp_path / "service" / ".at-work"):  # no job is worked on
        jobs = [client.delete(f"/v1/documents/{old}"), client.delete(f"/v1/documents/{old}")]
        jobs += [client.post("/v1/documents", files=new), client.delete(f"/v1/documents/{old}")]
        assert [job.status_code for job in jobs] == [202] * 4
    ended = [until_ended(client, job.json()) for job in jobs]  # type: ignore[arg-type]
    assert [job["status"] for job in ended] == ["done"] * 4
    assert ended[2]["documents"].keys() == {"report.txt"}
    assert client.get(f"/v1/documents/{old}").status_code == 404
    assert found(client)[0] == "report.txt"


def test_a_deletion_that_cannot_be_noted_deletes_nothing(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    [kept] = uploaded(client, ("a.txt", LIGHTHOUSE))["documents"].values()

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(rag.http.jobs, "write_atomically", full)
        assert client.delete(f"/v1/documents/{kept}").status_code == 507
    assert uploaded(client, ("b.txt", b"Other words."))["documents"].keys() == {"b.txt"}
    assert client.get(f"/v1/documents/{kept}").json()["uploaded"]


def test_files_of_one_name_are_kept_beside_each_other_and_the_same_file_once(client: TestClient) -> None:
    second = LIGHTHOUSE.replace(b"violet", b"orange")  # of the same size
    job = uploaded(client, *(("a.txt", data) for data in (LIGHTHOUSE, second, second + b"More.\n", LIGHTHOUSE)))
    assert list(job["documents"]) == ["a.txt", "a (2).txt", "a (3).txt"]


@pytest.mark.parametrize(
    "name", ["../../evil.txt", "/etc/cron.d/evil.txt", "..\\..\\evil.txt", "x/\u202eevil.txt", "." * 300 + "evil.txt"]
)
def test_a_name_is_no_path(client: TestClient, tmp_path: Path, name: str) -> None:
    [kept] = uploaded(client, (name, LIGHTHOUSE))["files"]
    assert "/" not in kept
    assert "\\" not in kept
    assert kept.endswith("evil.txt")
    assert list(tmp_path.rglob("*evil*")) == [tmp_path / "service" / "uploads" / kept]


@pytest.mark.parametrize("identifier", ["..%2f..%2fkeys", "%00", "x", "0" * 17, "A" * 16, "../../collection"])
def test_an_id_is_no_path(client: TestClient, identifier: str) -> None:
    for reply in (client.get(f"/v1/documents/{identifier}"), client.get(f"/v1/jobs/{identifier}")):
        assert reply.status_code in (404, 422) or reply.json().keys() >= {"generation"}
    assert client.delete(f"/v1/documents/{identifier}").status_code in (404, 405, 422)


def test_a_document_that_was_not_uploaded_is_not_deleted(client: TestClient) -> None:
    identifier = client.get("/v1/documents").json()["documents"][0]["id"]
    reply = client.delete(f"/v1/documents/{identifier}")
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:dalil:conflict")
    assert client.get(f"/v1/documents/{identifier}").status_code == 200


def test_documents_are_listed_by_page_and_by_what_they_are(client: TestClient) -> None:
    everything = client.get("/v1/documents").json()
    assert everything["total"] == len(everything["documents"]) > 10
    pages = [client.get("/v1/documents", params={"limit": 7, "offset": at}).json()["documents"] for at in (0, 7)]
    assert [*pages[0], *pages[1]] == everything["documents"][:14]
    kazakh = client.get("/v1/documents", params={"language": "kk"}).json()
    assert {one["language"] for one in kazakh["documents"]} == {"kk"}
    assert 0 < kazakh["total"] < everything["total"]
    newest = client.get("/v1/documents", params={"order": "published"}).json()["documents"]
    dates = [one["published"] or "" for one in newest]
    assert dates == sorted(dates, reverse=True)
    assert client.get("/v1/documents", params={"since": "2023-02-31"}).status_code == 422


def test_a_document_opens_with_its_text_and_a_span_with_its_surroundings(client: TestClient) -> None:
    hit = client.post("/v1/search", json={"question": "visa exemption"}).json()["hits"][0]
    document = client.get(f"/v1/documents/{hit['document_id']}", params={"text": True}).json()
    assert hit["text"] in document["text"]
    assert client.get(f"/v1/documents/{hit['document_id']}").json()["text"] is None
    place = {"start": hit["start"], "end": hit["end"], "around": 1}
    span = client.get(f"/v1/documents/{hit['document_id']}/span", params=place).json()
    assert span["text"] == hit["text"]
    cited = [piece["text"] for block in span["blocks"] for piece in block["pieces"] if piece["cited"]]
    assert "".join(cited) == hit["text"]
    assert 2 <= len(span["blocks"]) <= 3
    for wrong in ({"start": 10**9 - 1, "end": 10**9}, {"start": 5, "end": 5}, {"start": 9, "end": 2}):
        assert client.get(f"/v1/documents/{hit['document_id']}/span", params=wrong).status_code == 404


def test_as_many_uploads_wait_as_may_and_no_more(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rag.http.jobs.Jobs, "_work", lambda self: None)
    client = make(max_jobs=2, max_upload_files=2)
    files = [("files", ("a.txt", LIGHTHOUSE))]
    assert [client.post("/v1/documents", files=files).status_code for _ in range(3)] == [202, 202, 503]
    assert client.post("/v1/documents", files=files * 3).status_code == 422


def test_a_job_that_was_interrupted_is_told_and_taken_up_again(
    make: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(rag.http.jobs.Jobs, "_work", lambda self: None)
        stuck = make()
        job = stuck.post("/v1/documents", files=[("files", ("lighthouse.txt", LIGHTHOUSE))]).json()
        path = tmp_path / "service" / "jobs" / f"{job['id']}.json"
        path.write_text(json.dumps({**job, "status": "running"}))  # as a worker leaves it that is killed
        assert stuck.get(f"/v1/jobs/{job['id']}").json()["status"] == "interrupted"
    again = make()
    assert until_ended(again, job)["status"] == "done"
    assert found(again)[0] == "lighthouse.txt"


def test_files_that_came_or_went_without_a_job_are_taken_up_at_the_start(make: Any, tmp_path: Path) -> None:
    folder = tmp_path / "service" / "uploads"
    folder.mkdir(parents=True)
    (folder / "lighthouse.txt").write_bytes(LIGHTHOUSE)
    client = make()
    [job] = client.app.state.service.jobs.all()
    assert job.kind == "recovery"
    assert until_ended(client, job.model_dump())["documents"].keys() == {"lighthouse.txt"}
    assert found(client)[0] == "lighthouse.txt"


def test_an_update_by_another_program_is_waited_for_and_a_failure_told(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = rag.http.jobs.index_paths
    errors: list[DalilError] = [AtWork("another `dalil index` is at work on x; wait"), DalilError("the disk is full")]

    def failing(*arguments: Any, **options: Any) -> Any:
        if errors:
            raise errors.pop(0)
        return index(*arguments, **options)

    monkeypatch.setattr(rag.http.jobs, "index_paths", failing)
    monkeypatch.setattr(rag.http.jobs, "_AGAIN", 0.1)
    client = make()
    reply = client.post("/v1/documents", files=[("files", ("lighthouse.txt", LIGHTHOUSE))])
    job = until_ended(client, reply.json())
    assert (job["status"], job["error"]) == ("failed", "the disk is full")
    assert uploaded(client, ("other.txt", NOTES["bridge.txt"].encode()))["status"] == "done"
    assert found(client)[0] == "lighthouse.txt"
