# `make local` and `make test` do everything on a fresh machine that has Python 3.11+.
BIN := .venv/bin
RUN := $(BIN)/python -m
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: local test test-packages test-environments check bench setup lint types synth lock clean node-clients
# The oldest versions of what the constructs need, as pyproject.toml declares them.
OLDEST_CDK := tests/support/environments/oldest-cdk.txt


local: setup  ## synthesise, start the local cloud, show the streams; ARGS=--once ends after that
	@$(RUN) demo $(ARGS)

# Byte code is kept, whatever the environment says: each run, and each program of a test, would
# compile it anew.
test check: export PYTHONDONTWRITEBYTECODE =
test: setup  ## everything, with coverage
	@$(MAKE) --no-print-directory -j 5 types lint $(FOR_TESTS)
	$(RUN) coverage erase
	$(RUN) coverage run -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)
	$(RUN) coverage combine --quiet
	$(RUN) coverage report
	$(RUN) coverage report --include='$(PROTOCOL)' --fail-under=100

# mypy takes one core for half a minute; the others mostly wait for a network.
FOR_TESTS := test-packages test-environments .tools/aws-lambda-rie .tools/node-ric/.installed \
	.tools/agents/.ready node-clients

test-packages:
	@tools/install-test-packages

test-environments:
	@tools/install-test-environments

check: setup lint  ## the inner loop: the fast tests
	$(RUN) pytest -q -n 2 --dist loadfile --hypothesis-profile quick \
		-m "not slow and not layer and not rie" $(ARGS)

bench: setup  ## runtime, web apps, MCP calls, LLM frames, layer, synthesis, endpoints: some minutes each
	@$(RUN) benchmarks.runtime $(ARGS)
	@$(RUN) benchmarks.web_apps $(filter --quick,$(ARGS)) || test $$? = 3  # 3: no packages to be had
	@$(RUN) benchmarks.mcp_calls $(filter --quick,$(ARGS)) || test $$? = 3  # 3: no packages to be had
	@$(RUN) benchmarks.llm $(filter --quick,$(ARGS)) || test $$? = 3
	@$(RUN) benchmarks.layer $(filter --quick,$(ARGS)) $(LAYER_ARGS) || test $$? = 3  # 3: no layer to be had
	@$(RUN) benchmarks.synth $(filter --quick,$(ARGS))
	@$(RUN) benchmarks.endpoints $(filter --quick,$(ARGS))

# What reads or writes bytes of a protocol, and does no I/O, is tested in every branch.
PROTOCOL := lambda_src/streambda_runtime/http11.py,lambda_src/streambda_runtime/response.py,$\
	lambda_src/streambda_runtime/errors.py,lambda_src/streambda_runtime/chunks.py,$\
	lambda_src/streambda_runtime/http_event.py,streambda/local/http/prelude.py,$\
	streambda/local/endpoints/lambda_api/eventstream.py,streambda/local/invocation/lifecycle.py,$\
	streambda/local/auth/signature.py,streambda/local/auth/sigv4.py,streambda/local/auth/jwks.py,$\
	streambda/local/limits/token_bucket.py,streambda/local/faults/effects.py,$\
	streambda/local/runtime_api/requests.py

lint:
	$(RUN) ruff check
	$(RUN) ruff format --check

types:
	$(RUN) mypy

synth: setup
	@node_modules/.bin/cdk synth --quiet $(ARGS)

setup: .venv/.ready node_modules/.ready

# uv downloads and unpacks many packages at once. Where it cannot reach them, with pip's settings of
# this machine or without, pip installs them. Without dependencies the order is theirs: aws-cdk-lib
# comes last, since it has some files that a package which it needs has too, in another form.
PIP = $(RUN) pip install --disable-pip-version-check --quiet --progress-bar off --no-deps
UV = $(RUN) uv pip install --quiet --python $(BIN)/python --no-deps
INDEX := $${PIP_INDEX_URL:-$$($(RUN) pip config get global.index-url 2>/dev/null)}

# What is seldom or never imported here is compiled when it is.
SELDOM := /(beartype|faker|mypyc?|pip|pygments/lexers|setuptools|sympy/physics|ziglang)/|$\
	/aws_cdk/(?!(interfaces/)?(__init__|_jsii|assertions|cloud|custom_resources|cx_api|$\
	aws_(apigateway|applicationautoscaling|certificatemanager|cloudf|cloudwatch|codeguruprofiler|$\
	codestarnotifications|cognito|ec2|ecr_assets|efs|elasticloadbalancingv2|events|iam|kms|lambda|logs|$\
	rds|s3|secretsmanager|sns|sqs|ssm|stepfunctions)))

