# Everything a newcomer types. Needs Python 3.11+ with venv, and make.
PYTHON ?= python3
BIN := .venv/bin
PACKAGES := config support webhooks demo tests benchmarks wsgi.py
export FLASK_APP := wsgi.py

.PHONY: setup demo demo-reset test lint drills bench serve worker pins

setup: .venv/ready

.venv/ready: requirements.txt tests/requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r tests/requirements.txt
	touch $@

demo: setup ## newsroom, service, stand-in Stripe and worker, all on localhost; Ctrl-C stops them
	$(BIN)/python -m demo

demo-reset: ## forget everything that happened in the demo
	rm -rf .demo

test: setup ## every test; what cannot run says so (with CI=true it fails instead)
	$(BIN)/python -m pytest -n 3 --dist worksteal -m 'not drill'

drills: setup ## slow faults: kills, events lost or in any order, a year of supporters
	$(BIN)/python -m pytest -m drill

bench: setup ## figures side by side in one run; prints, never fails
	$(BIN)/python -m benchmarks

lint: setup
	$(BIN)/ruff check $(PACKAGES)
	$(BIN)/ruff format --check $(PACKAGES)
	$(BIN)/mypy
	$(BIN)/lint-imports

serve: setup ## the production server; settings come from the environment
	$(BIN)/python wsgi.py

worker: setup ## handles events until it is stopped
	$(BIN)/flask worker

pins: setup ## renew requirements.txt and tests/requirements.txt from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --upgrade pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --upgrade --group dev -c requirements.txt -o tests/requirements.txt
