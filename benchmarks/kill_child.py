"""A call in a process of its own that kills.py can kill before any of its file operations."""

import mmap
import os
import select
import signal
import sys
import time
import traceback

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
OPERATIONS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.truncate"}
ALIVE_S = 30.0
FAILED = 99  # the exit code of a call that raised


class Child:
    """A call in a process of its own, forked: what this process has imported need not be imported again.

    kill_at: the file operation before which it kills itself, counted from 0. log: where its messages go.
    """

    def __init__(self, call, log, kill_at=None):
        self.counter = mmap.mmap(-1, 8)  # of its file operations, shared
        self.pipe, writing = os.pipe()  # at its end when no process of the call is left
        os.set_inheritable(writing, True)
        self.began_at = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            code = FAILED
            try:
                os.close(self.pipe)
                output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
                os.dup2(output, 1), os.dup2(output, 2), os.dup2(writing, 0)  # spawned processes inherit the first three
                sys.addaudithook(self._watch(kill_at))
                code = call()
            except BaseException as error:
                traceback.print_exception(error)
                code = FAILED
            finally:
                os._exit(code or 0)
        os.close(writing)

    def _watch(self, kill_at):
        def hook(event, arguments):
            if event in OPERATIONS or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING):
                done = int.from_bytes(self.counter[:8], "little")
                if done == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)
                self.counter[:8] = (done + 1).to_bytes(8, "little")

        return hook

    @property
    def operations(self):
        return int.from_bytes(self.counter[:8], "little")

    def wait(self):
        """`(whether it was killed, exit code, seconds)`."""
        _, status = os.waitpid(self.pid, 0)
        return os.WIFSIGNALED(status), os.waitstatus_to_exitcode(status), time.monotonic() - self.began_at

    def outlived(self):
        """Whether a process of the call is still there a while after its end."""
        there = not select.select([self.pipe], [], [], ALIVE_S)[0]
        os.close(self.pipe)
        return there
