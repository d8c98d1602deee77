"""Pushing from a page into an Anki that answers, and that lets cards in or does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.support.sites import Site

from completist.app import App
from completist.app.cards import Selector

pytest.importorskip("anki.collection")

from tests.support.anki_connect import FakeAnki


@pytest.fixture
def anki(desk: Site, tmp_path: Path) -> Iterator[FakeAnki]:
    """One that wants a key; the site has it."""
    folder = tmp_path / "anki"
    folder.mkdir()
    made = FakeAnki(folder, key="secret")
    desk.app = App(replace(desk.app.settings, anki_connect=made.url, anki_key="secret"), now=desk.tick)
    desk.app.__dict__["database"] = desk.database
    yield made
    made.close()


@pytest.fixture
def client(desk: Site, anki: FakeAnki) -> TestClient:
    """Somebody before two accepted cards."""
    assert anki.key
    view, _, _ = desk.app.cards.reprocess(Selector())
    desk.app.cards.work_off(view.job.id)
    desk.app.cards.decide([each.id for each in desk.app.cards.cards()], "accept")
    return desk.client()


def _told(client: TestClient) -> str:
    assert client.post("/cards/push").status_code == 303
    return client.get("/cards").text


def test_cards_go_in_with_the_key(client: TestClient, anki: FakeAnki) -> None:
    page = _told(client)
    assert "Anki is up to date." in page
    assert "exported .apkg" not in page
    assert len(anki.ids()) == 2


def test_a_refused_key_is_told_and_a_package_made(client: TestClient, anki: FakeAnki) -> None:
    anki.key = "another"
    page = _told(client)
    assert "Anki took no cards, exported .apkg instead" in page
    assert "Anki does not accept the key. Set COMPLETIST_ANKI_KEY" in page
    assert "not detected" not in page
    assert "2 cards new or changed." in page
    assert not anki.ids()


def test_a_profile_that_is_shut_is_told_and_a_package_made(client: TestClient, anki: FakeAnki) -> None:
    anki.shut = True
    page = _told(client)
    assert "Anki took no cards, exported .apkg instead" in page
    assert "No profile is open in Anki." in page
    client.put("/api/v1/cards/preferences", json={"sync_target": "ankiconnect", "dev_mode": False})
    pushed = client.post("/api/v1/cards/push").json()
    assert (pushed["fallback"], pushed["code"]) == ("apkg", "anki_closed")
    assert pushed["message"].startswith("Anki took no cards, exported .apkg instead. No profile is open")
    anki.shut = False
    assert "Anki is up to date." in _told(client)
    assert len(anki.ids()) == 2
