# What people type. Each line is one call of the command `tailbox` or of a checker.
.DEFAULT_GOAL := help
TARGET ?= base
RUN = .venv/bin/python -m builder
# Debian packages other than the lock's are accepted, and named; `make build-image LOCKED=1` refuses them.
BUILD = $(if $(LOCKED),--locked) $(if $(BUILDER),--builder $(BUILDER)) $(if $(CACHE),--cache $(CACHE))
TESTS = -n 2
export PYTHON

.PHONY: help build-image list push-image reproduce projects bench bench-boot test test-unit test-deep lint lock clean

help: ## this list
	@printf 'tailbox: images for remote GPU development, proven over a real private tailnet\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\n  make build-image TARGET=cuda-pytorch\n'

build-image: .venv/.ready-runtime ## build and prove one target: make build-image TARGET=base
	@$(RUN) prove $(TARGET) $(BUILD)

list: .venv/.ready-runtime ## the targets that can be built
	@$(RUN) list

test: lint ## the checkers and the tests of a change: unit, engine, tailnet, faults, browser
	.venv/bin/python -m pytest $(TESTS) tests

test-unit: .venv/.ready-dev ## the tests that need no engine, in seconds
	.venv/bin/python -m pytest $(TESTS) tests/unit

test-deep: .venv/.ready-dev ## the tests that take long and find nothing new each day; an hour or two
	.venv/bin/python -m pytest $(TESTS) -m deep tests
	.venv/bin/python -m tools.mutations

lint: .venv/.ready-dev ## ruff, mypy, import-linter, shellcheck, hadolint, gofmt
	.venv/bin/python -m tools.lint

lock: .venv/.ready-runtime ## pin the wheels of every target, the tools and the base again
	@$(RUN) lock

push-image: .venv/.ready-runtime ## push a target and verify it: make push-image TARGET=base REGISTRY=ghcr.io/you
	@test -n "$(REGISTRY)" || { echo "error: where to? make push-image TARGET=$(TARGET) REGISTRY=ghcr.io/you" >&2; exit 2; }
	@$(RUN) push $(TARGET) $(REGISTRY) $(BUILD)

reproduce: .venv/.ready-runtime ## build a target twice with nothing cached and compare every layer
	@$(RUN) reproduce $(TARGET) $(if $(LOCKED),--locked)

projects: .venv/.ready-dev ## try public projects up to a lock; UPTO=built builds them and imports
	.venv/bin/python -m tools.corpus --upto $(or $(UPTO),locked)

bench: .venv/.ready-runtime ## measure builds, sizes and boots against others: make bench TARGET=base PARTS=shapes
	@.venv/bin/python -m bench $(TARGET) $(PARTS)

bench-boot: .venv/.ready-runtime ## measure boots through the tailnet, and write them into docs/operating.md
	@.venv/bin/python -m bench.boot --write

clean: .venv/.ready-runtime ## remove what tailbox left in the engine and in build/
	@$(RUN) clean

.venv/.ready-runtime: requirements.lock images/locks/uv.txt tools/bootstrap.sh
	@tools/bootstrap.sh runtime

.venv/.ready-dev: requirements-dev.lock images/locks/uv.txt pyproject.toml tools/bootstrap.sh
	@tools/bootstrap.sh dev
