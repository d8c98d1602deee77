from __future__ import annotations

import pytest
from tests.simulator.conftest import Caller

FOX, EMMA, NOBODYS = "9780140328721", "9780141439587", "9780000000002"
BASIC = {"Authorization": "simulated"}


@pytest.mark.parametrize(
    ("host", "key", "status"),
    [
        ("api2.isbndb.com", "simulated", 200),
        ("api.premium.isbndb.com", "simulated-premium", 200),
        ("api.pro.isbndb.com", "simulated-pro", 200),
        ("api.premium.isbndb.com", "simulated", 403),
        ("api2.isbndb.com", "simulated-pro", 403),
        ("api2.isbndb.com", "of-somebody-else", 403),
        ("api2.isbndb.com", "Bearer simulated", 403),
        ("api2.isbndb.com", "", 401),
    ],
)
def test_a_key_opens_the_host_of_its_plan_alone(call: Caller, host: str, key: str, status: int) -> None:
    headers = {"Authorization": key} if key else None
    assert call.get(f"{host}/book/{FOX}", headers).status_code == status


def test_a_book_is_found_by_either_isbn(call: Caller) -> None:
    book = call.get("api2.isbndb.com/book/0140328726", BASIC).json()["book"]
    assert (book["title"], book["isbn13"], book["isbn"]) == ("Fantastic Mr. Fox", FOX, "0140328726")
    assert (book["pages"], book["date_published"], book["binding"]) == (96, "1988-10-01", "Paperback")
    missing = call.get(f"api2.isbndb.com/book/{NOBODYS}", BASIC)
    assert (missing.status_code, missing.json()) == (404, {"errorMessage": "Not Found"})


def test_many_isbns_are_one_call_in_json_or_as_a_form_and_unknown_ones_are_left_out(call: Caller) -> None:
    asked = [FOX, EMMA, NOBODYS]
    premium = {"Authorization": "simulated-premium"}
    place = "api.premium.isbndb.com/books"
    told = [
        call.post(place, {"isbns": asked}, headers=premium),
        call.post(place, headers=premium, form={"isbns": ",".join(asked)}),
    ]
    assert told[0].json() == told[1].json()
    assert (told[0].json()["total"], told[0].json()["requested"]) == (2, 3)
    assert [book["isbn13"] for book in told[0].json()["data"]] == [FOX, EMMA]
    logged = call.simulator.calls.all()
    assert [(each.size, each.cost) for each in logged] == [(3, 1), (3, 1)]


def test_a_plan_takes_only_so_many_isbns_at_once(call: Caller) -> None:
    many = [FOX] * 101
    assert call.post("api2.isbndb.com/books", {"isbns": many}, headers=BASIC).status_code == 400
    premium = {"Authorization": "simulated-premium"}
    assert call.post("api.premium.isbndb.com/books", {"isbns": many}, headers=premium).status_code == 200
    assert call.post("api.premium.isbndb.com/books", {"isbns": []}, headers=premium).status_code == 400


def test_books_are_searched_for_by_title_or_author(call: Caller) -> None:
    host = "api.pro.isbndb.com"
    pro = {"Authorization": "simulated-pro"}
    by_title = call.get(f"{host}/books/emma?column=title&pageSize=5", pro).json()
    assert all("Emma" in book["title"] for book in by_title["books"])
    by_author = call.get(f"{host}/author/Jane Austen", pro).json()
    assert by_author["author"] == "Jane Austen"
    assert by_author["books"]
    assert "total" not in by_author
    assert call.get(f"{host}/author/Nobody At All", pro).status_code == 404
