"""The simulated Bibliothèque nationale de France: UNIMARC or Dublin Core over SRU 1.2.

Facts: ISBNs stand in records with hyphens and in the form in which they stand in the book; people have their numbers,
ISNI among them. Formats: https://api.bnf.fr/fr/api-sru-catalogue-general.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from completist.simulator.answers import Answer, Request, page
from completist.simulator.provider import Asked, Open, Refusal
from completist.simulator.providers import marc, sru
from completist.simulator.providers.dnb import refused
from completist.simulator.providers.marc import Field, Record, field
from completist.simulator.providers.pictures import picture_of
from completist.simulator.world import ids
from completist.simulator.world.isbns import hyphenated, isbn10
from completist.simulator.world.records import Edition, Part, Person
from completist.simulator.world.view import View

HOST = "catalogue.bnf.fr"
_LONG = 2007  #: since when ISBNs have thirteen digits
_AUTHOR = "070"
_ROLES = {"Translator": "730", "Illustrator": "440", "Editor": "340", "Foreword": "080"}
_ROLE_WORDS = {"730": "Traducteur", "440": "Illustrateur", "340": "Éditeur scientifique", "080": "Préfacier"}
_BOUND = {"Hardcover": "rel.", "relié": "rel."}


class Bnf(Open):
    """Answers for catalogue.bnf.fr."""

    name = "bnf"
    hosts = (HOST,)

    def read(self, request: Request) -> Asked:
        """A search, or a cover."""
        if request.path == "/couverture":
            return Asked("cover")
        query = request.params.get("query", "")
        return Asked("search" if request.path == "/api/SRU" else "", max(1, len(query.split()) - 2))

    def reply(self, request: Request, asked: Asked, view: View) -> Answer:
        """Records, or a picture."""
        match asked.operation:
            case "search":
                return sru.search(request, DIALECT, view)
            case "cover":
                return picture_of(request.params.get("idArk", ""))
            case _:
                return page(404, "Erreur 404")

    def refuse(self, why: Refusal) -> Answer:
        """A refusal, as a page or as a diagnostic."""
        return refused(why, DIALECT)


def ark(number: int) -> str:
    """The number by which the library refers to a record, with its check character."""
    stem = f"cb{number:010}"
    return f"ark:/12148/{stem}{'0123456789bcdfghjkmnpqrstvwxz'[sum(map(ord, stem)) % 29]}"


def _unimarc(edition: Edition) -> str:
    number = edition.number
    control = [("001", f"FRBNF{number:010}"), ("003", f"http://catalogue.bnf.fr/{ark(number)}")]
    record = Record("     cam  22        450 ", control, _fields(edition))
    head = (
        f'xmlns:mxc="info:lc/xmlns/marcxchange-v2" format="Unimarc" id="{ark(number)}" type="Bibliographic"'
    )
    return marc.xml(record, prefix="mxc:", head=head)


def _fields(edition: Edition) -> list[Field]:
    language = edition.language.marc if edition.language else None
    translated = any(part.role == "Translator" for part in edition.people)
    authors = [*edition.authors]
    translators = [part.person.name for part in edition.people if part.role == "Translator"]
    extent = f"1 vol. ({edition.pages} p.)" if edition.pages else None
    fields = [
        *(each for isbn in edition.isbns for each in _isbn(edition, isbn)),
        *field("100", "  ", ("a", f"20200101d{edition.year or '    '}    m  y0frey50      ba")),
        *field("101", "1 " if translated else "0 ", ("a", language), ("c", "eng" if translated else None)),
        *field(
            "200", "1 ", ("a", edition.title), ("b", "Texte imprimé"), ("e", edition.subtitle),
            ("f", ", ".join(each.name for each in authors)),
            ("g", f"traduit de l'anglais par {', '.join(translators)}" if translators else None),
        ),
        *field("214", " 0", ("a", "Paris"), ("c", edition.publisher), ("d", edition.year)),
        *field("215", "  ", ("a", extent), ("d", "18 cm")),
        *_series(edition),
        *field("330", "  ", ("a", edition.work.description), ("2", "éditeur")),
        *(each for subject in edition.work.subjects for each in field("606", "  ", ("a", subject), ("2", "rameau"))),
    ]  # fmt: skip
    for at, person in enumerate(authors):
        fields += _person("700" if at == 0 else "701", person, _AUTHOR)
    for part in edition.others:
        fields += _person("702", part.person, _role(part))
    return fields


def _isbn(edition: Edition, isbn: str) -> list[Field]:
    old = int(edition.year or _LONG) < _LONG
    short = isbn10(isbn)
    grouped = hyphenated(isbn)
    number = f"{grouped[4:-1]}{short[-1]}" if old and short else grouped
    return field("010", "  ", ("a", number), ("b", _BOUND.get(edition.binding, "br.")), ("d", "7 EUR"))


def _role(part: Part) -> str:
    return _ROLES.get(part.role, "340")


def _person(tag: str, person: Person, role: str) -> list[Field]:
    last, first = marc.filed(person)
    return field(
        tag, " |", ("3", f"{person.number:08}"), ("o", f"ISNI{ids.isni(person.number)}"), ("a", last), ("b", first),
        ("f", marc.lifetime(person)), ("4", role),
    )  # fmt: skip


def _series(edition: Edition) -> list[Field]:
    series = edition.work.series
    if series is None:
        return []
    return field(
        "461", " 0", ("t", series.name), ("v", None if series.position is None else f"{series.position:g}")
    )


def _dc(edition: Edition) -> str:
    title = f"{edition.title} : {edition.subtitle}" if edition.subtitle else edition.title
    by = ", ".join(each.name for each in edition.authors)
    told = [
        ("identifier", f"http://catalogue.bnf.fr/{ark(edition.number)}"),
        ("identifier", f"ISBN {edition.isbn}" if edition.isbn else ""),
        ("title", f"{title} / {by}"),
        *(("creator", f"{_dated(each)}. Auteur du texte") for each in edition.authors),
        *(("contributor", f"{_dated(each.person)}. {_ROLE_WORDS[_role(each)]}") for each in edition.others),
        ("publisher", f"{edition.publisher} (Paris)" if edition.publisher else ""),
        ("date", edition.year),
        ("description", edition.work.description),
        ("language", edition.language.marc if edition.language else ""),
        ("format", f"1 vol. ({edition.pages} p.) ; 18 cm" if edition.pages else ""),
        ("type", "texte imprimé"),
        ("type", "printed text"),
    ]
    inner = "".join(f"<dc:{name}>{escape(text)}</dc:{name}>" for name, text in told if text)
    spaces = 'xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f"<oai_dc:dc {spaces}>{inner}</oai_dc:dc>"


def _dated(person: Person) -> str:
    name, years = ", ".join(filter(None, marc.filed(person))), marc.lifetime(person)
    return f"{name} ({years})" if years else name


DIALECT = sru.Dialect(
    "1.2",
    "srw:",
    {"": "any", "bib.anywhere": "any", "bib.isbn": "isbn", "bib.title": "title", "bib.author": "author",
     "bib.doctype": "", "bib.language": "", "bib.publicationdate": ""},
    {"unimarcxchange": _unimarc, "dublincore": _dc},
    "unimarcxchange",
)  # fmt: skip
