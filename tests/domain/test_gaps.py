from __future__ import annotations

import pytest

from completist.domain.fields import Data, Origin, Value
from completist.domain.gaps import gaps
from completist.domain.kind import Field, FieldType, Kind

WINE = Kind(
    "wine",
    "wines",
    (
        Field("name", FieldType.TEXT, "Name", wanted=True),
        Field("colour", FieldType.TEXT, "Colour"),
        Field("grapes", FieldType.TEXTS, "Grapes", wanted=True),
        Field("vintage", FieldType.INTEGER, "Vintage", wanted=True),
    ),
    title="name",
)


def said(origin: Origin = Origin.IMPORT, **data: Data) -> dict[str, Value]:
    return {name: Value(name, held, origin) for name, held in data.items()}


@pytest.mark.parametrize(
    ("values", "locks", "missing"),
    [
        ({}, (), ("name", "grapes", "vintage")),  # in the kind's order; colour is not wanted
        (said(grapes=["Riesling"], name="x"), (), ("vintage",)),
        (said(name="", grapes=[], vintage=0), (), ("name", "grapes")),  # nought is a value
        (said(Origin.USER, name=None, grapes=["a"], vintage=None), (), ()),  # a person said: leave it empty
        ({}, ("vintage", "name"), ("grapes",)),
    ],
)
def test_gaps_are_wanted_fields_that_nobody_filled_or_locked(
    values: dict[str, Value], locks: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    assert gaps(WINE, values, locks) == missing
