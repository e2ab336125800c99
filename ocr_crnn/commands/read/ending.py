"""How a run of the reader ends: what is said of it, and its exit code."""

import os
import signal
import sys
from concurrent.futures.process import BrokenProcessPool

from ocr_crnn.commands.read.messages import say
from ocr_crnn.commands.read.remote import StoreError
from ocr_crnn.processes import Stopped


def run_to_end(work, report, workers):
    """Call `work` and say how it ended; the exit code: 0, 1 if anything failed, 128 and the number of the signal if stopped.

    Raises OSError where there is no folder of outputs, whatever the system says is then for the caller.
    """
    folder = report.folder
    try:
        work()
    except (KeyboardInterrupt, Stopped) as stopped:
        report.end(say("stopped" if folder is not None else "stopped here"))
        return 128 + getattr(stopped, "number", signal.SIGINT)
    except BrokenPipeError:
        # Whoever read the output went away: what is left to be flushed goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except BrokenProcessPool:
        report.end(say("worker killed", count=workers))
        return 1
    except StoreError as error:
        report.end(say("store gone", reason=error))
        return 1
    except ConnectionError as error:
        report.end(say("server gone", reason=error) if folder is not None else str(error))
        return 1
    except OSError as error:
        if folder is None:
            raise
        report.end(say("full", reason=f"{error.strerror}: {error.filename or folder}"))
        return 1
    report.end()
    return 1 if report.errors else 0
