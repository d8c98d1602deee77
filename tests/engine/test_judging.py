from __future__ import annotations

from dataclasses import replace
from math import inf, nan
from random import Random

import pytest

from completist.domain.errors import BadInput
from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate, Verdict
from completist.domain.run import Outcome, Run, RunState
from completist.engine.judging import LONGEST, Reported, check, judge
from completist.engine.settling import NoFinding
from completist.sdk import registry
from completist.sdk.finder import Finding, Subject

PLUGIN, PIPELINE = registry.pipeline("hardcover")
RUN = Run(17, 5, "hardcover", "1", "digest", RunState.CLAIMED, attempts=1)
SAPIENS = Subject(5, {"title": "Sapiens", "authors": ["Yuval Noah Harari"]})
NOW = 1_000_000


def judged(reported: Reported, subject: Subject = SAPIENS) -> Finding:
    found = judge(PLUGIN, PIPELINE, RUN, subject, reported, "worker", NOW, Random(1))  # noqa: S311 - the same each time
    assert isinstance(found, Finding)
    return found


def postponed(reported: Reported, attempts: int = 1) -> NoFinding:
    run = replace(RUN, attempts=attempts)
    found = judge(PLUGIN, PIPELINE, run, SAPIENS, reported, "worker", NOW, Random(1))  # noqa: S311 - likewise
    assert isinstance(found, NoFinding)
    return found


def offered(title: str = "Sapiens", record: str = "1", **more: Data) -> Candidate:
    fields: dict[str, Data] = {"hardcover": [record], "authors": ["Yuval Noah Harari"], **more}
    return Candidate("somebody", record, Level.WORK, title, work=record, fields=fields)


def found(*candidates: Candidate) -> Reported:
    return Reported(17, Outcome.FOUND, candidates)


def sure(**values: Data) -> Reported:
    return Reported(17, Outcome.FOUND, values=values)


# --- candidates ------------------------------------------------------------------------------------------------


def test_a_candidate_that_fits_is_taken_under_the_worker_s_own_name() -> None:
    finding = judged(found(offered(description="About people.")))
    assert finding.match.verdict is Verdict.AUTO
    (chosen,) = finding.candidates
    assert chosen.provider == "worker"
    assert chosen.fields["description"] == "About people."


def test_a_candidate_is_judged_by_all_that_it_says_and_writes_what_the_pipeline_fills() -> None:
    assert "subtitle" not in PIPELINE.fills
    graphic = judged(found(offered(subtitle="A Graphic History, Volume 1")))
    assert graphic.match.verdict is Verdict.REVIEW
    novel = judged(found(offered(subtitle="", rating=5, nonsense="x")))
    assert novel.match.verdict is Verdict.AUTO
    assert set(novel.candidates[0].fields) <= set(PIPELINE.fills)
    assert set(graphic.candidates[0].fields) <= set(PIPELINE.fills)


def test_ambiguous_is_judged_like_found() -> None:
    reported = Reported(17, Outcome.AMBIGUOUS, (offered("Homo Deus", "2"), offered()))
    assert judged(reported).match.record == "1"


def test_what_a_person_turned_down_is_not_offered_again() -> None:
    subject = replace(SAPIENS, rejected=frozenset({"1"}))
    assert judged(found(offered()), subject).match.reasons == ("rejected_by_you",)
    both = judged(found(offered(), offered(record="2")), subject)
    assert (both.match.verdict, both.match.record) == (Verdict.AUTO, "2")
    of_its_work = replace(offered(record="3"), work="1")
    assert judged(found(of_its_work), subject).match.verdict is Verdict.NONE


def test_what_a_person_chose_is_taken_whatever_it_is_called() -> None:
    subject = replace(SAPIENS, accepted="9")
    finding = judged(found(offered("Homo Deus", "9"), offered()), subject)
    assert (finding.match.verdict, finding.match.reasons, finding.match.record) == (
        Verdict.AUTO,
        ("accepted",),
        "9",
    )


def test_against_what_a_person_chose_nothing_is_taken() -> None:
    finding = judged(found(offered()), replace(SAPIENS, accepted="9"))
    assert (finding.match.verdict, finding.match.reasons) == (Verdict.REVIEW, ("disagrees",))


# --- values of which the worker is sure ------------------------------------------------------------------------


def test_sure_values_are_taken_with_the_worker_s_confidence() -> None:
    finding = judged(Reported(17, Outcome.FOUND, values={"hardcover": "123"}, confidence=0.8))
    assert (finding.match.verdict, finding.match.record, finding.match.level) == (
        Verdict.AUTO,
        "123",
        Level.WORK,
    )
    (chosen,) = finding.candidates
    assert chosen.fields == {"hardcover": ["123"]}
    assert chosen.confidence == 0.8


