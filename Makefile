# Every target makes .venv by itself; nothing but Python 3.11+, a C++ compiler and make is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

SECONDS ?= $(if $(INPUTS),,60)
.PHONY: help setup read train notebooks test fuzz sanitize bench clean

setup: $(READY)   ## .venv with the package, editable, and the development tools

help:             ## what there is to make
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' Makefile | expand -t 12

$(READY): pyproject.toml requirements.txt setup.py $(wildcard ocr_crnn/ops/native/*)
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed. Received: %s. Set PYTHON=/path/to/python3.11." % sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $(READY)

read: $(READY)    ## print the text of the sample contract; its searchable PDF and its HTML go to read/
	@$(BIN)/ocr-crnn read data/sample_contract.png -o read --format txt,pdf,html
	@cat read/sample_contract.txt
	@ls -l read/sample_contract.pdf read/sample_contract.html

train: $(READY)   ## train the CRNN on the sample lines: a short recipe, CER before and after
	$(BIN)/python train.py crnn_sample

notebooks: $(READY) ## run every notebook and keep what it shows, in half an hour; NOTEBOOK=05_documents for one
	for path in notebooks/$(or $(NOTEBOOK),*).ipynb; do $(BIN)/python -m nbconvert --to notebook --execute --inplace \
		--ExecutePreprocessor.record_timing=False --ExecutePreprocessor.timeout=3600 $$path && \
		$(BIN)/python notebooks/tidy.py $$path || exit 1; done

test: $(READY)    ## lint and the whole test suite, CPU, no network
	$(BIN)/ruff check .
	$(BIN)/python -m pip check
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

fuzz: $(READY)    ## mutated inputs for every reader of bytes: SECONDS=60 or INPUTS=1000 a target, or at most both, TARGET=name for one, SEED=1
	$(BIN)/python -m fuzz $(SECONDS:%=--seconds %) $(INPUTS:%=--inputs %) $(TARGET:%=--target %) $(SEED:%=--seed %)

sanitize: $(READY)  ## the compiled code over random maps and mutated calls under AddressSanitizer and UndefinedBehaviorSanitizer
	folder=$$(mktemp -d) && trap 'rm -rf '$$folder EXIT && \
	$(CXX) -std=c++17 -O1 -g -shared -fPIC -fvisibility=hidden -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
		-ffp-contract=off $$($(BIN)/python -m pybind11 --includes) ocr_crnn/ops/native/*.cpp -o $$folder/_native.so && \
	ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD="$$($(CXX) -print-file-name=libasan.so) $$($(CXX) -print-file-name=libstdc++.so)" \
		$(BIN)/python -m tests.ops.sanitize_native $$folder/_native.so

# Those that need nothing but the repository; --help of the others says what they need.
BENCHMARKS := aggregation characters ctc_loss decoding detection evaluation input_pipeline lone_digits long_pdf recognition rendering serving startup

bench: $(READY)   ## print the benchmark tables; BENCH=FOLDER adds those that measure accuracy on a folder of pages and lines
	@for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python benchmarks/$$name.py || exit 1; done
	@test -z "$(BENCH)" || { $(BIN)/python benchmarks/bench_lines.py --data $(BENCH)/crops && \
		$(BIN)/python benchmarks/engines.py --bench $(BENCH) && $(BIN)/python benchmarks/reading.py --bench $(BENCH); }

clean:            ## remove .venv and what was built
	rm -rf $(VENV) build *.egg-info ocr_crnn/ops/*.so
