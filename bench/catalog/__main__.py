"""Load a made-up dump, look things up in it, search it: ``python -m bench.catalog [--editions N] [--dump FOLDER]``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench.catalog import dump, load, lookup
from bench.table import show


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure loading and answering of the catalogue.")
    parser.add_argument("--editions", type=int, default=1_000_000)
    parser.add_argument(
        "--dump", type=Path, help="a folder with *.txt.gz and truth.jsonl, instead of making one"
    )
    parser.add_argument("--processes", type=int, help="worker processes; by default one for each core")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--questions", type=int, default=1_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = asked.dump or Path(folder) / "dump"
        if asked.dump is None:
            dump.generate(source, asked.editions)
        root = Path(folder) / "catalog"
        files = sorted(source.glob("*.txt.gz"))
        show("Loading the catalogue", load.measure(files, root, asked.processes, asked.rounds))
        show("Asking the catalogue", lookup.measure(root, source / "truth.jsonl", asked.questions))


if __name__ == "__main__":
    main()
