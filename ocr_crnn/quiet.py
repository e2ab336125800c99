"""Silence for libraries that greet on the standard error of the process from C++, where Python cannot ask them not to."""

import os
import sys
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
