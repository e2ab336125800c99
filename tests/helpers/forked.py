"""Processes that begin with Keras and TensorFlow imported, which takes longer than what most of them run.

They are forks of one process that has imported them and nothing else, so TensorFlow has not begun: neither its devices nor its threads are
there, and a fork may set them up as a new process does. Nothing of the process of the tests comes along.
"""

import multiprocessing
import os
import sys

from collector import leave_what_is_imported


def start(function, *arguments, output):
    """Start `function(*arguments)`, which a module of the helpers or the package has, and whose result is the exit code.

    output: the file that its standard output and error go to. Returns the `multiprocessing.Process`, which ends with this one.
    """
    process = context().Process(target=_work, args=(function, arguments, str(output)), daemon=True)
    process.start()
    return process


def context(method=None):
    """That of multiprocessing, as `multiprocessing.get_context`, whose processes are such forks whatever the method."""
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["keras"])
    return forks


def run_code(code, output):
    """Run Python code in such a process → what it printed. Raises AssertionError with that where it fails."""
    process = start(_execute, code, output=output)
    process.join(300)
    said = output.read_text(encoding="utf-8")
    assert process.exitcode == 0, said
    return said


def _execute(code):
    exec(code, {"__name__": "forked"})  # of a test


def _work(function, arguments, output):
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for stream in (1, 2):
        os.dup2(file, stream)
    leave_what_is_imported()
    sys.exit(function(*arguments))
