from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.domain.fields import Data, Level, Origin, Value
from completist.domain.kind import Field, FieldType, Kind
from completist.domain.matching import Candidate
from completist.domain.merging import effective_values, plan
from completist.domain.outcome import Effect, outcome

T = FieldType
WINE = Kind(
    "wine",
    "wines",
    (
        Field("name", T.TEXT, "Name", level=Level.WORK),
        Field("grapes", T.TEXTS, "Grapes", level=Level.WORK),
        Field("vintage", T.INTEGER, "Vintage", level=Level.EDITION),
        Field("notes", T.TEXT, "Notes", personal=True),
    ),
    title="name",
)


def offered(level: Level = Level.EDITION, **data: Data) -> Candidate:
    return Candidate("atlas", "R1", level, "x", fields=data)


def said(origin: Origin, *, sure: float = 1.0, **data: Data) -> dict[str, Value]:
    return {name: Value(name, held, origin, "them", sure) for name, held in data.items()}


@pytest.mark.parametrize(
    ("values", "locked", "candidate", "effects"),
    [
        ({}, (), offered(name="Riesling", vintage=1999), {"name": Effect.FILLS, "vintage": Effect.FILLS}),
        ({}, (), offered(Level.WORK, vintage=1999), {"vintage": Effect.HELD_BACK}),
        ({}, ("name",), offered(name="Riesling"), {"name": Effect.HELD_BACK}),
        ({}, (), offered(notes="Buy!", name="", grapes=[]), {}),
        (said(Origin.IMPORT, name="RIESLING "), (), offered(name="Riesling"), {"name": Effect.SAME}),
        (said(Origin.IMPORT, name="Rioja"), (), offered(name="Riesling"), {"name": Effect.STAYS}),
        (
            said(Origin.IMPORT, sure=0.2, name="Ri\ufffd"),
            (),
            offered(name="Riesling"),
            {"name": Effect.REPLACES},
        ),
        (said(Origin.USER, name="Mine"), (), offered(name="Riesling"), {"name": Effect.STAYS}),
        (said(Origin.USER, name=None), (), offered(name="Riesling"), {"name": Effect.STAYS}),
        (said(Origin.PROVIDER, name="Rioja"), (), offered(name="Riesling"), {"name": Effect.REPLACES}),
        (said(Origin.PROVIDER, grapes=["a"]), (), offered(grapes=["A"]), {"grapes": Effect.SAME}),
    ],
)
def test_what_taking_a_candidate_would_do(
    values: dict[str, Value], locked: tuple[str, ...], candidate: Candidate, effects: dict[str, Effect]
) -> None:
    assert {side.field.name: side.effect for side in outcome(WINE, values, locked, candidate)} == effects


_NAMES = st.sampled_from(["Riesling", "Rioja", "riesling"])


@given(
    mine=st.lists(
        st.builds(
            Value,
            field=st.sampled_from(["name", "vintage"]),
            data=st.one_of(st.none(), _NAMES),
            origin=st.sampled_from([Origin.USER, Origin.IMPORT]),
            source=st.sampled_from(["a", "b"]),
            confidence=st.sampled_from([0.2, 1.0]),
        ),
        max_size=3,
    ),
    locked=st.sets(st.sampled_from(["name", "vintage"])),
    level=st.sampled_from(Level),
    theirs=st.dictionaries(st.sampled_from(["name", "vintage"]), _NAMES),
)
def test_what_is_told_beforehand_is_what_happens(
    mine: list[Value], locked: set[str], level: Level, theirs: dict[str, Data]
) -> None:
    layers = {value.layer: value for value in mine}
    before = effective_values(WINE, layers.values())
    told = outcome(WINE, before, locked, offered(level, **theirs))
    patch = [Value(n, d, Origin.PROVIDER, "atlas", level=level, record="R1") for n, d in theirs.items()]
    written = {value.layer: value for value in plan(WINE, patch, layers, locked).writes}
    after = effective_values(WINE, (layers | written).values())
    assert len(told) == len(theirs)
    for side in told:
        name = side.field.name
        stands, stood = after.get(name), before.get(name)
        if side.effect in (Effect.FILLS, Effect.REPLACES):
            assert stands is not None
            assert stands.data == theirs[name]
        elif side.effect is Effect.SAME:
            assert stands is not None
            assert str(stands.data).casefold() == str(theirs[name]).casefold()
        else:
            assert stands == stood
