from __future__ import annotations

import httpx2
import pytest
from tests.simulator.conftest import WELCOME, Caller

from completist.simulator import Simulator

BOOK = "openlibrary.org/api/books.json?bibkeys=ISBN:9780140328721,ISBN:9780141439587&jscmd=data"
KEYED = "www.googleapis.com/books/v1/volumes?q=isbn:9780141439587&key=simulated"


def test_calls_are_told_by_provider_with_their_times_and_never_a_key(call: Caller) -> None:
    call.get(BOOK)
    call.get(KEYED)
    call.get(KEYED.replace("simulated", "a-secret"))
    told = call.control("calls").json()["providers"]
    assert {name: each["calls"] for name, each in told.items()} == {"googlebooks": 2, "openlibrary": 1}
    (logged,) = told["openlibrary"]["log"]
    assert (logged["operation"], logged["size"], logged["user_agent"]) == ("books", 2, WELCOME)
    assert logged["monotonic"] > 0 < logged["wall"]
    assert told["googlebooks"]["statuses"] == {"200": 1, "400": 1}
    assert told["googlebooks"]["most_in_window"]["60"] == 2
    assert [each["keyed"] for each in told["googlebooks"]["log"]] == [True, True]
    assert "a-secret" not in call.control("calls").text


def test_calls_of_one_provider_can_be_told_with_few_lines_or_none(call: Caller) -> None:
    for _ in range(3):
        call.get(BOOK)
    call.get(KEYED)
    assert list(call.control("calls?provider=openlibrary").json()["providers"]) == ["openlibrary"]
    assert "log" not in call.control("calls?log=no").json()["providers"]["openlibrary"]
    assert len(call.control("calls?last=2").json()["providers"]["openlibrary"]["log"]) == 2


def test_a_call_tells_the_limit_that_stopped_it_or_the_fault_that_it_met(call: Caller) -> None:
    call.control("faults", {"provider": "openlibrary", "faults": [{"kind": "unavailable", "times": 1}]})
    for _ in range(27):
        call.get(BOOK)
    told = call.control("calls").json()["providers"]["openlibrary"]
    assert (told["faults"], told["limited"]) == ({"unavailable": 1}, {"api": 2})


def test_faults_are_those_of_one_provider_or_of_all(call: Caller) -> None:
    assert (
        call.control("faults", {"provider": "openlibrary", "faults": [{"kind": "server_error"}]}).status_code
        == 200
    )
    assert (call.get(BOOK).status_code, call.get(KEYED).status_code) == (500, 200)
    call.control("faults", {"faults": [{"kind": "server_error"}]})
    assert (call.get(BOOK).status_code, call.get(KEYED).status_code) == (500, 500)
    call.control("faults", {})
    assert (call.get(BOOK).status_code, call.get(KEYED).status_code) == (200, 200)


def test_limits_can_be_read_and_replaced(call: Caller) -> None:
    policy = {"name": "few", "calls": 2, "window": 60}
    told = call.control("limits", {"provider": "openlibrary", "policies": [policy]}).json()
    assert told["policies"]["openlibrary"][0]["calls"] == 2
    assert [call.get(BOOK).status_code for _ in range(3)] == [200, 200, 429]
    assert call.control("limits").json() == told


def test_time_can_run_faster_and_be_put_forward(call: Caller, simulator: Simulator) -> None:
    before = simulator.pace.now()
    assert call.control("limits", {"scale": 86_400, "told": "simulator"}).json()["scale"] == 86_400
    assert simulator.pace.told(60) == 60
    assert call.control("clock", {"advance": 3_600}).json()["now"] == pytest.approx(before + 3_600)


def test_a_reset_forgets_calls_limits_and_faults(call: Caller) -> None:
    call.control("faults", {"faults": [{"kind": "rate_limited"}]})
    call.control(
        "limits", {"provider": "openlibrary", "policies": [{"name": "few", "calls": 1, "window": 60}]}
    )
    call.get(BOOK)
    assert call.control("reset", {}).status_code == 200
    assert call.control("calls").json() == {"providers": {}}
    assert [call.get(BOOK).status_code for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("faults", {"faults": [{"kind": "rain"}]}),
        ("faults", {"faults": [{"kind": "hang", "every": 0}]}),
        ("faults", {"faults": [{"kind": "hang", "often": 1}]}),
        ("faults", {"provider": "amazon", "faults": []}),
        ("faults", {"latency": -1}),
        ("faults", {"typo": 1}),
        ("faults", []),
        ("limits", {"policies": [{"name": "few", "calls": 1, "window": 60}]}),
        ("limits", {"provider": "openlibrary", "policies": [{"name": "none", "calls": 0, "window": 60}]}),
        ("limits", {"scale": 0}),
        ("limits", {"told": "nobody"}),
        ("clock", {"advance": -5}),
        ("reset", {"everything": True}),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(call: Caller, verb: str, body: object) -> None:
    before = call.control("limits").json()
    refused = call.control(verb, body)
    assert refused.status_code == 400
    assert refused.json()["error"]
    assert call.control("limits").json() == before
    assert call.get(BOOK).status_code == 200


def test_an_unknown_verb_is_answered_with_those_that_there_are(call: Caller) -> None:
    answer = call.control("weather")
    assert answer.status_code == 404
    assert "POST /_control/faults" in answer.json()["error"]


def test_a_host_that_nobody_speaks_for_is_not_found(call: Caller, simulator: Simulator) -> None:
    assert call.get("www.example.org/books").status_code == 404
    assert httpx2.get(simulator.url, trust_env=False).status_code == 404
