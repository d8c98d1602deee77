"""Wikidata (https://www.wikidata.org): asked by SPARQL for ids, and for the entities behind them.

Limits: a minute of query time in a minute, five queries at once
(https://www.mediawiki.org/wiki/Wikidata_Query_Service/User_Manual#Query_limits); for the other calls, to leave off
while the servers lag (https://www.mediawiki.org/wiki/Manual:Maxlag_parameter).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from completist.domain.budget import Budget, Rate
from completist.domain.fields import Data
from completist.domain.run import Outcome
from completist.sdk.halving import paged
from completist.sdk.provider import Http, Provider, Record, Refused, Reply, Request

QUERY = "https://query.wikidata.org/sparql"
API = "https://www.wikidata.org/w/api.php"
BATCH = 50  #: things that one query asks for: ISBNs stand there in two forms
ENTITIES = 50  #: of one request; the API takes no more
TOGETHER = 500  #: things that are asked for at once, so that the requests for entities are full

WIKIDATA = Provider(
    name="wikidata",
    hosts=frozenset({"query.wikidata.org", "www.wikidata.org"}),
    budget=Budget(Rate(1_000, burst=5)),
    batch_size=BATCH,
    together=TOGETHER,
)

#: Names are read in these languages, the first that there is. ``mul`` holds for all of them:
#: https://www.wikidata.org/wiki/Help:Default_values_for_labels_and_aliases
LANGUAGES = ("en", "mul", "de", "fr", "es", "it", "pt", "nl", "sv", "pl", "cs", "ru", "ja")

#: The qualifiers that anything here reads: a place in a series, and how sure a date is.
QUALIFIERS = ("P1545", "P1480")

_ITEM = re.compile(r"Q[1-9]\d{0,11}", re.ASCII)
#: What may stand between quotation marks in a query: identifiers, never a text that somebody typed.
_LITERAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{0,63}", re.ASCII)
_ENTITY = "http://www.wikidata.org/entity/"
_LAG = "5"  #: seconds that the servers may lag behind before we leave off
_OK = 200
#: What an error of the API means; what is not here is our own mistake.
_MEANINGS = {
    "maxlag": Outcome.TRANSIENT,
    "readonly": Outcome.TRANSIENT,
    "ratelimited": Outcome.RATE_LIMITED,
    "blocked": Outcome.BLOCKED,
    "permissiondenied": Outcome.BLOCKED,
}
_CODE = re.compile(r"[a-z][a-z0-9-]{1,30}")
_INTERNAL = "internal_api_error"  #: begins the codes of what went wrong at their end


def is_item(text: str) -> bool:
    """Whether this is the id of an item: ``Q42``."""
    return _ITEM.fullmatch(text) is not None


def literals(texts: Iterable[str]) -> str:
    """Texts for ``VALUES`` of a query.

    Raises:
        ValueError: One holds more than letters, digits, hyphens and blanks: it could be read as a part of the query.
    """
    listed = [*texts]
    if not all(_LITERAL.fullmatch(text) for text in listed):
        raise ValueError("an identifier for a query holds letters, digits, hyphens and blanks alone")
    return " ".join(f'"{text}"' for text in listed)


async def select(http: Http, query: str) -> list[dict[str, str]]:
    """The rows that a query leads to: by variable its text, items by their ids.

    Raises:
        Refused: There is no answer.
    """
    accepted = {"Accept": "application/sparql-results+json"}
    body, reply = await _body(http, Request("POST", QUERY, headers=accepted, form={"query": query}))
    results = body.get("results")
    rows = results.get("bindings") if isinstance(results, dict) else None
    if reply.status != _OK or not isinstance(rows, list):
        raise _unshaped(reply)
    return [_row(row) for row in rows if isinstance(row, dict)]


async def entities(http: Http, ids: Iterable[str], keep: Collection[str]) -> dict[str, Record]:
    """Entities by the ids asked for, also where those have been merged into others; what is gone is left out.

    Of their claims those about the properties to ``keep`` are returned, in Wikidata's own form but for the
    references: those of a famous one are a megabyte.

    Raises:
        Refused: Some were not answered; ``partial`` holds those that were, by their ids.
    """
    wanted = [each for each in dict.fromkeys(ids) if is_item(each)]

    async def page(batch: Sequence[str]) -> dict[str, list[Record]]:
        return await _entities(http, batch, keep)

    known = await paged(page, wanted, str, ENTITIES, doubt=False)
    return {each: found[0] for each, found in known.items() if found}


async def _entities(http: Http, ids: Sequence[str], keep: Collection[str]) -> dict[str, list[Record]]:
    params = {
        "action": "wbgetentities",
        "ids": "|".join(ids),
        "props": "labels|aliases|descriptions|claims",
        "languages": "|".join(LANGUAGES),
        "format": "json",
        "maxlag": _LAG,
    }
    body, reply = await _body(http, Request("GET", API, params=params))
    found = body.get("entities")
    if reply.status != _OK or not isinstance(found, dict):
        raise _unshaped(reply)
    known: dict[str, Record] = {}
    for key, entity in found.items():
        if isinstance(entity, dict) and "missing" not in entity:
            known.update(dict.fromkeys(_names(key, entity), trimmed(entity, keep)))
    return {each: [known[each]] if each in known else [] for each in ids}


async def _body(http: Http, request: Request) -> tuple[Record, Reply]:
    """The object in a reply, if it is one, with the reply; not one that tells of an error."""
    reply = await http.send(request)
    body = reply.body if isinstance(reply.body, dict) else {}
    if "error" in body:
        raise _refusal(reply, body["error"])
    return body, reply


def _names(key: str, entity: Record) -> tuple[str, ...]:
    """The ids under which an entity may have been asked for."""
    redirects = entity.get("redirects")
    origin = redirects.get("from") if isinstance(redirects, dict) else None
    return tuple(name for name in (key, entity.get("id"), origin) if isinstance(name, str))


def trimmed(entity: Record, keep: Collection[str]) -> Record:
    """An entity with its names, and what it says of some properties, without references."""
    claims = entity.get("claims")
    kept: dict[str, Data] = {
        name: [_statement(each) for each in said if isinstance(each, dict)]
        for name, said in (claims.items() if isinstance(claims, dict) else ())
        if name in keep and isinstance(said, list)
    }
    names: dict[str, Data] = {name: entity.get(name) for name in ("id", "labels", "aliases", "descriptions")}
    return {**names, "claims": kept}


def _statement(statement: Mapping[str, Data]) -> Record:
    told: Record = {"mainsnak": statement.get("mainsnak"), "rank": statement.get("rank")}
    qualifiers = statement.get("qualifiers")
    if isinstance(qualifiers, dict) and (kept := {n: qualifiers[n] for n in QUALIFIERS if n in qualifiers}):
        told["qualifiers"] = kept
    return told


def _row(row: Mapping[str, Data]) -> dict[str, str]:
    told: dict[str, str] = {}
    for name, cell in row.items():
        value = cell.get("value") if isinstance(cell, dict) else None
        if isinstance(value, str):
            told[name] = value.removeprefix(_ENTITY)
    return told


def _unshaped(reply: Reply) -> Refused:
    code = "wikidata_shape" if reply.status == _OK else f"http_{reply.status}"
    return Refused(Outcome.BAD_RESPONSE, code=code)


def _refusal(reply: Reply, error: Data) -> Refused:
    """What an error means; the servers' lag comes with status 200 and the time to wait."""
    code = error.get("code") if isinstance(error, dict) else None
    word = code if isinstance(code, str) else ""
    if word.startswith(_INTERNAL):
        return Refused(Outcome.TRANSIENT, code=_INTERNAL)
    outcome = _MEANINGS.get(word, Outcome.BAD_RESPONSE)
    word = word if _CODE.fullmatch(word) else "wikidata_error"
    wait = reply.headers.get("retry-after", "").strip()
    return Refused(outcome, float(wait) if wait.isascii() and wait.isdecimal() else None, word)
