# Needs python3 (3.11 or newer), make and a package registry; everything else goes into $(VENV).

PYTHON ?= python3
VENV ?= .venv
MADANG_HOME ?= $(CURDIR)/var
MADANG_DAY ?=
PYTEST_ARGS ?= -n 2 --dist loadfile --no-loadscope-reorder

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JUDGE := $(VENV)/second-judge
JUDGE_LOCK := tests/second_judge/requirements

export MADANG_HOME
export DAGSTER_DISABLE_TELEMETRY := 1
export GX_ANALYTICS_ENABLED := false

.PHONY: help setup nightly dev test quick weekly check wheel docs tables samples faults attacks pictures site-pictures bench bench-small site-bench suppression format lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' Makefile
	@echo "Settings: PYTHON=$(PYTHON) VENV=$(VENV) MADANG_HOME=$(MADANG_HOME) MADANG_DAY=$(MADANG_DAY) MADANG_DROP=$(MADANG_DROP)"

setup: $(STAMP) ## make the environment in .venv from the hash-pinned lock

# uv installs the lock several times faster than pip; it is itself taken from the lock, by pip, with its hashes. uv does
# not read pip's settings, so what they say about the registry (address, further files, certificate) is passed on to it.
# If uv still cannot reach the registry, pip does the whole job. The hashes decide what may be installed, not the place.
pip_setting = $${PIP_$(1):-$$("$(BIN)/python" -m pip config get global.$(2) 2>/dev/null | tr '\n' ' ' || true)}
# $(1): the folder of the environment's Python; $(2): the lock.
install = export UV_SYSTEM_CERTS=true UV_INDEX_STRATEGY=unsafe-best-match; \
  export SSL_CERT_FILE="$${SSL_CERT_FILE:-$(call pip_setting,CERT,cert)}"; \
  export UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$(call pip_setting,INDEX_URL,index-url)}"; \
  export UV_INDEX="$${UV_INDEX:-$(call pip_setting,EXTRA_INDEX_URL,extra-index-url)}"; \
  export UV_FIND_LINKS="$${UV_FIND_LINKS:-$(call pip_setting,FIND_LINKS,find-links)}"; \
  for name in SSL_CERT_FILE UV_DEFAULT_INDEX UV_INDEX UV_FIND_LINKS; do \
    read -r value <<<"$${!name}" || true; if [ -n "$$value" ]; then export "$$name=$$value"; else unset "$$name"; fi; done; \
  [ -z "$${UV_FIND_LINKS:-}" ] || export UV_FIND_LINKS="$${UV_FIND_LINKS// /,}"; \
  "$(BIN)/uv" pip sync -q --python "$(1)/python" --require-hashes "$(2)" 2>"$(VENV)/uv.log" \
  || { echo "Installing with pip, which takes some minutes longer. Why not with uv: $(VENV)/uv.log"; \
  "$(BIN)/python" -m pip --python "$(1)/python" install -q --disable-pip-version-check --require-hashes --no-deps -r "$(2)"; }
# The bytecode is compiled here, once: Python otherwise spends seconds of each start on it wherever
# PYTHONDONTWRITEBYTECODE is set (which forbids writing .pyc files, not reading them).
$(STAMP): requirements-dev.txt pyproject.toml
	@command -v "$(PYTHON)" >/dev/null || { echo "Madang needs Python 3.11 or newer, and '$(PYTHON)' was not found." \
	  "Name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 2; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Madang needs Python 3.11 or newer," \
	  "and '$(PYTHON)' is $$("$(PYTHON)" -V 2>&1). Name another one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 2; }
	@rm -f "$@"
	@"$(BIN)/python" -m pip --version >/dev/null 2>&1 || { echo "Creating $(VENV)"; \
	  "$(PYTHON)" -m venv --clear "$(VENV)" || { echo "Python cannot make a virtual environment:" \
	  "install its venv module (on Debian and Ubuntu the package python3-venv)." >&2; exit 2; }; }
	@echo "Installing the locked packages (a minute or two the first time)"
	@awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements-dev.txt > "$(VENV)/uv.txt"
	@"$(BIN)/python" -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r "$(VENV)/uv.txt"
	@$(call install,$(BIN),requirements-dev.txt)
	@"$(BIN)/python" -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	@env -u PYTHONDONTWRITEBYTECODE "$(BIN)/python" -W ignore -m compileall -qq -j 0 -x '/tests?/' \
	  "$$("$(BIN)/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
	  pipelines assets simulator quality warehouse || true
	@touch "$@"
	@echo "Ready: $(BIN)/madang --help"

# Another tool that tests the published file, for the tests alone. It brings a DuckDB of its own, so it has an environment
# of its own.
$(JUDGE)/.installed: $(JUDGE_LOCK).txt | $(STAMP)
	@rm -f "$@"
	@echo "Installing the second judge of the tests"
	@"$(BIN)/uv" venv -q --clear --python "$(BIN)/python" "$(JUDGE)"
	@$(call install,$(JUDGE)/bin,$(JUDGE_LOCK).txt)
	@env -u PYTHONDONTWRITEBYTECODE "$(JUDGE)/bin/python" -W ignore -m compileall -qq -j 0 -x '/tests?/' "$(JUDGE)/lib" || true
	@touch "$@"

# make itself can only fail with 2; call madang itself where its exit code matters.
NIGHT = --city seoul $(if $(MADANG_DAY),--day "$(MADANG_DAY)")
nightly: $(STAMP) ## one night of Seoul: from the files in MADANG_DROP, or, without it, from the simulated city
	@test -z "$(MADANG_DROP)" -o -d "$(MADANG_DROP)" || { echo "MADANG_DROP=$(MADANG_DROP) is not a folder (seen from $(CURDIR))." >&2; exit 2; }
	@status=0; "$(BIN)/madang" nightly $(NIGHT) $(if $(MADANG_DROP),--source files --from-dir "$(MADANG_DROP)") || status=$$?; \
	case $$status in \
	  0) ;; \
	  3) echo "exit code 3: the night is published, but at least one gate closed or a feed failed." \
	       "This is a finding about the data, not a crash. Details: $(BIN)/madang status" >&2;; \
	  1) echo "exit code 1: nothing was published. The version published before is unchanged." >&2;; \
	  2) echo "exit code 2: invalid command line." >&2;; \
	  130) echo "exit code 130: the night was interrupted. The same command continues it." >&2;; \
	  *) echo "exit code $$status: madang crashed or was killed. It is safe to run it again." >&2;; \
	esac; exit $$status

