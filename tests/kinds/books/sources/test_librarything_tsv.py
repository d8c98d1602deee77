from __future__ import annotations

from tests.kinds.books.sources.formats import Entries


def test_a_row_keeps_all_that_its_owner_said(entries: Entries) -> None:
    values = entries("librarything_mixed.tsv", "librarything-tsv")["8001"].values
    assert values["title"] == '"Candide" et autres contes'
    assert values["authors"] == ["Voltaire", "Jacques Van den Heuvel"]
    assert values["contributors"] == ["Fr\u00e9d\u00e9ric Deloffre (Editor)"]
    assert values["isbn13"] == ["9782070384853"]
    assert values["publisher"] == "Gallimard"
    assert values["pages"] == 590
    assert values["date_started"] == "2009-01-02"
    assert values["date_read"] == "2007-05-08"
    assert values["purchase_date"] == "2007-04-01"
    assert values["shelf"] == "read"
    assert values["shelves"] == ["conte", "philosophie"]
    assert values["private_notes"] == "gift\n\nkeep"
    assert values["language"] == "fr"


def test_a_byte_in_another_encoding_spoils_neither_its_row_nor_the_file(entries: Entries) -> None:
    values = entries("librarything_mixed.tsv", "librarything-tsv")["8002"].values
    assert values["subjects"] == ["Cort\u00e2zar, Un -- Fiction", "Novel"]
    assert values["authors"] == ["Un Autor"]
    assert values["isbn13"] is None
