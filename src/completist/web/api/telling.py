"""Telling: what is told of an edition, a work or an author, in the fields under which it is sent."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from pydantic import AfterValidator, Field, JsonValue, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from completist.domain.fields import Data
from completist.web.api.shapes import Sent, Text, Within

#: Bytes of what a caller adds that is no field, as JSON.
MOST_METADATA = 16_384

_ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s/]+\S*|https?://localhost\S*", re.IGNORECASE)
_BINDINGS = {"hardcover": "Hardcover", "paperback": "Paperback", "ebook": "ebook", "audiobook": "Audiobook"}


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise PydanticCustomError("url", "is no address that starts with https://")
    return text


def _small(data: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if len(msgspec.json.encode(data)) > MOST_METADATA:
        raise PydanticCustomError("size", "takes {most} bytes at most", {"most": f"{MOST_METADATA:,}"})
    return data


Line = Annotated[Text, Field(min_length=1, max_length=1000)]
Prose = Annotated[Text, Field(min_length=1, max_length=100_000)]
Names = Annotated[list[Line], Field(max_length=200)]
Address = Annotated[Text, AfterValidator(_address)]
Key = Annotated[Text, Field(min_length=1, max_length=200)]
Year = Annotated[int, Within(-4000, 2200)]
Pages = Annotated[int, Within(1, 100_000)]
Contributor = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:@-]{0,49}$")]
Metadata = Annotated[dict[str, JsonValue], AfterValidator(_small)]


class Telling(Sent):
    """What is told of something: what is not said is left as it is."""

    key: ClassVar[str] = ""  #: the field that says what is told of
    names: ClassVar[dict[str, str]] = {}  #: our name of each field that is sent under another

    primary_provider: Contributor | None = None
    metadata: Metadata | None = None

    def read(self) -> dict[str, Data]:
        """Fields by our names, years as dates, a binding by the word that we have for it."""
        aside = {self.key, "primary_provider", "metadata"}
        said: dict[str, Any] = self.model_dump(exclude=aside, exclude_none=True)
        return {self.names.get(name, name): _read(name, data) for name, data in said.items()}

    @classmethod
    def send(cls, name: str, data: Any) -> Any:  # noqa: ANN401 - JSON is what it is
        """A field of ours as it is sent."""
        if name == "format":
            return next((word for word, ours in _BINDINGS.items() if ours == data), data)
        if name.endswith("_year"):
            return int(data)
        return data[0] if name.endswith("_key") else data


class Edition(Telling):
    """An edition, by its ISBN in any form."""

    key: ClassVar = "isbn"
    names: ClassVar = {
        "isbn": "isbn13", "work_key": "olid_work", "publication_date": "published", "page_count": "pages",
        "format": "binding", "subject_tags": "subjects", "cover_url_large": "cover_large",
        "cover_url_medium": "cover_medium", "cover_url_small": "cover_small",
    }  # fmt: skip

    isbn: Annotated[Text, Field(min_length=10, max_length=40)]
    work_key: Key | None = None
    title: Line | None = None
    subtitle: Line | None = None
    authors: Names | None = None
    publisher: Line | None = None
    publication_date: Annotated[Text, Field(max_length=40)] | None = None
    page_count: Pages | None = None
    format: Literal["hardcover", "paperback", "ebook", "audiobook"] | None = None
    language: Annotated[Text, Field(max_length=40)] | None = None
    description: Prose | None = None
    subject_tags: Names | None = None
    cover_url_large: Address | None = None
    cover_url_medium: Address | None = None
    cover_url_small: Address | None = None


class Work(Telling):
    """A work, by its Open Library key."""

    key: ClassVar = "work_key"
    names: ClassVar = {
        "work_key": "olid_work", "first_publication_year": "first_published", "subject_tags": "subjects",
        "cover_url_large": "cover_large", "cover_url_medium": "cover_medium", "cover_url_small": "cover_small",
    }  # fmt: skip

    work_key: Key
    title: Line
    subtitle: Line | None = None
    authors: Names | None = None
    description: Prose | None = None
    original_language: Annotated[Text, Field(max_length=40)] | None = None
    first_publication_year: Year | None = None
    subject_tags: Names | None = None
    cover_url_large: Address | None = None
    cover_url_medium: Address | None = None
    cover_url_small: Address | None = None


class Author(Telling):
    """An author, by their Open Library key."""

    key: ClassVar = "author_key"
    names: ClassVar = {
        "author_key": "olid_author", "birth_year": "birth_date", "death_year": "death_date",
        "author_photo_url": "photo",
    }  # fmt: skip

    author_key: Key
    name: Line
    gender: Literal["Male", "Female", "NonBinary", "Unknown"] | None = None
    nationality: Line | None = None
    birth_year: Year | None = None
    death_year: Year | None = None
    bio: Prose | None = None
    author_photo_url: Address | None = None

    @field_validator("death_year")
    @classmethod
    def _later(cls, died: int | None, told: ValidationInfo) -> int | None:
        born = told.data.get("birth_year")
        if born is not None and died is not None and died < born:
            raise PydanticCustomError("order", "lies before birth_year")
        return died


def _read(name: str, data: Any) -> Data:  # noqa: ANN401 - a field of a model
    if name == "format":
        return _BINDINGS[data]
    return str(data) if name.endswith("_year") else data
