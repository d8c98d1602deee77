from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from completist.app import App
from completist.domain.errors import ActionRequired, BadInput
from completist.engine.recognising import recognise
from completist.sdk import registry
from completist.settings import Settings, load_settings


def _settings(folder: Path) -> Settings:
    return Settings(folder, f"sqlite:///{folder / 'library.db'}")


def test_a_library_is_made_at_first_use_and_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "deep"
    with App(_settings(folder)) as app:
        assert not folder.exists()  # nothing is made for one who only looks at the help
        library = app.library_id
    with App(_settings(folder)) as app:
        assert app.library_id == library
        assert app.backup is None


def test_libraries_of_other_names_are_others(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'library.db'}"
    with App(Settings(tmp_path, url, "Anna's")) as anna, App(Settings(tmp_path, url, "Bruno's")) as bruno:
        assert anna.library_id != bruno.library_id


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        App(_settings(tmp_path / "file" / "below")) as app,
        pytest.raises(ActionRequired, match="cannot be made"),
    ):
        _ = app.database


def test_without_a_catalogue_filling_says_what_to_do(tmp_path: Path) -> None:
    with App(_settings(tmp_path)) as app:
        with pytest.raises(ActionRequired, match="catalogue") as caught:
            app.fill()
        assert "catalog load" in caught.value.hint
        assert app.catalogue_info() is None


def test_formats_of_different_kinds_do_not_get_in_one_anothers_way(tmp_path: Path) -> None:
    with App(_settings(tmp_path)) as app:
        formats = app.import_formats()
        assert {"goodreads-csv", "storygraph-csv"} <= formats.keys()
        assert formats.pop("completist-jsonl")  # no format of one kind
        assert all(recognise(tmp_path / "x", form)[1].format == form for form in formats)
        with pytest.raises(BadInput, match="no such file"):
            recognise(tmp_path / "x")


# --- settings --------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "DATABASE", "LIBRARY", "ORDER", "PROVIDERS"):
        monkeypatch.delenv(f"COMPLETIST_{name}", raising=False)


def test_the_data_folder_is_the_one_named_then_the_environments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPLETIST_DATA", str(tmp_path / "environment"))
    assert load_settings(tmp_path / "named").data == tmp_path / "named"
    assert load_settings().data == tmp_path / "environment"
    monkeypatch.delenv("COMPLETIST_DATA")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "platform"))
    assert "completist" in load_settings().data.name.casefold()


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMPLETIST_OFFLINE")
    assert load_settings(tmp_path) == Settings(tmp_path, f"sqlite:///{tmp_path / 'library.db'}", "My library")
    (tmp_path / "completist.toml").write_text(
        'database = "postgresql:///mine"\nlibrary = "Bücher"\n', "utf-8"
    )
    assert load_settings(tmp_path) == Settings(tmp_path, "postgresql:///mine", "Bücher")
    monkeypatch.setenv("COMPLETIST_DATABASE", "postgresql:///other")
    monkeypatch.setenv("COMPLETIST_LIBRARY", "Livres")
    assert load_settings(tmp_path) == Settings(tmp_path, "postgresql:///other", "Livres")


@pytest.mark.parametrize("text", [b"database = ", b"library = 3\n", b"library = '\xff'\n"])
def test_a_file_of_settings_that_cannot_be_read_is_reported(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "completist.toml").write_bytes(text)
    with pytest.raises(BadInput, match=r"completist\.toml"):
        load_settings(tmp_path)


# --- whom to believe -------------------------------------------------------------------------------------------

ORDER = """
providers = "googlebooks"

[order]
description = "hardcover, openlibrary"
series = "wikidata"
"""


def test_a_person_says_whom_to_believe_about_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "completist.toml").write_text(ORDER, "utf-8")
    said = load_settings(tmp_path)
    assert said.order == {"description": ("hardcover", "openlibrary"), "series": ("wikidata",)}
    with App(said) as app:
        trust = app.voices.of(registry.plugin("book"))
    assert trust.of("description")[:3] == ("hardcover", "openlibrary", "googlebooks")
    assert trust.of("publisher")[:2] == ("googlebooks", "dnb")
    monkeypatch.setenv("COMPLETIST_ORDER", "cover: dnb, bnf; bio: wikidata")
    assert load_settings(tmp_path).order == {"cover": ("dnb", "bnf"), "bio": ("wikidata",)}


def test_who_says_nothing_believes_as_is_declared(tmp_path: Path) -> None:
    with App(_settings(tmp_path)) as app:
        for name in ("book", "author"):
            plugin = registry.plugin(name)
            assert app.voices.of(plugin) == plugin.trust


@pytest.mark.parametrize(
    ("order", "why", "known"),
    [
        ({"blurb": ("openlibrary",)}, "'blurb'", "description"),
        ({"rating": ("openlibrary",)}, "'rating'", "description"),  # the owner's own
        ({"description": ("openlibary",)}, "'openlibary'", "openlibrary"),
    ],
)
def test_an_order_of_what_there_is_not_is_refused_with_what_there_is(
    tmp_path: Path, order: dict[str, tuple[str, ...]], why: str, known: str
) -> None:
    with App(replace(_settings(tmp_path), order=order)) as app, pytest.raises(BadInput, match=why) as caught:
        app.status()
    assert known in str(caught.value.hint)


@pytest.mark.parametrize(
    "text",
    [
        'order = "description"',
        '[order]\ndescription = ["hardcover"]',
        "[contact]",
        "[order.description]\nx = '1'",
    ],
)
def test_an_order_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "completist.toml").write_text(text, "utf-8")
    with pytest.raises(BadInput, match=r"completist\.toml"):
        load_settings(tmp_path)


@pytest.mark.parametrize("text", ["description", "description: hardcover; description: dnb"])
def test_an_order_of_the_environment_of_another_form_is_refused(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPLETIST_ORDER", text)
    with pytest.raises(BadInput, match="COMPLETIST_ORDER"):
        load_settings(tmp_path)
