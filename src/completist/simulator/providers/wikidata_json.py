"""Entities of Wikidata in its JSON. Source: https://www.mediawiki.org/wiki/Wikibase/DataModel/JSON."""

from __future__ import annotations

from collections.abc import Collection

from completist.simulator.answers import Json
from completist.simulator.providers.wikidata_entities import Entity, Statement
from completist.simulator.world import ids

_STAMP = "2026-03-01T12:00:00Z"
_TYPES = {
    "item": ("wikibase-item", "wikibase-entityid"),
    "string": ("string", "string"),
    "external-id": ("external-id", "string"),
    "monolingual": ("monolingualtext", "monolingualtext"),
    "time": ("time", "time"),
    "quantity": ("quantity", "quantity"),
    "media": ("commonsMedia", "string"),
}


def entity(held: Entity, props: Collection[str], languages: Collection[str]) -> Json:
    """An entity with those of its parts that are asked for; no languages: all."""
    whole: Json = {"type": "item", "id": held.id}
    if "info" in props:
        number = ids.named(held.id)
        whole = {
            "pageid": number,
            "ns": 0,
            "title": held.id,
            "lastrevid": number,
            "modified": _STAMP,
            **whole,
        }
    if "labels" in props:
        whole["labels"] = {code: _text(code, name) for code, name in _only(held.labels, languages).items()}
    if "descriptions" in props:
        told = _only(held.descriptions, languages)
        whole["descriptions"] = {code: _text(code, text) for code, text in told.items()}
    if "aliases" in props:
        names = _only(held.aliases, languages)
        whole["aliases"] = {code: [_text(code, each) for each in several] for code, several in names.items()}
    if "claims" in props:
        whole["claims"] = _claims(held)
    if "sitelinks" in props or "sitelinks/urls" in props:
        link = {"site": "enwiki", "title": held.page, "badges": []}
        whole["sitelinks"] = {"enwiki": link} if held.page else {}
    return whole


def _only(told: dict[str, Json] | dict[str, str] | dict[str, list[str]], languages: Collection[str]) -> Json:
    return {code: each for code, each in told.items() if not languages or code in languages}


def _text(code: str, text: str) -> Json:
    return {"language": code, "value": text}


def _claims(held: Entity) -> Json:
    claims: dict[str, list[Json]] = {}
    for at, statement in enumerate(held.statements):
        claim: Json = {
            "mainsnak": _snak(statement),
            "type": "statement",
            "id": f"{held.id}${ids.named(f'{held.id}/{at}'):08x}-0000-4000-8000-000000000000",
            "rank": "normal",
        }
        if statement.qualifiers:
            claim["qualifiers"] = {each.about: [_snak(each)] for each in statement.qualifiers}
            claim["qualifiers-order"] = [each.about for each in statement.qualifiers]
        claims.setdefault(statement.about, []).append(claim)
    return claims


def _snak(statement: Statement) -> Json:
    datatype, sort = _TYPES[statement.sort]
    return {
        "snaktype": "value",
        "property": statement.about,
        "hash": f"{ids.named(statement.about + statement.value):040x}",
        "datavalue": {"value": _value(statement), "type": sort},
        "datatype": datatype,
    }


def _value(statement: Statement) -> object:
    match statement.sort:
        case "item":
            number = int(statement.value[1:])
            return {"entity-type": "item", "numeric-id": number, "id": statement.value}
        case "monolingual":
            return {"text": statement.value, "language": statement.more}
        case "quantity":
            return {"amount": f"+{statement.value}", "unit": "1"}
        case "time":
            return {
                "time": statement.value,
                "timezone": 0,
                "before": 0,
                "after": 0,
                "precision": int(statement.more),
                "calendarmodel": "http://www.wikidata.org/entity/Q1985727",
            }
        case _:
            return statement.value
