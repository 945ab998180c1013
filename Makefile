# Every target first sets up what it needs; only python3 (3.11+), python3-venv and make must be there.
PYTHON ?= python3
PY := .venv/bin/python
# Most modules are never imported; compiling only those that are saves a third of the installation.
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --no-compile
# It is written when a module is first imported; without it every start would compile them all again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := run
.DELETE_ON_ERROR:
.PHONY: setup run test test-slow test-browser check format bench lock assets test-assets clean \
	check-format check-lint check-imports check-types check-django check-templates

setup: .venv/.ok assets

run: setup
	@exec $(PY) ops/stack.py

# Arguments for pytest: make test ARGS="tests/leads -x"
test: ARGS ?= -n 2
test: .venv/.dev test-assets
	@exec $(PY) ops/testrun.py $(ARGS)

test-slow: .venv/.dev test-assets
	@exec $(PY) ops/testrun.py -m slow $(ARGS)

# Sound takes the machine for itself. With ARGS one of the two may have nothing to run, which pytest tells by a 5.
test-browser: .venv/.dev test-assets
	@$(PY) ops/testrun.py -m "browser and not sound" -n 2 --dist loadfile $(ARGS) $(if $(ARGS),|| test $$? -eq 5)
	@$(PY) ops/testrun.py -m "browser and sound" $(ARGS) $(if $(ARGS),|| test $$? -eq 5)

check: check-format check-lint check-imports check-types check-django check-templates

check-format: .venv/.dev
	$(PY) -m ruff format --check .

check-lint: .venv/.dev
	$(PY) -m ruff check .

check-imports: .venv/.dev
	.venv/bin/lint-imports

check-types: .venv/.dev
	$(PY) -m mypy

check-django: .venv/.dev
	$(PY) ops/throwaway.py $(PY) manage.py check
	$(PY) ops/throwaway.py $(PY) manage.py makemigrations --check --dry-run

check-templates: .venv/.dev
	find templates apps -name '*.html' -exec .venv/bin/djade --check --target-version 5.2 {} +
	.venv/bin/djlint templates --lint --quiet --ignore H021,H023,H024,H030,H031,H036,T001

format: .venv/.dev
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix-only .
	find templates apps -name '*.html' -exec .venv/bin/djade --target-version 5.2 {} +

bench: .venv/.dev
	@exec $(PY) ops/throwaway.py $(PY) -m bench $(ARGS)

lock: .venv/.dev
	$(PY) ops/lock.py

# These end well even when bundling fails: the pages then use the plain sources, and the next run tries again.
assets: .venv/.ok
	@$(PY) ops/assets.py

test-assets: .venv/.dev
	@$(PY) ops/assets.py --dev

.venv/.ok: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Fairdial needs Python 3.11 or newer; name one with PYTHON=..." >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv .venv \
		|| { rm -rf .venv; echo "Making .venv failed; on Debian: apt install python3-venv" >&2; exit 1; }
	@echo "Installing Python packages into .venv ..."
	@$(PIP) -r requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.ok
	@echo "Installing tools for tests and checks into .venv ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@

# Back to a fresh clone but for .venv and node_modules; refuses while the platform runs from here.
clean: .venv/.ok
	@$(PY) ops/stack.py --forget
	rm -rf static/dist var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage htmlcov
	find . -path ./.venv -prune -o -path ./node_modules -prune -o -name __pycache__ -type d -exec rm -rf {} +
