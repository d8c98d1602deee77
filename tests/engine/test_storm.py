"""Workers are killed at any moment while thousands of runs pass: what they found is recorded once, and all of it."""

from __future__ import annotations

from random import Random

import pytest
from tests.support.cellars import Cellar
from tests.support.crews import crew, storm
from tests.support.databases import url_of
from tests.support.effects import check_each_is_there_once, stock

from completist.engine.importing import CHUNK

WINES = 3 * CHUNK
BATCH = 20

#: More workers are lost in a minute here than in a year elsewhere: none of the runs is to blame.
AGAIN = 99


# One process owns a SQLite file; a second one that contends with it does no harm.
@pytest.mark.parametrize(
    ("database", "hands"), [("sqlite", 1), ("sqlite", 2), ("postgresql", 3)], indirect=["database"]
)
def test_a_storm_over_the_workers_loses_nothing_and_doubles_nothing(cellar: Cellar, hands: int) -> None:
    stock(cellar, WINES)
    server = cellar.database.dialect == "postgresql"
    with crew(url_of(cellar.database), batch=BATCH, again=AGAIN, keeps_time=server) as workers:
        died = storm(workers, Random(f"storm {hands}"), hands, kills=25)  # noqa: S311 - the same ones each time
    assert died >= 10
    check_each_is_there_once(cellar, WINES)
