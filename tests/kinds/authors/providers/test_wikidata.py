from __future__ import annotations

import pytest
from hypothesis import given
from tests.support.mangling import mangled
from tests.support.scripted import Scripted, asked, readings
from tests.support.wikidata import SmallWikidata, called, item, named, stated, time, to

from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate
from completist.domain.run import Outcome
from completist.kinds.authors import AUTHOR
from completist.kinds.authors.providers.wikidata import PLAN, WikidataAuthors
from completist.sdk.adapter import Key, Question
from completist.sdk.finder import Subject
from completist.sdk.provider import Record, Refused, Reply

AUTHORS = WikidataAuthors()
OWN = Question("wikidata", "Q210740")


def person(**more: Data) -> Record:
    told: dict[str, Data] = {
        "P31": to("Q5"), "P569": time("+1824-01-08T00:00:00Z"), "P570": time("+1889-00-00T00:00:00Z", 9),
        "P18": "Wilkie Collins.jpg", "P648": "OL75947A", "P214": "4929844", "P213": "0000 0001 2119 5682",
        "P244": "n79018677", "P2963": "4012", "P7400": "collinswilkie", "P1477": called("William Wilkie Collins"),
        **more,
    }  # fmt: skip
    return {
        **item("Q210740", "Wilkie Collins", **told),
        "aliases": {"en": [{"language": "en", "value": "W. Wilkie Collins"}]},
        "descriptions": {"en": {"language": "en", "value": "English novelist"}},
    }


def library(*people: Record) -> SmallWikidata:
    wikidata = SmallWikidata()
    wikidata.add(*(people or (person(),)))
    return wikidata


def candidate(wikidata: SmallWikidata, question: Question = OWN) -> Candidate:
    (reading,) = readings(AUTHORS, wikidata.http(), question)
    return reading.candidate


def refused(http: Scripted, *questions: Question) -> Refused:
    with pytest.raises(Refused) as caught:
        asked(AUTHORS, http, *questions)
    return caught.value


# --- what is asked ---------------------------------------------------------------------------------------------


