"""Words: codes and data as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from completist.domain.fields import Data, Origin, Value
from completist.domain.scoring import BANDS

#: Reason codes of matches as sentences. A code that is missing here is shown as it is.
REASONS = {
    # why a person has to look
    "no_author": "your list names no author",
    "author_not_given": "the record names no author",
    "other_contributor": "the record names another contributor",
    "author_unconfirmed": "the author's name fits only roughly",
    "title_unconfirmed": "the titles differ in a way that may mean another book",
    "short_title": "a short title that several books may share",
    "generic_title": "a title that many books share",
    "series_range": "one side covers several volumes",
    "adaptation": "only one of the two says to be an adaptation",
    "close_second": "another work fits almost as well",
    "providers_disagree": "two sources are each sure of another book",
    "corroborated": "confirmed by another source",
    "duplicate_work": "the catalogue holds this work more than once",
    "isbn_disagrees": "the ISBN belongs to a book with another title or author",
    "isbn_ambiguous": "the ISBN stands in records of different works",
    "olid_disagrees": "the Open Library id belongs to a book with another title or author",
    "olid_work_disagrees": "the Open Library work has another title or author",
    "olid_ambiguous": "the Open Library ids belong to different works",
    "olid_work_ambiguous": "the Open Library works differ",
    "accepted_record_unknown": "the record you chose is not in the catalogue any more",
    "name_differs": "the names differ",
    # how the titles stand to one another
    "title_exact": "same title",
    "subtitle_only_asked": "same title; only yours has a subtitle",
    "subtitle_only_found": "same title; only the record has a subtitle",
    "subtitle_similar": "same title, similar subtitle",
    "subtitle_differs": "same title, another subtitle",
    "series_prefix": "same title behind the name of the series",
    "title_spelling": "title differs by a letter",
    "title_numbered": "same title but for a volume number",
    "title_as_subtitle": "the title of one is the subtitle of the other",
    "title_longer": "one title goes on where the other ends",
    "title_alike": "similar title",
    "title_differs": "another title",
    # the authors
    "author_exact": "same author",
    "author_compatible": "author's name fits",
    "author_similar": "author's name is similar",
    "author_loose": "author's name fits roughly",
    "author_unknown": "author not known on both sides",
    "author_different": "another author",
    # the year
    "year_agrees": "same year",
    "year_differs": "another year",
    "year_unknown": "year not known on both sides",
    # identifiers
    "isbn": "same ISBN",
    "olid": "same Open Library id",
    "olid_work": "same Open Library work",
    "isbn_only": "found by its ISBN alone",
    "olid_only": "found by its Open Library id alone",
    "olid_work_only": "found by its Open Library work alone",
    # why nothing fits
    "nothing_found": "nothing like it in the catalogue",
    "nothing_close": "nothing in the catalogue comes near enough",
    "too_far": "nothing in the catalogue comes near enough",
    "identifier_unknown": "the catalogue does not know the identifier, and there is no title",
    "no_title": "there is neither a title nor an identifier",
    "no_identifier": "there is no identifier to look up",
    "not_in_catalogue": "the catalogue does not know the identifier",
    "veto_summary": "only summaries of the book were found",
    "veto_guide": "only guides to the book were found",
    "veto_set": "only sets of several books were found",
    "veto_adaptation": "only adaptations were found",
    "veto_abridged": "only abridged versions were found",
    "veto_number": "only other volumes were found",
    "veto_author": "only books by other authors were found",
    "veto_title": "only books with other titles were found",
    # candidates that a worker outside handed in
    "reported": "reported by a worker outside",
    "disagrees": "its title or authors are not those of your list",
    "several": "more than one was offered",
    "unknown_outside": "the worker outside found nothing",
    # people
    "accepted": "chosen by you",
    "accepted_by_you": "accepted by you",
    "rejected_by_you": "rejected by you",
    "rejected": "rejected by you",
    "not_looked_up": "not looked up yet",
}

#: Why a run failed or waits, by the code of its last attempt. A code that is missing here is shown as it is.
CAUSES = {
    "worker_lost": "its worker was lost each time: it may be what takes workers down",
    "on_hold": "held back by you",
    "no_answer": "the finder gave no answer about it",
    "transient": "the source could not be reached",
    "rate_limited": "the source asks for a rest",
    "quota_exhausted": "the source's quota is used up",
    "blocked": "the source turns us away",
    "invalid_key": "the source does not accept the key",
    "bad_response": "the source's answer could not be read",
    "unknown": "no reason was kept",
}

_ORIGINS = {Origin.USER: "you", Origin.IMPORT: "import", Origin.PROVIDER: "source"}
_SOURCES = {
    "openlibrary": "Open Library",
    "goodreads": "Goodreads",
    "storygraph": "StoryGraph",
    "librarything": "LibraryThing",
    "calibre": "calibre",
    "bookwyrm": "BookWyrm",
    "openreads": "Openreads",
    "hardcover": "Hardcover",
    "googlebooks": "Google Books",
    "isbndb": "ISBNdb",
    "wikidata": "Wikidata",
    "inventaire": "Inventaire",
    "dnb": "Deutsche Nationalbibliothek",
    "bnf": "Bibliothèque nationale de France",
    "enriched": "enrichment API",
    "catalogue": "catalogue",
}

#: What came of asking a provider, by its outcome: behind a number.
_ASKED = {
    "found": "known",
    "not_found": "not known",
    "rate_limited": "put off, it asks for a rest",
    "quota_exhausted": "put off, its quota is used up",
    "blocked": "put off, it turns us away",
    "invalid_key": "put off, it does not accept the key",
    "transient": "put off, it could not be reached",
    "bad_response": "put off, its answer could not be read",
}


def reason(code: str) -> str:
    """A reason code as a sentence fragment."""
    return REASONS.get(code, code)


def reasons(codes: Iterable[str]) -> str:
    """Reason codes as one line."""
    return " · ".join(dict.fromkeys(reason(code) for code in codes))


def cause(code: str) -> str:
    """Why a run failed or waits, as a sentence fragment; the provider may stand behind an ``@``."""
    reason, _, provider = code.partition("@")
    told = CAUSES.get(reason, reason)
    return told.replace("the source", source(provider), 1) if provider else told


def asked(outcome: str) -> str:
    """What came of asking a provider, behind a number."""
    return _ASKED.get(outcome, outcome)


def source(name: str) -> str:
    """A source's name as it calls itself."""
    return _SOURCES.get(name, name)


