"""Live providers beside the catalogue: who is asked about what, what is kept, and what becomes of the runs."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from tests.support.cellars import Cellar, fills
from tests.support.oracles import REFUSALS, Oracle, consult
from tests.support.wines import WineFinder

from completist.app import Wish
from completist.domain.fields import Value
from completist.domain.pipeline import Pipeline
from completist.domain.retry import MAX_ATTEMPTS
from completist.domain.run import Outcome, Run, RunState
from completist.sdk.provider import Refused
from completist.store import answers, run_states
from completist.store.answers import DAY, LASTS, UNKNOWN_LASTS
from completist.store.ledger import runs as ledger

EAN = "4006381333931"
MOSEL = {"id": "1", "name": "Riesling", "ean": EAN}


def _run(cellar: Cellar, key: str) -> Run:
    with cellar.database.read() as connection:
        return run_states.runs_of(connection, cellar.item(key).id)[-1]


def _wait(cellar: Cellar, key: str) -> tuple[str, str | None]:
    """The state of an item's latest run, and its code."""
    latest = select(ledger.c.state, ledger.c.error_code).where(ledger.c.item_id == cellar.item(key).id)
    with cellar.database.read() as connection:
        state, code = connection.execute(latest.order_by(ledger.c.id.desc()).limit(1)).one()
    return state, code


def _value(cellar: Cellar, key: str, name: str) -> Value:
    return cellar.item(key).values[name]


def test_a_gap_of_the_catalogue_is_filled_by_who_knows(cellar: Cellar) -> None:
    oracle = Oracle()
    oracle.knows(f"ean:{EAN}", id="o1", name="Riesling", region="Mosel", vintage=1999)
    consult(cellar, oracle)
    cellar.bring(MOSEL)
    report = cellar.fill()
    assert fills(report) == (1, 0, 0, 0)
    assert cellar.data("1") == {"name": "Riesling", "ean": [EAN], "region": "Mosel", "vintage": 1999}
    assert (_value(cellar, "1", "region").source, _value(cellar, "1", "region").record) == ("oracle", "o1")
    assert report.asked == {("oracle", "found"): 1}


def test_who_lacks_nothing_is_not_asked_about(cellar: Cellar) -> None:
    oracle = Oracle(fills=frozenset({"region"}))
    consult(cellar, oracle)
    cellar.bring({**MOSEL, "region": "Mosel"})
    cellar.fill()
    assert oracle.calls == []


def test_a_typed_blank_is_no_gap(cellar: Cellar) -> None:
    oracle = Oracle(fills=frozenset({"region"}))
    consult(cellar, oracle)
    cellar.bring(MOSEL)
    cellar.app.set(cellar.item("1").id, {"region": None})
    cellar.fill()
    assert oracle.calls == []


def test_many_are_asked_about_in_even_calls_and_each_question_once(cellar: Cellar) -> None:
    oracle = Oracle(batch=10)
    consult(cellar, oracle)
    cellar.bring(*({"id": str(n), "name": f"Wine {n}", "ean": str(1000 + n % 12)} for n in range(24)))
    cellar.fill()
    sizes = [len(call) for call in oracle.calls if call[0].startswith("ean:")]
    assert sizes == [6, 6]


def test_a_search_is_made_only_for_whom_no_identifier_was_known(cellar: Cellar) -> None:
    oracle = Oracle()
    oracle.knows("ean:1001", id="o1", name="Alpha", region="Mosel")
    oracle.knows("search:beta", id="o2", name="Beta", region="Nahe", vintage=1990)
    consult(cellar, oracle)
    cellar.bring({"id": "1", "name": "Alpha", "ean": "1001"}, {"id": "2", "name": "Beta", "ean": "1002"})
    cellar.fill()
    assert oracle.asked == ["ean:1001", "ean:1002", "search:beta"]
    assert cellar.data("2")["region"] == "Nahe"
    assert "vintage" not in cellar.data("2"), "what is certain of one edition only is not written from a name"


