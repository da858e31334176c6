# `make` lists what there is. Only Python 3.11 or later and make have to be there beforehand.

PYTHON ?= python3
PORT ?= 8000
CLOUD_PORT ?= 4566

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Values from the command line reach programs by the environment, where no shell takes them apart.
export PARAMS FILE OUT ROWS CHUNKS
# Where bytecode is switched off, each of some hundred processes would compile what it imports.
unexport PYTHONDONTWRITEBYTECODE

TOOLS := .venv/bin/python
CLOUD := .build/cloud/bin/python
SAM := .build/sam/bin/sam
SETUP := .venv/installed .build/cloud/installed .build/sam/installed .build/browser \
	.build/storefront/installed
SAM_PYTHON := .build/sam/bin/python

# From the command line alone: many shells have a STAGE, an EMAIL or a NAME of their own.
typed = $(if $(findstring command,$(origin $1)),$($1))

# The shop's own folder, if it is another one than shop/.
ifdef SHOP
export SHOP_FOLDER := $(abspath $(call typed,SHOP))
endif

COMPILE := $(TOOLS) -m piptools compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-find-links --no-header --annotation-style=line
COMPILED := layers/common/src/requirements.txt requirements/bench.txt requirements/cloud.txt \
	requirements/dev.txt requirements/installer.txt requirements/sam.txt \
	benchmarks/peers/requirements.txt

.PHONY: help
help: ## list the targets (this)
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 22

.PHONY: run
run: export RUN_CLOCK = $(or $(call typed,CLOCK),+0m)
run: export RUN_CONCURRENCY = $(call typed,CONCURRENCY)
run: .build/cloud/installed ## bring the system up at http://localhost:8000 [PORT=, CLOUD_PORT=, PARAMS="ExistingEmail=reveal", CLOCK=+25h, CONCURRENCY=4, SHOP=shop]
	@exec $(CLOUD) -m local.run --port "$(PORT)" --cloud-port "$(CLOUD_PORT)" --params "$$PARAMS" \
		--clock="$$RUN_CLOCK" $${RUN_CONCURRENCY:+--concurrency "$$RUN_CONCURRENCY"}

.PHONY: preview
preview: .venv/installed ## look at every page and mail, in every language [SHOP=shop, PORT=]
	@exec $(TOOLS) -m local.preview --port "$(PORT)"

.PHONY: check-shop
check-shop: ## check the shop's folder: each problem, and what it lacks [SHOP=shop]
	@exec $(PYTHON) -m deploy.shop

.PHONY: import
import: .build/cloud/installed ## import a file into the running system [FILE=examples/customer.csv, DRY_RUN=1, OUT=folder for the reports, CLOUD_PORT=]
	@test -n "$$FILE" || { echo 'Which file? make import FILE=examples/customer.csv' >&2; exit 1; }
	@$(CLOUD) -m local.package
	@# The layer's botocore knows the functions' services alone.
	@PYTHONPATH="$$(echo .build/cloud/lib/python*/site-packages):.build/layer/local/python" exec $(CLOUD) -m local.import_file \
		--cloud-port "$(CLOUD_PORT)" $${OUT:+--out "$$OUT"} $(if $(DRY_RUN),--dry-run) -- "$$FILE"

.PHONY: staff
staff: export STAFF_EMAIL = $(call typed,EMAIL)
staff: export STAFF_ROLE = $(or $(call typed,ROLE),editor)
staff: export STAFF_NAME = $(call typed,NAME)
staff: .build/cloud/installed ## invite somebody to the Back Office of the running system [EMAIL=ada@shop.example, ROLE=viewer, NAME=, REMOVE=1, CLOUD_PORT=]
	@test -n "$$STAFF_EMAIL" || { echo 'Whom? make staff EMAIL=ada@shop.example' >&2; exit 1; }
	@exec $(CLOUD) -m local.staff --cloud-port "$(CLOUD_PORT)" --role "$$STAFF_ROLE" \
		$${STAFF_NAME:+--name "$$STAFF_NAME"} $(if $(call typed,REMOVE),--remove) -- "$$STAFF_EMAIL"

.PHONY: logs
logs: .build/cloud/installed ## print what the functions of the running system have logged [CLOUD_PORT=, FOLLOW=1]
	@exec $(CLOUD) -m local.logs --cloud-port "$(CLOUD_PORT)" $(if $(FOLLOW),--follow)

.PHONY: build
build: .build/sam/installed check-texts ## build what AWS gets, into .aws-sam/build [PARAMS="Runtime=python3.13 Architecture=x86_64", SHOP=shop]
	@exec $(SAM_PYTHON) -m deploy build --params "$$PARAMS"

.PHONY: deploy
deploy: export DEPLOY_STAGE = $(call typed,STAGE)
deploy: .build/sam/installed check-texts ## build and deploy a stage to AWS [STAGE=dev, PARAMS="MailFrom=... AlarmEmail=...", PREVIEW=1, SHOP=shop]
	@test -n "$$DEPLOY_STAGE" || { echo 'Which stage? make deploy STAGE=dev' >&2; exit 1; }
	@exec $(SAM_PYTHON) -m deploy stage "$$DEPLOY_STAGE" --params "$$PARAMS" \
		$(if $(call typed,PREVIEW),--preview)

# Where tests note which permissions the functions use.
USES := .build/iam-uses

