from __future__ import annotations

from typing import Any

import pytest
from tests.simulator.conftest import Caller

ENTITIES = "inventaire.io/api/entities"
MOONSTONE, NOBODYS = "9780375757853", "9780000000002"


def by_uris(call: Caller, *uris: str, **params: object) -> dict[str, Any]:
    found: dict[str, Any] = call.get(ENTITIES, action="by-uris", uris="|".join(uris), **params).json()
    return found


def test_an_edition_is_found_by_its_isbn(call: Caller) -> None:
    told = by_uris(call, f"isbn:{MOONSTONE}", f"isbn:{NOBODYS}")
    assert told["notFound"] == [f"isbn:{NOBODYS}"]
    edition = told["entities"][f"isbn:{MOONSTONE}"]
    claims = edition["claims"]
    assert (edition["type"], edition["uri"], edition["labels"]) == ("edition", f"isbn:{MOONSTONE}", {})
    assert (claims["wdt:P212"], claims["wdt:P957"]) == (["978-0-375-75785-3"], ["0-375-75785-6"])
    assert (claims["wdt:P1476"], claims["wdt:P577"], claims["wdt:P31"]) == (
        ["The Moonstone"],
        ["2001"],
        ["wd:Q3331189"],
    )
    assert isinstance(claims["wdt:P1104"][0], int)


def test_another_form_of_an_isbn_is_a_redirect(call: Caller) -> None:
    told = by_uris(call, "isbn:0-375-75785-6")
    assert told["redirects"] == {"isbn:0-375-75785-6": f"isbn:{MOONSTONE}"}
    assert "notFound" not in told


def test_works_and_people_are_found_by_wikidata_s_ids_and_come_along_when_asked_for(call: Caller) -> None:
    told = by_uris(call, "isbn:9780547928227", relatives="wdt:P629|wdt:P50")
    assert {each["type"] for each in told["entities"].values()} == {"edition", "work", "human"}
    work = told["entities"]["wd:Q74229"]
    assert (work["labels"], work["claims"]["wdt:P50"]) == ({"en": "The Hobbit"}, ["wd:Q892"])
    assert by_uris(call, "wd:Q892")["entities"]["wd:Q892"]["claims"]["wdt:P569"] == ["1892-01-03"]


def test_the_uris_may_stand_in_the_body(call: Caller) -> None:
    posted = call.post(f"{ENTITIES}?action=by-uris", {"uris": [f"isbn:{MOONSTONE}"]}).json()
    assert posted == by_uris(call, f"isbn:{MOONSTONE}")


def test_editions_of_a_work_and_works_of_an_author_are_claimed_in_reverse(call: Caller) -> None:
    asked = {"action": "reverse-claims", "property": "wdt:P629", "value": "wd:Q74229"}
    assert "isbn:9780547928227" in call.get(ENTITIES, **asked).json()["uris"]
    asked = {"action": "reverse-claims", "property": "wdt:P50", "value": "wd:Q892"}
    assert call.get(ENTITIES, **asked).json() == {"uris": ["wd:Q74229"]}


def test_a_search_finds_works_and_people(call: Caller) -> None:
    works = call.get("inventaire.io/api/search", types="works", search="moonstone", lang="en").json()[
        "results"
    ]
    assert [(hit["type"], hit["label"]) for hit in works] == [("works", "The Moonstone")]
    people = call.get("inventaire.io/api/search", types="humans", search="wilkie collins").json()["results"]
    assert people[0]["label"] == "Wilkie Collins"


@pytest.mark.parametrize("query", ["action=by-uris&uris=isbn", "action=by-uris", "action=dance"])
def test_what_cannot_be_read_is_a_bad_request(call: Caller, query: str) -> None:
    refused = call.get(f"{ENTITIES}?{query}")
    assert (refused.status_code, refused.json()["status"]) == (400, 400)


def test_a_picture_is_where_the_entity_says(call: Caller) -> None:
    told = by_uris(call, "isbn:9780547928227")["entities"]["isbn:9780547928227"]
    assert call.get(f"inventaire.io{told['image']['url']}").headers["Content-Type"] == "image/jpeg"
