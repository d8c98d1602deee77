"""What the catalogue promises, kept by each of its forms: a folder, a folder with an overlay, a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.support import dumps, postgres
from tests.support.dumps import author, delete, edition, redirect, work

from completist.catalog import build, generations, open_catalogue
from completist.catalog.opening import open_from
from completist.catalog.overlaid import Filed
from completist.catalog.overlay import Overlay
from completist.catalog.postgres import publish
from completist.domain.errors import ActionRequired
from completist.sdk.catalogue import Author, Edition, Query, Work

ISBN, TEN, OTHER = "9780441478125", "0441478123", "9780141439518"
FORMS = ("folder", "overlaid", "postgresql")
Form = Callable[..., Filed]

BOOKS = (
    author(3, "Ursula K. Le Guin", birth_date="1929", alternate_names=["U. K. Le Guin"]),
    author(4, "Jane Austen"),
    work(2, "The Left Hand of Darkness", authors=[3], subjects=["Gethen"]),
    work(5, "Pride and Prejudice", authors=[4], first_publish_date="1813"),
    work(6, "Pride and Prejudice and Zombies", authors=[4]),
    edition(1, "Left Hand", works=[2], isbn_10=[TEN], publishers=["Ace"], oclc_numbers=["ocm53090839"]),
    edition(10, "Stolz und Vorurteil", works=[5], isbn_13=[OTHER], lccn=["79-6128"]),
    author(12, "紫式部"),
    work(12, "源氏物語", authors=[12]),
    author(13, "Лев Толстой"),
    work(13, "Война и мир", authors=[13]),
    edition(11, "Pride and Prejudice", works=[5], identifiers={"goodreads": ["18423"]}),
    redirect("/works/OL20W", "/works/OL2W"),
    redirect("/works/OL21W", "/works/OL20W"),
    redirect("/works/OL30W", "/works/OL31W"),
    redirect("/works/OL31W", "/works/OL30W"),
    delete("/authors/OL9A"),
)


@pytest.fixture(scope="session")
def server_url(postgres_server: str) -> Iterator[str]:
    with postgres.created(postgres_server, f"completist_test_{uuid4().hex[:12]}") as url:
        yield url


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest, root: Path, tmp_path: Path) -> Iterator[Form]:
    """Loads lines and opens them in one form after the other."""
    opened: list[Filed] = []

    def loaded(*lines: str) -> Filed:
        build(root, [dumps.write(tmp_path / "dump.txt", lines)])
        url = ""
        if request.param == "postgresql":
            url = request.getfixturevalue("server_url")
            publish(generations.current(root), url)
        if request.param == "folder":
            catalogue: Filed = open_catalogue(root)
        else:
            Overlay(root).put([work(999, "Something else").encode()])
            catalogue = open_from(root, url)
        opened.append(catalogue)
        return catalogue

    yield loaded
    for each in opened:
        each.close()


def test_an_isbn_in_any_form_finds_its_editions(form: Form) -> None:
    catalogue = form(*BOOKS)
    asked = [ISBN, TEN, "0-441-47812-3", "978-0-441-47812-5", "9780441478126", "no isbn", ""]
    found = catalogue.by_isbn(asked)
    assert list(found) == asked[:4]
    for views in found.values():
        (view,) = views
        assert (view.edition.key, view.edition.isbn_10, view.edition.publishers) == ("OL1M", (TEN,), ("Ace",))
        assert view.work is not None
        assert (view.work.key, view.work.title, view.work.subjects) == (
            "OL2W",
            "The Left Hand of Darkness",
            ("Gethen",),
        )
        assert [(each.key, each.name, each.birth_date) for each in view.authors] == [
            ("OL3A", "Ursula K. Le Guin", "1929")
        ]


def test_all_editions_of_one_isbn_come_in_order_of_their_keys(form: Form) -> None:
    catalogue = form(*(edition(n, isbn_13=[ISBN]) for n in (100, 9, 40, 2)))
    assert [view.edition.key for view in catalogue.by_isbn([ISBN])[ISBN]] == [
        "OL2M",
        "OL9M",
        "OL40M",
        "OL100M",
    ]


def test_an_edition_stands_without_work_and_authors(form: Form) -> None:
    (view,) = form(edition(1, works=[404], authors=[405], isbn_13=[ISBN])).by_isbn([ISBN])[ISBN]
    assert (view.work, view.authors) == (None, ())


def test_an_edition_that_was_given_up_for_another_is_told_as_that_one(form: Form) -> None:
    catalogue = form(
        edition(7, isbn_13=[ISBN]),
        redirect("/books/OL7M", "/books/OL8M"),
        edition(8, "Eight", isbn_13=[ISBN]),
    )
    assert [view.edition.title for view in catalogue.by_isbn([ISBN])[ISBN]] == ["Eight"]


def test_numbers_of_others_find_editions(form: Form) -> None:
    found = form(*BOOKS).by_number(["oclc:53090839", "lccn:79006128", "goodreads:18423", "oclc:1", "x", ""])
    assert {asked: [view.edition.key for view in views] for asked, views in found.items()} == {
        "oclc:53090839": ["OL1M"],
        "lccn:79006128": ["OL10M"],
        "goodreads:18423": ["OL11M"],
    }


def test_keys_find_records_and_follow_redirects(form: Form) -> None:
    asked = [
        "OL1M",
        "/works/OL2W",
        "OL3A",
        "OL21W",
        "OL30W",
        "OL9A",
        "OL404M",
        f"OL{10**12}W",
        "nonsense",
        "",
    ]
    found = form(*BOOKS).by_key(asked)
    assert {key: (type(each), each.key) for key, each in found.items()} == {
        "OL1M": (Edition, "OL1M"),
        "/works/OL2W": (Work, "OL2W"),
        "OL3A": (Author, "OL3A"),
        "OL21W": (Work, "OL2W"),
    }


def test_a_batch_answers_as_its_parts_do(form: Form) -> None:
    catalogue = form(*dumps.shelf(60))
    every = [f"OL{n}{letter}" for n in range(1, 62) for letter in "MWA"]
    isbns = [view.isbn_13[0] for view in catalogue.by_key(every).values() if isinstance(view, Edition)]
    assert len(isbns) == 60
    assert catalogue.by_isbn(isbns) == {
        asked: found for each in isbns for asked, found in catalogue.by_isbn([each]).items()
    }
    assert catalogue.by_key(every) == {
        key: found for each in every for key, found in catalogue.by_key([each]).items()
    }
    assert (catalogue.by_isbn([]), catalogue.by_key([]), catalogue.by_number([])) == ({}, {}, {})


@pytest.mark.parametrize(
    ("title", "name", "work_key"),
    [
        ("The Left Hand of Darkness", "Ursula K. Le Guin", "OL2W"),
        ("left hand of DARKNESS", "Le Guin, Ursula", "OL2W"),
        ("The Left Hand of Darkness (Hainish Cycle, #4)", "", "OL2W"),
        ("Left Hand", "U. K. Le Guin", "OL2W"),
        ("The Left Hand of Drakness", "Ursula K. Le Guin", "OL2W"),
        ("Stolz und Vorurteil", "Austen", "OL5W"),
        ("Pride and Prejudice", "Jane Austen", "OL5W"),
        ("Pride and Prejudice and Zombies", "Jane Austen", "OL6W"),
        ("源氏物語", "", "OL12W"),
        ("源氏物語 上", "紫式部", "OL12W"),
        ("Война и мир", "Толстой", "OL13W"),
        ("Voina i mir", "", "OL13W"),
        ("O'Pride & \\Prejudice: 'a novel'", "Jane Austen", "OL5W"),
    ],
)
def test_noisy_titles_find_their_work_first(form: Form, title: str, name: str, work_key: str) -> None:
    (hits,) = form(*BOOKS).search([Query(title, name)])
    assert hits[0].work == work_key
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_hit_shows_what_tells_works_apart(form: Form) -> None:
    ((hit, *_),) = form(*BOOKS).search([Query("pride and prejudice", "austen")])
    assert (hit.title, hit.authors, hit.year, hit.editions) == (
        "Pride and Prejudice",
        ("Jane Austen",),
        1813,
        2,
    )
    assert hit.other_titles == ("Stolz und Vorurteil",)


def test_searches_are_answered_one_by_one_and_within_their_limit(form: Form) -> None:
    catalogue = form(*BOOKS)
    asked = [
        Query("pride and prejudice"),
        Query(""),
        Query("nothing of the kind at all"),
        Query("", "Austen"),
    ]
    some, none, unknown, hers = catalogue.search(asked, limit=1)
    assert ([hit.work for hit in some], none, unknown) == (["OL5W"], [], [])
    assert len(hers) == 1
    assert catalogue.search([]) == []


def test_the_generation_follows_from_the_content(form: Form) -> None:
    first = form(*BOOKS)
    id_ = first.generation()
    assert id_ == first.generation() != ""
    form(*BOOKS[:4])
    assert first.generation() != id_  # the next call answers from what was published meanwhile
    assert first.by_isbn([ISBN]) == {}
    form(*BOOKS)
    assert first.generation() == id_
    assert [view.edition.key for view in first.by_isbn([ISBN])[ISBN]] == ["OL1M"]


@pytest.mark.parametrize("name", FORMS)
def test_without_any_catalogue_it_says_what_to_do(
    name: str, root: Path, request: pytest.FixtureRequest
) -> None:
    if name == "postgresql":
        with (
            postgres.created(
                request.getfixturevalue("postgres_server"), f"completist_{uuid4().hex[:12]}"
            ) as url,
            pytest.raises(ActionRequired) as caught,
        ):
            open_from(root, url)
        assert "catalog publish" in caught.value.hint
        return
    with pytest.raises(ActionRequired) as caught:
        open_catalogue(root) if name == "folder" else open_from(root)
    assert "catalog load" in caught.value.hint
