# make demo   a fresh, invented exchange on this machine      make test   everything that guards a landing
# make prove  the long proofs      make bench  the figures      make lint  style and types
# make conformance  a validator, a client and a server that others wrote agree with ours
# make definitions DIR=...  what the server knows of FHIR, compiled anew from published definitions
SHELL := /bin/bash
PORT ?= 8000
PY := .venv/bin/python
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# hundreds of processes are started here: what they import is compiled once
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test prove bench lint definitions conformance setup system system-python

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml
	@command -v python3 >/dev/null && python3 -c 'import ensurepip, venv' 2>/dev/null || $(MAKE) --no-print-directory system-python
	python3 -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

system-python:
	@.ci/system python3 python3-venv

system:
	@.ci/system postgresql chromium-headless-shell libatomic1

demo: setup
	@.ci/demo $(PORT)

lint: setup
	ruff check .
	ruff format --check .
	mypy

test: setup system lint
	$(PY) -m pytest -n 2

prove: setup system
	$(PY) -m pytest --prove -n 2

bench: setup system
	$(PY) -m tests.bench

conformance: setup system
	@for name in java mvn node npm; do command -v $$name >/dev/null && continue; \
	  .ci/system default-jdk-headless maven nodejs npm || true; break; done
	$(PY) -m tests.others

definitions: setup
	$(PY) -m cie.fhir.definitions.compiling $(DIR)
