"""Shapes: what numbers, ids, texts and times look like wherever they are sent or answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    JsonValue,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from completist.domain.run import NEVER
from completist.web.failures import Failed, StaleResults

#: Numbers up to this are the same in every JSON reader.
EXACT = 2**53 - 1

#: How far ahead a worker may put a run off, in seconds: a week.
LONGEST_WAIT = 7 * 86_400


class Sent(BaseModel):
    """What a caller sends: nothing else, and each thing of the type that it has to be."""

    model_config = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Within:
    """Says of a number that it goes from ``least`` to ``most``; whoever sends another is told that range."""

    least: float
    most: float

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The check."""
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The same, as it is declared."""
        return {**handler(schema), "minimum": self.least, "maximum": self.most}

    def _checked(self, number: float) -> float:
        if not self.least <= number <= self.most:
            told = {"least": f"{self.least:,}", "most": f"{self.most:,}", "number": str(number)[:40]}
            raise PydanticCustomError("range", "takes {least} to {most}, not {number}", told)
        return number


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise PydanticCustomError("uuid", "is no UUID") from None


def _plain(text: str) -> str:
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text):
        raise PydanticCustomError("text", "holds characters that are no text")
    return text


Id = Annotated[int, Within(1, EXACT)]
Position = Annotated[int, Within(0, EXACT)]
ClaimId = Annotated[str, AfterValidator(_uuid), Field(json_schema_extra={"format": "uuid"})]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_plain)]
Text = Annotated[str, Field(max_length=2000), AfterValidator(_plain)]
Fields = dict[str, JsonValue]

#: Which of the statuses an answer may have mean a failure, with the form in which it is told.
_FAILURES = {
    400: "No JSON, or an id that is no UUID.",
    401: "No key, or not a valid one.",
    403: "The key's role may not do this, or not from there.",
    404: "There is no such thing in this library, or no such library of this account.",
    409: "The state has moved on, or somebody has to do something first: `code` says which.",
    413: "The body is too large.",
    415: "The body's Content-Type is not application/json.",
    422: "Something does not have the form or the range that it must have.",
    500: "An error of ours; its id stands in the server's log.",
    503: "The database is busy or away; try again after the seconds in Retry-After.",
}


def failing(*statuses: int, body: bool = False, stale: bool = False) -> dict[int | str, dict[str, Any]]:
    """The failures that a route may answer with, for its declaration: those of every route, and ``statuses``.

    ``body`` says that it takes one, ``stale`` that a conflict may be one of stale results.
    """
    always = {401, 403, 404, 422, 500, 503}
    of_body = {400, 413, 415} if body else set()
    return {
        status: {
            "model": StaleResults if stale and status == 409 else Failed,  # noqa: PLR2004 - what Conflict is answered with
            "description": _FAILURES[status],
        }
        for status in sorted(always | of_body | set(statuses))
    }


def at(moment: int) -> str:
    """Milliseconds since the epoch as RFC 3339 in UTC."""
    told = datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
    return told.replace("+00:00", "Z")


def maybe_at(moment: int | None) -> str | None:
    """The same, or None for what has not happened, or never will."""
    return None if moment is None or moment >= NEVER else at(moment)
