from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from completist.domain.fields import Data
from completist.domain.pipeline import Pipeline, input_digest

PIPELINE = Pipeline("wine-facts", "wine", "1", inputs=("name", "grapes"), fills=("region",))

_TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
_DATA = st.one_of(st.none(), _TEXT, st.integers(), st.booleans(), st.lists(_TEXT, max_size=3))
_VALUES = st.fixed_dictionaries({}, optional={"name": _DATA, "grapes": _DATA, "region": _DATA})


def test_a_digest_never_changes_since_it_is_stored() -> None:
    assert input_digest(PIPELINE, {"name": "Gruß", "grapes": ["Riesling"]}) == "e4434646cd470370"


@given(values=_VALUES, region=_DATA)
def test_only_what_the_pipeline_reads_counts(values: dict[str, Data], region: Data) -> None:
    assert input_digest(PIPELINE, values) == input_digest(PIPELINE, {**values, "region": region})


@given(values=_VALUES)
def test_a_field_that_is_absent_reads_like_an_empty_one(values: dict[str, Data]) -> None:
    full = {"name": None, "grapes": None, **values}
    assert input_digest(PIPELINE, values) == input_digest(PIPELINE, full)


@given(one=_VALUES, other=_VALUES)
def test_different_input_gives_another_digest(one: dict[str, Data], other: dict[str, Data]) -> None:
    def read(values: dict[str, Data]) -> str:
        return repr([values.get("name"), values.get("grapes")])

    same = input_digest(PIPELINE, one) == input_digest(PIPELINE, other)
    assert same == (read(one) == read(other))
