"""Silence for libraries that greet on the standard error of the process from C++, where Python cannot ask them not to."""

import os
import sys
import warnings
from contextlib import contextmanager


@contextmanager
def quiet_stderr():
    """What is written to the standard error of the process meanwhile, by C++ and other threads too, is dropped; exceptions are not."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def quiet_pillow():
    """Pillow says nothing of odd metadata from here on: for a process of our own, whose filters of warnings are nobody else's."""
    warnings.filterwarnings("ignore", module="PIL")


def start_tensorflow():
    """Import TensorFlow and let it look for devices, in silence.

    It prints seven lines on a machine without a GPU, most of them before its log is set up, where TF_CPP_MIN_LOG_LEVEL does not reach.
    """
    if "tensorflow" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # what it says later
    with quiet_stderr():
        import tensorflow

        tensorflow.config.list_physical_devices()
