"""Pages without a browser: who may see them, who may act, what an action does where there are no scripts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.support.sites import LOCAL, Site

from completist.web.access import COOKIE
from completist.web.pages.review import sureness

PATHS = [
    "/",
    "/library",
    "/items/1",
    "/review",
    "/jobs",
    "/settings",
    "/imports",
    "/live",
    "/fill",
    "/export?format=csv",
]
ACTIONS = [
    "/pause",
    "/items/1/set",
    "/review/1/accept",
    "/jobs/1/cancel",
    "/settings/accounts",
    "/library/do",
    "/imports/file?name=x",
]


@pytest.mark.parametrize("path", [each for each in PATHS if each != "/"])
def test_a_stranger_is_shown_how_to_log_in_and_nothing_else(lone: Site, path: str) -> None:
    lone.stock(lone.app, 1)
    lone.account("anna")
    answer = lone.client().get(path)
    assert answer.status_code == 401
    assert "Book 0" not in answer.text
    assert "Log in" in answer.text


def test_an_address_that_does_not_exist_is_a_page_for_browsers_alone(lone: Site) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    shown = lone.client(**browser).get("/nothing-here")
    assert (shown.status_code, shown.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is no such page." in shown.text
    assert lone.client(**browser).get("/api/v1/nothing-here").json()["error"]["code"] == "not_found"
    assert lone.client().get("/nothing-here").json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("path", ACTIONS)
@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}])
def test_nothing_is_done_for_another_sites_page(lone: Site, path: str, headers: dict[str, str]) -> None:
    lone.stock(lone.app, 1)
    assert lone.client(**headers).post(path, content=b"x").status_code == 403
    assert not lone.app.browsing.paused()
    assert not lone.app.access.has_accounts()


def test_an_action_goes_back_to_where_it_was_sent_from_and_is_told_once(lone: Site) -> None:
    (item,) = lone.stock(lone.app, 1)
    client = lone.client()
    sent = client.post(f"/items/{item}/set", data={"field": "pages", "value": "12"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"/items/{item}")
    assert "Pages is yours now" in client.get(f"/items/{item}").text
    assert "Pages is yours now" not in client.get(f"/items/{item}").text
    assert lone.app.show(item).data["pages"] == 12
    wrong = client.post(
        f"/items/{item}/set",
        data={"field": "pages", "value": "many"},
        headers={"Referer": f"{LOCAL}/items/{item}?edit=pages"},
    )
    assert wrong.headers["location"] == f"/items/{item}?edit=pages"
    assert "takes a whole number" in client.get(f"/items/{item}").text


@pytest.mark.parametrize("referer", ["https://evil.example/x", "//evil.example/", "javascript:alert(1)", ""])
def test_an_action_leads_nowhere_else(lone: Site, referer: str) -> None:
    lone.stock(lone.app, 1)
    answer = lone.client(Referer=referer).post("/jobs/99/cancel")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    back = lone.client().post(
        "/library/do", data={"do": "lock", "look": "/library?kind=book", "back": "https://evil.example/"}
    )
    assert back.headers["location"] == "/"


def test_what_is_foreign_is_text(lone: Site) -> None:
    odd = '<script>alert("x")</script>'
    (item,) = lone.bring(lone.app, {"Title": odd, "Author": odd, "Publisher": odd})
    client = lone.client()
    for path in (
        "/",
        "/library",
        "/library?view=rows",
        f"/library?q={odd}",
        f"/items/{item}",
        f"/items/{item}?edit=title",
    ):
        text = client.get(path).text
        assert "<script>alert" not in text, path


def test_the_stream_sends_what_the_page_shows(lone: Site) -> None:
    lone.stock(lone.app, 2)
    client = lone.client()
    page = client.get("/library").text
    lone.stop.set()  # the stream ends after it has begun
    assert client.get("/live?at=/library").text.startswith("retry: 500")
    lone.stop.clear()
    from completist.web.pages import frame, library, wording  # noqa: PLC0415 - the parts as the stream makes them
    from completist.web.pages.frame import Where  # noqa: PLC0415 - likewise
    from completist.web.pages.routing import _reader  # noqa: PLC0415 - likewise

    del _reader
    gate = lone.api.state.gate
    parts = frame.parts(gate._local(None), library.look, Where("/library"), wording.tongue("en"))
    for html in parts.values():
        assert _squeezed(html) in _squeezed(page)
    assert client.get("/live?at=/nowhere").status_code == 404


def _squeezed(html: str) -> str:
    return " ".join(html.split())


def test_members_see_no_keys_and_change_no_sources(lone: Site) -> None:
    lone.account("anna")
    lone.account("bruno", "member")
    client = _logged_in(lone, "bruno")
    assert "Add an account" not in client.get("/settings").text
    for path in ("/settings/sources/openlibrary/use", "/settings/accounts", "/sources/openlibrary/pause"):
        assert client.post(path, data={"name": "eve"}).status_code == 403
    assert client.get("/backup").status_code == 403
    assert [each.name for each in lone.app.access.accounts()] == ["anna", "bruno"]


def _logged_in(site: Site, name: str) -> TestClient:
    client = site.client()
    client.post("/login", data={"token": site.app.access.login_token(name)})
    assert client.cookies[COOKIE]
    return client


def test_a_key_is_kept_and_shown_by_its_end(lone: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMPLETIST_PROVIDERS", raising=False)
    client = lone.client()
    client.post("/settings/sources/googlebooks/key", data={"key": "AIzaSyAbcdefghijklmnopqrstuv1234"})
    text = client.get("/settings").text
    assert "AIzaSy" not in text
    assert re.search(r"•••• 1234", text)
    client.post("/settings/sources/googlebooks/use", data={"on": "no"})
    assert "googlebooks" in lone.app.settings.without
    before = lone.app.sources.order()
    client.post(f"/settings/sources/{before[1]}/move", data={"to": "up"})
    assert lone.app.sources.order()[0] == before[1]
    client.post("/settings/sources/googlebooks/key", data={"key": ""})
    assert "•••• 1234" not in client.get("/settings").text


def test_a_backup_is_a_library(lone: Site) -> None:
    lone.stock(lone.app, 2)
    answer = lone.client().get("/backup")
    assert answer.content.startswith(b"SQLite format 3\0")


def test_sureness_counts_those_that_are_at_least_so_sure() -> None:
    found = sureness([0.5, 0.95, 1.0])
    assert (found[0], found[50], found[51], found[95], found[96], found[100]) == (3, 3, 2, 2, 1, 1)
    assert sureness([]) == [0] * 101


def test_the_last_deed_is_taken_back_from_home(lone: Site) -> None:
    (item,) = lone.stock(lone.app, 1)
    lone.app.set(item, {"pages": 12})
    lone.app.set(item, {"publisher": "Somebody"})
    client = lone.client()
    assert "Undo my last change" in client.get("/").text
    client.post("/undo")
    assert "Values taken back: 1." in client.get("/").text
    assert "publisher" not in lone.app.show(item).data
    assert lone.app.show(item).data["pages"] == 12
    client.post("/undo")
    client.post("/undo", headers={"Referer": f"{LOCAL}/"})
    assert "There is nothing to undo." in client.get("/").text


def test_an_isbn_that_is_not_valid_is_shown_as_such(lone: Site, tmp_path: Path) -> None:
    path = tmp_path / "books.csv"
    path.write_text("Title,Author,ISBN13\nEmma,Jane Austen,978-0-14-143958-8\n", encoding="utf-8")
    lone.app.import_file(path)
    (item,) = lone.app.items("book")
    page = lone.client().get(f"/items/{item.id}").text
    assert page.index("ISBN as given, not valid") < page.index("978-0-14-143958-8")
