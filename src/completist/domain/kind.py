"""Kinds: the declaration of a type of item, from which every face renders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf

from completist.domain.fields import Data, Level

#: Numbers below this are the same in every JSON reader: https://www.rfc-editor.org/rfc/rfc8259#section-6
EXACT = 2**53


class FieldType(StrEnum):
    """What a field holds; decides how it is parsed, compared, shown and exported."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    TEXTS = "texts"  #: an ordered list of texts
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"  #: an EDTF date: 1923, 1923-05, 1923-05-01, 1923~
    URL = "url"
    BOOLEAN = "boolean"
    IDENTIFIER = "identifier"  #: normalised ids of one scheme; the field's name is the scheme
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of a kind.

    ``wanted`` fields count as gaps while empty. ``personal`` ones belong to the owner (rating, shelves, notes):
    a newer export that leaves them blank clears them, and no provider ever fills them. A change that touches
    only fields that are not ``noticed`` (an average rating that drifted) does not count as a change on re-import.
    ``level`` says which certainty a provider needs to fill it.
    ``weight`` is its share in how complete an item is, ``worth`` that in the quality of a provider's record; 0 does
    not count (`domain.scoring`). ``beside`` names the field without which it says nothing: a number in a series.
    """

    name: str
    type: FieldType
    label: str
    wanted: bool = False
    personal: bool = False
    noticed: bool = True
    level: Level | None = None
    weight: int = 0
    worth: int = 0
    beside: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of item: its fields, and which of them say what an item is called.

    ``title`` names the field shown as the item's name; ``byline`` the one shown beside it.
    ``keys`` are the identifier fields by which an item of another source is the same item, strongest first.
    Items are found by the words of both; ``searched`` are the fields besides these whose words count in a search, too.
    A kind that gives no field a weight is complete when nothing is missing: its wanted fields weigh the same.
    """

    name: str
    plural: str
    fields: tuple[Field, ...]
    title: str = "title"
    byline: str | None = None
    keys: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    by_name: dict[str, Field] = field(init=False, repr=False, compare=False)
    wanted: tuple[Field, ...] = field(init=False, repr=False, compare=False)  #: gaps while they are empty
    identifiers: tuple[Field, ...] = field(init=False, repr=False, compare=False)  #: that hold identifiers
    weights: tuple[tuple[Field, int], ...] = field(init=False, repr=False, compare=False)
    worths: tuple[tuple[Field, int], ...] = field(init=False, repr=False, compare=False)
    counting: frozenset[str] = field(init=False, repr=False, compare=False)  #: finds an item, or scores it

    def __post_init__(self) -> None:
        """Index the fields by name, and those that count in scores."""
        object.__setattr__(self, "wanted", tuple(f for f in self.fields if f.wanted))
        identifiers = tuple(f for f in self.fields if f.type is FieldType.IDENTIFIER)
        object.__setattr__(self, "identifiers", identifiers)
        weights = tuple((f, f.weight) for f in self.fields if f.weight) or tuple((f, 1) for f in self.wanted)
        worths = tuple((f, f.worth) for f in self.fields if f.worth) or weights
        object.__setattr__(self, "by_name", {f.name: f for f in self.fields})
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "worths", worths)
        found = {f.name for f in self.identifiers}
        object.__setattr__(self, "counting", frozenset(found.union(f.name for f, _ in weights)))


def parse_data(field: Field, text: str) -> Data:
    """What a person typed for ``field``, as data of its type; empty text means "cleared".

    Raises ValueError with a message for the person when the text does not fit.
    """
    text = text.strip()
    if not text:
        return None
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError(f"{field.name} takes text, and this holds bytes that are none")
    match field.type:
        case FieldType.TEXTS | FieldType.IDENTIFIER:
            return [part.strip() for part in text.split(";") if part.strip()] or None
        case FieldType.INTEGER:
            return _number(field, text, int, "a whole number")
        case FieldType.NUMBER:
            return _number(field, text, float, "a number")
        case FieldType.BOOLEAN:
            return _truth(field, text)
        case FieldType.URL | FieldType.IMAGE:
            if not text.startswith(("https://", "http://")):
                raise ValueError(f"{field.name} takes an address that starts with https://, not {text!r}")
            return text
        case _:
            return text


def fit_data(field: Field, data: Data) -> Data:
    """What a program handed in for ``field``, as data of its type: one text stands for a list of one.

    Raises ValueError when it does not fit.
    """
    listed = field.type in (FieldType.TEXTS, FieldType.IDENTIFIER)
    if listed and isinstance(data, (str, int)) and not isinstance(data, bool):
        data = [str(data)]
    if data is not None and not _FITS[field.type](data):
        raise ValueError(f"{field.name} does not take {type(data).__name__} data of that form")
    return data


def _is_text(data: Data) -> bool:
    return isinstance(data, str) and not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in data)


def _is_number(data: Data) -> bool:
    return isinstance(data, (int, float)) and not isinstance(data, bool) and abs(data) < EXACT


_FITS: dict[FieldType, Callable[[Data], bool]] = {
    FieldType.TEXT: _is_text,
    FieldType.LONG_TEXT: _is_text,
    FieldType.DATE: _is_text,
    FieldType.URL: lambda data: _is_text(data) and str(data).startswith(("https://", "http://")),
    FieldType.IMAGE: lambda data: _is_text(data) and str(data).startswith(("https://", "http://")),
    FieldType.TEXTS: lambda data: isinstance(data, list) and all(map(_is_text, data)),
    FieldType.IDENTIFIER: lambda data: isinstance(data, list) and all(map(_is_text, data)),
    FieldType.INTEGER: lambda data: _is_number(data) and isinstance(data, int),
    FieldType.NUMBER: _is_number,
    FieldType.BOOLEAN: lambda data: isinstance(data, bool),
}


def _number(field: Field, text: str, read: Callable[[str], float], what: str) -> Data:
    try:
        number = read(text)
    except ValueError:
        number = inf
    if not abs(number) < EXACT:
        raise ValueError(f"{field.name} takes {what}, not {text!r}")
    return number


def _truth(field: Field, text: str) -> bool:
    if text.casefold() in ("yes", "true", "1", "on"):
        return True
    if text.casefold() in ("no", "false", "0", "off"):
        return False
    raise ValueError(f"{field.name} takes yes or no, not {text!r}")
