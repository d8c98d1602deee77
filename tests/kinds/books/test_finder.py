from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.support import dumps

from completist.catalog import build, open_catalogue
from completist.domain.fields import Data, Level
from completist.domain.matching import Verdict
from completist.kinds.books.finder import PIPELINE, BookFinder
from completist.kinds.books.kind import BOOK
from completist.sdk.catalogue import Catalogue, EditionView, Entity, Hit, Query
from completist.sdk.finder import Finding, Subject

DUNE, MESSIAH, POOR = "9780441478125", "9780593098233", "9780140328721"
TWO_WORKS = "9780142001806"

LINES = [
    dumps.author(1, "Frank Herbert"),
    dumps.author(2, "Roald Dahl"),
    dumps.author(3, "Ann Author"),
    dumps.author(4, "Пушкин, Александр", alternate_names=["Pushkin", "Alexander Pushkin", "etc."]),
    dumps.work(1, "Dune", authors=[1], first_publish_date="1965", subjects=["Science fiction"]),
    dumps.work(2, "Dune Messiah", authors=[1], first_publish_date="1969"),
    dumps.work(3, "Fantastic Mr. Fox", authors=[2], first_publish_date="1970"),
    dumps.work(4, "Selected Poems", authors=[3], first_publish_date="1990"),
    dumps.work(5, "Garden Birds", authors=[3], first_publish_date="1991"),
    dumps.work(6, "Sea Birds", authors=[3], first_publish_date="1992"),
    dumps.work(7, "The Captain's Daughter", authors=[4]),
    dumps.edition(
        11, "Dune", works=[1], authors=[1], isbn_13=[DUNE], publishers=["Ace"], number_of_pages=541
    ),
    dumps.edition(12, "Dune Messiah", works=[2], authors=[1], isbn_13=[MESSIAH]),
    dumps.edition(13, "Fantastic Mr. Fox", works=[3], isbn_13=[POOR]),
    dumps.edition(14, "Garden Birds", works=[5], isbn_13=[TWO_WORKS]),
    dumps.edition(15, "Sea Birds", works=[6], isbn_13=[TWO_WORKS]),
]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("catalogue")
    dump = folder / "dump.txt"
    dump.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    build(folder / "cat", [dump])
    return open_catalogue(folder / "cat")