dev: $(STAMP) ## Dagster's pages on http://127.0.0.1:3000
	@exec "$(BIN)/madang" dev

# Python may store the bytecode of test modules: otherwise each worker rewrites thousands of asserts at each start.
PYTEST = env -u PYTHONDONTWRITEBYTECODE "$(BIN)/python" -m pytest
# $(1): arguments of pytest. The checks run beside the tests, or one of two cores waits for them; what they found is said
# after the tests.
checked = said=$$(mktemp); check=; trap '[ -z "$$check" ] || kill $$check 2>/dev/null || true; rm -f "$$said"' EXIT; \
  $(MAKE) -s --no-print-directory check >"$$said" 2>&1 & check=$$!; \
  tests=0; $(PYTEST) $(1) || tests=$$?; checks=0; wait $$check || checks=$$?; check=; cat "$$said"; \
  [ $$checks -eq 0 ] || echo "make check failed: see above" >&2; \
  [ $$tests -eq 0 ] || echo "some tests failed: see above" >&2; [ $$tests -eq 0 ] && [ $$checks -eq 0 ]

test: $(STAMP) $(JUDGE)/.installed ## all tests and the 25 slowest of them, beside them check (PYTEST_ARGS="-n 2 -k gate" goes to pytest)
	@$(call checked,--durations=25 $(PYTEST_ARGS))

quick: $(STAMP) ## the quick tests: unit, bite, graph (under two minutes), beside them check
	@$(call checked,$(PYTEST_ARGS) tests/unit tests/bite tests/graph)

weekly: $(STAMP) $(JUDGE)/.installed ## what `make test` leaves out: other seeds, every moment, the real proposals; then ten times the examples of each law
	@$(PYTEST) $(PYTEST_ARGS) -m weekly
	@$(PYTEST) $(PYTEST_ARGS) -m "hypothesis and not weekly" --hypothesis-profile=weekly

check: $(STAMP) ## format, lint, types and the direction of imports
	@"$(BIN)/ruff" format --check .
	@"$(BIN)/ruff" check .
	@"$(BIN)/basedpyright" --pythonpath "$(BIN)/python"
	@"$(BIN)/lint-imports"

wheel: $(STAMP) ## build Madang's wheel in dist/, the same bytes of the same files (docs/own-repository.md)
	@PYTHONPATH="$(CURDIR)" "$(BIN)/python" deploy/build_wheel.py dist

