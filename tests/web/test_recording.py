"""What is told of a request: to the caller in headers, to the log without anything from the library."""

from __future__ import annotations

import pytest
import structlog
from tests.support.sites import Site, error

from completist.app import App
from completist.domain.errors import ActionRequired, Busy, CompletistError, Permanent, Retryable, Unavailable

STATUS = "/api/v1/status"


def test_each_request_is_one_line_with_its_route_and_not_its_path(lone: Site) -> None:
    key = lone.account("anna")
    with structlog.testing.capture_logs() as lines:
        answer = lone.client(key).get("/api/v1/items/17?secret=1")
        lone.client().get("/login?token=hush")
        lone.client().get("/nowhere/at/all")
    first, second, third = [line for line in lines if line["event"] == "request"]
    assert (first["method"], first["route"], first["status"]) == ("GET", "/api/v1/items/{item}", 404)
    assert first["who"] == "key:1"
    assert first["request"] == answer.headers["x-request-id"]
    assert first["ms"] >= 0
    assert (second["route"], second["who"]) == ("/login", "-")
    assert (third["route"], third["status"]) == ("-", 404)
    assert not any(word in str(lines) for word in ("hush", "secret", key))


def test_an_error_of_ours_is_answered_with_an_id_that_the_log_has_too(
    lone: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_app: App) -> None:
        raise ValueError("The title is Dune")

    monkeypatch.setattr(App, "status", broken)
    with structlog.testing.capture_logs() as lines:
        answer = lone.client().get(STATUS)
    assert answer.status_code == 500
    told = error(answer)
    assert told["code"] == "unexpected"
    assert answer.headers["x-request-id"] in told["message"]
    (failed,) = [line for line in lines if line["event"] == "request_failed"]
    assert (failed["request"], failed["error"]) == (answer.headers["x-request-id"], "ValueError")
    assert any("broken" in frame for frame in failed["where"])
    assert "Dune" not in answer.text + str(lines)


@pytest.mark.parametrize(
    ("raised", "status", "code", "after"),
    [
        (Busy("x"), 503, "busy", "2"),
        (Unavailable("x"), 503, "unavailable", "2"),
        (Retryable("x", after=7.2), 503, "temporary", "8"),
        (ActionRequired("x"), 409, "action_required", None),
        (Permanent("x"), 422, "permanent", None),
        (CompletistError("x"), 500, "error", None),
    ],
)
def test_each_kind_of_error_has_its_status(
    lone: Site,
    monkeypatch: pytest.MonkeyPatch,
    raised: CompletistError,
    status: int,
    code: str,
    after: str | None,
) -> None:
    def refuse(_app: App) -> None:
        raise raised

    monkeypatch.setattr(App, "status", refuse)
    answer = lone.client().get(STATUS)
    assert (answer.status_code, error(answer)["code"], answer.headers.get("retry-after")) == (
        status,
        code,
        after,
    )


def test_a_server_whose_database_is_away_says_so(lone: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lone.client().get("/readyz").status_code == 200
    monkeypatch.setattr("completist.app.figures.revision", lambda _database: "0001")
    refused = lone.client().get("/readyz")
    assert (refused.status_code, error(refused)["retryable"]) == (503, True)
    assert lone.client().get("/healthz").status_code == 200


def test_every_answer_is_guarded(lone: Site) -> None:
    for path in (STATUS, "/nowhere", "/healthz", "/", "/openapi.json"):
        headers = lone.client().get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"


def test_other_methods_are_refused_in_our_form(lone: Site) -> None:
    refused = lone.client().delete(STATUS)
    assert (refused.status_code, error(refused)["code"], refused.headers["allow"]) == (
        405,
        "method_not_allowed",
        "GET",
    )
    assert lone.client().get("/docs").status_code == 404
