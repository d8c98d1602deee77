from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

import pytest

from completist.domain.fields import Data, Level, Origin, Value
from completist.store import fields, items
from completist.store.database import Database

Stock = Callable[[int], Sequence[int]]

ODD: list[Data] = [
    None,
    "",
    "Emma",
    "Čapek \u2603 \U0001f600 e\u0301 \u200f\u202e",
    "nul\0inside\0",
    "tab\tquote'\"back\\slash\r\n{}[]%s:name\\N",
    "x" * 1_000_000,
    0,
    -1,
    2**53 - 1,
    0.1,
    4.75,
    True,
    False,
    [],
    ["a", "", "b\0"],
    {},
    {"deep": [{"er": [1, 2.5, None, {"": "x"}]}], "\0": "nul key"},
]


@pytest.mark.parametrize("data", ODD, ids=lambda data: repr(data)[:24])
def test_any_data_comes_back_as_it_was(database: Database, stock: Stock, data: Data) -> None:
    (item,) = stock(1)
    value = Value("name", data, Origin.PROVIDER, "atlas", 0.875, Level.WORK, "R1", 7, "facts@1", 2**45)
    with database.write() as connection:
        fields.write_values(connection, [(item, value)])
    with database.read() as connection:
        (back,) = fields.read_values(connection, [item])[item]
    assert back == value
    assert type(back.data) is type(data)


@pytest.mark.parametrize("data", ODD, ids=lambda data: repr(data)[:24])
def test_any_data_of_a_new_item_comes_back_as_it_was(database: Database, stock: Stock, data: Data) -> None:
    (item,) = stock(1)
    with database.write() as connection:
        fields.write_layers(
            connection, [(item, "import", "cellar", 0.2, None, 5, {"name": data, "pages": 3})]
        )
    with database.read() as connection:
        back = sorted(fields.read_values(connection, [item])[item], key=lambda value: value.field)
    assert back == [
        Value("name", data, Origin.IMPORT, "cellar", 0.2, at=5),
        Value("pages", 3, Origin.IMPORT, "cellar", 0.2, at=5),
    ]


def test_every_voice_has_its_own_layer_and_speaks_in_place_of_its_earlier_self(
    database: Database, stock: Stock
) -> None:
    item, other = stock(2)
    voices = [
        Value("name", "typed", Origin.USER),
        Value("name", "cellar's", Origin.IMPORT, "cellar"),
        Value("name", "shop's", Origin.IMPORT, "shop"),
        Value("name", "atlas's", Origin.PROVIDER, "atlas"),
    ]
    newer = Value("name", "cellar's newer", Origin.IMPORT, "cellar", at=2)
    with database.write() as connection:
        fields.write_values(connection, [(item, value) for value in voices])
        fields.write_values(connection, [(item, newer)])
        said = fields.read_values(connection, [item, other])
        assert {v.layer: v.data for v in said[item]} == {v.layer: v.data for v in [*voices, newer]}
        assert said[other] == []
        fields.drop_values(
            connection, [(item, newer.layer), (item, ("name", Origin.USER, "")), (other, newer.layer)]
        )
        left = {v.source for v in fields.read_values(connection, [item])[item]}
    assert left == {"shop", "atlas"}


def test_a_lock_is_set_once_and_taken_away_once(database: Database, stock: Stock) -> None:
    item, other = stock(2)
    with database.write() as connection:
        assert fields.write_lock(connection, item, "name", 1)
        assert not fields.write_lock(connection, item, "name", 2)
        assert fields.write_lock(connection, item, "region", 1)
        assert fields.read_locks(connection, [item, other]) == {item: {"name", "region"}}
        assert fields.drop_lock(connection, item, "name")
        assert not fields.drop_lock(connection, item, "name")
        assert fields.read_locks(connection, [item, other]) == {item: {"region"}}


def _long() -> str:
    """Text that no database can squeeze into a small one."""
    return "".join(sha256(str(number).encode()).hexdigest() for number in range(200))


def test_an_identifier_of_any_length_is_kept_and_found(
    database: Database, library: int, stock: Stock
) -> None:
    (item,) = stock(1)
    text = _long()
    with database.write() as connection:
        fields.write_identifiers(connection, library, {item: [("asin", text)]})
        assert items.find_by_identifier(connection, library, "wine", "asin", [text]) == {text: [item]}


@pytest.mark.parametrize("text", [_long(), "nul\0inside"], ids=["long", "nul"])
def test_any_key_is_kept_and_found(database: Database, library: int, stock: Stock, text: str) -> None:
    (item,) = stock(1)
    with database.write() as connection:
        items.remember_keys(connection, library, "cellar", [(text, item, "d")])
        assert items.known_keys(connection, library, "cellar", [text])[text].item_id == item


def test_what_imports_say_of_some_fields_can_be_left_out(database: Database, stock: Stock) -> None:
    item, other = stock(2)
    said = [
        Value("name", "Emma", Origin.IMPORT, "cellar", at=1),
        Value("stars", 5, Origin.IMPORT, "cellar", at=1),
        Value("stars", 4, Origin.USER, at=2),
        Value("stars", 3, Origin.PROVIDER, "atlas", at=3),
    ]
    with database.write() as connection:
        fields.write_values(connection, [(item, value) for value in said])
        fields.write_values(connection, [(other, said[1])])
    with database.read() as connection:
        back = fields.read_values(connection, [item, other], imports_but=["stars", "notes"])
    assert set(back[item]) == {said[0], said[2], said[3]}
    assert back[other] == []
