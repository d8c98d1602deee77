"""The declaration of the API is complete and true: whatever is sent, the answer is one that it declares."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks
from tests.support.sites import Site

from completist.app import App
from completist.settings import Settings
from completist.store.database import connect
from completist.web.server import create_api

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def stocked(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """A site with books, a claim and a job, and an admin's key."""
    folder = tmp_path_factory.mktemp("stocked")
    shutil.copyfile(sqlite_template, folder / "library.db")
    database = connect(f"sqlite:///{folder / 'library.db'}")
    site = Site(database, folder)
    key = site.account("anna")
    site.stock(site.library("anna"), 30)
    site.library("anna").ledger.create_job("hardcover")
    site.stop.set()  # so that the stream of events ends
    yield site, key
    database.close()


@pytest.fixture(scope="module")
def schema(stocked: tuple[Site, str]) -> schemathesis.BaseSchema:
    """What the API declares."""
    return schemathesis.openapi.from_asgi("/openapi.json", stocked[0].api)


def _declared() -> list[tuple[str, str]]:
    """Every operation, by path and method."""
    paths = create_api(App(Settings(Path("unused"), "unused"))).openapi()["paths"]
    return [(path, method) for path, methods in paths.items() for method in methods]


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), _declared())
def test_whatever_is_sent_the_answer_is_a_declared_one(
    path: str, method: str, mode: GenerationMode, schema: schemathesis.BaseSchema, stocked: tuple[Site, str]
) -> None:
    headers = {"Authorization": f"Bearer {stocked[1]}", "X-Completist-Library": "1"}
    cases = schema[path][method].as_strategy(generation_mode=mode)

    @settings(
        max_examples=10,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def send(case: schemathesis.Case[Any]) -> None:
        if mode is GenerationMode.POSITIVE:
            _name_what_is_there(case)
        case.call_and_validate(headers=headers, checks=CHECKS)

    with suppress(Unsatisfiable):  # nothing can be wrong about a call that takes nothing
        send()


def _name_what_is_there(case: schemathesis.Case[Any]) -> None:
    """Let a call be about things that exist: what is made up would hardly get beyond "not found"."""
    there: dict[str, Any] = {"pipeline": "hardcover", "item": 1, "job": 1}
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict):
            place.update({name: there[name] for name in place if name in there})


def test_it_says_who_may_call_what(stocked: tuple[Site, str]) -> None:
    declared = stocked[0].client().get("/openapi.json").json()
    assert declared["openapi"] == "3.1.0"
    schemes = declared["components"]["securitySchemes"].values()
    assert {(each["type"], each.get("scheme") or each.get("in")) for each in schemes} == {
        ("http", "bearer"),
        ("apiKey", "header"),
        ("apiKey", "cookie"),
    }
    assert "HTTPValidationError" not in declared["components"]["schemas"]
