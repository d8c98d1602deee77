from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from tests.support.mangling import mangled
from tests.support.scripted import Scripted, asked, readings

from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate, Verdict
from completist.domain.run import Outcome
from completist.kinds.books import BOOK
from completist.kinds.books.matching.offered import judge
from completist.kinds.books.providers.inventaire.adapter import PLAN, Inventaire
from completist.sdk.adapter import SEARCH, Key, Question
from completist.sdk.finder import Subject
from completist.sdk.provider import Record, Refused, Reply, Request

BOOKS = Inventaire()
MOONSTONE, UNKNOWN = "9780375757853", "9780000000002"
PICTURE = "/img/entities/" + "0123456789" * 4
TITLE = Question(SEARCH, "The Moonstone", "Wilkie Collins")
WILKIE, GHOST, CUFF = "wd:Q32", "inv:" + "a" * 32, "wd:Q34"


def by_isbn(text: str) -> Question:
    return Question("isbn13", text)


def isbn(number: int) -> str:
    body = f"9782070{number:05}"
    return body + str(-sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body)) % 10)


def entity(uri: str, kind: str, name: str = "", /, **claims: list[str]) -> Record:
    """An entity as the API gives it; properties are named without their prefix."""
    told: Record = {f"wdt:{name}": [*said] for name, said in claims.items()}
    return {
        "_id": "7beee121a8d9ac34", "_rev": "2-ac31", "type": kind, "labels": {"en": name} if name else {},
        "claims": told, "created": 1495452670475, "version": 3, "uri": uri, "originalLang": "en",
        "image": {"url": PICTURE} if kind == "edition" else {}, "sitelinks": {"enwiki": name},
    }  # fmt: skip


@dataclass
class SmallInventaire:
    """Entities by their URIs, and some of the API's habits."""

    entities: dict[str, Record] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    hits: list[str] = field(default_factory=list)  #: the URIs that a search finds
    before: Callable[[Request], Reply | None] = lambda _request: None

    def add(self, *entities: Record) -> None:
        self.entities |= {str(each["uri"]): each for each in entities}

    def http(self) -> Scripted:
        return Scripted(self.answer)

    def answer(self, request: Request) -> Reply:
        if (reply := self.before(request)) is not None:
            return reply
        if request.url.endswith("/api/search"):
            found: Data = [
                {"id": uri[3:], "type": "works", "uri": uri, "label": "x", "_score": 9} for uri in self.hits
            ]
            return Reply(200, body={"results": found})
        assert request.params["action"] == "by-uris"
        uris = request.params["uris"].split("|")
        known = {self.moved.get(uri, uri) for uri in uris} & self.entities.keys()
        lost: Data = [uri for uri in uris if self.moved.get(uri, uri) not in known]
        told: Data = {uri: self.entities[uri] for uri in known}
        gone: Data = {uri: self.moved[uri] for uri in uris if uri in self.moved}
        return Reply(200, body={"entities": told, "redirects": gone, **({"notFound": lost} if lost else {})})


def library(**edition: list[str]) -> SmallInventaire:
    """A novel in a series, with one edition."""
    inventaire = SmallInventaire()
    told = {
        "P31": ["wd:Q3331189"], "P212": ["978-0-375-75785-3"], "P957": ["0-375-75785-6"], "P407": ["wd:Q1860"],
        "P1476": ["The Moonstone"], "P577": ["2001-05"], "P629": ["wd:Q20"], "P123": ["wd:Q30"], "P655": ["wd:Q31"],
        "P1104": ["528"], "P2969": ["6137"], **edition,
    }  # fmt: skip
    inventaire.add(
        entity(f"isbn:{MOONSTONE}", "edition", **told),
        entity(
            "wd:Q20", "work", "The Moonstone", P50=[WILKIE, GHOST], P577=["1868"], P179=[CUFF], P1545=["2"],
            P136=["wd:Q36"], P648=["OL176058W"], P1085=["5060"],
        ),
        entity("wd:Q30", "publisher", "Modern Library"), entity("wd:Q31", "human", "Trans Lator"),
        entity(WILKIE, "human", "Wilkie Collins", P648=["OL75947A"]), entity(GHOST, "human", "Ghost Writer"),
        entity(CUFF, "serie", "Sergeant Cuff"), entity("wd:Q36", "genre", "detective novel"),
    )  # fmt: skip
    return inventaire


def candidate(inventaire: SmallInventaire) -> Candidate:
    (found,) = readings(BOOKS, inventaire.http(), by_isbn(MOONSTONE))
    return found.candidate


def refused(http: Scripted, *questions: Question) -> Refused:
    with pytest.raises(Refused) as caught:
        asked(BOOKS, http, *questions)
    return caught.value


# --- what is asked ---------------------------------------------------------------------------------------------


