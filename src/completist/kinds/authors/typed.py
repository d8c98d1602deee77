"""What a person types for a field of an author, brought into the form in which it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from completist.domain.fields import Data
from completist.sdk.dates import typed_date


def date(data: Data) -> Data:
    """A date in any usual spelling as EDTF.

    Raises:
        ValueError: It is no date.
    """
    if data is None:
        return None
    found = typed_date(str(data))
    if found is None:
        raise ValueError(f"not a date: {data!r}; write 1947-05-01, 1947-05, 1947 or 1850~")
    return found


#: By field: brings what was typed into form, or raises ValueError with a message for the person.
TYPED: Mapping[str, Callable[[Data], Data]] = {"birth_date": date, "death_date": date}
