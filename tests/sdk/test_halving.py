from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from completist.domain.run import Outcome
from completist.sdk.halving import halved, in_two_steps, paged
from completist.sdk.provider import Record, Refused

HUNDRED = list(range(100))


class Source:
    """Answers for numbers; ``trouble`` says for which call of what size it refuses."""

    def __init__(
        self,
        known: Callable[[int], bool],
        trouble: Callable[[int, int], str | None] = lambda _call, _size: None,
    ) -> None:
        self.known = known
        self.trouble = trouble
        self.sizes: list[int] = []

    async def page(self, numbers: Sequence[int]) -> dict[int, list[Record]]:
        self.sizes.append(len(numbers))
        code = self.trouble(len(self.sizes), len(numbers))
        if code is not None:
            raise Refused(Outcome.TRANSIENT, code=code)
        return {number: [{"n": number}] if self.known(number) else [] for number in numbers}

    def ask(self, numbers: Sequence[int], *, doubt: bool = True) -> dict[int, list[Record]]:
        async def asked() -> dict[int, list[Record]]:
            return await halved(self.page, numbers, str, doubt=doubt)

        return asyncio.run(asked())


def test_what_is_answered_is_asked_once() -> None:
    source = Source(lambda number: number == 3)
    found = source.ask(HUNDRED)
    assert [number for number, records in found.items() if records] == [3]
    assert len(found) == 100
    assert source.sizes == [100]


def test_that_nothing_at_all_is_known_has_to_be_said_twice() -> None:
    source = Source(lambda _number: False)
    assert source.ask(HUNDRED) == {number: [] for number in HUNDRED}
    assert source.sizes == [100, 50, 50]


def test_one_thing_that_is_not_known_is_not_doubted() -> None:
    source = Source(lambda _number: False)
    assert source.ask([7]) == {7: []}
    assert source.sizes == [1]


def test_without_doubt_nothing_is_asked_twice() -> None:
    source = Source(lambda _number: False)
    source.ask(HUNDRED, doubt=False)
    assert source.sizes == [100]


@pytest.mark.parametrize("code", ["timeout", "http_408", "http_413", "http_414", "http_504", "too_large"])
def test_what_is_too_much_is_asked_for_in_halves(code: str) -> None:
    source = Source(lambda _number: True, lambda _call, size: code if size > 60 else None)
    assert all(source.ask(HUNDRED).values())
    assert source.sizes == [100, 50, 50]


def test_what_is_too_much_however_small_ends() -> None:
    source = Source(lambda _number: True, lambda _call, _size: "timeout")
    with pytest.raises(Refused) as caught:
        source.ask(HUNDRED)
    assert caught.value.code == "timeout"
    assert source.sizes == [100, 50, 25]


def test_any_other_refusal_is_handed_on_at_once() -> None:
    source = Source(lambda _number: True, lambda _call, _size: "http_403")
    with pytest.raises(Refused):
        source.ask(HUNDRED)
    assert source.sizes == [100]


def test_the_half_that_was_answered_is_kept_by_its_key() -> None:
    source = Source(lambda _number: True, lambda call, size: "timeout" if size > 60 or call == 3 else None)
    source.trouble = lambda call, _size: {1: "timeout", 3: "http_503"}.get(call)
    with pytest.raises(Refused) as caught:
        source.ask(HUNDRED)
    assert caught.value.code == "http_503"
    assert list(caught.value.partial) == [str(number) for number in range(50)]


# --- several pages ----------------------------------------------------------------------------------------------


def paging(source: Source, size: int = 30, *, doubt: bool = True) -> dict[int, list[Record]]:
    return asyncio.run(paged(source.page, HUNDRED, str, size, doubt=doubt))


def test_many_things_are_asked_for_in_even_pages() -> None:
    source = Source(lambda _number: True)
    assert paging(source) == {number: [{"n": number}] for number in HUNDRED}
    assert source.sizes == [25, 25, 25, 25]
    assert asyncio.run(paged(source.page, [], str, 30)) == {}


def test_a_page_that_is_refused_keeps_no_other_from_being_asked() -> None:
    source = Source(lambda _number: True, lambda call, _size: "http_500" if call == 2 else None)
    with pytest.raises(Refused) as caught:
        paging(source)
    assert caught.value.code == "http_500"
    assert sorted(map(int, caught.value.partial)) == [*range(25), *range(50, 100)]


def test_who_wants_to_be_left_alone_is() -> None:
    sizes: list[int] = []

    async def page(numbers: Sequence[int]) -> dict[int, list[Record]]:
        sizes.append(len(numbers))
        if len(sizes) == 2:
            raise Refused(Outcome.RATE_LIMITED, 9.0, "http_429")
        return {number: [{"n": number}] for number in numbers}

    with pytest.raises(Refused) as caught:
        asyncio.run(paged(page, HUNDRED, str, 10))
    assert (caught.value.outcome, caught.value.after) == (Outcome.RATE_LIMITED, 9.0)
    assert len(sizes) < 10
    assert "0" in caught.value.partial


# --- what is found, and then made complete ----------------------------------------------------------------------


async def whole(found: dict[int, list[Record]]) -> dict[int, list[Record]]:
    return {number: [{**each, "whole": True} for each in records] for number, records in found.items()}


def two_steps(source: Source) -> dict[int, list[Record]]:
    return asyncio.run(in_two_steps(paged(source.page, HUNDRED, str, 30), whole, HUNDRED, str))


def test_what_is_found_is_no_answer_until_it_is_complete() -> None:
    found = two_steps(Source(lambda number: number < 50))
    assert found[3] == [{"n": 3, "whole": True}]
    assert found[70] == []


def test_where_some_were_refused_the_others_are_made_complete() -> None:
    source = Source(lambda number: number < 50, lambda call, _size: "http_500" if call == 1 else None)
    with pytest.raises(Refused) as caught:
        two_steps(source)
    assert caught.value.partial["30"] == [{"n": 30, "whole": True}]
    assert caught.value.partial["70"] == []
    assert "3" not in caught.value.partial


def test_who_wants_to_be_left_alone_is_not_asked_to_complete_anything() -> None:
    async def found() -> dict[int, list[Record]]:
        raise Refused(Outcome.BLOCKED, code="http_403", partial={"1": [{"n": 1}], "2": []})

    with pytest.raises(Refused) as caught:
        asyncio.run(in_two_steps(found(), whole, HUNDRED, str))
    assert caught.value.partial == {"2": []}


def test_a_part_that_is_stumbled_over_costs_no_other_its_answer() -> None:
    source = Source(lambda _number: True)

    async def page(numbers: Sequence[int]) -> dict[int, list[Record]]:
        if numbers[0] == 0:
            raise TypeError("another body than was expected")
        return await source.page(numbers)

    with pytest.raises(Refused) as caught:
        asyncio.run(paged(page, HUNDRED, str, 25))
    assert (caught.value.outcome, caught.value.code) == (Outcome.BAD_RESPONSE, "TypeError")
    assert sorted(caught.value.partial, key=int) == [str(number) for number in range(25, 100)]
