# Everything one does with this project. `make` alone lists it.

SHELL := /bin/sh
.DEFAULT_GOAL := list
.SILENT:
.PHONY: list run test check bench words transcripts lock language migration schema runtime dev

PYTHON := .venv/bin/python
# The test tools are the stricter ones, so they choose first; no address of an index is ever written.
LOCKING := --quiet --upgrade --generate-hashes --no-annotate --no-header --strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host
# A shim of a version manager may carry the name and still not run, so each is tried.
FIND_PYTHON = for name in python3.13 python3.12 python3.11 python3 python; do \
		"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$name"; break; }; \
	done

# $(call environment,LOCK): a .venv that holds what LOCK names, made anew when a lock has changed.
define environment
	if [ -f .venv/installed.lock ] && $(PYTHON) -c '' 2>/dev/null \
		&& { cmp -s $(1) .venv/installed.lock || cmp -s requirements-dev.lock .venv/installed.lock; }; then exit 0; fi; \
	found=$$($(FIND_PYTHON)); \
	if [ -z "$$found" ]; then \
		echo "Python 3.11 or newer is needed, and none of python3.13, python3.12, python3.11, python3 is one. On Debian or Ubuntu: sudo apt-get install python3 python3-venv" >&2; exit 1; fi; \
	if ! "$$found" -c 'import venv, ensurepip' 2>/dev/null; then \
		echo "$$found lacks its venv module, which makes the environment. On Debian or Ubuntu: sudo apt-get install $$("$$found" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')" >&2; exit 1; fi; \
	if ! { [ -f .venv/installed.lock ] && $(PYTHON) -c '' 2>/dev/null && cmp -s requirements.lock .venv/installed.lock; }; then \
		echo "Making the environment in .venv with $$found ..." >&2; \
		"$$found" -m venv --clear .venv || { echo "The environment could not be made in .venv; is the disk full or the folder read-only?" >&2; exit 1; }; \
	fi; \
	rm -f .venv/installed.lock; \
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(1) \
		|| { echo "The packages of $(1) could not be installed. Is the package index within reach? Then run make again." >&2; exit 1; }; \
	cp $(1) .venv/installed.lock
endef

list: ## Lists what can be done
	awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: runtime ## Starts the bot: with no BOT_TOKEN, the practice Telegram and its page beside it
	exec $(PYTHON) -m bot run

# What is compiled is kept, also where the machine says otherwise: each of the test processes needs all of it.
test: dev ## Runs every test that needs no network (ARGS="-k lan" for some, JOBS=1 one after another)
	PYTHONDONTWRITEBYTECODE= $(PYTHON) -m pytest --numprocesses $(or $(JOBS),4) --dist worksteal \
		--durations 10 --durations-min 2 $(ARGS)

check: dev ## Format, lint, types, import rules, catalogues, migrations
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	$(PYTHON) -m locales check
	$(PYTHON) -m pytest --quiet tests/storage/test_migrations.py tests/storage/test_schema.py

bench: dev ## Prints figures as `name value unit` lines (FULL=1 for more, ARGS=starting for some)
	$(PYTHON) -m tests.bench $(ARGS)

words: dev ## Collects new sentences for the translators, in every language
	$(PYTHON) -m locales extract
	$(PYTHON) -m locales update

transcripts: dev ## Writes the golden transcripts anew, to be read in the review
	REWRITE_TRANSCRIPTS=1 $(PYTHON) -m pytest --quiet tests/conversations tests/bot/test_channel_cases.py

language: dev ## Begins a language: make language CODE=km
	test -n "$(CODE)" || { echo "Which language? For Khmer: make language CODE=km" >&2; exit 1; }
	$(PYTHON) -m locales add "$(CODE)"

migration: dev ## Writes the next migration of the tables: make migration NAME=add_meals
	test -n "$(NAME)" || { echo "What does it do? For a table of meals: make migration NAME=add_meals" >&2; exit 1; }
	file=$$($(PYTHON) -m storage migration "$(NAME)") || exit 1; test -n "$$file" || exit 0; \
	$(PYTHON) -m ruff check --quiet --fix --exit-zero "$$file"; $(PYTHON) -m ruff format --quiet "$$file"; \
	echo "Please read it, and say in its first line what it is for: $$file"

schema: dev ## Writes the page of all tables anew, storage/SCHEMA.md
	$(PYTHON) -m storage schema

lock: ## Resolves the dependencies anew into both lock files
	found=$$($(FIND_PYTHON)); "$$found" -m venv --clear var/lock && var/lock/bin/pip install --quiet pip-tools
	var/lock/bin/pip-compile $(LOCKING) --extra dev --output-file requirements-dev.lock pyproject.toml
	var/lock/bin/pip-compile $(LOCKING) --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml
	rm -rf var/lock

runtime:
	$(call environment,requirements.lock)

dev:
	$(call environment,requirements-dev.lock)
