"""Live sources over HTTP: everybody sees them, an admin changes them."""

from __future__ import annotations

import pytest
from tests.support.sites import Site, error


def test_a_member_sees_how_they_stand(lone: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ISBNDB_KEY", raising=False)
    lone.account("anna")
    told = lone.client(lone.account("bruno", "member")).get("/api/v1/sources").json()
    assert told[0]["name"] == "openlibrary"
    assert {each["state"] for each in told} == {"offline"}
    assert next(each for each in told if each["name"] == "isbndb")["has_key"] is False
    assert told[0]["takes"]["items"] == 0


def test_an_admin_pauses_and_resumes_one(site: Site) -> None:
    client = site.client(site.account("anna"))
    assert client.post("/api/v1/sources/dnb/pause").json() == {"changed": True}
    assert client.post("/api/v1/sources/dnb/pause").json() == {"changed": False}
    assert client.post("/api/v1/sources/dnb/resume").json() == {"changed": True}
    assert error(client.post("/api/v1/sources/nope/pause"))["code"] == "not_found"


@pytest.mark.parametrize("verb", ["pause", "resume", "test"])
def test_a_member_changes_nothing(lone: Site, verb: str) -> None:
    lone.account("anna")
    answer = lone.client(lone.account("bruno", "member")).post(f"/api/v1/sources/dnb/{verb}")
    assert (answer.status_code, error(answer)["code"]) == (403, "forbidden")


def test_who_stays_offline_cannot_test(lone: Site) -> None:
    answer = lone.client(lone.account("anna")).post("/api/v1/sources/dnb/test")
    assert (answer.status_code, error(answer)["code"]) == (409, "action_required")
