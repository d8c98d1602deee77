"""Wikidata as a graph: its statements as triples, found from either end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from completist.simulator.providers.sparql import (
    ALIAS,
    CLAIM,
    DESCRIPTION,
    DIRECT,
    ENTITY,
    LABEL,
    QUALIFIER,
    STATEMENT,
    Term,
)
from completist.simulator.providers.wikidata_entities import (
    Entities,
    Entity,
    Statement,
    person_id,
    work_id,
)
from completist.simulator.world import ids
from completist.simulator.world.isbns import hyphenated, isbn13
from completist.simulator.world.view import View
from completist.simulator.world.world import Wanted

_ALL = 2_000  #: editions that are looked through for what no index leads to
_NODE = f"{ENTITY}statement/"

Found = tuple[Term, str, Term]


class WikidataGraph:
    """The statements that one view holds."""

    def __init__(self, entities: Entities, view: View) -> None:
        self._entities = entities
        self._view = view

    def match(self, subject: Term | None, name: str | None, found: Term | None) -> Iterable[Found]:
        """Statements with a subject, a property and an object; None stands for any."""
        if subject is not None and subject.value.startswith(_NODE):
            yield from self._of_node(subject, name, found)
            return
        for qid in self._subjects(subject, name, found):
            entity = self._entities.get(qid, self._view)
            for one in _triples(entity) if entity else ():
                if name in (None, one[1]) and (found is None or _same(found, one[2])):
                    yield one

    def label(self, term: Term, languages: Sequence[str]) -> str | None:
        """What an item is called in the first of these languages that there is."""
        entity = self._entities.get(term.value.removeprefix(ENTITY), self._view)
        labels = entity.labels if entity else {}
        wanted = ["en" if each == "[AUTO_LANGUAGE]" else each for each in languages]
        return next((labels[each] for each in wanted if each in labels), None)

    def _of_node(self, node: Term, name: str | None, found: Term | None) -> Iterator[Found]:
        """What is said about a statement itself: its value, its qualifiers."""
        qid, _, at = node.value.removeprefix(_NODE).partition("-")
        entity = self._entities.get(qid, self._view)
        if entity is None or not at.isdecimal() or int(at) >= len(entity.statements):
            return
        statement = entity.statements[int(at)]
        told = [(f"{STATEMENT}{statement.about}", _term(statement))]
        told += [(f"{QUALIFIER}{each.about}", _term(each)) for each in statement.qualifiers]
        for about, value in told:
            if name in (None, about) and (found is None or _same(found, value)):
                yield node, about, value

    def _subjects(self, subject: Term | None, name: str | None, found: Term | None) -> Iterable[str]:
        """The items that a statement may be about."""
        if subject is not None:
            return [subject.value.removeprefix(ENTITY)] if subject.value.startswith(ENTITY) else []
        about = (name or "").removeprefix(DIRECT)
        if found is not None and about in _LED_BY:
            return _LED_BY[about](found.value.removeprefix(ENTITY), self._view)
        if found is not None and name == LABEL:
            return self._called(found.value)
        return self._everything()

    def _called(self, text: str) -> Iterator[str]:
        yield from (person_id(each) for each in self._view.search_people(text))
        yield from (work_id(each) for each in self._view.search(Wanted(title=text)))

    def _everything(self) -> Iterator[str]:
        seen = set[str]()
        for edition in islice(self._view.editions(), _ALL):
            work = edition.work
            own = [ids.qid("edition", edition.number), work_id(work), *map(person_id, work.authors)]
            for qid in own:
                if qid not in seen:
                    seen.add(qid)
                    yield qid


def _by_isbn(text: str, view: View) -> list[str]:
    """Editions with an ISBN, which has to be written as it stands there: with hyphens."""
    plain = isbn13(text)
    if not plain or text not in (hyphenated(plain), f"{hyphenated(plain)[4:-1]}{text[-1:]}"):
        return []
    return [ids.qid("edition", each.number) for each in view.by_isbn(plain)]


def _by_key(text: str, view: View) -> list[str]:
    place = ids.read_olid(text)
    if place is None:
        return []
    sort, number = place
    if sort == "work":
        work = view.work(number)
        return [work_id(work)] if work else []
    return _person(number, view) if sort == "person" else [ids.qid("edition", number)]


def _person(number: int | None, view: View) -> list[str]:
    person = view.person(number) if number is not None else None
    return [person_id(person)] if person else []


def _editions(qid: str, view: View) -> list[str]:
    place = _place(qid, view)
    work = view.work(place) if place else None
    return [ids.qid("edition", each.number) for each in view.editions_of(work)] if work else []


def _works(qid: str, view: View) -> list[str]:
    place = _place(qid, view)
    person = view.person(place) if place else None
    return [work_id(each) for each in view.works_by(person)] if person else []


def _place(qid: str, view: View) -> int | None:
    made_up = ids.read_qid(qid)
    if made_up is not None:
        return made_up[1]
    held = view.world.item(qid)
    return held.number if held is not None else None


#: Properties whose value leads to the item without a search, each with how.
_LED_BY: dict[str, Callable[[str, View], list[str]]] = {
    "P212": _by_isbn,
    "P957": _by_isbn,
    "P648": _by_key,
    "P629": _editions,
    "P50": _works,
    "P214": lambda text, view: _person(ids.read_viaf(text), view),
    "P213": lambda text, view: _person(ids.read_isni(text), view),
}


def _triples(entity: Entity) -> Iterator[Found]:
    own = Term(ENTITY + entity.id)
    for at, statement in enumerate(entity.statements):
        yield own, f"{DIRECT}{statement.about}", _term(statement)
        yield own, f"{CLAIM}{statement.about}", Term(f"{_NODE}{entity.id}-{at}")
    for name, texts in ((LABEL, entity.labels), (DESCRIPTION, entity.descriptions)):
        for code, text in texts.items():
            yield own, name, Term(text, "literal", code)
    for code, names in entity.aliases.items():
        for text in names:
            yield own, ALIAS, Term(text, "literal", code)


def _term(statement: Statement) -> Term:
    match statement.sort:
        case "item":
            return Term(ENTITY + statement.value)
        case "monolingual":
            return Term(statement.value, "literal", statement.more)
        case "media":
            address = statement.value.replace(" ", "%20")
            return Term(f"http://commons.wikimedia.org/wiki/Special:FilePath/{address}")
        case "time":
            return Term(statement.value.removeprefix("+").replace("-00", "-01"), "literal")
        case _:
            return Term(statement.value, "literal")


def _same(asked: Term, there: Term) -> bool:
    return (asked.sort, asked.value) == (there.sort, there.value) and asked.language in ("", there.language)
