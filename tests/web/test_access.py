"""Who is let in, from where, and as whom."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient
from tests.support.sites import LOCAL, Site, error

from completist.web.access import COOKIE
from completist.web.server import Bound, create_api

STATUS = "/api/v1/status"
PAUSE = "/api/v1/pause"
CLAIMS = "/api/v1/claims"


def _token(text: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', text)
    assert found is not None
    return found[1]


# --- keys ------------------------------------------------------------------------------------------------------


def test_a_key_is_taken_from_either_header(site: Site) -> None:
    key = site.account("anna")
    assert site.client(key).get(STATUS).status_code == 200
    assert site.client(X_API_Key=key).get(STATUS).status_code == 200


def test_without_a_valid_key_nobody_is_let_in(lone: Site) -> None:
    key = lone.account("anna")
    for client in (lone.client(), lone.client("cmp_wrong"), lone.client(X_API_Key=key[:-1]), lone.client("")):
        refused = client.get(STATUS)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Bearer")
        assert error(refused)["code"] == "unauthorized"
    lone.app.access.revoke_key(lone.app.access.keys()[0].id)
    assert lone.client(key).get(STATUS).status_code == 401


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("worker", {"pipelines"}),
        ("member", {"pipelines", "status", "jobs", "freshness", "items"}),
        ("admin", {"pipelines", "status", "jobs", "freshness", "items", "missing", "metrics"}),
    ],
)
def test_a_role_may_do_what_it_is_for(lone: Site, role: str, allowed: set[str]) -> None:
    lone.account("anna")
    client = lone.client(lone.key("anna", role))
    paths = {
        "pipelines": "/api/v1/pipelines",
        "status": STATUS,
        "jobs": "/api/v1/jobs",
        "freshness": "/api/v1/freshness?pipeline=hardcover",
        "items": "/api/v1/items",
        "missing": "/api/missing/hardcover",
        "metrics": "/metrics",
    }
    answers = {name: client.get(path) for name, path in paths.items()}
    assert {name for name, answer in answers.items() if answer.status_code == 200} == allowed
    assert {answer.status_code for name, answer in answers.items() if name not in allowed} <= {403}
    assert client.post(CLAIMS, json={"pipeline": "hardcover"}).status_code == 200


def test_another_library_of_the_same_account_can_be_named_and_nobody_elses(site: Site) -> None:
    first = site.account("anna")
    second = site.account("bruno")
    mine, theirs = (site.library(name).library_id for name in ("anna", "bruno"))
    assert site.client(first, X_Completist_Library=str(mine)).get(STATUS).status_code == 200
    for library in (theirs, 999):
        refused = site.client(first, X_Completist_Library=str(library)).get(STATUS)
        assert refused.status_code == 404
    assert site.client("cmp_wrong", X_Completist_Library=str(theirs)).get(STATUS).status_code == 401
    assert site.client(second, X_Completist_Library="x").get(STATUS).status_code == 422


# --- the person at this machine --------------------------------------------------------------------------------


def test_without_accounts_the_person_at_this_machine_is_served_as_owner(site: Site) -> None:
    client = site.client()
    site.stock(site.app, 2)
    assert client.get(STATUS).json()["items"] == {"book": 2}
    assert len(client.get("/api/missing/hardcover").json()["books"]) == 2
    assert client.get("/metrics").status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example:8337", "localhost", "127.0.0.1:9999", "localhost.evil.example:8337", "", "0.0.0.0:8337"],
)
def test_a_name_that_was_made_to_point_here_is_refused(lone: Site, host: str) -> None:
    refused = lone.client(Host=host).get(STATUS)
    assert refused.status_code == 403
    assert error(refused)["code"] == "forbidden"


@pytest.mark.parametrize("host", ["localhost:8337", "127.0.0.1:8337", "[::1]:8337", "LOCALHOST:8337"])
def test_this_machines_own_names_are_taken(lone: Site, host: str) -> None:
    assert lone.client(Host=host).get(STATUS).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site", "Origin": LOCAL},
    ],
)
def test_what_another_sites_page_sends_is_refused(lone: Site, headers: dict[str, str]) -> None:
    lone.stock(lone.app, 1)
    client = lone.client(**headers)
    assert client.post(PAUSE).status_code == 403
    assert client.get("/api/missing/hardcover").status_code == 403  # a claim: it changes what is due
    assert client.post("/login", data={"token": "x"}).status_code == 403
    assert lone.app.ledger.pause()  # it was not
    assert lone.app.ledger.pipelines()[-1].claimed == 0


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": LOCAL}, {"Sec_Fetch_Site": "same-origin"}, {"Sec_Fetch_Site": "none"}]
)
def test_its_own_pages_and_programs_may_send(lone: Site, headers: dict[str, str]) -> None:
    assert lone.client(**headers).post(PAUSE).status_code == 200


def test_nobody_from_elsewhere_is_the_person_at_this_machine(lone: Site) -> None:
    api = lone.api
    assert TestClient(api, LOCAL, client=("192.0.2.7", 1)).get(STATUS).status_code == 403
    assert lone.client(X_Forwarded_For="192.0.2.7").get(STATUS).status_code == 403
    everywhere = create_api(lone.app, Bound("0.0.0.0", 8337))  # noqa: S104 - which is what must not help
    assert TestClient(everywhere, LOCAL, client=("127.0.0.1", 1)).get(STATUS).status_code == 401


def test_the_first_account_ends_that_at_once(site: Site) -> None:
    client = site.client()
    assert client.get(STATUS).status_code == 200
    key = site.account("anna")
    assert client.get(STATUS).status_code == 401
    assert site.client(key).get(STATUS).status_code == 200


# --- logging in ------------------------------------------------------------------------------------------------


def test_a_link_makes_the_first_account_and_looking_at_it_does_not_use_it_up(site: Site) -> None:
    site.stock(site.app, 1)
    link = f"/login?token={site.app.access.login_token()}"
    client = site.client()
    pages = [client.get(link) for _ in range(3)]
    assert {page.status_code for page in pages} == {200}
    token = _token(pages[0].text)
    blank = client.post("/login", data={"token": token, "name": "x" * 200})
    assert blank.status_code == 422
    assert 'role="alert"' in blank.text
    done = client.post("/login", data={"token": token, "name": "Anna"})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    cookie = done.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert client.get(STATUS).json()["items"] == {"book": 1}  # the library that was there is theirs
    assert [(each.name, each.role) for each in site.app.access.accounts()] == [("Anna", "admin")]
    assert client.post("/login", data={"token": token}).status_code == 404
    assert client.get(link).status_code == 404


def test_who_comes_without_a_link_is_told_what_to_type_and_where_it_stands(lone: Site) -> None:
    client = lone.client()
    free = client.get("/login")
    assert free.status_code == 200
    assert "need not log in" in free.text
    lone.account("anna")
    for path, status in (("/login", 200), ("/login?token=wrong", 404), ("/settings", 401), ("/", 200)):
        page = client.get(path)
        assert page.status_code == status, path
        assert "Login link, or the token in it" in page.text
        assert "no passwords" in page.text
        for command in ("completist serve", "completist accounts login NAME"):
            assert f"<code>{command}</code>" in page.text
        assert "need not log in" not in page.text
    token = lone.app.access.login_token("anna")
    for said in (token, f" {token} ", f"{LOCAL}/login?token={token}"):
        page = client.get("/login", params={"token": said})
        assert page.status_code == 200
        assert _token(page.text) == token
    assert client.post("/login", data={"token": token}).status_code == 303


def test_a_session_is_guarded_against_other_sites_and_ends(lone: Site) -> None:
    lone.account("anna")
    client = lone.client()
    assert client.post("/login", data={"token": lone.app.access.login_token("anna")}).status_code == 303
    assert client.post(PAUSE).status_code == 200
    assert client.post(PAUSE, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post(PAUSE, headers={"Origin": LOCAL}).status_code == 200
    assert "Log out" in client.get("/").text
    assert client.post("/logout", headers={"Origin": "https://evil.example"}).status_code == 403
    cookie = client.cookies[COOKIE]
    assert client.post("/logout").status_code == 303
    assert lone.client(Cookie=f"{COOKIE}={cookie}").get(STATUS).status_code == 401


def test_over_https_the_cookie_is_sent_over_https_alone(lone: Site) -> None:
    lone.account("anna")
    client = TestClient(lone.api, "https://books.example", follow_redirects=False)
    answer = client.post("/login", data={"token": lone.app.access.login_token("anna")})
    assert "Secure" in answer.headers["set-cookie"]


def test_pages_come_without_anything_from_elsewhere(lone: Site) -> None:
    client = lone.client()
    for path in ("/", "/login", f"/login?token={lone.app.access.login_token()}"):
        page = client.get(path)
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "<style" not in page.text
        assert " style=" not in page.text
        assert not re.search(r'<script(?! src="/static/)', page.text)
        assert "://" not in re.sub(r'xmlns="[^"]+"', "", page.text)
        assert 'lang="en"' in page.text
    mine = "Drop your export here"
    assert mine in client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).text  # a link led here
    assert client.get("/static/style.css").headers["content-type"].startswith("text/css")
    assert mine in client.get("/").text
    lone.account("anna")
    assert mine not in client.get("/").text


def test_what_a_page_is_told_is_text_and_not_markup(lone: Site) -> None:
    odd = '"><script>alert(1)</script>'
    token = lone.app.access.login_token()
    answer = lone.client().post("/login", data={"token": token, "name": odd + "x" * 100})
    assert answer.status_code == 422
    assert "<script" not in answer.text