def test_editions_are_asked_for_before_the_title() -> None:
    values: dict[str, Data] = {
        "title": "Dune: The Spice",
        "authors": ["Frank Herbert"],
        "isbn13": [MOONSTONE],
    }
    assert [list(each) for each in BOOKS.rounds(Subject(1, values))] == [
        [by_isbn(MOONSTONE)], [Question(SEARCH, "Dune", "Frank Herbert")],
    ]  # fmt: skip
    assert BOOKS.rounds(Subject(1, {})) == []


def test_thirty_books_are_three_requests() -> None:
    inventaire = SmallInventaire()
    inventaire.add(entity(WILKIE, "human", "Wilkie Collins"))
    for number in range(30):
        inventaire.add(
            entity(f"isbn:{isbn(number)}", "edition", P1476=["B"], P629=[f"wd:Q{100 + number}"]),
            entity(f"wd:Q{100 + number}", "work", "B", P50=[WILKIE]),
        )
    http = inventaire.http()
    found = asked(BOOKS, http, *(by_isbn(isbn(number)) for number in range(30)))
    assert [len(records) for records in found.values()] == [1] * 30
    assert len(http.seen) == 3
    assert BOOKS.provider.batch_size == 30


@pytest.mark.parametrize("text", ["978037575785", "9780375757853|wd:Q1", "", "9780375757854"])
def test_what_is_no_isbn_gets_into_no_request(text: str) -> None:
    http = library().http()
    assert asked(BOOKS, http, by_isbn(text)) == {by_isbn(text): []}
    assert http.seen == []


def test_nothing_to_ask_asks_nothing() -> None:
    http = library().http()
    assert asked(BOOKS, http) == {}
    assert http.seen == []


# --- editions --------------------------------------------------------------------------------------------------


def test_an_isbn_leads_to_an_edition_and_its_work() -> None:
    (reading,) = readings(BOOKS, library().http(), by_isbn(MOONSTONE))
    found = reading.candidate
    assert (found.provider, found.record, found.work) == ("inventaire", f"isbn:{MOONSTONE}", "wd:Q20")
    assert (found.level, found.byline, found.year) == (Level.EDITION, "Wilkie Collins, Ghost Writer", 1868)
    assert found.fields == {
        "title": "The Moonstone", "authors": ["Wilkie Collins", "Ghost Writer"], "contributors": ["Trans Lator"],
        "series": "Sergeant Cuff", "series_position": "2", "isbn13": [MOONSTONE], "isbn10": ["0375757856"],
        "olid_work": ["OL176058W"], "goodreads": ["6137"], "librarything": ["5060"], "publisher": "Modern Library",
        "published": "2001-05", "first_published": "1868", "pages": 528, "language": "en",
        "subjects": ["detective novel"], "cover": f"https://inventaire.io{PICTURE}",
    }  # fmt: skip
    assert [(each.scheme, each.value, each.fields["name"]) for each in reading.related] == [
        ("olid_author", "OL75947A", "Wilkie Collins")
    ]
    assert set(found.fields) <= BOOKS.fills <= set(BOOK.by_name)


def test_an_edition_that_is_found_agrees_with_the_book_that_asked() -> None:
    subject = Subject(1, {"title": "The Moonstone", "authors": ["Wilkie Collins"], "isbn13": [MOONSTONE]})
    finding = judge(subject, [candidate(library())])
    assert (finding.match.verdict, finding.match.level) == (Verdict.AUTO, Level.EDITION)


def test_an_author_without_another_id_comes_along_by_that_of_wikidata() -> None:
    inventaire = library()
    inventaire.add(entity(WILKIE, "human", "Wilkie Collins"))
    (reading,) = readings(BOOKS, inventaire.http(), by_isbn(MOONSTONE))
    assert [(each.scheme, each.value) for each in reading.related] == [("wikidata", "Q32")]


def test_an_edition_that_has_moved_is_found_where_it_went() -> None:
    inventaire = library()
    moved = {**inventaire.entities.pop(f"isbn:{MOONSTONE}"), "uri": "wd:Q10"}
    inventaire.moved[f"isbn:{MOONSTONE}"] = "wd:Q10"
    inventaire.add(moved)
    assert candidate(inventaire).record == "wd:Q10"


def test_an_edition_without_isbns_of_its_own_has_the_one_in_its_address() -> None:
    assert candidate(library(P212=[], P957=[])).fields["isbn13"] == [MOONSTONE]


@pytest.mark.parametrize("kind", ["work", "missing", "human"])
def test_what_is_no_edition_is_left_out(kind: str) -> None:
    inventaire = library()
    inventaire.add(entity(f"isbn:{MOONSTONE}", kind, "X"))
    assert asked(BOOKS, inventaire.http(), by_isbn(MOONSTONE)) == {by_isbn(MOONSTONE): []}


