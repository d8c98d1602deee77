#!/bin/sh
# The main job on a real-looking library, offline: load a small catalogue, import an export, fill it, take it out again.
set -eu
cd "$(dirname "$0")/.."
export COMPLETIST_DATA=demo-library
completist=".venv/bin/completist"

step() {
    printf '\n$ completist %s\n' "$*"
    $completist "$@"
}

rm -rf "$COMPLETIST_DATA"
step catalog load demo/catalogue/ol_dump_authors.txt.gz demo/catalogue/ol_dump_works.txt.gz demo/catalogue/ol_dump_editions.txt.gz
step import demo/goodreads_library_export.csv || [ $? -eq 3 ]
step fill --offline
step review --list
step export --format goodreads-csv --out "$COMPLETIST_DATA/goodreads_library_completed.csv"
step export --format jsonl --out "$COMPLETIST_DATA/library.jsonl"

cat <<TEXT

That was the main job. The completed library is in $COMPLETIST_DATA/:
  goodreads_library_completed.csv   to take back to Goodreads, or to any program that reads its export
  library.jsonl                     everything, with who said what

Go on with
  .venv/bin/completist --data $COMPLETIST_DATA review      decide what was uncertain, one key each
  .venv/bin/completist --data $COMPLETIST_DATA show 1      one book, and where each value comes from
TEXT
