"""Freshness on a page: how items stand in each pipeline, and doing again exactly what is out of date."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.support.sites import Site

HERE = "/jobs/pipelines"
AGAIN = f"{HERE}/hardcover/again"


@pytest.fixture
def client(lone: Site) -> TestClient:
    """A library of five books: two are up to date, one by an older version, one changed since, one never done."""
    client = lone.client()
    first, second, third, fourth = lone.stock(lone.app, 4)
    taken = client.post("/api/v1/claims", json={"pipeline": "hardcover", "limit": 100}).json()
    results = [{"run": run["run"], "outcome": "not_found"} for run in taken["runs"]]
    client.post(f"/api/v1/claims/{taken['claim']}/complete", json={"results": results})
    with lone.database.write() as connection:
        older = "UPDATE runs SET version = 'older' WHERE pipeline = 'hardcover' AND item_id = :item"
        connection.execute(text(older), {"item": second})
    lone.app.set(third, {"title": "Another title"})
    assert [first, second, third, fourth] == sorted({first, second, third, fourth})
    lone.bring(lone.app, {"Title": "New", "Author": "Author"}, name="more.csv")
    return client


def _of(page: str, pipeline: str) -> str:
    return page.partition(f'id="fresh-{pipeline}"')[2].partition("</section>")[0]


def _number(html: str, pattern: str) -> int:
    found = re.search(pattern, html)
    assert found is not None, html
    return int(found[1])


def test_a_pipeline_is_told_with_what_the_command_counts(lone: Site, client: TestClient) -> None:
    counted = lone.app.ledger.fresh("hardcover")
    assert (counted.fresh, counted.code, counted.data, counted.missing) == (2, 1, 1, 1)
    shown = _of(client.get(HERE).text, "hardcover")
    assert (
        "Of 5, 2 are up to date, 1 were done by an older version, 1 have changed or were asked for since, "
        "and 1 were never looked up"
    ) in shown
    assert "workers outside" in shown
    assert "Reads " in shown
    assert 'href="/jobs/pipelines"' in client.get("/jobs").text


def test_the_number_on_the_button_is_what_is_done_again(lone: Site, client: TestClient) -> None:
    offered = _number(_of(client.get(HERE).text, "hardcover"), r"Run (\d+) again…")
    asked = client.get(AGAIN).text
    assert _number(asked, r"Run (\d+) again</button>") == offered == 2
    assert "Force" not in asked
    assert lone.app.ledger.jobs() == []
    client.post(AGAIN, data={"which": "stale"})
    page = client.get(HERE).text
    (view,) = lone.app.ledger.jobs()
    assert (view.job.total, view.job.pipeline) == (2, "hardcover")
    assert f'href="/jobs/{view.job.id}"' in page


def test_where_nothing_is_out_of_date_nothing_is_made(lone: Site) -> None:
    client = lone.client()
    assert "No items yet" in client.get(HERE).text
    lone.stock(lone.app, 1)
    assert "Run" not in _of(client.get(HERE).text, "hardcover")
    assert "Everything here is up to date" in client.get(AGAIN).text
    client.post(AGAIN, data={"which": "stale"})
    assert "There was nothing left to do." in client.get(HERE).text
    assert lone.app.ledger.jobs() == []
    assert client.get(f"{HERE}/nothing/again").status_code == 404


def test_all_of_it_is_done_again_in_dev_mode_alone(lone: Site, client: TestClient) -> None:
    assert client.post(AGAIN, data={"which": "force"}).status_code == 403
    assert lone.app.ledger.jobs() == []
    lone.app.cards.prefer(dev_mode=True)
    offered = _number(client.get(AGAIN).text, r"Force (\d+) again")
    client.post(AGAIN, data={"which": "force"})
    (view,) = lone.app.ledger.jobs()
    assert view.job.total == offered == 5


def test_an_item_says_how_it_stands_in_each_pipeline(lone: Site, client: TestClient) -> None:
    _, second, third, _, fifth = [view.id for view in lone.app.items("book")]
    told = {item: client.get(f"/items/{item}").text for item in (second, third, fifth)}
    shown = {item: page.partition('id="stands-hardcover"')[2][:300] for item, page in told.items()}
    assert "By an older version" in shown[second]
    assert "Changed or asked for since" in shown[third]
    assert "Never looked up" in shown[fifth]
