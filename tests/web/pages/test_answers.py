"""Answers on the page of settings: counted by source, and as many forgotten as the button says."""

from __future__ import annotations

import re

from tests.support.sites import Site

from completist.sdk.provider import Record
from completist.store import answers

FORGET = "/settings/answers/forget"


def _part(page: str) -> str:
    return page.partition('id="live-answers"')[2].partition("</section>")[0]


def _answered(site: Site) -> None:
    answered: list[tuple[int, str, dict[str, list[Record]]]] = [
        (300, "openlibrary", {"isbn13:1": [{"title": "One"}], "isbn13:2": []}),
        (60, "dnb", {"isbn13:3": []}),
        (0, "openlibrary", {"isbn13:4": [{"title": "Four"}]}),
    ]
    with site.database.write() as connection:
        for days, provider, said in answered:
            answers.write_answers(connection, provider, said, site.app.now() - days * answers.DAY)


def test_answers_are_counted_as_the_command_counts_them(lone: Site) -> None:
    client = lone.client()
    assert "Nothing is kept yet." in _part(client.get("/settings").text)
    _answered(lone)
    part = _part(client.get("/settings").text)
    row = part.partition('id="kept-openlibrary"')[2].partition("</tr>")[0]
    assert re.findall(r'<td class="r n">(\d+)</td>', row) == ["2", "1", "2"]
    kept = {each.name: each.kept for each in lone.app.sources.all()}["openlibrary"]
    assert (kept.answers, kept.unknown, kept.expired) == (3, 1, 2)


def test_as_many_are_forgotten_as_the_button_says(lone: Site) -> None:
    _answered(lone)
    client = lone.client()
    for days, said in (("90", 2), ("7", 1), ("0", 0)):
        part = _part(client.get(f"/settings?expired={days}").text)
        assert f"Forget {said} answer" in part, days
        (before,) = re.findall(r'name="before" value="(\d+)"', part)
        assert lone.app.sources.expired(int(before)) == said
        if said:
            client.post(FORGET, data={"before": before})
            lone.app.running.finish()
            assert f"{said} answer" in _part(client.get("/settings").text).partition('role="status"')[2]
    assert sum(each.kept.answers for each in lone.app.sources.all()) == 1


def test_nothing_is_forgotten_that_has_not_expired(lone: Site) -> None:
    _answered(lone)
    client = lone.client()
    client.post(FORGET, data={"before": "9" * 15})
    lone.app.running.finish()
    assert sum(each.kept.answers for each in lone.app.sources.all()) == 1
    client.post(FORGET, data={"before": "soon"})
    assert "That is no moment." in client.get("/settings").text