def test_an_author_is_asked_for_by_identifiers_the_surest_first() -> None:
    values: dict[str, Data] = {
        "name": "Wilkie Collins", "isni": ["0000 0001 2119 5682"], "viaf": ["4929844"], "olid_author": ["OL75947A"],
        "wikidata": ["Q210740"],
    }  # fmt: skip
    assert [[each.key for each in questions] for questions in AUTHORS.rounds(Subject(1, values))] == [
        ["wikidata:q210740"], ["olid_author:ol75947a"], ["viaf:4929844"], ["isni:0000000121195682"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "values",
    [{"name": "Wilkie Collins"}, {}, {"wikidata": ["210740"]}, {"viaf": [None]}, {"olid_author": "OL1W"}],
)
def test_a_name_alone_and_what_is_no_identifier_ask_nothing(values: dict[str, Data]) -> None:
    assert AUTHORS.rounds(Subject(1, values)) == []


def test_an_own_id_needs_no_query() -> None:
    http = library().http()
    assert candidate(library()).record == "Q210740"
    asked(AUTHORS, http, OWN)
    assert [request.method for request in http.seen] == ["GET"]


@pytest.mark.parametrize(
    "question",
    [
        Question("olid_author", "OL75947A"),
        Question("viaf", "4929844"),
        Question("isni", "0000000121195682"),
    ],
)
def test_the_ids_of_others_lead_to_the_person(question: Question) -> None:
    assert candidate(library(), question).record == "Q210740"


def test_an_isni_is_found_in_either_spelling() -> None:
    assert (
        candidate(library(person(P213="0000000121195682")), Question("isni", "0000000121195682")).record
        == "Q210740"
    )


def test_thirty_authors_are_two_requests() -> None:
    wikidata = library(*(item(f"Q{n}", f"Author {n}", P648=f"OL{n}A") for n in range(1, 31)))
    http = wikidata.http()
    found = asked(AUTHORS, http, *(Question("olid_author", f"OL{n}A") for n in range(1, 31)))
    assert [len(records) for records in found.values()] == [1] * 30
    assert len(http.seen) == 2


@pytest.mark.parametrize(
    "question", [Question("olid_author", 'OL1A" }'), Question("viaf", "x"), Question("wikidata", "Q1|Q2")]
)
def test_what_is_no_identifier_gets_into_no_request(question: Question) -> None:
    http = library().http()
    assert asked(AUTHORS, http, question) == {question: []}
    assert http.seen == []


# --- what is read ----------------------------------------------------------------------------------------------


def test_a_person_says_all_that_is_known() -> None:
    found = candidate(library())
    assert (found.provider, found.record, found.level, found.title) == (
        "wikidata", "Q210740", Level.WORK, "Wilkie Collins",
    )  # fmt: skip
    assert (found.byline, found.year) == ("English novelist, 1824-1889", 1824)
    assert found.fields == {
        "name": "Wilkie Collins", "alternate_names": ["William Wilkie Collins", "W. Wilkie Collins"],
        "birth_date": "1824-01-08", "death_date": "1889",
        "photo": "https://commons.wikimedia.org/wiki/Special:FilePath/Wilkie_Collins.jpg?width=1000",
        "wikidata": ["Q210740"], "olid_author": ["OL75947A"], "viaf": ["4929844"], "isni": ["0000000121195682"],
        "lc_naf": ["n79018677"], "goodreads_author": ["4012"], "librarything_author": ["collinswilkie"],
    }  # fmt: skip
    assert set(found.fields) <= AUTHORS.fills <= set(AUTHOR.by_name)


def test_a_description_is_no_biography() -> None:
    assert "bio" not in AUTHORS.fills


def test_the_name_for_all_languages_counts_where_there_is_no_english_one() -> None:
    entity = named(person(), mul="Wilkie Collins", de="William Wilkie Collins")
    found = candidate(library(entity))
    assert found.title == "Wilkie Collins"
    assert found.fields["alternate_names"] == ["William Wilkie Collins", "W. Wilkie Collins"]


def test_a_person_without_a_name_is_no_candidate() -> None:
    assert readings(AUTHORS, library({**person(), "labels": {}}).http(), OWN) == []


def test_dates_that_disagree_come_to_their_year() -> None:
    born: Data = [stated(time("+1824-01-08T00:00:00Z")), stated(time("+1824-02-01T00:00:00Z"))]
    assert candidate(library(person(P569=born))).fields["birth_date"] == "1824"


def test_a_person_merged_into_another_is_that_one() -> None:
    wikidata = library()
    wikidata.moved["Q9"] = "Q210740"
    assert candidate(wikidata, Question("wikidata", "Q9")).fields["wikidata"] == ["Q210740"]


# --- what goes wrong -------------------------------------------------------------------------------------------


def test_somebody_unknown_is_not_known() -> None:
    unknown = Question("wikidata", "Q1")
    assert asked(AUTHORS, library().http(), OWN, unknown)[unknown] == []


def test_lagging_servers_keep_back_what_was_found_and_not_what_was_not() -> None:
    wikidata = library()
    lag: Data = {"error": {"code": "maxlag", "info": "7 seconds lagged"}}
    wikidata.before = lambda request: None if request.form else Reply(200, {}, lag)
    came = refused(wikidata.http(), Question("viaf", "4929844"), Question("viaf", "1234567"))
    assert (came.outcome, came.code, came.partial) == (Outcome.TRANSIENT, "maxlag", {"viaf:1234567": []})


@given(mangled(asked(AUTHORS, library().http(), OWN)[OWN][0]))
def test_whatever_a_record_looks_like_nothing_raises(record: Record) -> None:
    for reading in AUTHORS.read(OWN, [record, {}]):
        assert set(reading.candidate.fields) <= AUTHORS.fills


def test_the_plan_makes_the_adapter_and_needs_no_key() -> None:
    assert isinstance(PLAN.make(Key()), WikidataAuthors)
    assert (PLAN.provider, PLAN.pipeline, PLAN.secret) == ("wikidata", "author-metadata", "")
