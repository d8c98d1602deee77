from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from completist.catalog.isbn import canonical
from completist.simulator.books import standard_books
from completist.simulator.world import ids
from completist.simulator.world.chance import Chance
from completist.simulator.world.isbns import hyphenated
from completist.simulator.world.reading import held
from completist.simulator.world.shelf import Shelf, standard
from completist.simulator.world.view import View
from completist.simulator.world.world import Wanted

ROOT = Path(__file__).parents[2]
PROVIDERS = ("openlibrary", "googlebooks", "isbndb", "wikidata", "inventaire", "dnb", "bnf", "hardcover")
HOBBIT = "9780547928227"


def view(provider: str, seed: int = 0) -> View:
    return View(standard(), provider, Chance(seed))


def known(provider: str, seed: int = 0) -> set[str]:
    return {edition.isbn for edition in view(provider, seed).editions()}


# --- the books that it brings ----------------------------------------------------------------------------------


def test_the_books_are_sound_and_know_the_demo_s_library() -> None:
    isbns = [isbn for edition in standard().editions() for isbn in edition.isbns]
    assert len(isbns) > 350
    assert all(canonical(isbn) == isbn for isbn in isbns)
    export = (ROOT / "demo" / "goodreads_library_export.csv").read_text(encoding="utf-8")
    assert sum(isbn in export for isbn in set(isbns)) >= 130


def test_the_rows_of_hardcover_have_ids_of_their_own() -> None:
    books = standard_books()
    assert len({book["id"] for book in books}) == len(books) > 170
    editions = [edition["id"] for book in books for edition in book["editions"]]
    assert len(set(editions)) == len(editions)


def test_there_is_something_odd_about_some_of_them_on_purpose() -> None:
    rows = [row for book in held("books.json") for row in (book, *book["editions"])]
    assert len({row["odd"] for row in rows if "odd" in row}) >= 15


def test_translations_name_who_made_them() -> None:
    editions = [
        each for each in standard().editions() if any(part.role == "Translator" for part in each.people)
    ]
    spoken = {edition.language.code2 for edition in editions if edition.language}
    assert {"de", "fr", "en"} <= spoken
    assert all(edition.authors for edition in editions)


def test_people_have_dates_and_some_have_lives_and_pictures() -> None:
    people = [person for work in map(standard().work, _works()) if work for person in work.authors]
    assert sum(bool(person.born) for person in people) > len(people) * 0.8
    assert len({person.number for person in people if person.bio}) >= 20
    assert len({person.number for person in people if person.photo}) >= 20


def _works() -> set[int]:
    return {edition.work.number for edition in standard().editions()}


# --- who knows what --------------------------------------------------------------------------------------------


def test_who_knows_which_book_follows_from_a_seed() -> None:
    for provider in ("openlibrary", "googlebooks", "isbndb", "wikidata", "inventaire"):
        assert known(provider) == known(provider)
        assert known(provider) != known(provider, seed=1)
    sizes = {provider: len(known(provider)) for provider in PROVIDERS}
    assert sizes["openlibrary"] > sizes["isbndb"] > sizes["inventaire"] > sizes["wikidata"] > 50


def test_national_libraries_know_the_books_of_their_own_language() -> None:
    for provider, language, prefix in (("dnb", "de", "9783"), ("bnf", "fr", "9782")):
        editions = list(view(provider).editions())
        assert editions
        assert all(
            (each.language and each.language.code2 == language) or each.isbn.startswith(prefix)
            for each in editions
        )


def test_some_books_are_known_to_one_provider_alone_or_to_nobody() -> None:
    everywhere = {provider: known(provider) for provider in PROVIDERS}
    alone = {row["isbn_13"]: row for book in held("books.json") for row in book["editions"] if "odd" in row}
    for isbn, row in alone.items():
        if "known_to" in row and "alone" in row["odd"]:
            assert {provider for provider, isbns in everywhere.items() if isbn in isbns} == set(
                row["known_to"]
            )
    (nobody,) = [isbn for isbn, row in alone.items() if row.get("known_to") == []]
    assert not any(nobody in isbns for isbns in everywhere.values())


