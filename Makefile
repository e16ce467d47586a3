# make demo   a fresh, invented exchange on this machine      make test   everything that guards a landing
# make prove  the long proofs      make bench  the figures      make lint  style and types
SHELL := /bin/bash
PORT ?= 8000
PY := .venv/bin/python
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: demo test prove bench lint setup system system-python

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
