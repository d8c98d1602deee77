from __future__ import annotations

import json

import httpx2
import pytest
from tests.simulator.conftest import Caller

from completist.simulator import Simulator

SITE = "openlibrary.org"
FOX, EMMA, NOBODYS = "9780140328721", "9780141439587", "9780000000002"
WORK, AUTHOR, EDITION = "/works/OL45804W", "/authors/OL34184A", "/books/OL7353617M"


def books(call: Caller, keys: str, form: str) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = call.get(f"{SITE}/api/books.json", bibkeys=keys, jscmd=form).json()
    return found


# --- who is let in ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "agent",
    ["python-requests/2.32", "python-httpx/0.28 (+https://x.example)", "App/1.0", "Go-http-client/2.0", ""],
)
@pytest.mark.parametrize("host", [SITE, "covers.openlibrary.org"])
def test_who_does_not_say_how_to_be_reached_is_kept_out(call: Caller, agent: str, host: str) -> None:
    refused = call.get(f"{host}/search.json?q=emma", {"User-Agent": agent})
    assert refused.status_code == 403
    assert refused.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("agent", ["App/1.0 (+https://app.example)", "App/1.0 (somebody@app.example)"])
def test_an_address_of_the_web_or_of_mail_opens(call: Caller, agent: str) -> None:
    assert call.get(f"{SITE}/search.json?q=emma", {"User-Agent": agent}).status_code == 200


# --- books by key ----------------------------------------------------------------------------------------------


def test_keys_of_all_sorts_are_echoed_as_they_were_asked_and_unknown_ones_are_absent(call: Caller) -> None:
    asked = [
        "ISBN:0140328726",
        "ISBN:978-0-14-032872-1",
        f"isbn:{FOX}",
        FOX,
        "OLID:OL7353617M",
        f"ISBN:{NOBODYS}",
        "LCCN:1",
    ]
    assert list(books(call, ",".join(asked), "data")) == asked[:5]


def test_the_details_are_the_edition_s_document_with_names_beside_the_keys_of_authors(call: Caller) -> None:
    found = books(call, f"ISBN:{EMMA}", "details")[f"ISBN:{EMMA}"]
    details = found["details"]
    assert isinstance(details, dict)
    assert details["works"] == [{"key": "/works/OL66513W"}]
    assert details["languages"] == [{"key": "/languages/eng"}]
    assert details["authors"] == [{"key": "/authors/OL21594A", "name": "Jane Austen"}]
    assert (details["isbn_13"], details["number_of_pages"]) == ([EMMA], 474)
    assert found["bib_key"] == f"ISBN:{EMMA}"


def test_the_data_have_neither_work_nor_language_nor_description(call: Caller) -> None:
    found = books(call, f"ISBN:{FOX}", "data")[f"ISBN:{FOX}"]
    assert (found["key"], found["title"]) == (EDITION, "Fantastic Mr. Fox")
    assert found["identifiers"] == {
        "isbn_10": ["0140328726"], "isbn_13": [FOX], "goodreads": ["1507552"], "openlibrary": ["OL7353617M"],
    }  # fmt: skip
    assert found["cover"] == {
        size: f"https://covers.openlibrary.org/b/id/8739161-{letter}.jpg"
        for size, letter in (("small", "S"), ("medium", "M"), ("large", "L"))
    }
    assert not {"works", "languages", "description"} & found.keys()


def test_without_a_word_about_json_the_answer_is_a_script(call: Caller) -> None:
    plain = call.get(f"{SITE}/api/books?bibkeys=ISBN:{FOX}")
    assert plain.text.startswith('var _OLBookInfo = {"ISBN:')
    assert call.get(f"{SITE}/api/books?bibkeys=ISBN:{FOX}&format=json").json().keys() == {f"ISBN:{FOX}"}
    assert call.get(f"{SITE}/api/books?bibkeys=ISBN:{FOX}&callback=f").text.startswith("f({")


# --- documents -------------------------------------------------------------------------------------------------


def test_many_documents_come_in_one_answer_those_of_redirects_as_redirects(call: Caller) -> None:
    keys = [WORK, AUTHOR, EDITION, "/works/OL909000001W", "/works/OL999999999W"]
    told = call.get(f"{SITE}/api/get_many", keys=json.dumps(keys)).json()
    assert told["status"] == "ok"
    found = told["result"]
    assert {key: document["type"]["key"] for key, document in found.items()} == {
        WORK: "/type/work",
        AUTHOR: "/type/author",
        EDITION: "/type/edition",
        "/works/OL909000001W": "/type/redirect",
    }
    assert found[WORK]["authors"][0]["author"] == {"key": AUTHOR}
    assert found[AUTHOR]["birth_date"] == "13 September 1916"
    target = found["/works/OL909000001W"]["location"]
    assert call.get(f"{SITE}{target}.json").json()["type"] == {"key": "/type/work"}


