#!/bin/sh
# Live sources without the internet: the simulator speaks for them, a part of the demo's books is filled from it.
set -eu
cd "$(dirname "$0")/.."
export COMPLETIST_DATA=demo-live-library
export COMPLETIST_CONTACT=demo@example.org
completist=".venv/bin/completist"

step() {
    printf '\n$ completist %s\n' "$*"
    $completist "$@"
}

rm -rf "$COMPLETIST_DATA"
mkdir "$COMPLETIST_DATA"
$completist simulator --port 0 >"$COMPLETIST_DATA/simulator.txt" &
simulator=$!
trap 'kill "$simulator" 2>/dev/null || true' EXIT INT TERM
until [ -s "$COMPLETIST_DATA/simulator.txt" ]; do
    kill -0 "$simulator"
    sleep 0.1
done
COMPLETIST_PROVIDERS_AT=$(head -n 1 "$COMPLETIST_DATA/simulator.txt")
export COMPLETIST_PROVIDERS_AT

step import demo/goodreads_library_export.csv || [ $? -eq 3 ]
step sources test
step fill --kind book --limit 6
step sources
step sync


cat <<TEXT

Everything was asked of a simulator on this machine, at the pace that the real sources want. The library is in
$COMPLETIST_DATA/. To ask the real ones, tell them how you can be reached, and fill:
  export COMPLETIST_CONTACT=you@example.org
  .venv/bin/completist fill
TEXT
