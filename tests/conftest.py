"""What every test shares: on a busy machine an example of hypothesis may take its time, the longest files are run first, and what runs a
few steps is compiled for them."""

import os

from hypothesis import settings

# XLA compiles for longer than the few steps of a test take: its costly passes are left out, in the processes that tests start too.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items):
    """Files with slow tests first, so that two workers end at the same time (`make test` keeps this order)."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
