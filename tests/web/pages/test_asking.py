"""A job, or a schedule, under conditions: the number on the button is the number of look-ups that come of it."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from tests.support.sites import Site

from completist.app import Wish

PIPELINE = "book-metadata"


def _button(page: str) -> int:
    """The number on the button; 0 where it says that there is nothing."""
    told = re.search(r'id="ask-do".*?(?:Look ([\d,]+) up|Nothing to look up)', page, re.DOTALL)
    assert told is not None
    return int((told[1] or "0").replace(",", ""))


def _library(site: Site) -> list[int]:
    """Eight books: of two the pages are known, one has its cover; runs of theirs stand in every way that there is.

    The first is looked up, the second, too, and reads otherwise since; the third did so, and reads again as it did; of
    the fourth the run is called off, and of the fifth it is held.
    """
    app = site.app
    ids = site.bring(
        app,
        *({"Title": f"Book {n}", "Author": f"Author {n}", "Pages": str(90 + n) * (n < 2)} for n in range(8)),
    )
    app.set(ids[5], {"cover": "https://covers.example/5.jpg"})
    app.fill(Wish(ids=ids[:3]))
    for item in ids[1:3]:
        app.set(item, {"title": "Another"})
    app.give_up(ids[2], ["title"])
    made, _ = app.ledger.create_job(PIPELINE, {"ids": [ids[3]]})
    app.ledger.cancel_job(made.job.id)
    held, _ = app.ledger.create_job(PIPELINE, {"ids": [ids[4]]})
    app.ledger.hold_job(held.job.id)
    return ids


CONDITIONS: list[dict[str, str | list[str]]] = [
    {},
    {"missing": "pages"},
    {"missing": ["pages", "cover"]},
    {"missing": "cover", "score_below": "40"},
    {"score_below": "100"},
    {"never_asked": "yes"},
    {"older": "90", "unit": "d"},
    {"older": "1", "unit": "h", "missing": "pages"},
    {"stale": "yes"},
    {"force": "yes"},
    {"force": "yes", "missing": "pages"},
]


@pytest.mark.parametrize("conditions", CONDITIONS, ids=str)
def test_as_many_are_looked_up_as_the_button_says(site: Site, conditions: dict[str, str | list[str]]) -> None:
    _library(site)
    client, before = site.client(), {each.job.id for each in site.app.ledger.jobs()}
    asked = {"pipeline": PIPELINE, "priority": "2", **conditions}
    page = client.get(f"/jobs/new?{urlencode({**asked, 'count': 'yes'}, doseq=True)}").text
    counted = _button(page)
    sent = client.post("/jobs/new", data=asked)
    jobs = [each for each in site.app.ledger.jobs() if each.job.id not in before]
    assert [each.job.total for each in jobs] == [counted] * bool(counted)
    if counted:
        assert sent.headers["location"] == f"/jobs/{jobs[0].job.id}"
        assert jobs[0].job.options["priority"] == 2
        assert jobs[0].job.options["force"] is ("force" in conditions)


def test_what_the_button_does_is_what_was_counted_and_conditions_stand_in_its_form(lone: Site) -> None:
    _library(lone)
    asked = {"pipeline": PIPELINE, "missing": ["pages", "cover"], "older": "2", "unit": "w", "count": "yes"}
    page = lone.client().get(f"/jobs/new?{urlencode(asked, doseq=True)}").text
    form = page.partition('action="/jobs/new" hx-post')[2].partition("</form>")[0]
    held = re.findall(r'name="(\w+)" value="([^"]*)"', form)
    assert held == [
        ("pipeline", PIPELINE),
        ("missing", "pages"),
        ("missing", "cover"),
        ("older", "2"),
        ("unit", "w"),
        ("priority", "4"),
    ]
    assert '<b class="n">5</b>' in page  # all but the three that were looked up


def test_conditions_come_round(lone: Site) -> None:
    _library(lone)
    client = lone.client()
    said = {"pipeline": PIPELINE, "missing": "cover", "score_below": "60", "older": "90", "unit": "d"}
    client.post("/settings/schedules", data={**said, "cron": "0 5 * * *", "name": "poor", "force": "yes"})
    (made,) = lone.app.ledger.schedules()
    assert (made.name, made.cron, made.options["force"]) == ("poor", "0 5 * * *", True)
    assert made.selection == {"filter": {"missing": "cover", "score_below": 60, "older_than": "90d"}}
    shown = client.get("/settings").text
    assert "Book metadata: missing cover, less than 60 % complete, not looked up for 90d again" in shown


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        ({"score_below": "0"}, "score_below takes a whole number from 1 to 100."),
        ({"score_below": "many"}, "A share is a whole number from 1 to 100."),
        ({"older": "-1", "unit": "d"}, "older_than takes a number of"),
        ({"missing": "colour"}, "is not a field that counts as a gap"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_can_be_pressed(
    lone: Site, conditions: dict[str, str], told: str
) -> None:
    _library(lone)
    client = lone.client()
    asked = {"pipeline": PIPELINE, "count": "yes", **conditions}
    page = client.get(f"/jobs/new?{urlencode(asked)}")
    assert page.status_code == 200
    assert told in page.text.replace("&#39;", "'")
    assert 'id="ask-do"' not in page.text
    before = len(lone.app.ledger.jobs())
    client.post("/jobs/new", data=asked)
    assert len(lone.app.ledger.jobs()) == before


def test_nothing_is_counted_before_the_page_is_there_nor_for_what_watches_it(lone: Site) -> None:
    _library(lone)
    page = lone.client().get("/jobs/new").text
    assert "Counting…" in page
    assert "count=yes" in page
    assert 'id="ask-do"' not in page
    assert lone.client().get("/jobs/new?pipeline=nothing").status_code == 404


def test_without_anything_there_is_nothing_to_ask_for(lone: Site) -> None:
    assert "Nothing to look up yet" in lone.client().get("/jobs/new").text
