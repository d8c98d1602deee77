"""Settings and exports on pages, as far as no other test is about them."""

from __future__ import annotations

import pytest
from tests.support.sites import Site


def test_the_key_of_a_source_is_kept_and_forgotten(lone: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_BOOKS_KEY", raising=False)
    client = lone.client()
    client.post("/settings/sources/googlebooks/key", data={"key": "not-a-real-key-12ab"})
    page = client.get("/settings?key=googlebooks").text
    assert "not-a-real-key" not in page
    assert 'name="forget"' in page
    client.post("/settings/sources/googlebooks/key", data={"key": "typed by mistake", "forget": "yes"})
    page = client.get("/settings").text
    assert "The key of Google Books is forgotten." in page
    held = {each.name: each.key for each in lone.app.sources.all()}["googlebooks"]
    assert held is not None
    assert held.shown == ""
    assert 'name="forget"' not in client.get("/settings?key=googlebooks").text


def test_one_collection_is_taken_out_alone(lone: Site) -> None:
    lone.stock(lone.app, 2)
    lone.app.adding.add_tracks([{"title": "Hallelujah", "artists": ["Jeff Buckley"]}], 0)
    client = lone.client()
    assert 'href="/export?format=jsonl"' in client.get("/imports").text
    page = client.get("/imports?kind=track").text
    assert '<option value="track" selected>' in page
    assert 'href="/export?format=jsonl&amp;kind=track"' in page
    lines = client.get("/export?format=jsonl&kind=track").text.splitlines()
    assert len(lines) == 1
    assert "Hallelujah" in lines[0]
    assert 'href="/export?format=jsonl"' in client.get("/imports?kind=nothing").text


def test_dev_mode_has_one_switch(lone: Site) -> None:
    client = lone.client()
    client.post("/settings/dev", data={"on": "yes"})
    assert lone.app.cards.preferences.dev_mode
    assert "Dev mode is on" in client.get("/settings").text
    assert client.post("/commits/dev", data={"on": "no"}).status_code == 404
    assert lone.app.cards.preferences.dev_mode
