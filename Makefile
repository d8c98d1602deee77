# Everything sets itself up: only Python 3.11 or newer, git and make are taken for granted.
.DEFAULT_GOAL := help
.PHONY: help demo demo-live test check bench bench-catalog bench-engine shots strings format clean

RUN := .venv/bin

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

.venv/ready: pyproject.toml uv.lock tools/set-up.sh
	@sh tools/set-up.sh

demo: .venv/ready  ## import, fill and export a real-looking library, offline, in under a minute
	@sh demo/run.sh

demo-live: .venv/ready  ## fill from live sources, all simulated on this machine, in about a minute
	@sh demo/live.sh

test: .venv/ready  ## run all tests
	@sh tools/browser.sh
	$(RUN)/python -m pytest -n auto --dist worksteal

check: .venv/ready  ## what CI runs: lint, format, types, layers, tests
	@sh tools/browser.sh
	$(RUN)/ruff check src tests bench demo
	$(RUN)/ruff format --check src tests bench demo
	$(RUN)/mypy
	$(RUN)/lint-imports
	$(RUN)/python -m pytest -n auto --dist worksteal

bench: .venv/ready  ## measure matching, loading, import and fill (minutes)
	$(RUN)/python -m bench

bench-catalog: .venv/ready  ## measure the catalogue, and the two common recipes beside it (15 minutes)
	$(RUN)/python -m bench.catalog

bench-engine: .venv/ready  ## measure the ledger beside other job engines (15 minutes)
	$(RUN)/python -m bench.engine

shots: .venv/ready  ## take pictures of all pages, desktop and phone, light and dark, into shots/ (2 minutes)
	@sh tools/browser.sh
	$(RUN)/python -m tests.browser.shots

strings: .venv/ready  ## gather what the pages say, for translators
	$(RUN)/pybabel -q extract -F babel.cfg -k tell:1 -k say:1 -k several:1,2 -k mark --no-location --sort-output --omit-header \
		-o src/completist/web/locale/messages.pot src/completist/web

format: .venv/ready  ## bring the code into form
	$(RUN)/ruff check --fix src tests bench demo
	$(RUN)/ruff format src tests bench demo

clean:  ## remove what was made here; libraries elsewhere stay
	rm -rf .venv demo-library demo-live-library .mypy_cache .ruff_cache .pytest_cache
