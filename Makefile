# Both commands set themselves up; only python3 (3.11 to 3.13) and make have to be there.
PYTHON ?= python3
PY := .venv/bin/python
.DEFAULT_GOAL := help

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Debian packages and Python environment, only what is missing
	@$(PYTHON) -m local.setup

.PHONY: demo
demo: setup ## Start everything, build four example images (IMAGES=all, or names: those), leave all running
	@$(PY) -m local.demo

.PHONY: up
up: setup ## Start everything without building anything
	@$(PY) -m local.up

.PHONY: shell
shell: ## A shell in which airflow and golden-images find what was started
	@$(PY) -m local.shell

.PHONY: down
down: ## Stop what was started here, and only that
	@$(PYTHON) -m local.down

.PHONY: clean
clean: ## Stop, and remove the state (registry, database, logs, our images in the engine)
	@$(PYTHON) -m local.down --clean

.PHONY: distclean
distclean: clean ## Remove the Python environment, too
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.PHONY: test
test: ## Set up, then every check and every test of every kind
	@$(PYTHON) -m local.setup --tests
	@$(PY) -m local.checks

# What `make test` runs, two at a time: what is on Airflow's components takes longest and waits half of the
# time. Its lines come as they are written, the others' when a check ends; tests that call make get none of
# this make's flags. What failed is noted for local/checks.py.
CHECKS := airflow ruff format mypy mypy-local contracts tests
check = @echo "--- $@"; env -u MAKEFLAGS -u MFLAGS $(dir $(PY))$(1) || { echo $@ >>"$(FAILED)"; exit 1; }

.PHONY: checks $(CHECKS:%=check-%)
checks: $(CHECKS:%=check-%)
check-airflow:
	+$(call check,pytest -m airflow --durations=15)
check-ruff:
	$(call check,ruff check .)
check-format:
	$(call check,ruff format --check .)
check-mypy:
	$(call check,mypy)
check-mypy-local:
	$(call check,mypy -p local -p benchmarks)
check-contracts:
	$(call check,lint-imports)
check-tests:
	$(call check,pytest -m "not airflow" --durations=15)

.PHONY: bare
bare: ## On a fresh minimal Debian: make bare SUITE=bookworm|trixie COMMAND='make demo'; needs root
	@$(PYTHON) -m local.bare "$${SUITE:-bookworm}" "$${COMMAND-}"

.PHONY: bare-demo
bare-demo: ## The demo on fresh minimal roots of Debian 12 and 13
	@$(PYTHON) -m local.bare bookworm trixie 'make demo'

.PHONY: lock
lock: ## Choose dependencies anew (names no index, so it works through any mirror)
	uv pip compile --universal --generate-hashes --group local --group dev pyproject.toml -o requirements.lock -q --no-header --no-annotate -p 3.11

.PHONY: interop
interop: setup ## Strangers (crane, oras, a registry with the referrers API) read what we publish; needs Go
	@$(PY) -m tests.interop.run

.PHONY: interop-scanners
interop-scanners: setup ## osv-scanner, grype and trivy (built once, 20 minutes) find what we find; needs Go
	@$(PY) -m tests.interop.scanners.run

.PHONY: bench-base-watch
bench-base-watch: setup ## 1,000 external bases on a local registry: a change of all, CPU, polls kept, latency
	@$(PY) -m benchmarks.base_watch

.PHONY: bench-wake
bench-wake: setup ## The whole stack: seconds from a push to a registry to the queued run of the image on it
	@$(PY) -m benchmarks.wake_latency

.PHONY: bench-overhead
bench-overhead: setup ## One image through the pipeline, cold and unchanged, against a plain shell script
	@$(PY) -m benchmarks.overhead

.PHONY: bench-factory
bench-factory: setup ## 100 to 3,000 definitions: parse, serialise, memory, task start; beside dag-factory
	@$(PY) -m benchmarks.factory

.PHONY: bench-memory
bench-memory: setup ## Peak memory of resolve, lint and build, for a context of 10 MB and one of 500 MB
	@$(PY) -m benchmarks.memory

.PHONY: bench-rescan
bench-rescan: setup ## 1,000 SBOMs of 500 packages against 50,000 advisories; beside osv-scanner where it is built
	@$(PY) -m benchmarks.rescan
