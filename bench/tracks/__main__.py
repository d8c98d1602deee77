"""Everything about tracks: ``python -m bench.tracks``; ``--points N`` for a smaller index, ``--model DIR``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from bench.tracks import quality, speed

from completist.observability.logs import configure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--model", type=Path, help="a folder with model.onnx and tokenizer.json")
    parser.add_argument("--only", choices=["adding", "searching", "embedding", "quality"])
    chosen = parser.parse_args()
    configure(as_json=True, level="warning")
    shared = Path(os.environ.get("COMPLETIST_SHARED_DATA", "../shared/data"))
    if chosen.only in (None, "adding"):
        speed.adding()
    if chosen.only in (None, "searching"):
        speed.searching(chosen.points)
    if chosen.model is None:
        print("\nWithout --model, embedding and the quality of search are not measured.")
        return
    if chosen.only in (None, "embedding"):
        speed.embedding(chosen.model)
    if chosen.only in (None, "quality"):
        if not (shared / "music").is_dir():
            print("\nThe quality of search needs real lists: set COMPLETIST_SHARED_DATA to their folder.")
            return
        quality.measure(shared, chosen.model)


if __name__ == "__main__":
    main()
