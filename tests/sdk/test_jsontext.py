from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from completist.domain.errors import BadInput
from completist.sdk import files, jsontext
from completist.sdk.jsontext import members


def written(folder: Path, text: str) -> Path:
    path = folder / "books.json"
    path.write_bytes(text.encode())
    return path


def test_members_come_one_by_one_with_their_lines(tmp_path: Path) -> None:
    path = written(tmp_path, '\n{ "a" : {\n"x": [1, 2]},\n\n"b":\n "two", "c": 3, "d": null }\n')
    assert list(members(path)) == [(2, "a", {"x": [1, 2]}), (6, "b", "two"), (6, "c", 3), (6, "d", None)]


@pytest.mark.parametrize("text", ["{}", " [ ] ", "{\n}\n"])
def test_an_empty_object_has_no_members(tmp_path: Path, text: str) -> None:
    assert list(members(written(tmp_path, text))) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=60)
@given(st.dictionaries(st.text(max_size=4), JSON, max_size=6), st.integers(1, 9), st.sampled_from([None, 1]))
def test_pieces_of_any_size_give_the_same(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, object], size: int, indent: int | None
) -> None:
    path = written(tmp_path_factory.mktemp("json"), json.dumps(data, indent=indent, ensure_ascii=False))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "CHUNK", size)
        patch.setattr(files, "LOOK", size)
        assert [(name, value) for _, name, value in members(path)] == list(data.items())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"a": 1}\n{"b": 2}', 2),
        ('{"a": 1,\n"b" 2}', 2),
        ('{"a": 1,\n"b": {"x": tru}}', 2),
        ('{"a": 1,\n"b": [1, 2', 2),
        ('{"a": 1,\n"b": "cut', 2),
        ('{"a": 1\n"b": 2}', 2),
        ('{"a": 1,\n\n', 3),
        ("[1]", 1),
        ("12", 1),
        ('{"a": ' + "[" * 100_000, 1),
        ('{"a": ' + "9" * 10_000 + "}", 1),
    ],
)
def test_damage_names_its_line(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(BadInput, match=rf"books\.json, line {line}: the JSON is damaged"):
        list(members(written(tmp_path, text)))


def test_damage_is_found_behind_many_sound_members(tmp_path: Path) -> None:
    sound = ",\n".join(f'"{number}": {{"title": "{"x" * 50}"}}' for number in range(20_000))
    with pytest.raises(BadInput, match=r"line 20001:"):
        list(members(written(tmp_path, f'{{{sound},\n"bad": {{]}}}}')))


def test_a_member_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsontext, "LARGEST_MEMBER", 2 * files.CHUNK)
    path = written(tmp_path, '{"a": "' + "x" * 5 * files.CHUNK)
    with pytest.raises(BadInput, match=r"books\.json, line 1: .*in one entry"):
        list(members(path))


def test_half_a_character_is_replaced_and_whole_ones_stay(tmp_path: Path) -> None:
    path = written(tmp_path, '{"1": {"a": ["\\uD800 x", "\\ud83d\\ude00"], "b": "\\\\ud800"}}')
    assert list(members(path)) == [(1, "1", {"a": ["\ufffd x", "\U0001f600"], "b": "\\ud800"})]
