"""A cluster of Ray: one of this machine for the run, or one that is joined. Nothing is told to anybody: its statistics are off."""

import os
import secrets
import signal
import socket
import sys
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

from ocr_crnn.commands.read.cluster.pool import ActorError, Actors
from ocr_crnn.commands.read.cluster.progress import tell
from ocr_crnn.commands.read.masks import tool
from ocr_crnn.commands.read.messages import say
from ocr_crnn.commands.read.remote import within
from ocr_crnn.commands.read.sharing import LOCAL
from ocr_crnn.commands.read.targets import UsageError
from ocr_crnn.files import unfinished_folder

INSTALL = "pip install 'ocr-crnn[ray]'"
ANSWER_S, JOIN_S = 5.0, 60.0
STORE_BYTES = 100_000_000  # tasks and what became of them are small: pages go through files
LONGEST_TEMPORARY = 40  # characters: the paths of Ray's sockets below it have to stay below 108


@contextmanager
def actors_of(address, count, arguments, claim):
    """Actors of a cluster, the first of them ready; of the one that this process has joined already, if it has. count: None for as many as
    there are cores. Raises UsageError, and what a Worker raises that cannot be made."""
    ray = import_ray(address)
    with ExitStack() as stack:
        if not ray.is_initialized():
            stack.callback(ray.shutdown)
            if address == LOCAL:
                start_local(ray, count, stack)
            else:
                _join(ray, address)
        cores = int(ray.cluster_resources().get("CPU", 0))
        pool = Actors(ray, count or max(cores, 1), arguments, claim, _check)
        stack.callback(pool.close)
        try:
            pool.start(lambda: tell(say("waiting for cores", address=address)))
        except ActorError as error:
            raise UsageError(
                f"Every machine of the cluster has ocr-crnn, of this version, with all that it needs. Received: {error}. Install it there: "
                "pip install 'ocr-crnn[ray]'"
            ) from None
        yield pool


def import_ray(address=LOCAL):
    """Ray, which tells nobody that it is used; a cluster of its own then has a token, so that nobody else may ask it. Raises UsageError
    where it is not installed."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # the variables of other devices are nobody's business here
    if find_spec("ray") is None:
        raise UsageError(f"--ray needs the packages of the extra `ray`. Received: ray is not installed. Install it: {INSTALL}")
    if address == LOCAL and "ray" not in sys.modules and "RAY_AUTH_MODE" not in os.environ:  # it looks for them when it is imported
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    if address != LOCAL and "RAY_AUTH_MODE" not in os.environ and _has_token():
        os.environ["RAY_AUTH_MODE"] = "token"  # a cluster that asks for none takes no notice
    import ray

    return ray


def _has_token():
    """Whether Ray finds a token of clusters where it looks for one."""
    return bool({"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"} & {*os.environ}) or (Path.home() / ".ray" / "auth_token").exists()


def start_local(ray, count, stack):
    """A cluster of this machine, whose files go with it."""
    temporary = tempfile.gettempdir() if len(tempfile.gettempdir()) <= LONGEST_TEMPORARY else "/tmp"
    folder = stack.enter_context(unfinished_folder(temporary, "ray"))
    quiet = {"include_dashboard": False, "log_to_driver": False, "logging_level": "ERROR", "configure_logging": True}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        with _own_signals():
            ray.init(address="local", num_cpus=count or cores, num_gpus=0, object_store_memory=STORE_BYTES, _temp_dir=str(folder), **quiet)
    except Exception as error:
        raise UsageError(f"Ray starts on this machine. Received: {_words(error)}. Read with --workers, or mend what it says.") from None


def _join(ray, address):
    if address != "auto":
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), ANSWER_S).close()
        except OSError as error:
            raise UsageError(
                f"A cluster answers within {ANSWER_S:.0f} seconds. Received: {address}: {error.strerror or error}. Start it with "
                "`ray start --head`, correct the address, or leave it out to read with the cores of this machine."
            ) from None
    elif not Path("/tmp/ray/ray_current_cluster").exists() and "RAY_ADDRESS" not in os.environ:
        raise UsageError(
            "A cluster runs on this machine. Received: auto, and none was found. Start it with `ray start --head`, or name its address."
        )
    try:
        with _own_signals():
            within(JOIN_S, ray.init, address=address, log_to_driver=False, logging_level="ERROR")
    except TimeoutError:
        raise UsageError(
            f"A cluster of Ray answers within {JOIN_S:.0f} seconds. Received: {address}, which does not. Look whether it is one: "
            f"ray status --address {address}."
        ) from None
    except Exception as error:
        raise UsageError(
            f"A cluster has the Ray and the Python of this process, and its token. Received: {address}: {_words(error)}. Install the same "
            "versions everywhere, run this command on a machine of the cluster, and set RAY_AUTH_TOKEN if it has another token."
        ) from None


@contextmanager
def _own_signals():
    """Ray takes SIGTERM to itself, and ends the process with a report of a crash: here it means that finished files are kept."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _check(versions):
    """Raises UsageError where an actor is of another version: its outputs would be others."""
    if versions["ocr_crnn"] != tool():
        raise UsageError(
            f"All machines of a cluster have one version. Received: {tool()} here, {versions['ocr_crnn']} there. Install the same on all."
        )


def _words(error):
    return " ".join(str(error).split())[:400].rstrip(".") or type(error).__name__
