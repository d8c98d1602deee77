"""Questions about a book: by its identifiers, then by title and author."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from completist.kinds.books.identifiers import isbn13
from completist.kinds.books.matching.asking import Asked, asked, texts
from completist.kinds.books.matching.identified import isbns_of
from completist.kinds.books.matching.names import Likeness, compare_authors, parse_name
from completist.sdk.adapter import SEARCH, TITLE, Question
from completist.sdk.finder import Subject

ISBN = "isbn13"


def by_isbn(subject: Subject) -> list[Question]:
    """One question for each ISBN of a book."""
    return [Question(ISBN, isbn) for isbn in isbns_of(subject)]


def by_identifier(subject: Subject, scheme: str) -> list[Question]:
    """One question for each identifier of a scheme, as it is kept."""
    return [Question(scheme, text) for text in dict.fromkeys(texts(subject.values.get(scheme)))]


def by_title(subject: Subject, *, whole: bool = True) -> list[Question]:
    """The search for a book, with its subtitle unless it is to be found by less; none for one without a title."""
    wanted = asked(subject.values)
    text = wanted.title.searched[0] if wanted is not None else ""
    if wanted is None or not text.strip():
        return []
    if not whole:
        text = text.removesuffix(f": {wanted.title.subtitle}")
    return [Question(SEARCH, text, author_asked(wanted))]


def by_exact_title(subject: Subject) -> list[Question]:
    """The question for what is called like a book, without its subtitle; none for one without title or author."""
    wanted = asked(subject.values)
    author = author_asked(wanted) if wanted is not None else ""
    if wanted is None or not wanted.title.text.strip() or not author:
        return []
    return [Question(TITLE, wanted.title.text, author)]


def author_asked(wanted: Asked) -> str:
    """The first author, if it is the name of anybody: "Various" finds nothing."""
    name = wanted.authors[0] if wanted.authors else ""
    nobody = parse_name(name).nobody or compare_authors([name], [name]) is Likeness.UNKNOWN
    return "" if nobody else name


def may_be_by(question: Question, authors: Iterable[str]) -> bool:
    """Whether something by these authors may be what was asked for."""
    return compare_authors([question.by], [*authors]) is not Likeness.DIFFERENT


def rounds(*each: Sequence[Question]) -> list[Sequence[Question]]:
    """The rounds in which there is anything to ask."""
    return [questions for questions in each if questions]


def is_of(question: Question, isbns: Iterable[str]) -> bool:
    """Whether one of these ISBNs, in whatever form, is the one that was asked for."""
    return question.text in {isbn13(text) for text in isbns}
