# Mecmua: `make demo` sets everything up and runs the nightly crawl over the demonstration site; `make test` runs every
# test. Both install what is missing. Paths here are relative, so that the project may lie under a folder with spaces.

.DEFAULT_GOAL := help
.PHONY: help setup demo crawl test unit lint servers clean quality
SHELL := /bin/sh
RUN := .venv/bin/python -m pipeline.cli
# what Python compiles is kept, whatever a container's environment says: else each command compiles everything anew
unexport PYTHONDONTWRITEBYTECODE

help: ## Show what can be made
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' Makefile | expand -t 10

setup: .venv/ready ## Environment and dependencies

.venv/ready: setup.cfg pyproject.toml constraints.txt bootstrap.sh
	@sh bootstrap.sh
	@touch .venv/ready

demo: .venv/ready ## Everything: set up, crawl the demonstration site through Airflow, search it
	@$(RUN) engine prepare
	@$(RUN) demo

crawl: .venv/ready ## Crawl the whole catalogue once
	@$(RUN) crawl

servers:
	@if [ "$$(id -u)" = 0 ]; then sh tests/integration/install_servers.sh; \
	else echo "not root: tests that need WordPress or PostgreSQL are skipped unless the servers are installed"; fi

lint: .venv/ready ## Style, types and import contracts
	@.venv/bin/python -m ruff check .
	@.venv/bin/python -m ruff format --check .
	@.venv/bin/python -m mypy
	@.venv/bin/lint-imports

unit: .venv/ready ## The tests that need no server, in seconds
	@.venv/bin/python -m pytest -q tests/unit tests/dags

test: .venv/ready servers lint ## Every test
	@$(RUN) engine prepare
	@.venv/bin/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder

clean: ## Remove the environment (data in MECMUA_HOME stays)
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

quality: .venv/ready servers ## Quality and speed of extraction beside bare trafilatura, as a table
	@.venv/bin/python -m tests.bench.quality
	@.venv/bin/python -m tests.bench.speed