def test_an_edition_of_another_isbn_is_left_out_and_if_there_are_only_such_that_is_no_answer() -> None:
    inventaire = library()
    inventaire.add(entity(f"isbn:{isbn(1)}", "edition", P1476=["X"], P212=["978-2-290-34922-9"]))
    found = asked(BOOKS, inventaire.http(), by_isbn(MOONSTONE), by_isbn(isbn(1)))
    assert [len(records) for records in found.values()] == [1, 0]
    came = refused(inventaire.http(), by_isbn(isbn(1)))
    assert (came.outcome, came.code) == (Outcome.BAD_RESPONSE, "other_isbns")


def test_an_edition_of_several_works_says_nothing_of_any_one_of_them() -> None:
    inventaire = library(P629=["wd:Q20", "wd:Q21"], P50=[WILKIE])
    inventaire.add(entity("wd:Q21", "work", "The Woman in White"))
    found = candidate(inventaire)
    assert found.work is None
    assert found.fields["authors"] == ["Wilkie Collins"]
    assert not {"series", "first_published", "olid_work", "librarything"} & found.fields.keys()


def test_a_place_in_one_of_several_series_is_nobody_s() -> None:
    inventaire = library()
    inventaire.add(
        entity("wd:Q20", "work", "The Moonstone", P179=[CUFF, "wd:Q35"], P1545=["2"]),
        entity("wd:Q35", "serie", "Penguin Classics"),
    )
    fields = candidate(inventaire).fields
    assert (fields["series"], fields.get("series_position")) == ("Sergeant Cuff", None)


@pytest.mark.parametrize("url", ["https://elsewhere.example/x.jpg", "/img/entities/../../x", "//x", "", None])
def test_a_cover_is_a_picture_of_inventaire(url: Data) -> None:
    inventaire = library()
    inventaire.entities[f"isbn:{MOONSTONE}"]["image"] = {"url": url}
    assert "cover" not in candidate(inventaire).fields


# --- works -----------------------------------------------------------------------------------------------------


def test_a_search_leads_to_works_that_say_nothing_of_editions() -> None:
    inventaire = library()
    inventaire.hits = ["wd:Q20", CUFF, "wd:Q999"]
    http = inventaire.http()
    (reading,) = readings(BOOKS, http, TITLE)
    found = reading.candidate
    assert (found.record, found.work, found.level, found.year) == ("wd:Q20", "wd:Q20", Level.WORK, 1868)
    assert found.fields == {
        "title": "The Moonstone", "authors": ["Wilkie Collins", "Ghost Writer"], "series": "Sergeant Cuff",
        "series_position": "2", "olid_work": ["OL176058W"], "first_published": "1868",
        "subjects": ["detective novel"],
    }  # fmt: skip
    assert http.seen[0].params == {
        "types": "works", "search": "The Moonstone Wilkie Collins", "limit": "10", "lang": "en",
    }  # fmt: skip
    assert len(http.seen) == 3


def test_a_search_that_finds_nothing_says_so() -> None:
    http = library().http()
    assert asked(BOOKS, http, TITLE) == {TITLE: []}
    assert len(http.seen) == 1


def test_a_work_is_offered_under_each_of_its_names() -> None:
    inventaire = library()
    inventaire.hits = ["wd:Q20"]
    inventaire.entities["wd:Q20"]["labels"] = {"xx": "?", "de": "Der Monddiamant", "en": "The Moonstone"}
    found = [each.candidate for each in readings(BOOKS, inventaire.http(), TITLE)]
    assert [each.title for each in found] == ["The Moonstone", "Der Monddiamant"]
    finding = judge(Subject(1, {"title": "Der Monddiamant", "authors": ["Wilkie Collins"]}), found)
    assert (finding.match.verdict, finding.match.level) == (Verdict.AUTO, Level.WORK)


def test_a_work_called_in_one_other_language_is_called_so() -> None:
    inventaire = library()
    inventaire.hits = ["wd:Q20"]
    inventaire.entities["wd:Q20"]["labels"] = {"eo": "La Lunŝtono", "eu": "Ilargi-harriak"}
    assert [each.candidate.title for each in readings(BOOKS, inventaire.http(), TITLE)] == ["La Lunŝtono"]


# --- what goes wrong -------------------------------------------------------------------------------------------


def test_an_empty_batch_is_believed_when_its_halves_say_the_same() -> None:
    http = SmallInventaire().http()
    questions = [by_isbn(isbn(number)) for number in range(30)]
    assert asked(BOOKS, http, *questions) == {question: [] for question in questions}
    assert [request.params["uris"].count("isbn:") for request in http.seen] == [30, 15, 15]


