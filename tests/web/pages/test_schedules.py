"""Schedules on the page of settings: seen, switched, done at once, added and removed."""

from __future__ import annotations

from threading import Event

from tests.support.sites import Site

from completist.engine.chores import Chores


def _section(page: str) -> str:
    return page.partition('id="schedules"')[2].partition("</section>")[0]


def test_a_chore_is_switched_on_and_off(lone: Site) -> None:
    client = lone.client()
    page = _section(client.get("/settings").text)
    assert "Find out which covers have gone" in page
    assert "Every day at 02:30" in page
    assert 'aria-checked="true"' not in page
    client.post("/settings/schedules/switch", data={"name": "refresh-covers", "on": "yes"})
    (made,) = lone.app.ledger.schedules()
    assert (made.chore, made.cron, made.paused) == ("refresh-covers", "30 2 * * *", False)
    assert _section(client.get("/settings").text).count('aria-checked="true"') == 1
    client.post("/settings/schedules/switch", data={"name": "refresh-covers", "on": "no"})
    (rests,) = lone.app.ledger.schedules()
    assert rests.paused
    client.post("/settings/schedules/switch", data={"name": "refresh-covers", "on": "yes"})
    (again,) = lone.app.ledger.schedules()
    assert not again.paused
    assert again.next_at > lone.app.now()


def test_a_chore_is_begun_at_once_and_only_once_at_a_time(lone: Site) -> None:
    begun, let_go = Event(), Event()

    def do(stop: object) -> None:
        del stop
        begun.set()
        assert let_go.wait(20)

    lone.app.__dict__["chores"] = Chores({"refresh-covers": do})
    client = lone.client()
    client.post("/settings/schedules/run", data={"name": "refresh-covers"})
    assert begun.wait(20)
    page = client.get("/settings").text
    assert "refresh-covers has begun." in page
    assert "Under way" in _section(page)
    client.post("/settings/schedules/run", data={"name": "refresh-covers"})
    assert "is under way already" in client.get("/settings").text
    let_go.set()
    lone.app.chores.finish(Event())
    assert "Under way" not in _section(client.get("/settings").text)


def test_a_pipeline_comes_round_and_its_job_is_made_at_once(lone: Site) -> None:
    lone.stock(lone.app, 2)
    client = lone.client()
    client.post(
        "/settings/schedules", data={"pipeline": "book-metadata", "cron": "0 4 * * 0", "zone": "Europe/Oslo"}
    )
    (made,) = lone.app.ledger.schedules()
    assert (made.name, made.pipeline, made.zone) == ("book-metadata", "book-metadata", "Europe/Oslo")
    assert "Every Sunday at 04:00, Europe/Oslo" in _section(client.get("/settings").text)
    client.post("/settings/schedules/run", data={"name": "book-metadata"})
    page = client.get("/settings").text
    (job,) = lone.app.ledger.jobs()
    assert f'href="/jobs/{job.job.id}"' in page
    assert job.job.total == 2
    client.post("/settings/schedules/run", data={"name": "book-metadata"})
    assert "Already running" in client.get("/settings").text
    client.post("/settings/schedules/remove", data={"name": "book-metadata"})
    assert lone.app.ledger.schedules() == []


def test_what_is_no_time_is_refused_in_words(lone: Site) -> None:
    client = lone.client()
    client.post("/settings/schedules", data={"pipeline": "book-metadata", "cron": "every day"})
    assert "is no time that comes" in client.get("/settings").text
    client.post("/settings/schedules/remove", data={"name": "nothing"})
    assert "There is no schedule" in client.get("/settings").text
    assert lone.app.ledger.schedules() == []


def test_members_leave_chores_alone(lone: Site) -> None:
    lone.account("anna")
    lone.account("bruno", "member")
    client = lone.client()
    client.post("/login", data={"token": lone.app.access.login_token("bruno")})
    for path in ("switch", "run"):
        said = {"name": "refresh-covers", "on": "yes"}
        assert client.post(f"/settings/schedules/{path}", data=said).status_code == 403
    assert lone.app.ledger.schedules() == []
