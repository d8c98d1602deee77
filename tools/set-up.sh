#!/bin/sh
# Makes .venv with the dependencies pinned in uv.lock. Safe to run again; says what is missing when it cannot.
set -eu
cd "$(dirname "$0")/.."

UV_VERSION=0.13.8

python=""
for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3 python; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Completist needs Python 3.11 or newer. Install it, or name it: make demo PYTHON=/path/to/python3" >&2
    exit 1
fi

if ! .venv/bin/python -c '' 2>/dev/null; then
    echo "Setting up .venv with $("$python" --version) ..." >&2
    rm -rf .venv
    if ! "$python" -m venv .venv >.venv.log 2>&1; then
        cat .venv.log >&2
        rm -rf .venv .venv.log
        echo "Python's venv module does not work here. On Debian or Ubuntu: apt install python3-venv" >&2
        exit 1
    fi
    rm -f .venv.log
fi

pip=".venv/bin/python -m pip --disable-pip-version-check --quiet"
.venv/bin/uv --version 2>/dev/null | grep -q "^uv $UV_VERSION" || $pip install "uv==$UV_VERSION"

# Where Python is told to keep no bytecode, it is made once here: compiling all that a command loads takes longer than the
# command. pip does so anyway.
compile=${PYTHONDONTWRITEBYTECODE:+--compile-bytecode}

# uv takes the files that the lock names. Where only pip knows the way to a package index, pip takes the same versions.
if ! UV_PROJECT_ENVIRONMENT=.venv .venv/bin/uv sync --frozen --group dev --inexact --quiet $compile; then
    echo "uv could not fetch the packages; trying pip with the same versions ..." >&2
    .venv/bin/uv export --frozen --group dev --no-emit-project --quiet --output-file .venv/requirements.txt
    $pip install --require-hashes --requirement .venv/requirements.txt
    $pip install --no-deps --editable .
fi
touch .venv/ready
