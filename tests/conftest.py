"""What every test shares: on a busy machine an example of hypothesis may take its time, and the longest files are run first."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items):
    """Files with slow tests first, so that two workers end at the same time (`make test` keeps this order)."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
