from __future__ import annotations

import pytest
from tests.support.dumps import author, edition, work

from completist.catalog import marks
from completist.catalog.marks import Scheme

from .conftest import Load


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ("oclc:53090839", {"oclc_numbers": ["ocm53090839"]}),
        ("OCLC:(OCoLC)53090839", {"oclc_numbers": ["53090839"]}),
        ("oclc:0053090839", {"oclc_numbers": ["53090839"]}),
        ("lccn:79-6128", {"lccn": ["79006128"]}),
        ("lccn: n 79006128 ", {"lccn": ["n79-6128"]}),
        ("lccn:79006128//r85", {"lccn": ["   79006128 "]}),
        ("goodreads:18423", {"identifiers": {"goodreads": ["018423"]}}),
    ],
)
def test_a_number_is_found_in_whatever_form_it_is_written(
    load: Load, asked: str, held: dict[str, object]
) -> None:
    catalogue = load(author(3, "A"), work(2, "W", authors=[3]), edition(1, works=[2], **held))  # type: ignore[arg-type]
    (view,) = catalogue.by_number([asked])[asked]
    assert (view.edition.key, [each.name for each in view.authors]) == ("OL1M", ["A"])


def test_a_number_of_another_scheme_is_another_number(load: Load) -> None:
    catalogue = load(edition(1, oclc_numbers=["77"]), edition(2, lccn=["77"]))
    found = catalogue.by_number(["oclc:77", "lccn:77", "goodreads:77", "77", "isbn:77", "oclc:"])
    assert {asked: [view.edition.key for view in views] for asked, views in found.items()} == {
        "oclc:77": ["OL1M"],
        "lccn:77": ["OL2M"],
    }


@pytest.mark.parametrize("scheme", marks.SCHEMES)
def test_what_shares_a_place_is_told_apart(load: Load, scheme: Scheme) -> None:
    one, other = "5", str(5 + 2**30)
    assert marks.place(scheme, one) == marks.place(scheme, other)
    field = {"lccn": "lccn", "oclc": "oclc_numbers"}.get(scheme)
    held: dict[str, object] = {field: [one]} if field else {"identifiers": {scheme: [one]}}
    catalogue = load(edition(1, **held))  # type: ignore[arg-type]
    found = catalogue.by_number([f"{scheme}:{one}", f"{scheme}:{other}"])
    assert found.keys() == {f"{scheme}:{one}"}


@pytest.mark.parametrize("text", ["\u0661\u0662", "x" * 9999, "9" * 9999, "\ud800", "", " "])
def test_no_text_is_fatal(text: str) -> None:
    for scheme in marks.SCHEMES:
        assert 0 <= marks.place(scheme, text) < 2**32
