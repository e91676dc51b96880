# Everything a person or a machine does with the project; `make help` lists it.
.DEFAULT_GOAL := help
PY := .venv/bin/python
# Compiled files are written whatever the machine says: without them each process spends seconds on compiling anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help install run test deaths attacks fuzz check demo hunt openapi fuzz-api load-api load-bots permissions simulate bench bench-growth bench-hunters bench-sandbox exports pins

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
attacks: install ## both corpora of attacks and the hostile ONNX files, as whoever runs it and as an ordinary user
	@ATTACKS=all $(PY) -m pytest tests/sandbox/test_attacks.py tests/sandbox/test_onnx_attacks.py -q -p no:xdist
fuzz-api: install ## every endpoint with what a generator makes of its schema, at length: make fuzz-api [EXAMPLES=100]
	@FUZZ_EXAMPLES=$(or $(EXAMPLES),100) $(PY) -m pytest tests/api/test_fuzz.py -q -p no:xdist
load-api: install ## board, status and submit over many stored submissions: make load-api [N=100000]
	@$(PY) -m tests.benchmarks.api $(or $(N),100000)
check: install ## format, types, imports, templates, spelling
	@PATH="$(CURDIR)/.venv/bin:$$PATH" tools/check
demo: install ## the main job, headless, on its own temporary instance: make demo [BUNDLE=PATH]
	@$(PY) manage.py demo $(BUNDLE)
openapi: install ## write the API's OpenAPI document anew: templates/docs/openapi.yaml
	@$(PY) manage.py spectacular --file templates/docs/openapi.yaml --validate --fail-on-warn; git diff --stat -- templates/docs/openapi.yaml
hunt: install ## the four hunters on a temporary instance; at least two must get a patch certified
	@$(PY) manage.py demo --hunters
load-bots: install ## many bots at once: nothing lost, nothing judged twice, quotas exact: make load-bots [BOTS=50] [N=2000]
	@$(PY) -m tests.client.bots $(or $(BOTS),50) $(or $(N),2000)
permissions: install ## measure again who may what, and write the table of the documentation
	@PERMISSIONS=write $(PY) -m pytest tests/permissions -q -p no:xdist; git diff --stat -- templates/docs/permissions.json
simulate: install ## competitions under attack, at length: are honest patches certified, and false ones not? [SEEDS=20]
	@$(PY) -m scoring.simulation --seeds $(or $(SEEDS),20)
bench: install ## speed, as ratios measured side by side in one run
	@tools/bench-environment
	@$(PY) -m tests.benchmarks
bench-growth: install ## kernels as rows grow to 20 million and groups to 100,000; writes what the documentation shows
	@$(PY) -m tests.benchmarks.growth
exports: install ## exported models beside the platform's own answers, on many rows: make exports [ROWS=100000]
	@EXPORT_ROWS=$(or $(ROWS),100000) $(PY) -m pytest tests/scoring/test_export.py -q -p no:xdist
bench-hunters: install ## hunters, SliceLine and a beam search beside each other: time, and what of a planted group they find
	@$(PY) -m tests.benchmarks.hunters
bench-sandbox: install ## the sandbox beside a plain process and a cold one, memory, growth: make bench-sandbox [JOBS=1000]
	@$(PY) -m tests.benchmarks.sandbox $(or $(JOBS),1000)
pins:       ## compile requirements/*.in to the pinned files
	@.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements/base.in -o requirements.txt
	@.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements/s3.in -o requirements-s3.txt
	@.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements/dev.in -o requirements-dev.txt
	@.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements/box.in -o requirements-box.txt
	@.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements/bench.in -o requirements-bench.txt
