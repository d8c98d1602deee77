"""What workers have left in a library of wines that `crews` know: each effect has to be there, once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import select
from tests.support.cellars import Cellar
from tests.support.crews import told

from completist.store import tallies
from completist.store.database import Database
from completist.store.schema import metadata

#: What the runs of ten wines in a row come to.
RESULTS = ("empty", "review", *["filled"] * 8)


def stock(cellar: Cellar, count: int) -> None:
    """Bring wines in, each of which the workers' finder knows by its number."""
    cellar.bring(*({"id": str(n), "name": f"Wine {n}"} for n in range(count)))


def rows(database: Database, table: str) -> list[dict[str, Any]]:
    """The rows of a table by column, in order of its key."""
    held = metadata.tables[table]
    with database.read() as connection:
        found = connection.execute(select(held).order_by(*held.primary_key)).mappings()
        return [dict(row) for row in found]


def check_each_is_there_once(cellar: Cellar, count: int) -> None:
    """Every wine of `stock` has what the finder told of it, by one run, one attempt, one match, one change."""
    runs, attempts = rows(cellar.database, "runs"), rows(cellar.database, "attempts")
    claims = {claim["id"]: claim for claim in rows(cellar.database, "claims")}
    results = Counter(RESULTS[n % 10] for n in range(count))
    assert Counter(run["state"] for run in runs) == results
    assert not any(run["claim_id"] for run in runs)
    assert all(claim["closed_at"] for claim in claims.values())
    once = Counter(run["id"] for run in runs)
    assert Counter(each["run_id"] for each in attempts) == once
    assert Counter(each["run_id"] for each in rows(cellar.database, "matches")) == once
    settling = Counter(each["claim_id"] for each in attempts)
    assert all(n <= claims[claim_id]["size"] for claim_id, n in settling.items())
    fills = [change for change in rows(cellar.database, "changes") if change["action"] == "fill"]
    assert Counter(each["run_id"] for each in fills) == Counter(
        run["id"] for run in runs if run["state"] == "filled"
    )
    _check_values(cellar)
    assert cellar.app.waiting() == results["review"]
    _check_counts(cellar, results)


def _check_values(cellar: Cellar) -> None:
    for view in cellar.items():
        name = str(view.data["name"])
        known = told(int(name.rpartition(" ")[2]))
        sure = known[0].fields if len(known) == 1 else {}
        assert view.data == {"name": name, **sure}


def _check_counts(cellar: Cellar, results: Counter[str]) -> None:
    with cellar.database.read() as connection:
        counted = tallies.read_tallies(connection)
    assert sum(n for (name, *_), n in counted.items() if name == "attempts") == results.total()
    settled = Counter[str]()
    for each in cellar.app.ledger.events(0, 100_000):
        if each.type == "runs.settled":
            settled.update({state: each.data[state] for state in results})
    assert settled == results
