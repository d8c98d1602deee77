"""Flashcards over HTTP: three repositories from their registration to a package, and jobs."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient
from tests.support.repositories import Repo, lectures, notes
from tests.support.sites import Site

from completist.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    folder = tmp_path / "allowed"
    folder.mkdir()
    return folder


@pytest.fixture
def admin(lone: Site, allowed: Path) -> TestClient:
    lone.app.settings = Settings(
        lone.folder, "unused", offline=True, repositories=(allowed, ROOT), anki_connect="http://127.0.0.1:9"
    )
    return lone.client(lone.account("anna"))


def _process(site: Site, client: TestClient, **selector: object) -> dict[str, Any]:
    made = client.post("/api/jobs", json={"type": "reprocess", "selector": selector})
    assert made.status_code == 201, made.text
    site.library("anna").cards.work_off(made.json()["id"])
    told: dict[str, Any] = client.get(f"/api/jobs/{made.json()['id']}").json()
    return told


def test_three_repositories_end_to_end(lone: Site, admin: TestClient, allowed: Path) -> None:
    own = allowed / "own"
    subprocess.run(["git", "clone", "-q", "--no-local", "--depth=4", f"file://{ROOT}", str(own)], check=True)
    for path in (notes(allowed).path, lectures(allowed).path, own):
        made = admin.post("/api/v1/repositories", json={"source": str(path)})
        assert made.status_code == 201, made.text
        assert made.json()["new"] >= 3
    job = _process(lone, admin)
    assert job["state"] == "done"
    results = {each["commit_status"] for each in job["commits"]}
    assert results <= {"processed", "failed"}  # the last commit of a shallow clone cannot be told
    cards = admin.get("/api/v1/cards", params={"repository": "notes"}).json()["cards"]
    assert {card["parts"]["front"] for card in cards} == {
        "What is entropy?",
        "What is heat?",
        "Define: Osmosis",
    }
    entropy = next(card for card in cards if "entropy" in card["parts"]["front"])
    assert "logarithm" in entropy["fields"]["back"]
    tex = admin.get("/api/v1/cards", params={"repository": "lectures"}).json()["cards"]
    assert sorted(card["role"] for card in tex) == ["proof", "statement", "statement", "statement"]
    assert {card["source"].partition(":")[0] for card in tex} <= {"groups.tex", "one.tex", "rings.tex"}
    ids = [card["id"] for card in (*cards, *tex)]
    decided = admin.post("/api/v1/cards/decisions", json={"ids": ids, "action": "accept"})
    assert {card["state"] for card in decided.json()["cards"]} == {"accepted"}
    package = admin.get("/api/v1/cards/export")
    assert ZipFile(io.BytesIO(package.content)).namelist() == ["collection.anki2", "media"]
    assert package.content == admin.get("/api/v1/cards/export").content


def test_jobs_by_the_names_of_the_brief(lone: Site, admin: TestClient, allowed: Path) -> None:
    repo = notes(allowed)
    admin.post("/api/v1/repositories", json={"source": str(repo.path)})
    head = repo.git("rev-parse", "HEAD")
    status = admin.post("/api/commits/status", json={"commit_ids": [head, head[:8], "0" * 40]}).json()
    assert [each["status"] for each in status["statuses"].values()] == ["new"] * 3
    asked = {"type": "reprocess", "selector": {"commit_ids": [head]}}
    first, again = admin.post("/api/jobs", json=asked), admin.post("/api/jobs", json=asked)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    refused = admin.post("/api/jobs", json={**asked, "force": True})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "dev_mode_off")
    refused = admin.post("/api/process", json={"commit_ids": [head], "force": True})
    assert refused.json()["error"]["code"] == "dev_mode_off"
    admin.put("/api/v1/cards/preferences", json={"dev_mode": True})
    forced = [admin.post("/api/jobs", json={**asked, "force": True}).json() for _ in range(2)]
    assert len({first.json()["id"], *(job["id"] for job in forced)}) == 3
    assert forced[1]["active_job"] == first.json()["id"]
    assert admin.post(f"/api/jobs/{forced[1]['id']}/cancel").json()["state"] == "cancelled"
    lone.library("anna").cards.work_off(first.json()["id"])
    job = admin.get(f"/api/jobs/{first.json()['id']}").json()
    (result,) = job["commits"]
    assert (result["sha"], result["status"], result["commit_status"]) == (head, "success", "processed")
    assert job["artifacts"][0]["name"] == "cards.apkg"
    assert admin.get(job["artifacts"][0]["url"]).status_code == 200
    status = admin.post("/api/commits/status", json={"commit_ids": [head]}).json()
    assert status["summary"] == {"processed": 1}


def test_process_gives_a_run_and_a_job_and_streams_it(lone: Site, admin: TestClient, allowed: Path) -> None:
    admin.post("/api/v1/repositories", json={"source": str(notes(allowed).path)})
    begun = admin.post("/api/process", json={"repository": "notes"}).json()
    assert begun["runId"] == str(begun["jobId"])
    lone.library("anna").cards.work_off(begun["jobId"])
    streamed = admin.get("/api/process/stream", params={"runId": begun["runId"]}).text
    last = streamed.strip().split("\n\n")[-1]
    assert last.startswith("event: done")
    assert json.loads(last.partition("data: ")[2])["done"] == 5
    assert admin.post(f"/api/process/{begun['runId']}/kill").status_code == 409


def _events(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """The messages of a stream: the name of each, its id, and its data."""
    found = []
    for block in text.strip().split("\n\n"):
        said = dict(line.partition(": ")[::2] for line in block.splitlines() if not line.startswith(":"))
        if "data" in said:
            found.append((said["event"], said.get("id", ""), json.loads(said["data"])))
    return found


def test_a_listener_that_was_cut_off_is_told_what_it_missed(
    lone: Site, admin: TestClient, allowed: Path
) -> None:
    admin.post("/api/v1/repositories", json={"source": str(notes(allowed).path)})
    begun = admin.post("/api/process", json={"repository": "notes"}).json()
    lone.library("anna").cards.work_off(begun["jobId"])
    asked = {"runId": begun["runId"]}
    late = _events(admin.get("/api/process/stream", params=asked).text)
    log = [(place, said) for name, place, said in late if name == "log"]
    assert len(log) == 5
    assert {said["status"] for _, said in log} == {"success"}
    assert sum(said["cards"] for _, said in log) == 3
    assert all(said.keys() == {"sha", "status", "cards", "error"} for _, said in log)
    again = admin.get("/api/process/stream", params=asked, headers={"Last-Event-ID": log[2][0]}).text
    assert [said for name, _, said in _events(again) if name == "log"] == [said for _, said in log[3:]]
    assert _events(again)[-1][0] == "done"
    admin.put("/api/v1/cards/preferences", json={"dev_mode": True})
    verbose = _events(admin.get("/api/process/stream", params=asked).text)
    first = next(said for name, _, said in verbose if name == "log")
    assert first["pipeline_version"].startswith("parser-")
    assert first["metrics"]["added"] == 2
    refused = admin.get("/api/process/stream", params=asked, headers={"Last-Event-ID": "x"})
    assert refused.status_code in (400, 422)


def test_a_person_edits_and_pushes(lone: Site, admin: TestClient, allowed: Path) -> None:
    admin.post("/api/v1/repositories", json={"source": str(lectures(allowed).path)})
    _process(lone, admin)
    card = admin.get("/api/v1/cards").json()["cards"][0]
    edited = admin.patch(f"/api/v1/cards/{card['id']}", json={"front": "Mine?"}).json()
    assert (edited["state"], edited["typed"]) == ("edited", ["front"])
    assert admin.post(f"/api/cards/{card['id']}/recreate").json()["state"] == "pending"
    assert admin.post(f"/api/cards/{card['id']}/add").json()["state"] == "accepted"
    assert admin.put(
        "/api/v1/cards/preferences", json={"sync_target": "ankiconnect", "dev_mode": True}
    ).json() == {
        "dev_mode": True,
        "sync_target": "ankiconnect",
    }
    pushed = admin.post("/api/v1/cards/push").json()
    assert (pushed["target"], pushed["fallback"], pushed["code"]) == ("apkg", "apkg", "anki_away")
    assert pushed["message"].startswith("Anki not detected, exported .apkg instead.")
    assert pushed["waiting"] == len(admin.get("/api/v1/cards?state=pending").json()["cards"]) > 0
    assert admin.get(pushed["artifact"]).content[:2] == b"PK"


def test_a_repository_outside_the_allowed_folders_is_refused(admin: TestClient, tmp_path: Path) -> None:
    outside = Repo(tmp_path / "outside")
    outside.save("one", {"a.md": "x\n"})
    refused = admin.post("/api/v1/repositories", json={"source": str(outside.path)})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "outside_roots")
    assert admin.get("/api/v1/repositories").json() == {"repositories": []}


def test_cards_of_one_account_are_none_of_anothers(lone: Site, admin: TestClient, allowed: Path) -> None:
    admin.post("/api/v1/repositories", json={"source": str(lectures(allowed).path)})
    _process(lone, admin)
    card = admin.get("/api/v1/cards").json()["cards"][0]["id"]
    other = lone.client(lone.account("bruno", "member"))
    assert other.get("/api/v1/cards").json()["cards"] == []
    assert other.patch(f"/api/v1/cards/{card}", json={"front": "Mine"}).status_code == 404
    assert other.post("/api/v1/cards/decisions", json={"ids": [card], "action": "discard"}).status_code == 404
    assert other.get("/api/v1/commits").json()["commits"] == []
