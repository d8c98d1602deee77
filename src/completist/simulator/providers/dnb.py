"""The simulated Deutsche Nationalbibliothek: MARC 21 or Dublin Core over SRU 1.1, and covers of the book trade.

Facts: letters with marks come in two characters, articles are set off by control characters, editions of before 2007
have the short ISBN. Formats: https://www.dnb.de/sru.
"""

from __future__ import annotations

from unicodedata import normalize
from xml.sax.saxutils import escape

from completist.simulator.answers import Answer, Request, page
from completist.simulator.provider import Asked, Open, Refusal
from completist.simulator.providers import marc, sru
from completist.simulator.providers.marc import Field, Record, field
from completist.simulator.providers.pictures import picture_of
from completist.simulator.world import ids
from completist.simulator.world.isbns import hyphenated, isbn10, isbn13
from completist.simulator.world.records import Edition, Part, Person
from completist.simulator.world.view import View

HOST, PORTAL = "services.dnb.de", "portal.dnb.de"
_COVERS = ("/opac/mvb/cover", "/opac/mvb/cover.htm")
_UNSORTED = ("\x98", "\x9c")  #: around an article: https://www.loc.gov/marc/nonsorting.html
_LONG = 2007  #: since when ISBNs have thirteen digits
_ROLES = {"Translator": ("Übersetzer", "trl"), "Illustrator": ("Illustrator", "ill"),
          "Editor": ("Herausgeber", "edt"), "Narrator": ("Erzähler", "nrt")}  # fmt: skip
_CARRIERS = {"Hardcover": "Festeinband", "gebunden": "Festeinband", "gebundene Ausgabe": "Festeinband"}


class Dnb(Open):
    """Answers for services.dnb.de and the covers of portal.dnb.de."""

    name = "dnb"
    hosts = (HOST, PORTAL)

    def read(self, request: Request) -> Asked:
        """A search, or a cover."""
        if request.host == PORTAL:
            return Asked("cover" if request.path in _COVERS else "")
        query = request.params.get("query", "")
        return Asked("search" if request.path == "/sru/dnb" else "", max(1, query.count("=")))

    def reply(self, request: Request, asked: Asked, view: View) -> Answer:
        """Records, or a picture."""
        match asked.operation:
            case "search":
                return sru.search(request, DIALECT, view)
            case "cover":
                found = view.by_isbn(isbn13(request.params.get("isbn", "")))
                cover = next((each.cover for each in found if each.cover), None)
                return picture_of(f"cover {cover}") if cover else page(404, "404 Not Found")
            case _:
                return page(404, "404 Not Found")

    def refuse(self, why: Refusal) -> Answer:
        """A refusal, as a page or as a diagnostic."""
        return refused(why, DIALECT)


def refused(why: Refusal, dialect: sru.Dialect) -> Answer:
    """How libraries refuse: with pages of their web servers, but for errors of the search."""
    match why.kind:
        case "http_200_error" | "graphql_error" | "graphql_timeout":
            return sru.diagnostic(dialect, sru.GENERAL, "internal error")
        case "rate_limited" | "quota_exhausted":
            reply = page(429, "429 Too Many Requests")
            return Answer(429, reply.body, {"Retry-After": str(why.after)}, kind=reply.kind)
        case "request_timeout":
            return page(408, "408 Request Time-out")
        case "server_error":
            return page(500, "500 Internal Server Error")
        case "unavailable":
            return page(503, "503 Service Unavailable")
        case _:
            return page(403, "403 Forbidden")


def _marc(edition: Edition) -> str:
    record = Record("00000nam a2200000 c 4500", _control(edition), _fields(edition))
    text = marc.xml(record, prefix="", head='xmlns="http://www.loc.gov/MARC21/slim" type="Bibliographic"')
    return normalize("NFD", text)


def _number(edition: Edition) -> str:
    return f"1{edition.number:09}"


def _control(edition: Edition) -> list[tuple[str, str]]:
    year, language = edition.year or "    ", edition.language.marc if edition.language else "und"
    coded = f"200101s{year}    gw ||||| |||| 00||||{language}  "
    return [
        ("001", _number(edition)),
        ("003", "DE-101"),
        ("005", "20260301120000.0"),
        ("007", "tu"),
        ("008", coded),
    ]