def test_keys_that_are_no_list_are_refused(call: Caller) -> None:
    assert call.get(f"{SITE}/api/get_many", keys="OL1W").status_code == 400


def test_an_isbn_leads_to_its_edition_at_the_true_address(call: Caller) -> None:
    found = call.get(f"{SITE}/isbn/{FOX}.json")
    assert (found.status_code, found.headers["Location"]) == (302, f"https://openlibrary.org{EDITION}.json")
    assert call.get(f"{SITE}{EDITION}.json").json()["title"] == "Fantastic Mr. Fox"
    missing = call.get(f"{SITE}/isbn/{NOBODYS}.json")
    assert (missing.status_code, missing.json()["error"]) == (404, "notfound")


def test_the_editions_of_a_work_come_in_pages(call: Caller) -> None:
    first = call.get(f"{SITE}/works/OL66513W/editions.json?limit=1").json()
    assert (first["size"], len(first["entries"])) == (3, 1)
    rest = call.get(f"{SITE}{first['links']['next']}").json()
    assert rest["entries"][0]["key"] != first["entries"][0]["key"]
    assert call.get(f"{SITE}/works/OL999999999W/editions.json").status_code == 404


def test_documents_are_as_uneven_as_real_ones(simulator: Simulator, call: Caller) -> None:
    simulator.limit("openlibrary", ())
    editions = [
        document
        for work in (
            "OL66554W",
            "OL66513W",
            "OL21177W",
            "OL24166W",
            "OL176092W",
            "OL27482W",
            "OL8193497W",
            "OL45804W",
        )
        for document in call.get(f"{SITE}/works/{work}/editions.json").json()["entries"]
    ]
    assert {"authors" in each for each in editions} == {True, False}
    assert {"isbn_10" in each for each in editions} == {True, False}
    assert any(each.get("covers") == [-1] for each in editions)
    dates = {each.get("publish_date", "") for each in editions}
    assert any(date.isdecimal() for date in dates)
    assert any(", " in date for date in dates)


# --- searches --------------------------------------------------------------------------------------------------


def search(call: Caller, **params: object) -> httpx2.Response:
    return call.get(f"{SITE}/search.json", **params)


def test_a_search_finds_works_that_all_words_fit(call: Caller) -> None:
    found = search(call, title="northanger abbey", author="austen").json()
    assert (found["numFound"], found["num_found"], found["start"]) == (1, 1, 0)
    (hit,) = found["docs"]
    assert (hit["title"], hit["first_publish_year"]) == ("Northanger Abbey", 1817)
    assert (hit["author_name"], hit["author_key"]) == (["Jane Austen"], ["OL21594A"])
    assert "isbn" not in hit
    assert search(call, title="northanger castle", author="austen").json()["docs"] == []


def test_only_the_fields_that_are_named_are_told(call: Caller) -> None:
    (hit,) = search(call, isbn=FOX, fields="key,title,isbn,editions").json()["docs"]
    assert hit.keys() == {"key", "title", "isbn", "editions"}
    assert FOX in hit["isbn"]
    assert hit["editions"]["docs"][0]["key"] == EDITION


@pytest.mark.parametrize("query", ["title:(emma) author:austen", "emma austen", f"isbn:{EMMA}", EMMA])
def test_a_query_may_name_fields_itself(call: Caller, query: str) -> None:
    assert search(call, q=query).json()["docs"][0]["key"] == "/works/OL66513W"


def test_a_search_can_be_paged_through(call: Caller) -> None:
    everything = [hit["key"] for hit in search(call, author="shakespeare", limit=100).json()["docs"]]
    pages = [search(call, author="shakespeare", limit=5, page=page).json()["docs"] for page in (1, 2)]
    assert [hit["key"] for page in pages for hit in page] == everything[:10]
    assert search(call, author="shakespeare", limit=5, offset=5).json()["docs"] == pages[1]


def test_a_search_for_nothing_cannot_be_processed(call: Caller) -> None:
    assert search(call).status_code == search(call, q="").status_code == 422
    assert search(call).json()["detail"][0]["loc"] == ["query", "q"]
    assert call.get(f"{SITE}/search/authors.json").status_code == 422


