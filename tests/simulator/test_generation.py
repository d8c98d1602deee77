"""A simulator that speaks of a loaded catalogue instead of its own books."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.simulator.conftest import Caller
from tests.support import dumps

from completist import catalog
from completist.domain.errors import ActionRequired
from completist.simulator import Simulator
from completist.simulator.world.chance import Chance
from completist.simulator.world.generation import Generation, catalogue_root

LANTERN, TWIN, NOBODYS = "9783518368541", "9780000000019", "9780000000002"
LINES = (
    *dumps.shelf(120),
    dumps.author(901, "Ada Lantern", birth_date="3 May 1901", bio="She wrote.", photos=[5]),
    dumps.work(901, "The Last Lantern", authors=[901], first_publish_date="1931", covers=[77]),
    dumps.edition(901, "Die letzte Laterne", works=[901], isbn_13=[LANTERN], publishers=["Suhrkamp"],
                  publish_date="May 1999", number_of_pages=214, languages=[{"key": "/languages/ger"}], covers=[78]),
    dumps.edition(902, "The Last Lantern", works=[901], isbn_13=[TWIN], publish_date="1931"),
    dumps.redirect("/works/OL950W", "/works/OL901W"),
)  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    catalog.build(folder / "catalogue", [dumps.write(folder / "dump.txt", LINES)])
    return folder


@pytest.fixture
def call(root: Path) -> Iterator[Caller]:
    with Simulator(world=Generation(root, Chance())) as simulator:
        caller = Caller(simulator)
        yield caller
        caller.close()


def test_a_book_of_the_catalogue_is_told_by_all_who_know_it(call: Caller) -> None:
    details = call.get("openlibrary.org/api/books.json", bibkeys=f"ISBN:{LANTERN}", jscmd="details").json()
    assert details[f"ISBN:{LANTERN}"]["details"]["number_of_pages"] == 214
    dnb = call.get(
        "services.dnb.de/sru/dnb",
        operation="searchRetrieve",
        query=f"num={LANTERN}",
        recordSchema="MARC21-xml",
    )
    assert '<subfield code="a">214 Seiten</subfield>' in dnb.text
    work = call.get("openlibrary.org/works/OL901W.json").json()
    assert (work["title"], work["covers"]) == ("The Last Lantern", [77])
    author = call.get("openlibrary.org/authors/OL901A.json").json()
    assert (author["birth_date"], author["photos"]) == ("3 May 1901", [5])


def test_editions_of_a_work_are_found_and_given_up_keys_lead_on(call: Caller) -> None:
    editions = call.get("openlibrary.org/works/OL901W/editions.json").json()["entries"]
    assert {each["title"] for each in editions} == {"Die letzte Laterne", "The Last Lantern"}
    assert call.get("openlibrary.org/works/OL950W.json").json()["location"] == "/works/OL901W"


def test_titles_are_searched_for_in_the_catalogue(call: Caller) -> None:
    found = call.get("openlibrary.org/search.json", title="last lantern", author="ada lantern").json()
    assert [hit["key"] for hit in found["docs"]] == ["/works/OL901W"]
    people = call.get("openlibrary.org/search/authors.json", q="ada lantern").json()
    assert [hit["key"] for hit in people["docs"]] == ["OL901A"]
    assert call.get("openlibrary.org/search.json", title="nothing like it").json()["docs"] == []


def test_who_knows_which_book_is_a_matter_of_the_seed(call: Caller) -> None:
    isbns = [edition.isbn for edition in call.simulator._world.editions()]
    asked = {"Authorization": "simulated-premium"}
    data = call.post("api.premium.isbndb.com/books", {"isbns": isbns}, headers=asked).json()["data"]
    assert len(isbns) == 122
    assert 80 < len(data) < 122


def test_what_a_test_call_asks_for_is_known_too(call: Caller) -> None:
    assert call.get("openlibrary.org/isbn/9780140328721.json").status_code == 302
    assert "Q42" in call.get("www.wikidata.org/w/api.php?action=wbgetentities&ids=Q42").json()["entities"]
    assert call.get(f"openlibrary.org/isbn/{NOBODYS}.json").status_code == 404


def test_recent_changes_are_about_its_records(call: Caller) -> None:
    changes = call.get("openlibrary.org/recentchanges.json", limit=1_000).json()
    assert 100 < len(changes) < 122
    assert {change["kind"] for change in changes} >= {"edit-book", "add-book"}


def test_a_data_folder_will_do_and_one_without_a_catalogue_will_not(root: Path, tmp_path: Path) -> None:
    assert catalogue_root(root) == catalogue_root(root / "catalogue") == root / "catalogue"
    with pytest.raises(ActionRequired, match="no catalogue"):
        Generation(tmp_path, Chance())