class Counting:
    """A catalogue that counts its calls."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.calls: list[str] = []

    def by_isbn(self, isbns: Sequence[str]) -> dict[str, list[EditionView]]:
        self.calls.append("by_isbn")
        return self._catalogue.by_isbn(isbns)

    def by_key(self, keys: Sequence[str]) -> dict[str, Entity]:
        self.calls.append("by_key")
        return self._catalogue.by_key(keys)

    def search(self, queries: Sequence[Query], limit: int = 10) -> list[list[Hit]]:
        self.calls.append("search")
        return self._catalogue.search(queries, limit)

    def generation(self) -> str:
        return self._catalogue.generation()


def find(
    catalogue: Catalogue, values: dict[str, Data], rejected: Sequence[str] = (), accepted: str | None = None
) -> Finding:
    (finding,) = BookFinder().find([Subject(7, values, frozenset(rejected), accepted)], catalogue)
    assert finding.item_id == 7
    return finding


def test_an_isbn_that_agrees_gives_the_edition(catalogue: Catalogue) -> None:
    finding = find(catalogue, {"title": "Dune (Dune, #1)", "authors": ["Frank Herbert"], "isbn13": [DUNE]})
    assert finding.match.verdict is Verdict.AUTO
    assert (finding.match.level, finding.match.record) == (Level.EDITION, "OL11M")
    assert finding.match.reasons == ("isbn", "title_exact", "author_exact")
    (candidate,) = finding.candidates
    assert candidate.fields["publisher"] == "Ace"
    assert candidate.fields["olid_work"] == ["OL1W"]
    assert (candidate.fields["series"], candidate.fields["series_position"]) == ("Dune", "1")
    assert [(r.scheme, r.value, r.fields["name"]) for r in finding.related["OL11M"]] == [
        ("olid_author", "OL1A", "Frank Herbert")
    ]


def test_an_isbn_of_another_book_goes_to_review_with_both_records(catalogue: Catalogue) -> None:
    finding = find(catalogue, {"title": "Dune", "authors": ["Frank Herbert"], "isbn13": [MESSIAH]})
    assert finding.match.verdict is Verdict.REVIEW
    assert finding.match.reasons[0] == "isbn_disagrees"
    assert [candidate.record for candidate in finding.candidates] == ["OL1W", "OL12M"]


def test_an_isbn_whose_check_digit_fails_is_not_looked_up(catalogue: Catalogue) -> None:
    wrong = DUNE[:-1] + "6"
    finding = find(catalogue, {"title": "Dune", "authors": ["Frank Herbert"], "isbn13": [wrong]})
    assert (finding.match.verdict, finding.match.record) == (Verdict.AUTO, "OL1W")


def test_without_an_isbn_the_match_is_of_the_work(catalogue: Catalogue) -> None:
    finding = find(catalogue, {"title": "Dune", "authors": ["Herbert, Frank"], "first_published": "1965"})
    assert (finding.match.verdict, finding.match.level, finding.match.record) == (
        Verdict.AUTO,
        Level.WORK,
        "OL1W",
    )
    (candidate,) = finding.candidates
    assert "publisher" not in candidate.fields
    assert finding.related["OL1W"][0].value == "OL1A"


def test_a_plain_isbn_is_enough_where_its_editions_are_of_one_work(catalogue: Catalogue) -> None:
    finding = find(catalogue, {"isbn13": [POOR]})
    assert finding.match.verdict is Verdict.AUTO
    assert finding.match.reasons == ("isbn_only",)
    assert finding.candidates[0].fields["title"] == "Fantastic Mr. Fox"


def test_a_plain_isbn_of_two_works_goes_to_review(catalogue: Catalogue) -> None:
    finding = find(catalogue, {"isbn13": [TWO_WORKS]})
    assert finding.match.reasons == ("isbn_ambiguous",)
    assert {candidate.record for candidate in finding.candidates} == {"OL14M", "OL15M"}


def test_the_title_tells_two_works_under_one_isbn_apart(catalogue: Catalogue) -> None:
    finding = find(catalogue, {"title": "Sea Birds", "authors": ["Ann Author"], "isbn13": [TWO_WORKS]})
    assert (finding.match.verdict, finding.match.record) == (Verdict.AUTO, "OL15M")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, "no_title"),
        ({"isbn13": ["9780553283686"]}, "identifier_unknown"),
        ({"title": "Nowhere To Be Found", "authors": ["No One"]}, "nothing"),
    ],
)
def test_nothing_to_go_by_gives_nothing(catalogue: Catalogue, values: dict[str, Data], reason: str) -> None:
    finding = find(catalogue, values)
    assert finding.match.verdict is Verdict.NONE
    assert finding.match.reasons[0].startswith(reason)
    assert (finding.match.record, finding.candidates) == (None, ())


def test_an_open_library_key_is_taken_when_the_title_agrees(catalogue: Catalogue) -> None:
    edition = find(catalogue, {"title": "Dune", "olid": ["OL11M"]})
    assert (edition.match.record, edition.match.reasons[0]) == ("OL11M", "olid")
    work = find(catalogue, {"title": "Dune", "olid_work": ["OL1W"]})
    assert (work.match.record, work.match.level, work.match.reasons[0]) == ("OL1W", Level.WORK, "olid_work")
    other = find(catalogue, {"title": "Sea Birds", "olid_work": ["OL1W"]})
    assert (other.match.verdict, other.match.reasons[0]) == (Verdict.REVIEW, "olid_work_disagrees")


def test_a_record_that_a_person_chose_is_taken_without_doubt(catalogue: Catalogue) -> None:
    work = find(catalogue, {"title": "Something else entirely"}, accepted="OL2W")
    assert (work.match.verdict, work.match.record, work.match.reasons) == (
        Verdict.AUTO,
        "OL2W",
        ("accepted",),
    )
    edition = find(catalogue, {"title": "Something else entirely"}, accepted="OL12M")
    assert (edition.match.level, edition.candidates[0].fields["olid_work"]) == (Level.EDITION, ["OL2W"])


def test_a_record_that_a_person_turned_down_is_never_offered_again(catalogue: Catalogue) -> None:
    values: dict[str, Data] = {"title": "Dune", "authors": ["Frank Herbert"], "isbn13": [DUNE]}
    finding = find(catalogue, values, rejected=["OL11M"])
    assert finding.match.verdict is Verdict.NONE, "nor is the work of an edition turned down"
    assert find(catalogue, values, rejected=["OL1W"]).match.verdict is Verdict.NONE


def test_a_doubtful_match_offers_the_work_with_its_fields(catalogue: Catalogue) -> None:
    finding = find(catalogue, {"title": "Selected Poems", "authors": ["Ann Author"]})
    assert finding.match.verdict is Verdict.REVIEW
    assert finding.candidates[0].fields["first_published"] == "1990"
    assert finding.candidates[0].reasons[0] == "generic_title"
    assert finding.candidates[0].confidence < 0.95


def test_what_the_book_already_says_is_not_added_from_its_title(catalogue: Catalogue) -> None:
    values: dict[str, Data] = {
        "title": "Dune (Dune, #1)",
        "authors": ["Frank Herbert"],
        "series": "Dune Chronicles",
    }
    assert "series" not in find(catalogue, values).candidates[0].fields


def test_a_batch_asks_the_catalogue_as_a_whole_and_keeps_the_order(catalogue: Catalogue) -> None:
    counting = Counting(catalogue)
    values: list[dict[str, Data]] = [
        {"title": "Dune", "authors": ["Frank Herbert"]},
        {"isbn13": [POOR]},
        {"title": "Dune Messiah", "authors": ["Frank Herbert"]},
        {"title": "Sea Birds", "authors": ["Ann Author"], "isbn13": [TWO_WORKS]},
    ]
    findings = BookFinder().find([Subject(n, v) for n, v in enumerate(values)], counting)
    assert [(f.item_id, f.match.record) for f in findings] == [
        (0, "OL1W"),
        (1, "OL13M"),
        (2, "OL2W"),
        (3, "OL15M"),
    ]
    assert counting.calls.count("by_isbn") == 1
    assert counting.calls.count("search") == 1
    assert counting.calls.count("by_key") <= 4


def test_the_pipeline_names_only_fields_of_a_book() -> None:
    assert set(PIPELINE.inputs) | set(PIPELINE.fills) <= set(BOOK.by_name)
    assert {f.name for f in BOOK.wanted} <= set(PIPELINE.fills)


def test_the_finder_never_fills_what_belongs_to_the_owner(catalogue: Catalogue) -> None:
    finding = find(catalogue, {"title": "Dune", "authors": ["Frank Herbert"], "isbn13": [DUNE]})
    assert set(finding.candidates[0].fields) <= set(PIPELINE.fills)


def test_bars_on_real_exports(shared: Path, tmp_path: Path) -> None:
    """The whole product path over a real export: what is taken without asking is right."""
    measure = pytest.importorskip("bench.matching.measure")
    derived = shared / "openlibrary" / "derived"
    build(tmp_path / "cat", sorted(derived.glob("ol_dump_*.txt.gz")))
    real = open_catalogue(tmp_path / "cat")
    rows = list(measure.rows(shared / "exports" / "goodreads"))
    known = measure.truth(derived)
    for hidden, precision, recall in (
        (measure.IDENTIFIERS, 0.995, 0.93),
        (frozenset({"goodreads"}), 0.998, 0.93),
    ):
        files, _, _ = measure.measure_rules(rows, measure.by_rules(rows, real, hidden), known)
        found = measure.total(files)
        assert found.precision >= precision
        assert found.recall >= recall


@pytest.mark.parametrize(
    ("title", "author", "verdict"),
    [
        ("The Captain's Daughter", "Alexander Pushkin", Verdict.AUTO),
        ("The Captain's Daughter (Penguin Classics)", "Pushkin, Alexander", Verdict.AUTO),
        ("The Captain's Daughter", "Pushkin", Verdict.REVIEW),
        ("The Captain's Daughter", "Alexandre Pushkin", Verdict.REVIEW),
        ("The Captain's Daughters", "Alexander Pushkin", Verdict.REVIEW),
        ("The Captain's Daughter", "Etcetera Jones", Verdict.NONE),
    ],
)
def test_a_book_is_found_by_another_name_of_its_author(
    catalogue: Catalogue, title: str, author: str, verdict: Verdict
) -> None:
    assert find(catalogue, {"title": title, "authors": [author]}).match.verdict is verdict
