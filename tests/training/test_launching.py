"""Processes of one training: what they are told, and that all of them end with one, whatever happens to it.

What is trained in them is in test_distributed_recipes.py.
"""

import json
import multiprocessing
import os
import re
import signal
import time
from argparse import Namespace

import pytest
import trainings

from ocr_crnn.training import launching
from ocr_crnn.training.launching import free_ports, refuse_other_workers, train_in_processes


def launch(train, folder):
    return train_in_processes(train, None, Namespace(processes=2), folder)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(launching, "GRACE_S", 1.5)


def test_each_knows_all_and_only_the_chief_is_seen(tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(6), raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert launch(trainings.well, tmp_path) == (0, None, False)
    seen, log = capfd.readouterr().out, (tmp_path / "worker_2.log").read_text()
    assert seen.startswith("worker 0 of ") and "worker 1" not in seen and log.startswith("worker 1 of ")
    clusters = [json.loads(text[text.index("{") : text.rindex("}") + 1]) for text in (seen, log)]
    assert clusters[0]["cluster"] == clusters[1]["cluster"] and len(set(clusters[0]["cluster"]["worker"])) == 2
    assert not (tmp_path / "ended.json").exists()


@pytest.mark.parametrize(
    ("train", "told"),
    [
        (trainings.one_raises, r"Process 2 of 2 failed: a broken image. What it printed is in .*worker_2.log"),
        (trainings.one_is_killed, "Process 2 of 2 was killed by SIGKILL"),
        (trainings.one_is_lost, "Process 2 of 2 ended with exit code 7"),
    ],
)
def test_the_process_that_failed_is_named_and_none_is_left(train, told, tmp_path, impatient):
    code, message, refused = launch(train, tmp_path)
    assert (code, refused) == (1, False) and f"Go on: python train.py --resume {tmp_path}" in message
    assert json.loads((tmp_path / "ended.json").read_text()) == {"how": "failed", "message": message}
    assert re.match(told, message)


def test_what_all_refuse_is_told_by_the_chief_alone(tmp_path):
    assert launch(trainings.all_refuse, tmp_path) == (1, None, True)
    assert not (tmp_path / "ended.json").exists()


def test_a_chief_that_cannot_begin_says_so_and_ends_the_others(tmp_path, capfd, impatient):
    assert launch(trainings.chief_refuses, tmp_path)[0] == 1
    assert "train.py: in use by process 1" in capfd.readouterr().err


class Process:
    """exitcodes: what is seen of it, one after the other; the last one again and again."""

    def __init__(self, *exitcodes):
        self.exitcodes, self.sentinel = list(exitcodes), object()

    @property
    def exitcode(self):
        return self.exitcodes.pop(0) if len(self.exitcodes) > 1 else self.exitcodes[0]

    def kill(self):
        self.exitcodes = [-9]

    def join(self):
        pass


@pytest.mark.parametrize("late", range(4))
def test_an_end_that_shows_late_is_not_missed(monkeypatch, late):
    """The sentinel of a process is ready before its exit code can be read: at whichever look it shows, the other process is ended."""
    told, tell = multiprocessing.Pipe(duplex=False)
    tell.close()
    ended, waiting = launching.Worker(Process(*[None] * late, 1), told), launching.Worker(Process(None), told)

    def wait(sentinels, left_s):
        """Returns at once for the process that has ended, or was killed, and after `left_s` for the other."""
        if ended.process.sentinel not in sentinels and waiting.process.exitcodes != [-9]:
            assert left_s is not None, "waits for ever"
            time.sleep(left_s)

    monkeypatch.setattr(launching, "wait", wait)
    monkeypatch.setattr(launching, "GRACE_S", 0.05)
    launching._wait_for_all([ended, waiting])
    assert waiting.given_up and not ended.given_up


@pytest.mark.parametrize(("train", "told"), [(trainings.stopped_by_call, None), (trainings.stopped_at_once, "Stopped before all 2")])
def test_a_signal_to_the_call_reaches_all(train, told, tmp_path, impatient):
    before = signal.getsignal(signal.SIGTERM)
    code, message, refused = launch(train, tmp_path)
    assert code == 128 + signal.SIGTERM and not refused and (message or "").startswith(told or "")
    assert signal.getsignal(signal.SIGTERM) == before


def test_ports_are_free_and_not_those_of_connections():
    ports = free_ports(3)
    assert len(set(ports)) == 3 and all(1024 < port < 32_768 for port in ports)


def test_other_workers_are_refused(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", "{}")
    with pytest.raises(ValueError, match="Received: --processes 2 with TF_CONFIG set"):
        refuse_other_workers(2)
