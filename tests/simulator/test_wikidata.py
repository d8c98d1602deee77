from __future__ import annotations

from typing import Any

import httpx2
import pytest
from tests.simulator.conftest import Caller

from completist.simulator.world import ids

QUERY, API = "query.wikidata.org/sparql", "www.wikidata.org/w/api.php"
HOBBIT, TOLKIEN = "Q74229", "Q892"
ENTITY = "http://www.wikidata.org/entity/"


def select(call: Caller, query: str) -> list[dict[str, str]]:
    """The rows of a query, values alone."""
    answer = call.post(QUERY, headers={"Accept": "application/sparql-results+json"}, form={"query": query})
    assert answer.headers["Content-Type"].startswith("application/sparql-results+json")
    rows = answer.json()["results"]["bindings"]
    return [{name: cell["value"].removeprefix(ENTITY) for name, cell in row.items()} for row in rows]


def entities(call: Caller, *wanted: str, **params: object) -> dict[str, Any]:
    found: dict[str, Any] = call.get(
        API, action="wbgetentities", format="json", ids="|".join(wanted), **params
    ).json()
    return found


# --- queries ---------------------------------------------------------------------------------------------------


def test_editions_are_found_by_isbns_with_hyphens_in_both_forms(call: Caller) -> None:
    query = """
        SELECT ?said ?edition ?work WHERE {
          { VALUES ?said { "978-0-547-92822-7" "978-0-14-032872-1" "978-0-00-000000-2" } ?edition wdt:P212 ?said . }
          UNION { VALUES ?said { "0-547-92822-X" } ?edition wdt:P957 ?said . }
          ?edition wdt:P629 ?work .
        }"""
    rows = select(call, query)
    assert [(row["said"], row["work"]) for row in rows if row["work"] == HOBBIT] == [
        ("978-0-547-92822-7", HOBBIT),
        ("0-547-92822-X", HOBBIT),
    ]
    assert len(rows) == 3
    assert select(call, 'SELECT ?e WHERE { ?e wdt:P212 "9780547928227" }') == []  # there are hyphens in it


@pytest.mark.parametrize(
    ("scheme", "said"),
    [
        ("P648", "OL26320A"),
        ("P214", ids.viaf(26320)),
        ("P213", ids.isni(26320)),
    ],
)
def test_people_are_found_by_their_ids_elsewhere(call: Caller, scheme: str, said: str) -> None:
    forms = (
        f'"{said}" "{" ".join(said[at : at + 4] for at in range(0, 16, 4))}"'
        if scheme == "P213"
        else f'"{said}"'
    )
    rows = select(
        call, f"SELECT ?said ?person WHERE {{ VALUES ?said {{ {forms} }} ?person wdt:{scheme} ?said . }}"
    )
    assert {row["person"] for row in rows} == {TOLKIEN}


def test_a_query_may_use_what_people_use(call: Caller) -> None:
    query = """
        PREFIX wdt: <http://www.wikidata.org/prop/direct/>
        SELECT DISTINCT ?work ?workLabel ?series ?place ?died WHERE {
          VALUES (?key ?n) { ("OL27482W" 1) ("OL2163649W" UNDEF) }   # two works
          ?work wdt:P648 ?key ; wdt:P31/wdt:P279* wd:Q7725634 .
          OPTIONAL { ?work p:P179 ?told . ?told ps:P179 ?series ; pq:P1545 ?place . }
          ?work wdt:P50/wdt:P570 ?died .
          ?work rdfs:label ?name . FILTER(LANG(?name) = "en" && ?name != "Nothing")
          SERVICE wikibase:label { bd:serviceParam wikibase:language "en". }
        } ORDER BY DESC(?place) LIMIT 5"""
    rows = select(call, query)
    assert [(row["workLabel"], row["place"], row["died"][:4]) for row in rows] == [
        ("The Hitchhiker's Guide to the Galaxy", "1", "2001"),
        ("The Hobbit", "0", "1973"),
    ]


def test_statements_are_found_from_their_other_end(call: Caller) -> None:
    rows = select(call, f"SELECT ?work WHERE {{ ?work wdt:P50 wd:{TOLKIEN} }}")
    assert rows == [{"work": HOBBIT}]
    assert select(call, f"SELECT ?person WHERE {{ wd:{HOBBIT} wdt:P50 ?person }}") == [{"person": TOLKIEN}]
    assert {
        row["edition"] for row in select(call, f"SELECT ?edition WHERE {{ ?edition wdt:P629 wd:{HOBBIT} }}")
    }


