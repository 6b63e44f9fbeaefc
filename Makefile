# The daily commands. `make study` and `make test` do all their own set-up: Python 3.11 or newer and a network suffice.
PYTHON ?= python3
CORES ?= 2
PARAMS ?= params/study.yaml
PORT ?= 5000
DASHBOARD_PORT ?= 8080
MNIST ?= data/mnist
BIN := .venv/bin

.PHONY: study claims test test-mnist test-tables tables cluster-test lint bench coverage replicate ui dashboard lock clean

study: .venv/ready
	$(BIN)/snakemake --cores $(CORES) --configfile $(PARAMS)

claims: .venv/ready
	$(BIN)/snakemake --cores $(CORES) claims

test: .venv/ready
	$(BIN)/pytest --numprocesses 2 --dist loadfile

# The tests that need the real files, which a study of MNIST downloads into data/mnist.
test-mnist: .venv/ready
	MNIST=$(MNIST) $(BIN)/pytest -m mnist

# The tables of tests/tables that `make test` leaves out, a study each: 2 minutes.
test-tables: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --editable '.[tables]'
	$(BIN)/pytest --numprocesses 2 -m tables

# The digits on a Slurm of one node, with a job cancelled and the node drained on the way, and the same here: 3 minutes.
# As root in a container of Debian or Ubuntu, where it installs their Slurm if there is none.
cluster-test: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --editable '.[cluster]'
	tests/cluster/slurm.sh $(BIN)/python -m tests.cluster

lint: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/snakemake --lint

bench: .venv/ready
	$(BIN)/python tests/benchmarks/bench.py
	$(BIN)/python -m tests.benchmarks.convolution
	$(BIN)/python -m tests.benchmarks.overhead

# How often the intervals of a study hold the truth, by simulation: about 20 minutes.
coverage: .venv/ready
	$(BIN)/python -m tests.benchmarks.coverage

# Twelve claims again in plain NumPy and scikit-learn, beside the verdicts of results/claims: a few minutes.
replicate: .venv/ready
	$(BIN)/python -m tests.replication

# What networks reach on these tables, beside scikit-learn's tuned models on the same rows; writes docs/tables.md: an hour.
tables: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --editable '.[tables]'
	$(BIN)/python -m tests.benchmarks.tables --base params/table.yaml

ui: .venv/ready
	@echo "MLflow shows the runs at http://127.0.0.1:$(PORT) in about ten seconds; Ctrl-C ends it"
	MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false \
	$(BIN)/mlflow ui --backend-store-uri $${MLFLOW_TRACKING_URI:-sqlite:///results/mlflow.db} --host 127.0.0.1 --port $(PORT)

dashboard: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --editable '.[dashboard]'
	file=$$($(BIN)/mindgap optuna $(PARAMS)) && $(BIN)/optuna-dashboard "$$file" --host 127.0.0.1 --port $(DASHBOARD_PORT)

# For developers: solve pyproject.toml's requirements again (needs uv).
lock:
	uv pip compile --universal --generate-hashes --python-version 3.11 --group dev --no-header --quiet \
	--upgrade pyproject.toml --output-file requirements.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .snakemake

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mindgap needs Python 3.11 or newer; name one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@
