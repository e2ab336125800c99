"""The garbage collector of processes that run tests."""

import gc


def leave_what_is_imported():
    """TensorFlow and the tests are a million objects that stay; the collector would go through them hundreds of times, a tenth of the time
    of a processor. Called when they have been imported."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 50)