def test_what_needs_no_further_request_is_kept_when_one_fails() -> None:
    inventaire = library()
    inventaire.before = lambda _request: Reply(400, body="") if len(http.seen) == 2 else None
    http = inventaire.http()
    came = refused(http, by_isbn(MOONSTONE), by_isbn(UNKNOWN))
    assert (came.outcome, came.code, came.partial) == (
        Outcome.BAD_RESPONSE, "http_400", {f"isbn13:{UNKNOWN}": []},
    )  # fmt: skip


def shelf() -> SmallInventaire:
    """Sixty editions, each of a work of its own by an author of its own."""
    inventaire = SmallInventaire()
    for n in range(60):
        inventaire.add(
            entity(f"isbn:{isbn(n)}", "edition", P1476=["B"], P629=[f"wd:Q{100 + n}"]),
            entity(f"wd:Q{100 + n}", "work", "B", P50=[f"wd:Q{300 + n}"]),
            entity(f"wd:Q{300 + n}", "human", f"Author {n}"),
        )
    return inventaire


@pytest.mark.parametrize("broken", ["wd:Q159", "wd:Q359", "wd:Q100", "wd:Q300"])
def test_one_entity_that_cannot_be_had_costs_nobody_else_the_answer(broken: str) -> None:
    inventaire = shelf()
    inventaire.before = lambda r: Reply(400, body="") if broken in r.params["uris"].split("|") else None
    came = refused(inventaire.http(), *(by_isbn(isbn(n)) for n in range(60)))
    assert came.code == "http_400"
    assert len(came.partial) == 30  # those of the other request
    assert all(len(told) == 1 and told[0]["works"] and told[0]["named"] for told in came.partial.values())
    assert by_isbn(isbn(int(broken[4:]) % 100)).key not in came.partial


def test_who_wants_to_be_left_alone_is_not_asked_for_the_rest() -> None:
    inventaire = shelf()

    def before(request: Request) -> Reply | None:
        if "wd:Q100" in request.params["uris"].split("|"):
            raise Refused(Outcome.RATE_LIMITED, 60.0)
        return None

    inventaire.before = before
    http = inventaire.http()
    came = refused(http, *(by_isbn(isbn(n)) for n in range(60)))
    assert (came.outcome, came.after, came.partial) == (Outcome.RATE_LIMITED, 60.0, {})
    assert not any("wd:Q3" in request.params["uris"] for request in http.seen)


@pytest.mark.parametrize(
    ("question", "body", "code"),
    [
        (by_isbn(MOONSTONE), None, "entities_shape"),
        (by_isbn(MOONSTONE), {"status": 500, "status_verbose": "x"}, "inventaire_error"),
        (TITLE, {"status": 500, "status_verbose": "x"}, "inventaire_error"),
        (by_isbn(MOONSTONE), {"entities": []}, "entities_shape"),
        (TITLE, {"results": None}, "search_shape"),
        (TITLE, {}, "search_shape"),
    ],
)
def test_what_has_another_shape_is_no_empty_answer(question: Question, body: Data, code: str) -> None:
    assert refused(Scripted(lambda _request: Reply(200, body=body)), question).code == code


# --- records ---------------------------------------------------------------------------------------------------


def test_a_record_holds_nothing_of_the_request_and_no_links_to_encyclopaedias() -> None:
    (record,) = asked(BOOKS, library().http(), by_isbn(MOONSTONE))[by_isbn(MOONSTONE)]
    assert record.keys() == {"edition", "works", "named"}
    assert "sitelinks" not in str(record)


@pytest.mark.parametrize(
    "record", [{}, {"edition": {}}, {"work": {"uri": "wd:Q1"}}, {"edition": {"uri": "wd:Q1"}}]
)
def test_what_names_no_book_is_no_candidate(record: Record) -> None:
    assert list(BOOKS.read(by_isbn(MOONSTONE), [record])) == []
    assert list(BOOKS.read(TITLE, [record])) == []


def _kept(question: Question) -> Record:
    inventaire = library()
    inventaire.hits = ["wd:Q20"]
    return asked(BOOKS, inventaire.http(), question)[question][0]


@given(mangled(_kept(by_isbn(MOONSTONE))), mangled(_kept(TITLE)))
def test_whatever_a_record_looks_like_nothing_raises(edition: Record, work: Record) -> None:
    for question in (by_isbn(MOONSTONE), TITLE):
        for reading in BOOKS.read(question, [edition, work]):
            assert set(reading.candidate.fields) <= BOOKS.fills


def test_the_plan_makes_the_adapter_and_needs_no_key() -> None:
    assert isinstance(PLAN.make(Key()), Inventaire)
    assert (PLAN.provider, PLAN.pipeline, PLAN.secret) == ("inventaire", "book-metadata", "")
