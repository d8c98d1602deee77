"""Values: what a field holds, who said so, how surely."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, TypeAlias

#: What a value may hold: JSON. ``None`` means "said to be empty".
Data: TypeAlias = "str | int | float | bool | list[Data] | dict[str, Data] | None"


class Origin(StrEnum):
    """Who said so, most trusted first."""

    USER = "user"  #: a person typed it: nothing ever overwrites it
    IMPORT = "import"  #: it stood in an imported file
    PROVIDER = "provider"  #: an outside source or the catalogue answered it


class Level(StrEnum):
    """What a value of a book describes."""

    WORK = "work"  #: true of every edition: description, series, first year
    EDITION = "edition"  #: true of one edition: ISBN, publisher, pages


#: An import value below this confidence is damaged text: a provider's value wins over it.
DOUBTFUL = 0.5


class Value(NamedTuple):
    """One thing said about one field of one item.

    An item keeps one value per (field, origin, source), so that who said what stays visible and a provider
    can never reach the layer of a person. Which of them counts is decided by `merging.effective`. A tuple, since a
    fill makes dozens of them for each item, and a frozen dataclass takes five times as long to make.
    """

    field: str
    data: Data
    origin: Origin
    source: str = ""  #: name of the file's source or of the provider; empty for a person
    confidence: float = 1.0  #: 0 to 1
    level: Level | None = None
    record: str | None = None  #: the provider's own id of the record it came from
    run_id: int | None = None
    version: str | None = None  #: the pipeline's version that wrote it
    at: int = 0  #: milliseconds since the epoch, UTC

    @property
    def layer(self) -> Layer:
        """Where it is kept: one value per layer and item."""
        return (self.field, self.origin, self.source)


#: (field, origin, source)
Layer: TypeAlias = tuple[str, Origin, str]


def is_empty(data: Data) -> bool:
    """Whether there is nothing to see: absent, blank text, or a list without entries."""
    return not data and (data is None or isinstance(data, (str, list, dict)))
