"""Load a made-up dump, look things up in it, search it: ``python -m bench.catalog [--editions N] [--dump FOLDER]``.

``--pace`` loads once and tells every few seconds how fast it goes, and no more: that is for dumps of ten million
editions (``--editions 10_000_000``), to see whether the rate stays flat.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from bench.catalog import copies, dump, load, lookup, pace, peers, swaps
from bench.table import show

from completist.catalog import build


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure loading and answering of the catalogue.")
    parser.add_argument("--editions", type=int, default=1_000_000)
    parser.add_argument(
        "--dump", type=Path, help="a folder with *.txt.gz and truth.jsonl, instead of making one"
    )
    parser.add_argument("--processes", type=int, help="worker processes; by default one for each core")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--questions", type=int, default=1_000)
    parser.add_argument(
        "--folder", type=Path, help="where to work, instead of the folder for temporary files"
    )
    parser.add_argument("--no-peers", action="store_true", help="leave out PostgreSQL and DuckDB")
    parser.add_argument("--pace", action="store_true", help="load once, and tell the rate over time")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        folder = Path(name)
        source = asked.dump or folder / "dump"
        if asked.dump is None:
            copies.generated(source, asked.editions)
        root = folder / "catalog"
        files = sorted(source.glob("*.txt.gz"))
        if asked.pace:
            show("Loading the catalogue", pace.measure(files, root, asked.processes))
            return
        loaded, seconds = load.measure(files, root, asked.processes, asked.rounds)
        loaded += load.editions_alone(files, folder / "alone", asked.rounds)
        twice = copies.copied(files, folder / "twice", 2, asked.editions)
        loaded += load.growth(files, twice, asked.editions, folder / "memory")
        loaded += load.extrapolated(files, root, seconds)
        show("Loading the catalogue", loaded)
        show("Asking the catalogue", lookup.measure(root, source / "truth.jsonl", asked.questions))
        show("Replacing the catalogue while it is asked", swaps.measure(root))
        if not asked.no_peers:
            dump.generate(folder / "quarter", asked.editions // 4)
            fewer = sorted((folder / "quarter").glob("*.txt.gz"))
            editions = next(path for path in fewer if "editions" in path.name)
            begun = time.perf_counter()
            load.unpack([editions])
            limit = time.perf_counter() - begun
            build(folder / "few", fewer)
            measured = peers.measure(editions, lookup.known(folder / "few"), folder, limit)
            show(f"The common recipes, with {asked.editions // 4:,} editions", measured)


if __name__ == "__main__":
    main()
