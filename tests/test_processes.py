import os
import signal
import subprocess
import sys
import time

import pytest

from ocr_crnn import processes
from ocr_crnn.processes import Stopped, stopping


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_stopped_block_is_left_as_by_an_error(number):
    before = signal.signal(number, signal.SIG_DFL)
    try:
        with pytest.raises(Stopped) as stopped, stopping():
            os.kill(os.getpid(), number)
            time.sleep(60)
        assert stopped.value.number == number and signal.getsignal(number) == signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_what_a_program_has_set_stays():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


PARENT = """
import multiprocessing, time
from ocr_crnn.processes import end_with_parent

def work():
    end_with_parent()
    print("begun", flush=True)
    time.sleep(600)

if __name__ == "__main__":
    multiprocessing.get_context("spawn").Process(target=work).start()
    time.sleep(600)
"""


GIVEN_BACK = """
import numpy as np
from pathlib import Path
from ocr_crnn.processes import give_back_memory

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

pieces = [np.ones(2000) for _ in range(6000)]  # 96 MB, each too small for a mapping of its own
kept = pieces[-1]  # the last one keeps the heap from shrinking
del pieces
before = held()
print(give_back_memory(), before - held() > 60, give_back_memory(), give_back_memory(every_s=0))
"""


def test_freed_memory_goes_back():
    done = subprocess.run([sys.executable, "-c", GIVEN_BACK], capture_output=True, text=True, check=True)
    known = processes._trim() is not None
    assert done.stdout.split() == (["True"] * 2 + ["False", "True"] if known else ["False"] * 4)


ONE_HEAP = """
import ctypes, threading
from ocr_crnn.processes import share_one_heap

known = share_one_heap()
blocks = []
threads = [threading.Thread(target=lambda: blocks.append([bytes(5000) for _ in range(100)])) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
if known:
    ctypes.CDLL(None).malloc_stats()  # tells the heaps, on the standard error
print(known)
"""


def test_threads_share_one_heap():
    done = subprocess.run([sys.executable, "-c", ONE_HEAP], capture_output=True, text=True, check=True)
    known = done.stdout.strip() == "True"
    assert done.stderr.count("Arena") == known and known == (processes._trim() is not None)


def test_a_process_ends_with_its_parent(tmp_path):
    (tmp_path / "parent.py").write_text(PARENT)
    with subprocess.Popen([sys.executable, str(tmp_path / "parent.py")], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout.readline() == "begun\n"
        parent.kill()
        assert parent.communicate(timeout=60)[0] == ""  # ends when nobody holds it open, the child among them
