"""What a target is, and what running one on some bytes leads to."""

import importlib
import os
import pkgutil
import resource
import shutil
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fuzz.mutate import mutate_bytes

MEMORY = 1500 * 2**20  # bytes that one input may take beyond what its target takes for its seeds
SECONDS = 30  # of processor time that one input may take, with the processes that it starts
WALL_S = 120  # after which it hangs, however busy the machine is
PACKAGE = "ocr_crnn"

_targets = {}


@dataclass(frozen=True)
class Target:
    """run: takes bytes, and raises nothing but `errors`, whose messages say what was received. seeds: makes a list of bytes.
    mutate: `(bytes, random.Random) → bytes`. in_suite: False for what takes TensorFlow, which the plain tests leave to `make fuzz`."""

    name: str
    run: Callable
    seeds: Callable
    mutate: Callable
    errors: tuple
    in_suite: bool = True

    @cache  # noqa: B019 - a target lives as long as its process
    def starts(self):
        return [bytes(seed) for seed in self.seeds()]

    def draw(self, rng, pool=()):
        """A mutated input, of a seed or of an input in the pool."""
        starts = self.starts()
        start = rng.choice(pool) if pool and rng.random() < 0.5 else rng.choice(starts)
        return self.mutate(start, rng)[:LONGEST]


LONGEST = 2**22  # bytes of an input


@dataclass(frozen=True)
class Fault:
    """kind: traceback, message, memory, hang or crash. where: equal for inputs that show the same fault. told: all that is known."""

    kind: str
    where: str
    told: str


def target(seeds, errors=(), mutate=mutate_bytes, in_suite=True):
    """Makes a target of a function of bytes, under its name."""

    def register(run):
        kinds = errors if isinstance(errors, tuple) else (errors,)
        if run.__name__ in _targets:
            raise ValueError(f"Every target has a name of its own. Received: {run.__name__} twice. Call one otherwise.")
        _targets[run.__name__] = Target(run.__name__, run, seeds, mutate, kinds, in_suite)
        return run

    return register


def load_targets():
    """{name: Target} of every module in fuzz/targets. What is slow to import, its functions import."""
    import fuzz.targets

    for module in pkgutil.iter_modules(fuzz.targets.__path__):
        importlib.import_module(f"fuzz.targets.{module.name}")
    return dict(sorted(_targets.items()))


def attempt(chosen, contents):
    """Run a target → (Fault or None, the path that the input took, as far as an error shows it)."""
    before, began = peak_memory(), processor_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            chosen.run(contents)
        fault, path = None, ()
    except chosen.errors as error:
        path = _path(error)
        # Rule, received, fix: the middle one is the one that can be looked for.
        fault = None if "Received" in str(error) else Fault("message", _where(error), _tell(error))
    except KeyboardInterrupt:
        raise
    except MemoryError as error:
        fault, path = Fault("memory", _where(error), _tell(error)), ()
    except BaseException as error:  # SystemExit, too, and a panic of a library written in Rust
        fault, path = Fault("traceback", _where(error), _tell(error)), _path(error)
    taken, spent = peak_memory() - before, processor_time() - began
    if fault is None and taken > MEMORY:
        fault = Fault("memory", "peak", f"{taken / 2**20:.0f} MB were taken for {len(contents)} bytes.")
    if fault is None and spent > SECONDS:
        fault = Fault("hang", "slow", f"{spent:.0f} s of processor time were taken for {len(contents)} bytes.")
    return fault, path


@cache
def scratch():
    """A folder for the readers that want a path; it goes when the process ends."""
    memory = Path("/dev/shm")  # nothing there waits for a disk
    folder = tempfile.TemporaryDirectory(prefix="ocr-crnn-fuzz-", dir=memory if os.access(memory, os.W_OK) else None)
    _folders.append(folder)
    return Path(folder.name)


_folders = []


def as_folder(members, name="folder"):
    """The path of a folder of `{name: bytes}` and nothing else, the same one at every call."""
    folder = scratch() / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for member, contents in members.items():
        (folder / member).write_bytes(contents)
    return folder


def as_file(contents, name="input"):
    """The path of a file of these bytes, the same one at every call."""
    path = scratch() / name
    path.write_bytes(contents)
    return path


def peak_memory():
    """The most memory that this process has held at once so far, and the largest of those it has started and that have ended, in bytes."""
    peak = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return peak if sys.platform == "darwin" else peak * 1024


def processor_time():
    """Of this process and of those it has started and that have ended, in seconds."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _frames(error):
    return [frame for frame in traceback.extract_tb(error.__traceback__) if "/fuzz/" not in frame.filename]


def _path(error):
    """The lines of our code that an error came through."""
    parts = [error, error.__cause__ or error.__context__]
    return tuple((Path(f.filename).name, f.lineno) for part in parts if part for f in _frames(part) if PACKAGE in f.filename)


def _where(error):
    """The kind of an error, the last line of our code, and the line that raised it."""
    frames = _frames(error)
    own = [frame for frame in frames if f"/{PACKAGE}/" in frame.filename][-1:]
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in [*own, *frames[-1:]]]
    return " ".join([type(error).__name__, *dict.fromkeys(places)])


def _tell(error):
    lines = traceback.format_exception(error)
    return "".join(line[:2000] for line in lines[-40:])
