# Everything a person or a machine does with the project; `make help` lists it.
.DEFAULT_GOAL := help
PY := .venv/bin/python
.PHONY: help install run test deaths fuzz check demo hunt load-bots permissions simulate bench bench-sandbox pins

help:       ## this list
	@grep -hE '^[a-z-]+: *.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 14
install:    ## system packages where possible, .venv and .venv-box from the pins
	@tools/install
run: install ## the site on this machine with a worker, a demonstration competition and accounts
	@exec $(PY) manage.py run
test: install ## the whole suite; the last lines say what ran against what
	@$(PY) -m tests
deaths: install ## kill workers, web servers and Redis under load, at length: make deaths [N=80] [KILLS=18]
	@$(PY) -m tests.concurrency.deaths $(or $(N),80) $(or $(KILLS),18)
fuzz: install ## random and damaged frames into the parser of the sandbox's results: make fuzz [FRAMES=200000] [SEED=0]
	@$(PY) -m tests.sandbox.fuzz $(or $(FRAMES),200000) $(or $(SEED),0)
check: install ## format, types, imports, templates, spelling
	@PATH="$(CURDIR)/.venv/bin:$$PATH" tools/check
demo: install ## the main job, headless, on its own temporary instance: make demo [BUNDLE=PATH]
	@$(PY) manage.py demo $(BUNDLE)
hunt: install ## the four hunters on a temporary instance; at least two must get a patch certified
	@$(PY) manage.py demo --hunters
load-bots: install ## many bots at once: nothing lost, nothing judged twice, quotas exact: make load-bots [BOTS=50] [N=2000]
	@$(PY) -m tests.client.bots $(or $(BOTS),50) $(or $(N),2000)
permissions: install ## measure again who may what, and write the table of the documentation
	@PERMISSIONS=write $(PY) -m pytest tests/permissions -q -p no:xdist; git diff --stat -- templates/docs/permissions.json
simulate: install ## competitions under attack, at length: are honest patches certified, and false ones not? [SEEDS=20]
	@$(PY) -m scoring.simulation --seeds $(or $(SEEDS),20)
bench: install ## speed, as ratios measured side by side in one run
	@$(PY) -m tests.benchmarks
bench-sandbox: install ## the sandbox beside a plain process and a cold one, memory, growth: make bench-sandbox [JOBS=1000]
	@$(PY) -m tests.benchmarks.sandbox $(or $(JOBS),1000)
pins:       ## compile requirements/*.in to the pinned files
	@.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements/base.in -o requirements.txt
	@.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements/s3.in -o requirements-s3.txt
	@.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements/dev.in -o requirements-dev.txt
	@.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements/box.in -o requirements-box.txt
