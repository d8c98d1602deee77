#!/bin/sh
# Looks for a chromium for the tests of the pages, and installs Debian's where this machine lets us. Never fails: the
# tests say at their end what did not run.
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
[ -n "${COMPLETIST_TEST_CHROMIUM:-}" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing chromium for the tests of the pages ..." >&2
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 && exit 0
fi
echo "No chromium here: the pages will not be tested in a browser. On Debian or Ubuntu: apt install chromium" >&2
exit 0
