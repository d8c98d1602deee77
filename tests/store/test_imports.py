from __future__ import annotations

import pytest

from completist.domain.errors import Conflict
from completist.store import imports, libraries
from completist.store.database import Database


def test_an_interrupted_import_of_the_same_content_is_taken_up(database: Database, library: int) -> None:
    with database.write() as connection:
        begun = imports.begin_import(connection, library, "cellar-csv", "a.csv", "d1", {"rows": 0}, 1)
        assert (begun.state, begun.entries) == ("running", 0)
        imports.checkpoint_import(connection, begun.id, 1000, {"rows": 1000})
        again = imports.begin_import(connection, library, "cellar-csv", "copy of a.csv", "d1", {"rows": 0}, 2)
        assert (again.id, again.entries, again.report) == (begun.id, 1000, {"rows": 1000})


def test_other_content_another_format_and_another_library_begin_anew(
    database: Database, library: int
) -> None:
    with database.write() as connection:
        other = libraries.ensure_library(connection, 1, "Somebody else's")
        begun = imports.begin_import(connection, library, "cellar-csv", "a.csv", "d1", {}, 1)
        ids = {
            imports.begin_import(connection, library, "cellar-csv", "a.csv", "d2", {}, 1).id,
            imports.begin_import(connection, library, "other-csv", "a.csv", "d1", {}, 1).id,
            imports.begin_import(connection, other, "cellar-csv", "a.csv", "d1", {}, 1).id,
        }
        assert len(ids | {begun.id}) == 4


def test_a_finished_import_is_listed_and_not_taken_up(database: Database, library: int) -> None:
    with database.write() as connection:
        first = imports.begin_import(connection, library, "cellar-csv", "a.csv", "d1", {}, 1)
        imports.finish_import(connection, first.id, {"rows": 3}, 2)
        second = imports.begin_import(connection, library, "cellar-csv", "a.csv", "d1", {}, 3)
        listed = imports.list_imports(connection, library)
    assert second.id != first.id
    assert [(each.id, each.state) for each in listed] == [(second.id, "running"), (first.id, "done")]
    with database.read() as connection:
        assert imports.count_imports(connection, library) == 2
    assert listed[1].report == {"rows": 3}


def test_an_import_that_was_undone_keeps_its_report_and_goes_on_no_more(
    database: Database, library: int
) -> None:
    with database.write() as connection:
        begun = imports.begin_import(connection, library, "cellar-csv", "a.csv", "d1", {"rows": 0}, 1)
        imports.checkpoint_import(connection, begun.id, 1000, {"rows": 1000})
        imports.undo_import(connection, begun.id, 2)
        with pytest.raises(Conflict, match="was undone while it ran"):
            imports.checkpoint_import(connection, begun.id, 2000, {"rows": 2000})
        imports.finish_import(connection, begun.id, {"rows": 2000}, 3)
        (kept,) = imports.list_imports(connection, library)
        assert (kept.state, kept.report) == ("undone", {"rows": 1000})
        again = imports.begin_import(connection, library, "cellar-csv", "a.csv", "d1", {"rows": 0}, 4)
        assert (again.id != begun.id, again.entries) == (True, 0)