def test_a_title_is_searched_for_once_nobody_knew_the_number(cellar: Cellar) -> None:
    first, second = Oracle("first"), Oracle("second")
    second.knows("ean:1001", id="o1", name="Alpha", region="Mosel")
    consult(cellar, first, second)
    cellar.bring({"id": "1", "name": "Alpha", "ean": "1001"}, {"id": "2", "name": "Beta", "ean": "1002"})
    cellar.fill()
    assert first.asked == ["ean:1001", "ean:1002", "search:beta"]
    assert second.asked == ["ean:1001", "ean:1002", "search:beta"]


def test_nothing_is_asked_twice_by_a_second_run_or_a_new_version(
    cellar: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    oracle = Oracle()
    oracle.knows(f"ean:{EAN}", id="o1", name="Riesling", region="Mosel")
    consult(cellar, oracle)
    cellar.bring(MOSEL, {"id": "2", "name": "Nobody knows", "ean": "7"})
    cellar.fill()
    calls = len(oracle.calls)
    cellar.fill(again=True)
    newer = Pipeline("wine-facts", "wine", "2", ("name", "ean"), ("region", "grapes", "vintage"))
    for finder in _wine_finders():
        monkeypatch.setattr(finder, "pipeline", newer)
    report = cellar.fill()
    assert report.runs == 2
    assert len(oracle.calls) == calls
    assert cellar.data("1")["region"] == "Mosel"


def _wine_finders() -> list[WineFinder]:
    from completist.sdk import registry  # noqa: PLC0415 - the kind is installed by the fixture

    return [each for each in registry.plugin("wine").finders if isinstance(each, WineFinder)]


def test_answers_expire_and_what_is_not_known_is_believed_longer_each_time(cellar: Cellar) -> None:
    oracle = Oracle()
    oracle.knows(f"ean:{EAN}", id="o1", name="Riesling", region="Mosel")
    consult(cellar, oracle)
    cellar.bring(MOSEL, {"id": "2", "name": "Unknown"})
    cellar.fill()
    expiries = []
    for _ in range(4):
        with cellar.database.read() as connection:
            kept = answers.read_answers(connection, "oracle", [f"ean:{EAN}", "search:unknown"])
        unknown = kept["search:unknown"]
        expiries.append(unknown.expires_at - unknown.fetched_at)
        assert kept[f"ean:{EAN}"].expires_at - kept[f"ean:{EAN}"].fetched_at == LASTS
        cellar.at = unknown.expires_at + 1
        cellar.fill(again=True)
    assert expiries == [*UNKNOWN_LASTS, UNKNOWN_LASTS[-1]]


def test_an_answer_that_has_expired_still_counts_where_nobody_can_be_asked(
    cellar: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    oracle = Oracle()
    oracle.knows(f"ean:{EAN}", id="o1", name="Riesling", region="Mosel")
    consult(cellar, oracle)
    cellar.bring(MOSEL)
    cellar.fill()
    cellar.at += LASTS + DAY
    consult(cellar, oracle, offline=True)
    newer = Pipeline("wine-facts", "wine", "2", ("name", "ean"), ("region", "grapes", "vintage"))
    for finder in _wine_finders():
        monkeypatch.setattr(finder, "pipeline", newer)
    cellar.fill()
    assert cellar.data("1")["region"] == "Mosel"
    assert len(oracle.calls) == 1


@pytest.mark.parametrize("outcome", [Outcome.QUOTA_EXHAUSTED, Outcome.RATE_LIMITED, Outcome.BLOCKED])
def test_a_provider_that_rests_keeps_a_run_waiting_until_its_time(cellar: Cellar, outcome: Outcome) -> None:
    oracle = Oracle(refuse=Refused(outcome, after=3600.0))
    other = Oracle("other")
    other.knows(f"ean:{EAN}", id="x1", name="Riesling", region="Mosel")
    consult(cellar, oracle, other)
    cellar.bring(MOSEL)
    report = cellar.fill()
    assert (report.filled, report.waiting) == (0, 1)
    assert cellar.data("1")["region"] == "Mosel", "what others know is written meanwhile"
    assert _wait(cellar, "1") == ("waiting", f"{outcome.value}@oracle")
    assert cellar.fill().runs == 0, "before its time it is left alone"
    oracle.refuse = None
    oracle.knows(f"ean:{EAN}", id="o1", name="Riesling", vintage=1999)
    cellar.at += 3_600_000
    assert fills(cellar.fill()) == (1, 0, 0, 0)
    assert cellar.data("1") == {"name": "Riesling", "ean": [EAN], "region": "Mosel", "vintage": 1999}
    assert other.asked.count(f"ean:{EAN}") == 1, "who has answered is not asked again"


def test_rests_cost_no_attempt_and_failures_do(cellar: Cellar) -> None:
    oracle = Oracle(refuse=Refused(Outcome.QUOTA_EXHAUSTED, after=60.0))
    consult(cellar, oracle)
    cellar.bring(MOSEL)
    for _ in range(MAX_ATTEMPTS + 2):
        cellar.fill()
        cellar.at += 60_000
    assert _wait(cellar, "1")[0] == "waiting"
    oracle.refuse = REFUSALS[Outcome.TRANSIENT]
    for _ in range(MAX_ATTEMPTS):
        cellar.fill()
        cellar.at += DAY
    assert _run(cellar, "1").state is RunState.FAILED
    assert _wait(cellar, "1")[1] == "transient@oracle"


def test_a_refusal_is_not_taken_for_the_answer_of_long_ago(cellar: Cellar) -> None:
    oracle = Oracle()
    consult(cellar, oracle)
    cellar.bring(MOSEL)
    assert cellar.fill().empty == 1
    cellar.at += UNKNOWN_LASTS[-1] + DAY
    oracle.refuse = Refused(Outcome.QUOTA_EXHAUSTED, after=3600.0)
    cellar.fill(again=True)
    assert _wait(cellar, "1") == ("waiting", "quota_exhausted@oracle")


def test_a_provider_that_never_answers_does_not_take_along_what_others_know(cellar: Cellar) -> None:
    dead, other = Oracle("dead", refuse=REFUSALS[Outcome.TRANSIENT]), Oracle("other")
    other.knows(f"ean:{EAN}", id="x1", name="Riesling", region="Mosel")
    consult(cellar, dead, other)
    cellar.bring(MOSEL)
    for _ in range(MAX_ATTEMPTS):
        cellar.fill()
        cellar.at += DAY
    assert _run(cellar, "1").state is RunState.FILLED
    assert cellar.data("1")["region"] == "Mosel"


def test_a_refusal_is_never_kept_as_an_answer(cellar: Cellar) -> None:
    consult(cellar, *(Oracle(outcome.value, refuse=refused) for outcome, refused in REFUSALS.items()))
    cellar.bring(MOSEL)
    cellar.fill()
    with cellar.database.read() as connection:
        assert answers.answering(connection) == frozenset()


def test_what_was_answered_before_a_refusal_is_kept(cellar: Cellar) -> None:
    known = {
        "ean:1001": [{"id": "o1", "name": "Alpha", "region": "Mosel", "grapes": ["Riesling"], "vintage": 1}]
    }
    oracle = Oracle(refuse=Refused(Outcome.QUOTA_EXHAUSTED, 60.0, partial=known))  # type: ignore[arg-type]  # JSON
    consult(cellar, oracle)
    cellar.bring({"id": "1", "name": "Alpha", "ean": "1001"}, {"id": "2", "name": "Beta", "ean": "1002"})
    report = cellar.fill()
    assert (report.filled, report.waiting) == (1, 1)
    assert (cellar.data("1")["region"], _wait(cellar, "2")[0]) == ("Mosel", "waiting")


def test_two_that_agree_are_both_kept_and_are_surer(cellar: Cellar) -> None:
    one, two = Oracle("one"), Oracle("two", fills=frozenset({"vintage"}))
    one.knows(f"ean:{EAN}", id="a", name="Riesling", region="Mosel")
    two.knows(f"ean:{EAN}", id="b", name="Riesling", region="Mosel", vintage=1999)
    consult(cellar, one, two)
    cellar.bring(MOSEL)
    cellar.fill()
    view = cellar.item("1")
    assert view.data["vintage"] == 1999
    assert {(v.source, v.record) for v in view.said if v.field == "region"} == {("one", "a"), ("two", "b")}
    assert "corroborated" in view.matches["wine-facts"].reasons


def test_two_that_are_sure_of_different_things_go_to_review(cellar: Cellar) -> None:
    one, two = Oracle("one"), Oracle("two")
    one.knows("ean:7", id="a", name="Riesling", region="Mosel")
    two.knows("ean:7", id="b", name="Chianti", region="Tuscany")
    consult(cellar, one, two)
    cellar.bring({"id": "1", "name": "?", "ean": "7"})
    item = cellar.item("1").id
    cellar.app.set(item, {"name": None})
    assert fills(cellar.fill())[2] == 1
    proposal = next(cellar.app.proposals())
    assert {c.record for c in proposal.candidates} == {"a", "b"}
    assert "region" not in cellar.data("1")


def test_when_told_to_stop_what_was_not_asked_about_goes_back(cellar: Cellar) -> None:
    stopping: list[bool] = []
    oracle = Oracle(batch=1, on_call=lambda: stopping.append(True))
    oracle.knows("ean:1001", id="o1", name="Alpha", region="Mosel", grapes=["Riesling"], vintage=1999)
    consult(cellar, oracle)
    cellar.bring(*({"id": str(n), "name": "Alpha", "ean": str(1000 + n)} for n in range(1, 9)))
    report = cellar.app.fill(Wish(), stop=lambda: bool(stopping))
    assert report.runs < 8
    states = [_run(cellar, str(n)).state for n in range(1, 9)]
    assert set(states) <= {RunState.READY, RunState.FILLED, RunState.EMPTY}
    assert states.count(RunState.READY) == 8 - report.runs
    assert all(_run(cellar, str(n)).attempts == 0 for n in range(1, 9) if states[n - 1] is RunState.READY)


def test_each_call_stands_in_the_log(cellar: Cellar) -> None:
    consult(cellar, Oracle("one"), Oracle("two", refuse=Refused(Outcome.TRANSIENT, code="http_503")))
    cellar.bring(MOSEL)
    cellar.fill()
    with cellar.database.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT provider, outcome, error_code FROM attempts ORDER BY id"
        ).all()
    assert [tuple(row) for row in rows] == [
        ("catalogue", "not_found", None),
        ("one", "not_found", None),
        ("two", "transient", "http_503"),
        ("one", "not_found", None),
    ]


def test_slow_providers_do_not_keep_back_what_quick_ones_know(cellar: Cellar) -> None:
    """What is known after a turn is written; the run goes on, and nothing is asked twice."""
    quick, slow = Oracle("quick"), Oracle("slow", batch=1)
    seen: list[tuple[object, str]] = []
    slow.on_call = lambda: seen.append((cellar.data("1").get("region"), _wait(cellar, "1")[0]))
    quick.knows(f"ean:{EAN}", id="q", name="Riesling", region="Mosel")
    slow.knows(f"ean:{EAN}", id="s", name="Riesling", vintage=1999)
    consult(cellar, quick, slow, turn=0.0)
    cellar.bring(MOSEL)
    report = cellar.fill()
    assert seen == [("Mosel", "claimed")], "the quick one's word stands when the slow one is asked"
    assert fills(report) == (1, 0, 0, 0)
    assert (cellar.data("1")["region"], cellar.data("1")["vintage"]) == ("Mosel", 1999)
    assert (quick.asked, slow.asked) == ([f"ean:{EAN}"], [f"ean:{EAN}"])
    assert _run(cellar, "1").attempts == 1


def test_no_search_is_made_for_what_only_an_edition_can_tell(cellar: Cellar) -> None:
    oracle = Oracle(fills=frozenset({"vintage"}))
    consult(cellar, oracle)
    cellar.bring({"id": "1", "name": "Riesling", "ean": "7", "region": "Mosel"})
    cellar.fill()
    assert oracle.asked == ["ean:7"]


def test_who_was_found_by_its_number_is_not_searched_for_by_name_elsewhere(cellar: Cellar) -> None:
    one, two = Oracle("one"), Oracle("two")
    one.knows(f"ean:{EAN}", id="a", name="Riesling", region="Mosel")
    consult(cellar, one, two)
    cellar.bring(MOSEL, {"id": "2", "name": "Chianti"})
    cellar.fill()
    assert two.asked == [f"ean:{EAN}", "search:chianti"]
