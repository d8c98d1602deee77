"""Commits on a page: their badges, jobs with their toasts, and forcing in dev mode alone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from tests.support.repositories import Repo
from tests.support.sites import Site

from completist.app import App
from completist.engine.admitting import Caller
from completist.settings import Settings
from completist.web.access import Visit
from completist.web.pages import commits
from completist.web.pages.frame import Where


def _said(client: TestClient, path: str, **data: str | list[str]) -> str:
    """What the page that comes after an action tells."""
    answer = client.post(path, data=data, headers={"referer": "http://127.0.0.1:8337/commits"})
    assert answer.status_code == 303, answer.text
    page = client.get(answer.headers["location"]).text
    return page.partition('id="told"')[2].partition("{% block")[0][:1500]


def _shas(desk: Site) -> list[str]:
    return [each.sha for each in desk.app.cards.commits()]


def _work(desk: Site) -> None:
    (view,) = desk.app.ledger.jobs(limit=1)
    desk.app.cards.work_off(view.job.id)


def test_without_a_folder_that_may_be_read_the_page_says_what_to_do(lone: Site) -> None:
    lone.stock(lone.app, 1)
    client = lone.client()
    assert 'href="/commits"' not in client.get("/").text
    assert 'href="/commits"' in client.get("/imports").text
    page = client.get("/commits").text
    assert "No repository yet" in page
    assert "COMPLETIST_REPOSITORIES=" in page
    assert "No cards yet" in client.get("/cards").text


def test_where_a_folder_may_be_read_its_repositories_are_one_button_away(desk: Site, notes: Repo) -> None:
    shelf = desk.app.cards.shelf
    shelf.remove(shelf.named("notes"))
    client = desk.client()
    assert 'href="/commits"' in client.get("/").text
    page = client.get("/commits").text
    assert "No repository yet" in page
    assert f'name="source" value="{notes.path}"' in page
    assert "notes: 2 commits read." in _said(client, "/commits/repositories", source=str(notes.path))
    assert f'name="source" value="{notes.path}"' not in client.get("/commits").text
    member = Visit(Caller(desk.app.library_id, "member", "bruno"), desk.app, lambda: True)
    told = commits.look(member, Where("/commits", {})).told
    assert (told["admin"], told["roots"], told["around"]) == (False, [], [])


def test_every_status_has_its_badge_and_its_count(desk: Site) -> None:
    client = desk.client()
    page = client.get("/commits").text
    assert 'href="/commits"' in page
    assert page.count('data-status="new"') == 2
    assert "Write notes about heat" in page
    assert desk.app.cards.tally() == desk.app.cards.tally("notes") == {"new": 2}
    assert "No commits here" in client.get("/commits?status=failed").text


def test_a_job_is_queued_found_running_and_done(desk: Site) -> None:
    client = desk.client()
    shas = _shas(desk)
    queued = _said(client, "/commits/process", commit=shas)
    assert "Processing queued" in queued
    assert "2 commits." in queued
    again = _said(client, "/commits/process", commit=shas)
    assert "Job already running" in again
    (view,) = desk.app.ledger.jobs(limit=2)
    assert f'href="/jobs/{view.job.id}"' in again
    _work(desk)
    page = client.get("/commits").text
    assert "2 cards generated" in page
    assert page.count('data-status="processed"') == 2
    assert "2 cards to review" in page
    drawer = client.get(f"/jobs/{view.job.id}").text
    assert "2 processed" in drawer
    assert "2 cards generated" in drawer
    assert "Already processed" in _said(client, "/commits/process", commit=shas)


def test_another_process_on_the_same_repository_is_told_with_its_job(desk: Site) -> None:
    client = desk.client()
    first, second = _shas(desk)
    _said(client, "/commits/process", commit=first)
    told = _said(client, "/commits/process", commit=second)
    assert "Another process is running" in told
    (_, begun) = desk.app.ledger.jobs(limit=2)
    assert f"Open job {begun.job.id}" in told


def test_reprocessing_is_forced_in_dev_mode_alone(desk: Site) -> None:
    client = desk.client()
    shas = _shas(desk)
    _said(client, "/commits/process", commit=shas)
    _work(desk)
    assert "Force reprocess" not in client.get("/commits").text
    assert "Already processed" in _said(client, "/commits/process", commit=shas, force="yes")
    assert "Dev mode is on" in _said(client, "/settings/dev", on="yes")
    assert "Force reprocess" in client.get("/commits").text
    assert "Processing queued" in _said(client, "/commits/process", commit=shas, force="yes")


def test_the_log_of_a_job_is_verbose_in_dev_mode_alone(desk: Site) -> None:
    client = desk.client()
    shas = _shas(desk)
    _said(client, "/commits/process", commit=shas)
    _work(desk)
    (view,) = desk.app.ledger.jobs(limit=1)
    assert "Verbose log" not in client.get(f"/jobs/{view.job.id}").text
    _said(client, "/settings/dev", on="yes")
    page = client.get(f"/jobs/{view.job.id}").text
    assert "Verbose log" in page
    assert f"{shas[1][:12]} success blocks=2 added=2 parser-" in page


def test_nothing_chosen_is_told(desk: Site) -> None:
    assert "No commit is chosen." in _said(desk.client(), "/commits/process")


def test_repositories_are_registered_and_read_anew(desk: Site, notes: Repo) -> None:
    client = desk.client()
    other = Repo(notes.path.parent / "other")
    other.save("one", {"a.md": "Q: Who?\nA: Ada.\n"})
    assert "other: 1 commit read." in _said(
        client, "/commits/repositories", source=str(other.path), deck="People"
    )
    other.save("two", {"b.md": "Q: When?\nA: 1843.\n"})
    number = desk.app.cards.shelf.named("other").id
    assert "other: 1 new commit." in _said(client, f"/commits/repositories/{number}/sync")
    assert "Another repository" in client.get("/commits?repository=other").text
    refused = _said(client, "/commits/repositories", source="/etc")
    assert "toast bad" in refused


def _due(page: str) -> int:
    """The number on the button that processes what fits; 0 where there is none."""
    told = re.search(r"</svg>Process ([\d,]+)</button>", page)
    return int(told[1].replace(",", "")) if told else 0


@pytest.mark.parametrize(
    ("narrow", "fits"),
    [
        ({"since": "2023-11-15"}, ["three", "two"]),
        ({"until": "2023-11-15"}, ["two", "one"]),
        ({"since": "2023-11-15", "until": "2023-11-15"}, ["two"]),
        ({"path": "maths/*"}, ["three", "two"]),
        ({"path": "maths/*; *.txt"}, ["three", "two"]),
        ({"path": "maths/*", "since": "2023-11-16"}, ["three"]),
        ({"path": "nothing/*"}, []),
    ],
)
def test_commits_are_chosen_by_day_and_path_and_as_many_processed_as_the_button_says(
    lone: Site, tmp_path: Path, narrow: dict[str, str], fits: list[str]
) -> None:
    repo = Repo(tmp_path / "allowed" / "school")
    for name, path in (("one", "physics/heat.md"), ("two", "maths/sets.md"), ("three", "maths/groups.md")):
        repo.save(name, {path: f"Q: What is {name}?\nA: A number of notes.\n"})
    settings = Settings(lone.folder, "unused", offline=True, repositories=(repo.path.parent,))
    lone.app = App(settings, now=lone.tick)
    lone.app.__dict__["database"] = lone.database
    lone.app.cards.shelf.add(str(repo.path))
    client, done = lone.client(), "path" in narrow  # in which files one wrote is known once it was read
    if done:
        client.post("/commits/process", data={"all": "yes"})
        _work(lone)
    before = len(lone.app.ledger.jobs())
    page = client.get(f"/commits?{urlencode(narrow)}").text
    assert re.findall(r'<span class="b subj">(\w+)</span>', page) == fits
    assert f'All <span class="c">{len(fits)}</span>' in page
    assert _due(page) == (0 if done else len(fits))
    if not done:
        client.post("/commits/process", data={**narrow, "all": "yes", "repository": "", "status": ""})
        assert [each.job.total for each in lone.app.ledger.jobs()] == [len(fits)]
        _work(lone)
        before += 1
    client.post("/settings/dev", data={"on": "yes"})
    again = client.get(f"/commits?{urlencode(narrow)}").text
    assert _due(again) == 0
    assert (f"Force {len(fits)} again" in again) == bool(fits)
    client.post("/commits/process", data={**narrow, "all": "yes", "force": "yes"})
    made = lone.app.ledger.jobs()[: len(lone.app.ledger.jobs()) - before]
    assert [each.job.total for each in made] == [len(fits)] * bool(fits)


def test_what_is_no_day_or_no_commit_is_said(desk: Site) -> None:
    client = desk.client()
    assert "is no day" in client.get("/commits?since=yesterday").text
    assert "is no commit" in client.get("/commits?first=xyz").text
    first, last = _shas(desk)
    page = client.get(f"/commits?first={first}&last={last}").text
    assert "The range ends before it begins." in page
    assert _due(client.get(f"/commits?first={last}&last={first}&status=new").text) == 2
    moved = client.get("/commits?since=&until=&path=&first=&last=&status=new")
    assert (moved.status_code, moved.headers["location"]) == (303, "/commits?status=new")


def test_all_repositories_are_read_anew_and_one_that_cannot_be_says_why(desk: Site, notes: Repo) -> None:
    client = desk.client()
    assert "Read all anew" not in client.get("/commits").text
    other = Repo(notes.path.parent / "other")
    other.save("one", {"a.md": "Q: Who?\nA: Ada.\n"})
    desk.app.cards.shelf.add(str(other.path))
    assert "Read all anew" in client.get("/commits").text
    notes.save("three", {"c.md": "Q: When?\nA: 1843.\n"})
    shutil.rmtree(other.path)
    told = _said(client, "/commits/repositories/sync")
    assert "notes: 1 new commit." in told
    assert "other: " in told
    assert desk.app.cards.shelf.named("other").trouble


def test_a_part_of_a_repository_is_registered_under_another_name(desk: Site, notes: Repo) -> None:
    client = desk.client()
    other = Repo(notes.path.parent / "other")
    other.save("one", {"a.md": "Q: Who?\nA: Ada.\n"})
    told = _said(
        client,
        "/commits/repositories",
        source=str(other.path),
        name="People",
        since="2023-01-01",
        paths="*.md\r\n\r\nb/*.tex",
    )
    assert "People: 1 commit read." in told
    made = desk.app.cards.shelf.named("People")
    assert made.rules == {"since": "2023-01-01", "paths": ["*.md", "b/*.tex"]}
    assert "That is no day." in _said(
        client, "/commits/repositories", source=str(other.path), since="yesterday"
    )


def test_a_repository_is_forgotten_once_it_was_said_what_goes(desk: Site, notes: Repo) -> None:
    client = desk.client()
    _said(client, "/commits/process", commit=_shas(desk))
    _work(desk)
    first = desk.app.cards.cards(limit=1)[0]
    desk.app.cards.decide([first.id], "accept")
    number = desk.app.cards.shelf.named("notes").id
    path = f"/commits/repositories/{number}/remove"
    assert f'href="{path}"' in client.get("/commits").text
    asked = client.get(path).text
    assert "2 commits" in asked
    assert "2 cards" in asked
    assert "(1 of them accepted or edited by you)" in asked
    assert str(notes.path) in asked
    assert desk.app.cards.count() != {}
    assert "notes is forgotten, with 2 commits." in _said(client, path)
    assert desk.app.cards.shelf.all() == []
    assert desk.app.cards.count() == {}
    assert notes.path.is_dir()
    assert client.get(path).status_code == 404


def test_members_forget_no_repository(desk: Site) -> None:
    desk.account("anna")
    desk.account("bruno", "member")
    client = desk.client()
    client.post("/login", data={"token": desk.app.access.login_token("anna")})
    number = desk.app.cards.shelf.named("notes").id
    path = f"/commits/repositories/{number}/remove"
    assert client.get(path).status_code == 200
    client.post("/logout")
    client.post("/login", data={"token": desk.app.access.login_token("bruno")})
    assert client.get(path).status_code == 403
    assert client.post(path).status_code == 403
    assert len(desk.app.cards.shelf.all()) == 1
