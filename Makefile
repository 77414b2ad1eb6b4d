# Everything a person or a machine does with the portal. `make` alone lists it.
# Needs Python 3.11 to 3.13, make and a POSIX shell; the rest is installed into .venv from the lock files.

.DEFAULT_GOAL := help
.PHONY: help run test proof check bench install install-run format openapi messages manual lock clean

VENV := .venv
PY := $(VENV)/bin/python
MANAGE := $(PY) manage.py

# A lock file names versions and hashes only, no place to fetch them from: that is the business of each machine's own
# configuration. That is why `uv.lock`, which records the place of every file, is not kept.
LOCKS_RUN := requirements.lock requirements-local.lock
LOCKS_ALL := $(LOCKS_RUN) requirements-dev.lock

export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: install-run  ## start the portal at http://localhost:$PORT (8000); Ctrl-C ends it
	@exec $(PY) -m ptvt_portal.local run

test: install  ## the automated tests, on servers of their own
	@$(PY) -m pytest -n 2 --dist loadfile $(ARGS)

proof: install  ## the long proofs
	@$(PY) -m pytest -m proof -n 2 --dist loadgroup $(ARGS)

check: install  ## format, lint, types, imports, templates, migrations, OpenAPI, deployment
	@sh .ci/check $(VENV)

bench: install  ## the benchmarks; writes one JSON file and prints a table
	@$(PY) -m benchmarks $(ARGS)

install:  ## everything, tools for development included
	@sh .ci/install $(VENV) $(LOCKS_ALL)

install-run:
	@sh .ci/install $(VENV) $(LOCKS_RUN)

format: install  ## format the code
	@$(VENV)/bin/ruff check --fix --quiet . ; $(VENV)/bin/ruff format .

openapi: install  ## write openapi.json anew
	@$(MANAGE) spectacular --validate --fail-on-warn --format openapi-json --file openapi.json

messages: install  ## collect new texts into locale/
	@$(PY) -m ptvt_portal.translations collect

manual: install  ## make the pictures of the manual anew, with a portal of its own and Chromium; some minutes
	@$(PY) -m docs.screenshots $(ARGS)

lock:  ## resolve the newest versions that fit pyproject.toml (NEW=1 also upgrades what is locked)
	@sh .ci/lock $(VENV) $(if $(NEW),--upgrade)

clean:  ## remove what was installed and built; the local portal's data stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
