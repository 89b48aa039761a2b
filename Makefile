# Two commands are all one needs: `make run` and `make test`. Both do their own set-up first.

BERTH := .venv/bin/berth
PREPARE := python3 packaging/prepare.py

.PHONY: run test test-apps setup bench clean help

run: ## set up what is missing, then start the desktop
	@$(PREPARE) --images first
	@exec $(BERTH) session $(ARGS)

setup: ## set up what is missing; leaves the program at .venv/bin/berth
	@$(PREPARE) --images first

# The day is that of the beginning, also for who goes on after midnight.
test: export BERTH_SAMPLE := $(or $(BERTH_SAMPLE),$(shell date -u +%F))
test: ## set up what the tests need, then run every test
	@$(PREPARE) --tests --images tests
	@.venv/bin/python -m pytest $(ARGS)

test-apps: ## start every app of the catalogue once (builds all images: half an hour the first time, 20 GB)
	@$(PREPARE) --tests --images all
	@BERTH_APPS=$${BERTH_APPS:-all} .venv/bin/python -m pytest tests/catalogue $(ARGS)

bench: ## compare with other programs in the same run, print ratios
	@$(PREPARE) --tests --images first
	@.venv/bin/python -m tests.benchmarks $(ARGS)

clean: ## remove the virtual environment and caches; images and app data stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/'
