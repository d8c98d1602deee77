"""The catalogue on a page: by number and by title, and what is found is one button away from the library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.support import stages
from tests.support.sites import Site

from completist.app import App
from completist.catalog import Options
from completist.web.places import Bound
from completist.web.server import create_api


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A library without a book, and the catalogue of the demo."""
    folder: Path = tmp_path_factory.mktemp("catalogue")
    with stages.opened(folder) as opened:
        opened.load_catalogue(stages.DUMPS, processes=1, options=Options())
        yield opened


@pytest.fixture
def client(app: App) -> TestClient:
    return TestClient(
        create_api(app, Bound()), "http://127.0.0.1:8337", client=("127.0.0.1", 50000), follow_redirects=False
    )


def _fields(html: str) -> dict[str, str]:
    form = html.partition('action="/catalogue/add"')[2].partition("</form>")[0]
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))


def test_works_are_found_by_title_and_one_is_added(app: App, client: TestClient) -> None:
    (hit, *_) = app.search("The Mayor of Casterbridge", "Thomas Hardy", 20)
    page = client.get("/catalogue?q=The+Mayor+of+Casterbridge&author=Thomas+Hardy").text
    assert f'id="work-{hit.work}"' in page
    said = _fields(page.partition(f'id="work-{hit.work}"')[2])
    assert said == {"title": hit.title, "authors": "; ".join(hit.authors), "olid_work": hit.work}
    added = client.post("/catalogue/add", data=said)
    item = int(added.headers["location"].rpartition("/")[2])
    data = app.show(item).data
    assert (data["title"], data["authors"]) == (hit.title, list(hit.authors))
    assert hit.work in str(data["olid_work"])
    assert "It is in your library." in client.get(f"/items/{item}").text
    assert any(state in ("ready", "waiting") for _, state in app.status().runs)


def test_a_number_is_answered_with_its_record(app: App, client: TestClient) -> None:
    isbn = "978-0-14-143978-5"
    expected = app.record(isbn)
    page = client.get("/catalogue", params={"q": isbn}).text
    assert expected["title"] in page
    said = _fields(page)
    assert said["title"] == expected["title"]
    assert said["isbn13"] == "9780141439785"
    item = int(client.post("/catalogue/add", data=said).headers["location"].rpartition("/")[2])
    assert "9780141439785" in str(app.show(item).data["isbn13"])


def test_what_it_does_not_know_can_be_added_by_its_title(app: App, client: TestClient) -> None:
    page = client.get("/catalogue?q=zzqx+unheard+of&author=Nobody").text
    assert "Nothing like it in the catalogue" in page
    item = int(client.post("/catalogue/add", data=_fields(page)).headers["location"].rpartition("/")[2])
    assert app.show(item).data["title"] == "zzqx unheard of"
    assert "It knows no edition with this number." in client.get("/catalogue?q=9780000000019").text
    refused = client.post("/catalogue/add", data={"title": " "})
    assert refused.status_code == 303
    assert "needs something to go by" in client.get("/catalogue").text


def test_empty_fields_leave_the_address(client: TestClient) -> None:
    sent = client.get("/catalogue?q=emma&author=")
    assert (sent.status_code, sent.headers["location"]) == (303, "/catalogue?q=emma")


def test_without_a_catalogue_it_is_said_what_to_do(tmp_path: Path) -> None:
    with stages.opened(tmp_path) as bare:
        client = TestClient(create_api(bare, Bound()), "http://127.0.0.1:8337", client=("127.0.0.1", 50000))
        page = client.get("/catalogue?q=emma").text
        assert "completist catalog load" in page


def test_it_is_led_to_from_where_lists_come_in(lone: Site) -> None:
    assert 'href="/catalogue"' in lone.client().get("/imports").text