def _fields(edition: Edition) -> list[Field]:
    language = edition.language.marc if edition.language else None
    translated = any(part.role == "Translator" for part in edition.people)
    authors = [*edition.authors]
    by = ", ".join(each.name for each in authors)
    title = _set_off(edition.title, edition.language.code2 if edition.language else "")
    fields = [
        *(each for isbn in edition.isbns for each in _isbn(edition, isbn)),
        *field("035", "  ", ("a", f"(DE-599)DNB{_number(edition)}")),
        *field("041", "1 " if translated else "  ", ("a", language), ("h", "eng" if translated else None)),
        *(each for at, person in enumerate(authors[:1]) for each in _person("100", Part(person))),
        *field("240", "10", ("a", edition.work.title if translated else None)),
        *field("245", "10", ("a", title), ("b", edition.subtitle), ("c", _statement(edition, by))),
        *field("264", " 1", ("a", "Berlin"), ("b", edition.publisher), ("c", _published(edition))),
        *field("300", "  ", ("a", f"{edition.pages} Seiten" if edition.pages else None), ("c", "20 cm")),
        *field("336", "  ", ("a", "Text"), ("b", "txt"), ("2", "rdacontent")),
        *_series(edition),
        *field("653", "  ", ("a", f"(Produktform){edition.binding}" if edition.binding else None)),
    ]
    for at, subject in enumerate(edition.work.subjects):
        fields += field("689", f"{at}0", ("D", "s"), ("a", subject), ("2", "gnd"))
    for part in [*(Part(each) for each in authors[1:]), *edition.others]:
        fields += _person("700", part)
    if edition.cover:
        place = f"http://deposit.dnb.de/cgi-bin/dokserv?id={_number(edition)}&prov=M&dok_var=1&dok_ext=htm"
        fields += field("856", "42", ("m", "X:MVB"), ("q", "text/html"), ("u", place), ("3", "Inhaltstext"))
    return fields


def _isbn(edition: Edition, isbn: str) -> list[Field]:
    old = int(edition.year or _LONG) < _LONG
    number = (isbn10(isbn) if old else None) or isbn
    terms = f"{_CARRIERS.get(edition.binding, 'kart.')} : EUR 9.90"
    return field("020", "  ", ("a", number), ("c", terms), ("9", hyphenated(isbn)))


def _person(tag: str, part: Part) -> list[Field]:
    last, first = marc.filed(part.person)
    role, code = _ROLES.get(part.role, ("Verfasser", "aut"))
    return field(
        tag, "1 ", ("0", f"(DE-588){ids.gnd(part.person.number)}"), ("a", f"{last}, {first}" if first else last),
        ("d", marc.lifetime(part.person)), ("e", role), ("4", code),
    )  # fmt: skip


def _statement(edition: Edition, by: str) -> str:
    translators = [part.person.name for part in edition.people if part.role == "Translator"]
    return " ; ".join([by, *(f"aus dem Englischen von {name}" for name in translators)])


def _published(edition: Edition) -> str:
    """The year, in brackets where it does not stand in the book."""
    return f"[{edition.year}]" if edition.year and edition.number % 2 else edition.year


def _series(edition: Edition) -> list[Field]:
    series = edition.work.series
    if series is None:
        return []
    place = None if series.position is None else f"Band {series.position:g}"
    return field("490", "0 ", ("a", series.name), ("v", place))


def _set_off(title: str, language: str) -> str:
    length = marc.article(title, language)
    return f"{_UNSORTED[0]}{title[: length - 1]}{_UNSORTED[1]} {title[length:]}" if length else title


def _dc(edition: Edition) -> str:
    by = ", ".join(each.name for each in edition.authors)
    title = f"{edition.title} : {edition.subtitle}" if edition.subtitle else edition.title
    told = [("title", f"{title} / {_statement(edition, by)}")]
    told += [("creator", f"{_filed(person)} [Verfasser]") for person in edition.authors]
    for part in edition.others:
        role = _ROLES.get(part.role, (part.role, ""))[0]
        told.append(("contributor", f"{_filed(part.person)} [{role}]"))
    told += [
        ("publisher", f"Berlin : {edition.publisher}" if edition.publisher else ""),
        ("date", edition.year),
        ("language", edition.language.marc if edition.language else ""),
        ("identifier", f"{hyphenated(edition.isbn)} kart. : EUR 9.90" if edition.isbn else ""),
        ("identifier", f"http://d-nb.info/{_number(edition)}"),
        ("format", f"{edition.pages} Seiten" if edition.pages else ""),
        *(("subject", each) for each in edition.work.subjects),
    ]
    inner = "".join(f"<dc:{name}>{escape(text)}</dc:{name}>" for name, text in told if text)
    spaces = 'xmlns="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return normalize("NFD", f"<dc {spaces}>{inner}</dc>")


def _filed(person: Person) -> str:
    return ", ".join(filter(None, marc.filed(person)))


DIALECT = sru.Dialect(
    "1.1",
    "",
    {"": "any", "woe": "any", "num": "isbn", "isbn": "isbn", "tit": "title", "per": "author", "atr": "author",
     "mat": "", "spr": "", "cod": "", "jhr": ""},
    {"MARC21-xml": _marc, "oai_dc": _dc},
    "oai_dc",
)  # fmt: skip