def test_authors_are_found_by_each_of_their_names(call: Caller) -> None:
    for name in ("Anton Chekhov", "Антон Чехов"):
        (hit,) = call.get(f"{SITE}/search/authors.json", q=name).json()["docs"]
        assert (hit["key"], hit["birth_date"]) == ("OL900000014A", "29 January 1860")


# --- recent changes --------------------------------------------------------------------------------------------


def changes(call: Caller, path: str = "", **params: object) -> list[dict[str, object]]:
    found: list[dict[str, object]] = call.get(f"{SITE}/recentchanges{path}.json", **params).json()
    return found


def test_changes_come_newest_first_and_since_is_ignored(call: Caller) -> None:
    found = changes(call, limit=1_000)
    ids = [int(str(each["id"])) for each in found]
    assert ids == sorted(ids, reverse=True)
    assert len(found) > 300
    assert changes(call, limit=5, since="2099-01-01") == found[:5]
    assert changes(call, limit=5, offset=5) == found[5:10]


def test_changes_of_a_day_a_kind_or_a_bot_can_be_asked_for(call: Caller) -> None:
    newest = str(changes(call, limit=1)[0]["timestamp"])
    day = newest[:10].replace("-", "/")
    assert {str(each["timestamp"])[:10] for each in changes(call, f"/{day}", limit=1_000)} == {newest[:10]}
    assert {each["kind"] for each in changes(call, f"/{day[:7]}/merge-works", limit=1_000)} == {"merge-works"}
    assert {each["kind"] for each in changes(call, bot="true", limit=1_000)} == {"add-book"}


def test_a_merge_names_what_was_given_up_and_for_what(call: Caller) -> None:
    merge = changes(call, "/merge-works", limit=1)[0]
    data = merge["data"]
    assert isinstance(data, dict)
    touched = merge["changes"]
    assert isinstance(touched, list)
    assert {change["key"] for change in touched} == {data["master"], *data["duplicates"]}


# --- covers ----------------------------------------------------------------------------------------------------


def test_a_cover_comes_in_sizes_and_in_its_original_form(call: Caller) -> None:
    host = "covers.openlibrary.org"
    by_id = [call.get(f"{host}/b/id/8739161{size}.jpg") for size in ("", "-L", "-M", "-S")]
    assert {each.headers["Content-Type"] for each in by_id} == {"image/jpeg"}
    assert len({each.content for each in by_id}) == 4
    for key in (f"isbn/{FOX}", "olid/OL7353617M"):
        assert call.get(f"{host}/b/{key}-L.jpg").content == by_id[1].content
    assert call.get(f"{host}/a/olid/OL34184A-M.jpg").headers["Content-Type"] == "image/jpeg"
    about = call.get(f"{host}/b/id/8739161.json").json()
    assert (about["id"], about["width"] < about["height"]) == (8739161, True)


def test_no_cover_is_a_blank_one_or_404_for_who_asks_for_that(call: Caller) -> None:
    place = f"covers.openlibrary.org/b/isbn/{NOBODYS}-L.jpg"
    blank = call.get(place)
    assert (blank.status_code, len(blank.content) < 100) == (200, True)
    assert call.get(place, default="false").status_code == 404
    assert (
        call.get(place, default="https://x.example/none.png").headers["Location"]
        == "https://x.example/none.png"
    )
    assert call.get(place.replace(".jpg", ".json")).status_code == 404


@pytest.mark.parametrize(("size", "width"), [("", None), ("-L", 500)])
def test_older_covers_lie_in_an_archive_to_which_it_sends_on(
    call: Caller, size: str, width: int | None
) -> None:
    sent = call.get(f"covers.openlibrary.org/b/id/6717853{size}.jpg")
    assert sent.status_code == 302
    place = sent.headers["location"].removeprefix("https://")
    assert place == f"archive.org/download/olcovers671/olcovers671{size}.zip/6717853{size}.jpg"
    again = call.get(place)
    assert again.status_code == 302
    picture = call.get(again.headers["location"].removeprefix("https://"))
    assert picture.headers["content-type"] == "image/jpeg"
    assert width is None or len(picture.content) > 100


def test_small_ones_and_newer_ones_are_there_at_once(call: Caller) -> None:
    assert call.get("covers.openlibrary.org/b/id/6717853-M.jpg").status_code == 200
    assert call.get("covers.openlibrary.org/b/id/14700001.jpg").status_code == 200