.venv/.ready: requirements.txt pyproject.toml tools/make-venv tools/link_node.py
	@echo "==> Python packages into .venv (a few minutes the first time)"
	@tools/make-venv .venv
	@sed -n '/^uv==/,/[^\]$$/p' requirements.txt >.venv/first.txt
	@sed '/^aws-cdk-lib==/,/[^\]$$/d' requirements.txt >.venv/before.txt
	@sed -n '/^aws-cdk-lib==/,/[^\]$$/p' requirements.txt >.venv/last.txt
	@$(PIP) --require-hashes -r .venv/first.txt
	@export UV_DEFAULT_INDEX="$(INDEX)"; [ "$$UV_DEFAULT_INDEX" ] || unset UV_DEFAULT_INDEX; \
	for part in before last; do \
		$(UV) --require-hashes -r .venv/$$part.txt 2>.venv/uv.log \
			|| $(PIP) --require-hashes -r .venv/$$part.txt || exit 1; done
	@$(PIP) --editable .
	@PYTHONDONTWRITEBYTECODE= $(RUN) compileall -qq -j 0 -x '$(SELDOM)' .venv/lib/python*/site-packages \
		2>/dev/null || true  # some files of packages are templates
	@$(BIN)/python tools/link_node.py
	@touch $@

node_modules/.ready: package-lock.json .venv/.ready
	@echo "==> the CDK CLI into node_modules"
	@npm ci --no-fund --no-audit --no-update-notifier --loglevel=error
	@touch $@

NODE_CLIENTS := $(patsubst %/package.json,%/node_modules/.ready,$(wildcard tests/node_clients/*/package.json))

node-clients: $(NODE_CLIENTS)

# Without them their tests are skipped, with the reason.
tests/node_clients/%/node_modules/.ready: tests/node_clients/%/package-lock.json | setup
	@echo "==> npm packages of clients that judge the tests: $*"
	@cd $(<D) && npm ci --no-fund --no-audit --no-update-notifier --loglevel=error && touch node_modules/.ready \
		|| echo "==> they cannot be installed here: their tests are skipped"

# Agent frameworks, apart from the other packages: see tests/agents/requirements.in.
.tools/agents/.ready: tests/agents/requirements.txt | setup
	@echo "==> agent frameworks into .tools/agents"
	@rm -rf .tools/agents
	@$(RUN) pip install --disable-pip-version-check --quiet --progress-bar off --no-deps --require-hashes \
		--target .tools/agents -r tests/agents/requirements.txt \
		&& touch $@ || echo "==> they cannot be installed; tests that need them are skipped"

.tools/aws-lambda-rie: tests/support/rie-requirements.txt tests/support/rie.py | setup
	@echo "==> the Runtime Interface Emulator into .tools"
	@$(RUN) tests.support.rie

.tools/node-ric/.installed: tests/support/node_ric/package-lock.json tests/support/node_ric/__init__.py | setup
	@echo "==> Lambda's Node.js clients into .tools"
	@$(RUN) tests.support.node_ric

# What agent frameworks need and .venv has too.
SHARED := boto3 botocore cffi cryptography h11 httpcore httpx idna jmespath pycparser pydantic pydantic-core \
	python-dateutil pyyaml requests s3transfer six starlette urllib3 uvicorn

lock: setup  ## pins every package anew, from pyproject.toml
	$(RUN) uv pip compile pyproject.toml --extra cdk --extra local --extra debug --extra layer --extra node \
		--extra package --extra sam --group app --group test --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --upgrade --quiet --output-file requirements.txt
	$(RUN) uv pip compile tests/agents/requirements.in --universal --python-version 3.11 --generate-hashes \
		$(addprefix --no-emit-package ,$(SHARED)) \
		--no-emit-index-url --no-annotate --no-header --upgrade --quiet --output-file tests/agents/requirements.txt
	$(RUN) uv pip compile pyproject.toml --extra cdk --resolution lowest-direct \
		--universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --quiet --output-file $(OLDEST_CDK)
	npm install --package-lock-only --omit-lockfile-registry-resolved
	npm install --package-lock-only --omit-lockfile-registry-resolved --prefix tests/support/osls
	npm install --prefix tests/support/node_ric --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts
	for folder in tests/node_clients/*/; do \
		(cd $$folder && npm install --package-lock-only --omit-lockfile-registry-resolved); done

clean:
	rm -rf .venv .tools node_modules tests/node_clients/*/node_modules cdk.out .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*