def test_a_worker_that_is_not_sure_asks_a_person() -> None:
    finding = judged(Reported(17, Outcome.FOUND, values={"hardcover": "123"}, confidence=0.3))
    assert finding.match.verdict is Verdict.REVIEW


@pytest.mark.parametrize(
    "values",
    [
        {"hardcover": "1", "title": "Homo Deus"},
        {"hardcover": "1", "authors": ["Jared Diamond"], "title": "Sapiens"},
    ],
)
def test_sure_values_that_contradict_the_list_go_to_review(values: dict[str, Data]) -> None:
    finding = judged(sure(**values))
    assert (finding.match.verdict, finding.match.reasons) == (Verdict.REVIEW, ("disagrees",))


def test_values_without_the_goal_have_a_record_of_the_run_s() -> None:
    assert judged(sure(first_published="2011")).match.record == "run:17"


def test_values_of_which_none_can_be_written_are_no_success() -> None:
    with pytest.raises(BadInput, match="nothing that pipeline hardcover fills"):
        judged(sure(shelf="read"))
    with pytest.raises(BadInput, match="nothing"):
        judged(sure(nonsense=1))


def test_a_rejected_record_is_not_written_by_its_values_either() -> None:
    finding = judged(sure(hardcover="1"), replace(SAPIENS, rejected=frozenset({"1"})))
    assert finding.match.verdict is Verdict.NONE


# --- nothing found ---------------------------------------------------------------------------------------------


def test_not_found_is_an_answer() -> None:
    finding = judged(Reported(17, Outcome.NOT_FOUND))
    assert (finding.match.verdict, finding.match.reasons, finding.candidates) == (
        Verdict.NONE,
        ("unknown_outside",),
        (),
    )


@pytest.mark.parametrize(
    "outcome", [Outcome.RATE_LIMITED, Outcome.QUOTA_EXHAUSTED, Outcome.BLOCKED, Outcome.INVALID_KEY]
)
def test_a_provider_that_rests_costs_no_attempt(outcome: Outcome) -> None:
    waits = postponed(Reported(17, outcome, retry_after=60), attempts=5)
    assert (waits.outcome, waits.result.state, waits.result.run_at) == (
        outcome,
        RunState.WAITING,
        NOW + 60_000,
    )
    assert waits.result.refund


def test_a_provider_in_trouble_is_tried_five_times() -> None:
    once = postponed(Reported(17, Outcome.TRANSIENT, error="http_503"))
    assert (once.result.state, once.result.code, once.result.refund) == (RunState.WAITING, "http_503", False)
    assert postponed(Reported(17, Outcome.TRANSIENT), attempts=5).result.state is RunState.FAILED


# --- what is handed in -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reported", "said"),
    [
        ([Reported(17, Outcome.NOT_FOUND), Reported(17, Outcome.NOT_FOUND)], "reported twice"),
        ([Reported(17, Outcome.FOUND)], "neither candidates nor values"),
        ([Reported(17, Outcome.AMBIGUOUS)], "neither candidates nor values"),
        ([found(offered(pages="many"))], "pages"),
        ([found(offered(description="a\ud800b"))], "description"),
        ([sure(authors=[1, 2])], "authors"),
        ([Reported(17, Outcome.FOUND, values={"hardcover": "1"}, confidence=1.5)], "confidence"),
        ([Reported(17, Outcome.FOUND, values={"hardcover": "1"}, confidence=nan)], "confidence"),
        ([Reported(17, Outcome.FOUND, values={"hardcover": "1"}, confidence=-0.1)], "confidence"),
        ([Reported(17, Outcome.RATE_LIMITED, retry_after=nan)], "retry_after"),
        ([Reported(17, Outcome.RATE_LIMITED, retry_after=inf)], "retry_after"),
        ([Reported(17, Outcome.RATE_LIMITED, retry_after=-1)], "retry_after"),
        ([Reported(17, Outcome.RATE_LIMITED, retry_after=LONGEST + 1)], "retry_after"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_run_s_name(reported: list[Reported], said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        check(PLUGIN, reported)
    assert "17" in caught.value.message


def test_what_fits_is_let_through() -> None:
    check(PLUGIN, [found(offered(pages=300, published="2011-05"))])
    check(PLUGIN, [Reported(17, Outcome.RATE_LIMITED, retry_after=0), replace(sure(hardcover=5), run_id=18)])
