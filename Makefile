# `make` alone tells what there is. Everything goes by `python -m`: the scripts of a virtual
# environment fail on a path with a space in it.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
CODE := kip members board workinggroups tests manage.py
.DEFAULT_GOAL := help
.PHONY: help run dev test check messages pictures bench shell manage backup restore clean \
	check-style check-imports check-types check-migrations check-deploy check-templates \
	check-catalogues

help: ## what there is
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 18

run: $(VENV)/.runs ## run KIP here: http://127.0.0.1:8000/, or PORT=8123 make run
	@exec $(PY) -m kip.local run

dev: $(VENV)/.runs ## the same with DEBUG, restarting web and worker when a file changes
	@exec $(PY) -m kip.local dev

shell: $(VENV)/.runs ## a Python shell on the same database
	@exec $(PY) -m kip.local manage shell

manage: $(VENV)/.runs ## any management command: make manage ARGS="showmigrations board"
	@exec $(PY) -m kip.local manage $(ARGS)

backup: $(VENV)/.runs ## database and files into one encrypted archive in .local/backups; ARGS="--keep 30"
	@exec $(PY) -m kip.local manage backup $(ARGS)

restore: $(VENV)/.runs ## an archive back: make restore FILE=… ARGS="--identity … --overwrite kip"
	@test -n "$(FILE)" || { echo "Say which archive: make restore FILE=.local/backups/…"; exit 2; }
	@exec $(PY) -m kip.local manage restore "$(FILE)" $(ARGS)

test: $(VENV)/.develops ## all tests; some of them: make test ARGS="tests/board -k quorum"
	@exec $(PY) -m pytest -n logical --maxprocesses 4 $(ARGS)

check: check-style check-imports check-migrations check-deploy check-templates check-catalogues
check: check-types ## style, import directions, migrations, settings, templates, catalogues, types

messages: $(VENV)/.develops ## collect the texts for translation, and compile the catalogues
	$(PY) manage.py catalogues --write

pictures: $(VENV)/.develops ## take the README's pictures anew, of the demo
	$(PY) -m pytest tests/pictures.py

bench: $(VENV)/.develops ## measure against a bare Django page; shorter: ARGS="--rounds 2 --members 1000"
	@exec $(PY) -m tests.bench $(ARGS)

clean: ## remove the virtual environment and .local, WITH ITS DATA
	@if [ -x $(PY) ]; then $(PY) -m kip.local clean; fi
	rm -rf $(VENV) .local .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- The virtual environment ---------------------------------------------------------------------

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "KIP needs Python 3.11 or newer: make PYTHON=python3.11 run"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "On Debian: apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.runs: $(VENV)/.made requirements.txt
	@echo "Installing the packages of requirements.txt …"
	@$(PY) -m pip install -qq --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.develops: $(VENV)/.runs requirements-dev.txt
	@echo "Installing the packages of requirements-dev.txt …"
	@$(PY) -m pip install -qq --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# --- The checks: with the settings of a real server, and without any server ----------------------

check messages check-%: export DEBUG = false
check messages check-%: export SECRET_KEY = checks-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH
check messages check-%: export SITE_URL = https://kip.example
check messages check-%: export ALLOWED_HOSTS = kip.example
check messages check-%: export DATA_DIR = .local/check
check messages check-%: export DATABASE_URL = postgresql://kip@127.0.0.1:9/kip
check messages check-%: export REDIS_URL = redis://127.0.0.1:9/0
check messages check-%: export EMAIL_URL = smtp://127.0.0.1:9
check messages check-%: export DEFAULT_FROM_EMAIL = KIP <kip@kip.example>
check messages check-%: export SECRETARY_EMAIL = secretary@kip.example
check messages check-%: export HSTS_WHOLE_DOMAIN = true

check-style: $(VENV)/.develops
	$(PY) -m ruff check $(CODE)
	$(PY) -m ruff format --check $(CODE)

check-imports: $(VENV)/.develops
	$(PY) -c "from importlinter.cli import lint_imports_command as run; run()"

check-migrations: $(VENV)/.develops
	$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

check-deploy: $(VENV)/.develops
	$(PY) manage.py check --deploy --fail-level WARNING

check-templates: $(VENV)/.develops
	$(PY) -m djlint templates --lint --quiet

check-catalogues: $(VENV)/.develops
	$(PY) manage.py catalogues

check-types: $(VENV)/.develops
	$(PY) -m mypy
