"""Cards on a page: decided, edited, taken back, exported and pushed."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from tests.support.repositories import Repo
from tests.support.sites import Site

from completist.app.cards import Selector


@pytest.fixture
def client(desk: Site) -> TestClient:
    """Somebody before two suggested cards."""
    view, _, _ = desk.app.cards.reprocess(Selector())
    desk.app.cards.work_off(view.job.id)
    return desk.client()


def _onward(client: TestClient, path: str, **data: str) -> str:
    answer = client.post(path, data=data)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_suggestions_are_accepted_discarded_and_taken_back(desk: Site, client: TestClient) -> None:
    first, second = desk.app.cards.cards()
    page = client.get("/cards").text
    assert "What never decreases?" in page
    assert "Entropy, in an isolated system." in page
    assert (
        _onward(client, f"/cards/{first.id}/accept", after=str(second.id))
        == f"/cards/{second.id}?last={first.id}"
    )
    assert desk.app.cards.count() == {"accepted": 1, "pending": 1}
    assert "Accepted." in client.get(f"/cards/{second.id}?last={first.id}").text
    assert _onward(client, f"/cards/{second.id}/discard") == f"/cards?last={second.id}"
    assert "Nothing waits" in client.get("/cards").text
    assert _onward(client, f"/cards/{second.id}/restore") == f"/cards/{second.id}"
    assert desk.app.cards.count() == {"accepted": 1, "pending": 1}
    assert f"#{first.id}" in client.get("/cards?state=accepted").text


def test_only_what_was_changed_is_a_persons(desk: Site, client: TestClient) -> None:
    card = desk.app.cards.cards()[0]
    assert f'action="/cards/{card.id}/edit"' in client.get(f"/cards/{card.id}?edit=yes").text
    said = {"front": card.readable["front"], "back": "It.\r\nNever.", "extra": card.readable.get("extra", "")}
    _onward(client, f"/cards/{card.id}/edit", **said)
    edited = desk.app.cards.cards()[0]
    assert (edited.state.value, dict(edited.typed)) == ("edited", {"back": "It.\nNever."})
    _onward(client, f"/cards/{card.id}/regenerate")
    assert desk.app.cards.cards()[0].state.value == "pending"


def test_what_stands_in_a_repository_is_never_markup(desk: Site, client: TestClient) -> None:
    card = desk.app.cards.cards()[0]
    _onward(client, f"/cards/{card.id}/edit", back="<script>alert(1)</script><img src=x onerror=alert(1)>")
    page = client.get(f"/cards/{card.id}?state=all").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_formulas_and_holes_are_drawn_and_not_spelt(desk: Site, client: TestClient, notes: Repo) -> None:
    notes.save("more", {"m.md": "Q: What is $E$?\nA: $$m < c^2$$\n\nThe ==hippocampus== forms memories.\n"})
    shelf = desk.app.cards.shelf
    shelf.sync(shelf.named("notes"))
    view, _, _ = desk.app.cards.reprocess(Selector())
    desk.app.cards.work_off(view.job.id)
    (card,) = [each for each in desk.app.cards.cards(limit=50) if "$" in str(each.parts)]
    page = client.get(f"/cards/{card.id}").text
    assert '<code class="tex">E</code>' in page
    assert '<code class="tex display">m &lt; c^2</code>' in page
    assert "The [hippocampus] forms memories." in page


def test_anki_not_detected_exported_apkg_instead(desk: Site, client: TestClient) -> None:
    desk.app.cards.decide([each.id for each in desk.app.cards.cards()], "accept")
    assert _onward(client, "/cards/push") == "/cards"
    page = client.get("/cards").text
    assert "Anki not detected, exported .apkg instead" in page
    assert "2 cards new or changed." in page
    link = "/api/v1/cards/export?format=apkg&changed=true"
    assert link.replace("&", "&amp;") in page
    package = client.get(link)
    assert package.headers["content-disposition"] == 'attachment; filename="cards.apkg"'
    assert package.content.startswith(b"PK")
    for form in ("csv", "markdown"):
        assert f"format={form}" in page
        assert "Entropy" in client.get(f"/api/v1/cards/export?format={form}").text


def test_a_push_says_what_still_waits_for_review(desk: Site, client: TestClient) -> None:
    first, *rest = desk.app.cards.cards()
    desk.app.cards.decide([first.id], "accept")
    assert f"{len(rest)} still wait" in client.get("/cards").text or len(rest) == 1
    _onward(client, "/cards/push")
    waits = "waits" if len(rest) == 1 else "wait"
    page = client.get("/cards").text
    assert "1 card new or changed" in page
    assert f"{len(rest)} {waits} for review" in page


def test_pages_and_actions_that_there_are_not(client: TestClient) -> None:
    assert client.get("/cards/999").status_code == 404
    assert "cannot be done" in client.get(_onward(client, "/cards/1/shred")).text
    assert "There is no card 999" in client.get(_onward(client, "/cards/999/edit", front="x")).text


def test_all_that_is_suggested_is_accepted_as_the_button_says(desk: Site, client: TestClient) -> None:
    assert "Accept all 2" in client.get("/cards?repository=notes").text
    assert _onward(client, "/cards/accept-all", repository="notes") == "/cards?repository=notes"
    page = client.get("/cards?repository=notes").text
    assert "2 cards are accepted." in page
    assert "Accept all" not in page
    assert desk.app.cards.count() == {"accepted": 2}
    assert 'href="/api/v1/cards/export?format=csv&amp;repository=notes"' in page
    _onward(client, "/cards/push", repository="notes")
    told = client.get("/cards?repository=notes").text
    assert "Anki not detected, exported .apkg instead" in told
    assert 'href="/api/v1/cards/export?format=apkg&amp;changed=true&amp;repository=notes"' in told
