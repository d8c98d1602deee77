from __future__ import annotations

import httpx2
import pytest
from tests.simulator.conftest import Caller

from completist.simulator import Simulator
from completist.simulator.providers import masks
from completist.simulator.world.shelf import standard

VOLUMES = "www.googleapis.com/books/v1/volumes"
FOX = "9780140328721"


def volumes(call: Caller, query: str, **params: object) -> httpx2.Response:
    return call.get(VOLUMES, **{"q": query, "key": "simulated", **params})


def test_without_a_key_the_shared_quota_is_always_used_up(call: Caller) -> None:
    refused = call.get(VOLUMES, q=f"isbn:{FOX}")
    error = refused.json()["error"]
    assert (refused.status_code, error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert "limit 'Queries per day' of service 'books.googleapis.com'" in error["message"]
    assert error["errors"][0]["reason"] == "rateLimitExceeded"


def test_a_wrong_key_is_a_bad_request(call: Caller) -> None:
    refused = call.get(VOLUMES, q=f"isbn:{FOX}", key="of-somebody-else")
    assert (refused.status_code, refused.json()["error"]["details"][0]["reason"]) == (400, "API_KEY_INVALID")


def test_a_volume_is_told_in_a_list_and_with_more_by_itself(call: Caller) -> None:
    told = volumes(call, f"isbn:{FOX}").json()
    assert (told["kind"], told["totalItems"]) == ("books#volumes", 1)
    info = told["items"][0]["volumeInfo"]
    assert info["industryIdentifiers"] == [
        {"type": "ISBN_10", "identifier": "0140328726"},
        {"type": "ISBN_13", "identifier": FOX},
    ]
    assert info["authors"] == ["Roald Dahl", "Jill Bennett"]  # nobody is told apart
    assert set(info["imageLinks"]) == {"smallThumbnail", "thumbnail"}
    single = call.get(f"{VOLUMES}/{told['items'][0]['id']}", key="simulated").json()["volumeInfo"]
    assert {"small", "medium", "large", "extraLarge"} < set(single["imageLinks"])
    assert len(single["categories"]) > len(info["categories"])


def test_a_picture_grows_with_its_zoom(call: Caller) -> None:
    links = volumes(call, f"isbn:{FOX}").json()["items"][0]["volumeInfo"]["imageLinks"]
    place = links["thumbnail"].removeprefix("http://")
    small, large = (call.get(place.replace("zoom=1", f"zoom={zoom}")) for zoom in (1, 6))
    assert small.headers["Content-Type"] == large.headers["Content-Type"] == "image/jpeg"
    assert len(large.content) > len(small.content)


def test_an_unknown_isbn_finds_nothing_or_another_book(call: Caller, simulator: Simulator) -> None:
    """A search is what it is: of the ISBNs that it does not know, some lead to a book with another one."""
    assert volumes(call, "isbn:9780000000002").json() == {"kind": "books#volumes", "totalItems": 0}
    simulator.limit("googlebooks", ())
    wrong = []
    for edition in standard().editions():
        told = volumes(call, f"isbn:{edition.isbn}", fields="items/volumeInfo/industryIdentifiers").json()
        numbers = [
            each["identifier"]
            for item in told.get("items", ())
            for each in item["volumeInfo"]["industryIdentifiers"]
        ]
        wrong += [edition.isbn] if numbers and edition.isbn not in numbers else []
    assert 1 <= len(wrong) <= 20


@pytest.mark.parametrize("query", ['intitle:"emma" inauthor:"austen"', "intitle:emma", "emma austen"])
def test_a_search_finds_what_most_words_fit(call: Caller, query: str) -> None:
    titles = [item["volumeInfo"]["title"] for item in volumes(call, query).json()["items"]]
    assert titles[0].startswith("Emma")


def test_pages_are_as_long_as_asked_and_not_longer_than_forty(call: Caller) -> None:
    first = volumes(call, "inauthor:shakespeare", maxResults=3).json()["items"]
    second = volumes(call, "inauthor:shakespeare", maxResults=3, startIndex=3).json()["items"]
    assert (len(first), len(second)) == (3, 3)
    assert not {each["id"] for each in first} & {each["id"] for each in second}
    assert volumes(call, "emma", maxResults=41).status_code == 400
    assert volumes(call, "").status_code == 400


def test_a_language_can_be_asked_for(call: Caller) -> None:
    found = volumes(call, "intitle:hobbit", langRestrict="de").json()
    assert {item["volumeInfo"]["language"] for item in found.get("items", ())} <= {"de"}


@pytest.mark.parametrize(
    ("mask", "left"),
    [
        ("totalItems", {"totalItems": 2}),
        ("items(id,info(title))", {"items": [{"id": 1, "info": {"title": "a"}}, {"id": 2, "info": {}}]}),
        ("items/info/title,totalItems", {"items": [{"info": {"title": "a"}}, {"info": {}}], "totalItems": 2}),
        ("items/info", {"items": [{"info": {"title": "a", "pages": 3}}, {"info": {"pages": 4}}]}),
    ],
)
def test_a_mask_lets_through_what_it_names(mask: str, left: object) -> None:
    whole = {
        "totalItems": 2,
        "items": [{"id": 1, "info": {"title": "a", "pages": 3}}, {"id": 2, "info": {"pages": 4}}],
    }
    assert masks.masked(whole, masks.read(mask)) == left


@pytest.mark.parametrize("mask", ["items(id", "items)", "items;id"])
def test_what_is_no_mask_is_a_bad_request(call: Caller, mask: str) -> None:
    assert volumes(call, f"isbn:{FOX}", fields=mask).status_code == 400


def test_authors_come_before_everybody_else_who_is_called_one(call: Caller) -> None:
    (item,) = volumes(call, "isbn:9783730606490").json()["items"]
    assert item["volumeInfo"]["authors"] == ["Jane Austen", "Karin von Schwab"]


def test_the_picture_for_none_is_a_page_with_grey_words(call: Caller) -> None:
    reply = call.get("books.google.com/books/content", id="nobody", img=1, zoom=1)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/png")
    assert reply.content.startswith(b"\x89PNG")