@pytest.mark.parametrize(
    "query",
    [
        "",
        "ASK { ?x ?y ?z }",
        "SELECT ?x WHERE { ?x wdt:P31 ",
        "SELECT ?x WHERE { BIND(1 AS ?x) }",
        "SELECT ?x { ?x nope:P1 ?y }",
    ],
)
def test_what_is_not_understood_is_refused_and_not_answered_wrongly(call: Caller, query: str) -> None:
    refused = call.get(QUERY, query=query)
    assert (refused.status_code, "MalformedQuery" in refused.text) == (400, True)


# --- entities --------------------------------------------------------------------------------------------------


def test_entities_are_told_with_those_parts_that_are_asked_for(call: Caller) -> None:
    told = entities(call, HOBBIT, "Q999999", props="labels|claims", languages="en")
    assert told["success"] == 1
    assert told["entities"]["Q999999"] == {"id": "Q999999", "missing": ""}
    hobbit = told["entities"][HOBBIT]
    assert hobbit.keys() == {"type", "id", "labels", "claims"}
    assert hobbit["labels"] == {"en": {"language": "en", "value": "The Hobbit"}}
    (author,) = hobbit["claims"]["P50"]
    assert author["mainsnak"]["datavalue"] == {
        "value": {"entity-type": "item", "numeric-id": 892, "id": TOLKIEN},
        "type": "wikibase-entityid",
    }
    (series,) = hobbit["claims"]["P179"]
    assert series["qualifiers"]["P1545"][0]["datavalue"]["value"] == "0"
    name = series["mainsnak"]["datavalue"]["value"]["id"]
    assert entities(call, name)["entities"][name]["labels"]["en"]["value"] == "Middle-earth"


@pytest.mark.parametrize(
    ("key", "about", "time", "precision"),
    [
        ("OL26320A", "P569", "+1892-01-03T00:00:00Z", 11),
        ("OL900000002A", "P569", "-0384-00-00T00:00:00Z", 9),  # Aristotle, 384 BC
        ("OL66513W", "P577", "+1815-00-00T00:00:00Z", 9),
    ],
)
def test_times_are_as_exact_as_they_are_known(
    call: Caller, key: str, about: str, time: str, precision: int
) -> None:
    (row,) = select(call, f'SELECT ?item WHERE {{ ?item wdt:P648 "{key}" }}')
    claims = entities(call, row["item"])["entities"][row["item"]]["claims"]
    value = claims[about][0]["mainsnak"]["datavalue"]["value"]
    assert (value["time"], value["precision"]) == (time, precision)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ([f"Q{n}" for n in range(1, 52)], "toomanyvalues"),
        ([], "param-missing"),
        (["Hobbit"], "no-such-entity"),
    ],
)
def test_errors_of_the_api_come_with_status_200(call: Caller, wanted: list[str], code: str) -> None:
    assert entities(call, *wanted)["error"]["code"] == code
    assert call.get(API, action="dance").json()["error"]["code"] == "badvalue"


def test_items_are_searched_for_by_name(call: Caller) -> None:
    found = call.get(API, action="wbsearchentities", search="Tolkien", language="en", format="json").json()
    assert [(hit["id"], hit["label"]) for hit in found["search"]] == [(TOLKIEN, "J. R. R. Tolkien")]


def test_a_person_s_picture_is_at_commons(call: Caller) -> None:
    claims = entities(call, TOLKIEN)["entities"][TOLKIEN]["claims"]
    file = claims["P18"][0]["mainsnak"]["datavalue"]["value"]
    place = f"commons.wikimedia.org/wiki/Special:FilePath/{file.replace(' ', '_')}"
    large, small = call.get(place), call.get(place, width=200)
    assert large.headers["Content-Type"] == "image/jpeg"
    assert len(small.content) < len(large.content)


@pytest.mark.parametrize("place", [QUERY, API])
def test_who_does_not_say_how_to_be_reached_is_kept_out(call: Caller, place: str) -> None:
    refused: httpx2.Response = call.get(place, {"User-Agent": "App/1.0"})
    assert (refused.status_code, "user-agent" in refused.text) == (403, True)