# From the published file in MADANG_HOME; if there is none, two nights are run from MADANG_DROP in a temporary folder.
docs: $(STAMP) ## rewrite docs/dictionary.md, docs/models.md, docs/metric-list.md, docs/tables/, docs/pictures/, docs/proposals.md (MADANG_REAL_DATA) and the JSON schemas (needs a published file, or MADANG_DROP)
	@"$(BIN)/python" docs/build.py all

tables: $(STAMP) ## rewrite docs/tables/: what readers of each published table can rely on (refuses a change without a higher version)
	@"$(BIN)/python" docs/build.py tables

samples: $(STAMP) ## make the samples of all packs in cities/ again, with their expected figures (minutes)
	@for pack in cities/*/; do "$(BIN)/python" -m pipelines.cli city sample "$$(basename "$$pack")"; done

faults: $(STAMP) ## rewrite docs/faults.md: try every fault of the simulated city (two minutes)
	@"$(BIN)/python" -m tests.write_faults

attacks: $(STAMP) ## rewrite the table of docs/operating.md: what was tried, and what holds, as the tests say it
	@"$(BIN)/python" -m tests.support.attacks

pictures: $(STAMP) ## rewrite docs/pictures/ only
	@"$(BIN)/python" docs/build.py pictures

SITE ?= $(or $(MADANG_HOME),var)/published/open/site
site-pictures: $(STAMP) ## rewrite the pictures of pages in docs/pictures/, of the site in SITE (needs Chromium)
	@"$(BIN)/python" docs/site_pictures.py "$(SITE)"

# Takes an hour or more; the deliveries alone are 1.6 GB. BENCH_WORK keeps what was made for a next run, which may be of
# other BENCH_SCENARIOS: the page has all that are there. The nine real months are taken from MADANG_DROP. A shorter one:
# make bench BENCH_SENSORS=5000 BENCH_RUNS=1 BENCH_RESULTS=results.md
BENCH_SENSORS ?= 50000
BENCH_RUNS ?= 3
BENCH_WORK ?=
BENCH_SCENARIOS ?=
BENCH_RESULTS ?= benchmarks/RESULTS.md
bench: $(STAMP) ## measure everything with 36 M rows a day and write benchmarks/RESULTS.md (BENCH_SENSORS, BENCH_WORK)
	@"$(BIN)/python" -m benchmarks run $(BENCH_SCENARIOS) --sensors "$(BENCH_SENSORS)" --runs "$(BENCH_RUNS)" --results "$(BENCH_RESULTS)" \
	  $(if $(BENCH_WORK),--work "$(BENCH_WORK)" --keep) $(if $(MADANG_DROP),--drop "$(MADANG_DROP)")

bench-small: $(STAMP) ## does the benchmark work: all of it at tiny sizes, results compared, nothing timed or written
	@"$(BIN)/python" -m benchmarks run --small

site-bench: $(STAMP) ## what the site costs: 90 metrics, 25 districts, three years; a first build, and one after a day more (docs/site.md)
	@"$(BIN)/python" -m benchmarks.site

suppression: $(STAMP) ## what disclosure control costs: greedy against exact, three years of 450 areas (docs/disclosure.md)
	@"$(BIN)/python" -m benchmarks.suppression made

format: $(STAMP) ## rewrite the code in the project's style
	@"$(BIN)/ruff" check --fix-only -q .
	@"$(BIN)/ruff" format .

# --universal: one lock for every system and Python from 3.11; --no-strip-extras: pip needs them to take it as a lock;
# --no-emit-*: a lock says what, not from where.
LOCK = "$(BIN)/uv" pip compile -q --python "$(BIN)/python" --universal --python-version 3.11 --generate-hashes \
  --no-header --no-strip-extras --no-emit-index-url --no-emit-find-links $(LOCK_ARGS)

lock: ## resolve again and rewrite the locks (LOCK_ARGS=--upgrade takes newer versions)
	@test -x "$(BIN)/uv" || { "$(PYTHON)" -m venv "$(VENV)"; "$(BIN)/python" -m pip install -q --disable-pip-version-check uv; }
	@$(LOCK) pyproject.toml --group build --group dev -o requirements-dev.txt
	@$(LOCK) pyproject.toml --group build -c requirements-dev.txt -o requirements.txt
	@$(LOCK) $(JUDGE_LOCK).in -o $(JUDGE_LOCK).txt
	@! grep -nE '://|^--' requirements.txt requirements-dev.txt $(JUDGE_LOCK).txt || { echo "a lock names an address" >&2; exit 1; }

clean: ## remove the environment and caches; MADANG_HOME stays
	@rm -rf "$(VENV)" build dist ./*.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