.PHONY: test
test: export IAM_USES = $(CURDIR)/$(USES)
test: ## all checks and all tests, as in CI
	@rm -rf $(USES)
	@# The checks take a core while the rest is installed on the other.
	@$(MAKE) --silent --jobs 2 check $(SETUP)
	@$(MAKE) --silent test-functions
	@$(TOOLS) -m tests.iam.grants $(USES)
	@$(MAKE) --silent test-processes

# The tests of real processes: where one waits for a mail, another has its core. What shares a browser
# or a cloud is one group, and the largest groups begin.
.PHONY: test-processes
test-processes: $(SETUP)
	$(TOOLS) -m tests.local_cloud.plugin $(TOOLS) -m pytest -n 3 --dist loadgroup \
		-m "not endurance" tests/browser tests/glue tests/local_cloud

# The functions under moto, and all that needs no other process.
.PHONY: test-functions
test-functions: $(SETUP)
	SAM="$(CURDIR)/$(SAM)" $(TOOLS) -m pytest -n 2 --dist worksteal -m "not endurance" \
		--ignore tests/local_cloud --ignore tests/glue --ignore tests/browser

.PHONY: test-endurance
test-endurance: setup ## each fault at each call, killed imports, a failing SES: what takes longer [SIGN_UPS=1000, IMPORT_ROWS=10000, IMPORT_KILLS=100]
	$(TOOLS) -m pytest -s -m endurance

.PHONY: kill-test
kill-test: .venv/installed .build/cloud/installed ## import 10,000 rows while their workers are killed 100 times [IMPORT_ROWS=, IMPORT_KILLS=, IMPORT_SEED=]
	IMPORT_ROWS=$${IMPORT_ROWS:-10000} IMPORT_KILLS=$${IMPORT_KILLS:-100} \
		$(TOOLS) -m pytest -q -s tests/local_cloud/test_import_kills.py

.PHONY: check
check: .venv/installed ## lint, formatting, types, layers, texts
	$(TOOLS) -m ruff check
	$(TOOLS) -m ruff format --check
	$(TOOLS) -m mypy
	.venv/bin/lint-imports
	@$(MAKE) --silent check-texts

.PHONY: check-texts
check-texts: .venv/installed ## list what lacks in a language, and what is wrong in the shop's texts [SHOP=shop]
	@$(TOOLS) -m registration.entrypoints.shop.check_texts

.PHONY: bench
bench: .venv/installed .build/cloud/installed .build/bench/installed ## run the benchmarks, and write docs/performance.md
	@$(TOOLS) -m benchmarks.report
	@.build/bench/bin/python -m benchmarks.page

.PHONY: bench-import
bench-import: .venv/installed .build/bench/installed ## measure the import: CPU, speed, memory, write calls [ROWS=1000000, CHUNKS=100]
	@$(TOOLS) -m benchmarks.report bench_import
	@.build/bench/bin/python -m benchmarks.page

.PHONY: bench-peers
bench-peers: .venv/installed .build/bench/installed .build/peers/installed .build/peers-node/installed ## measure a sign-up beside those of fastapi-users, django-allauth and better-auth
	@$(TOOLS) -m benchmarks.report peers
	@.build/bench/bin/python -m benchmarks.page

.PHONY: openapi
openapi: .venv/installed ## write docs/openapi.json anew, from the code [SHOP=shop, OUT=another file]
	@mkdir -p docs
	$(TOOLS) -m registration.entrypoints.openapi.document > "$${OUT:-docs/openapi.json}"

.PHONY: screenshots
screenshots: .venv/installed .build/cloud/installed .build/browser ## take the README's pictures anew
	@$(TOOLS) -m tests.browser.screenshots docs/images

.PHONY: gallery
gallery: .venv/installed .build/cloud/installed .build/browser ## take a picture of every page, to look at [OUT=out/gallery]
	@exec $(TOOLS) -m tests.browser.gallery "$${OUT:-out/gallery}"

.PHONY: requirements
requirements: .venv/installed ## pin the requirements anew [UPGRADE=--upgrade]
	@set -e; for file in $(COMPILED:.txt=); do \
		echo "$$file.txt"; $(COMPILE) $(UPGRADE) --output-file $$file.txt $$file.in; \
	done

.PHONY: setup
setup: ## install everything: tools, local cloud, SAM CLI, a browser if there is none
	@$(MAKE) --silent --jobs 2 $(SETUP)

.PHONY: clean
clean: ## remove all that was installed and built
	rm -rf .venv .build .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/installed: requirements/dev.txt
	@$(PYTHON) local/environment.py .venv requirements/dev.txt --editable

# Spryker's storefront packages, with which the tests try what Spryker's clients do. No script of a
# package runs. Without Node the tests leave them out, and say so.
.build/storefront/installed: requirements/storefront/package.json requirements/storefront/package-lock.json
	@if ! npm --version > /dev/null 2>&1; then \
		echo "There is no npm here: Spryker's storefront packages are not tried."; exit; fi; \
	echo "Installing requirements/storefront ..."; mkdir -p $(@D) && cp $^ $(@D) && \
	npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@

# The peer that is not in Python.
.build/peers-node/installed: benchmarks/peers/package.json benchmarks/peers/package-lock.json
	@mkdir -p $(@D) && cp $^ $(@D) && \
	npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@

.build/peers/installed: benchmarks/peers/requirements.txt
	@$(PYTHON) local/environment.py $(@D) $<

.build/%/installed: requirements/%.txt
	@$(PYTHON) local/environment.py .build/$* requirements/$*.txt

# Run each time: it takes a moment if the browser that was found is there still.
.PHONY: .build/browser
.build/browser: .venv/installed
	@$(TOOLS) -m local.browser
