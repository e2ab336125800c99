"""What every test shares: on a busy machine an example of hypothesis may take its time, the longest files are run first, what runs a few
steps is compiled for them, and what has been imported is looked at no more for garbage."""

import gc
import os
from pathlib import Path

from collector import leave_what_is_imported
from hypothesis import settings

# XLA compiles for longer than the few steps of a test take: its costly passes are left out, in the processes that tests start too.
CHEAP = ("--xla_backend_optimization_level=0", "--xla_llvm_disable_expensive_passes=true", "--xla_cpu_use_fusion_emitters=false")
os.environ.setdefault("XLA_FLAGS", " ".join(CHEAP))

# Tests that run side by side are as many as there are cores: a second thread of TensorFlow in each only takes turns with theirs.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# The files that take longest, by the time of a processor; the order of the others hardly matters.
LONGEST = (
    "training/test_distributed_recipes.py", "test_notebooks.py", "training/test_on_jax.py", "test_lineage_walk.py", "test_backends.py",
    "test_contract.py", "serving/test_export.py",
)  # fmt: skip


def pytest_collection_modifyitems(items):
    """The longest files first, then those with slow tests, so that two workers end at the same time (`make test` keeps this order)."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: places.get(item.path, len(places) + (item.path not in slow)))


def pytest_collection_finish():
    gc.collect()
    leave_what_is_imported()