def test_providers_disagree_where_that_was_planted() -> None:
    rows = [row for book in held("books.json") for row in book["editions"]]
    (isbn,) = [row["isbn_13"] for row in rows if row.get("odd") == "its page count differs everywhere"]
    assert view("googlebooks").by_isbn(isbn)[0].pages != view("isbndb").by_isbn(isbn)[0].pages
    orchard = Wanted(title="cherry orchard")
    assert view("openlibrary").search(orchard)[0].authors[0].name == "Антон Павлович Чехов"
    assert view("hardcover").search(orchard)[0].authors[0].name == "Anton Chekhov"


def test_hardcover_knows_no_more_than_its_own_rows_say() -> None:
    rows = {row["isbn_13"]: row for book in standard_books() for row in book["editions"]}
    editions = list(view("hardcover").editions())
    assert {edition.isbn for edition in editions} == set(rows)
    assert all(
        edition.pages == rows[edition.isbn].get("pages") for edition in editions if len(rows) == len(editions)
    )


# --- searching -------------------------------------------------------------------------------------------------


def test_a_work_is_found_by_each_of_its_titles() -> None:
    for title in ("the hobbit", "der kleine hobbit", "bilbo"):
        assert [work.title for work in view("openlibrary").search(Wanted(title=title))] == ["The Hobbit"]


def test_all_words_have_to_fit_unless_less_is_enough() -> None:
    assert not standard().search(Wanted("hobbit zymurgy"), 10)
    assert [work.title for work in standard().search(Wanted("hobbit zymurgy", enough=0.5), 10)] == [
        "The Hobbit"
    ]
    assert not standard().search(Wanted(), 10)


def test_a_search_asks_for_title_and_author_at_once() -> None:
    assert standard().search(Wanted(title="hobbit", author="tolkien"), 10)
    assert not standard().search(Wanted(title="hobbit", author="austen"), 10)


# --- books of somebody else's ----------------------------------------------------------------------------------


def test_rows_of_hardcover_are_enough_for_a_world() -> None:
    row = {
        "id": 7,
        "slug": "a",
        "title": "A Book",
        "contributors": [{"id": 1, "name": "Ada Writer", "role": None}],
        "editions": [{"id": 8, "isbn_13": HOBBIT, "title": "A Book", "release_date": "2003-01-01"}],
    }
    shelf = Shelf([row])
    (edition,) = shelf.editions_with(HOBBIT)
    assert (edition.published, edition.authors[0].name, edition.work.hardcover) == ("2003", "Ada Writer", 7)
    assert list(View(shelf, "hardcover", Chance()).editions()) == [edition]


# --- ids -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 45_804, 909_000_001, 2**31 - 1])
def test_each_id_leads_back_to_what_it_was_made_for(number: int) -> None:
    assert ids.read_olid(ids.path("work", number)) == ("work", number)
    assert ids.read_qid(ids.qid("person", number)) == ("person", number)
    assert ids.read_volume(ids.volume(number)) == number
    assert ids.read_viaf(ids.viaf(number)) == number
    assert ids.read_isni(ids.isni(number)) == number


@pytest.mark.parametrize("text", ["", "OL1X", "OL0M", "OL\u0661M", "Q42", "AAAAAAAAAAAA", "not base64!"])
def test_what_is_no_id_leads_nowhere(text: str) -> None:
    assert ids.read_olid(text) is None
    assert ids.read_qid(text) is None
    assert ids.read_volume(text) is None


def test_ids_that_have_a_check_character_have_the_right_one() -> None:
    """0000 0001 2281 955X is an ISNI with an X (https://isni.org/page/isni-check)."""
    isni = ids.isni(7)
    total = 0
    for character in isni[:-1]:
        total = (total + int(character)) * 2
    assert (total + (10 if isni[-1] == "X" else int(isni[-1]))) % 11 == 1


def test_all_isbns_can_be_written_with_hyphens() -> None:
    for edition in islice(standard().editions(), 50):
        assert hyphenated(edition.isbn).count("-") == 4