def who(value: Value) -> str:
    """Who said a value."""
    if value.origin is Origin.USER:
        return "you"
    return source(value.source) or _ORIGINS[value.origin]


def band(start: int) -> str:
    """A band of scores by its start: ``20-39 %``."""
    following = next((each for each in BANDS if each > start), None)
    return f"{start} %" if following is None else f"{start}-{following - 1} %"


def data(held: Data) -> str:
    """Data as one line."""
    if held is None:
        return ""
    if isinstance(held, bool):
        return "yes" if held else "no"
    if isinstance(held, list):
        return "; ".join(data(each) for each in held)
    if isinstance(held, dict):
        return "; ".join(f"{name}: {data(each)}" for name, each in held.items())
    return " ".join(str(held).split())


def short(text: str, length: int) -> str:
    """A text cut to so many characters, with an ellipsis."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def day(at: int) -> str:
    """A time in milliseconds as a local date; empty for none."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone().strftime("%Y-%m-%d") if at else ""


def moment(at: int) -> str:
    """A time in milliseconds as local date and time."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 book``, ``2,000 books``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: Iterable[str]) -> str:
    """Names as a sentence lists them: ``title, author and year``."""
    *first, last = list(names) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def numbered(rows: Iterable[int], most: int = 5) -> str:
    """The first few row numbers: ``rows 4, 9, 17, …``."""
    found = list(dict.fromkeys(rows))
    word = "row" if len(found) == 1 else "rows"
    return f"{word} {', '.join(map(str, found[:most]))}{', …' if len(found) > most else ''}"
