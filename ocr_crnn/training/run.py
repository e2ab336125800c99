"""Run folders: `checkpoints/<yyyymmddHHMM>_<experiment>/`, who is running in them, and how it stands.

    config.json   recipe, arguments, versions, commit        log.csv       a row a batch
    source.py     the recipe's file                          history.csv   a row an epoch
    alphabet.txt  network.json                               tensorboard/  stdout.log
    epoch_0012.weights.h5 … best.weights.h5                  state.npz     what --resume goes on from
    pid           held by the running process                ended.json    how it ended, and why
"""

import fcntl
import json
import os
import platform
import shutil
import subprocess
import sys
from datetime import datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.files import replacing
from ocr_crnn.training.state import STATE_NAME, load_weights_of_state


class RunFolderError(OSError):
    """The run folder cannot be made, is in use, or is none."""


def create_run_folder(root, experiment):
    """Make `root/<yyyymmddHHMM>_<experiment>` and return it; a number follows where that minute's name is taken."""
    name = f"{datetime.now():%Y%m%d%H%M}_{experiment}"
    for suffix in ["", *(f"_{n}" for n in range(2, 100))]:
        folder = Path(root) / (name + suffix)
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            continue
        except OSError as error:
            raise RunFolderError(
                f"A run needs a folder to write to. Received: {folder}: {error.strerror}. Choose another with --checkpoints."
            ) from None
    raise RunFolderError(f"A run needs a name of its own. Received: {root}/{name}, taken 99 times. Choose another --experiment.")


def write_json(path, content):
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")


def read_json(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def write_config(folder, recipe, arguments):
    """`config.json`: what the run was asked for and what it runs on. A resumed run keeps its beginning and adds to `resumed`."""
    now = datetime.now().isoformat(timespec="seconds")
    path = Path(folder) / "config.json"
    before = read_json(path) if path.exists() else None
    packages = {name: version(name) for name in ("ocr-crnn", "keras", "tensorflow", "numpy")}
    config = {
        "recipe": recipe,
        "arguments": arguments,
        "command": " ".join(["python train.py", *sys.argv[1:]]),
        "versions": {"python": platform.python_version(), **packages},
        "machine": {"cpu_cores": os.cpu_count(), "system": platform.system()},
        "commit": _commit(),
        "began": before["began"] if before else now,
        "resumed": [*before["resumed"], now] if before else [],
    }
    write_json(path, config)


def read_config(run):
    path = Path(run) / "config.json"
    if not path.exists():
        raise RunFolderError(f"A run folder holds config.json. Received: {run}. Name a folder that train.py has made, checkpoints/… .")
    return read_json(path)


def _commit():
    """The git commit of the source, "…-dirty" with changes; None outside a repository."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip()


def write_network(folder, network, alphabet, source):
    """`network.json` and `alphabet.txt`, from which `load_network` rebuilds, and the recipe's file for the reader."""
    with replacing(folder / "network.json") as temporary:
        temporary.write_text(network.to_json(), encoding="utf-8")
    if alphabet is not None:  # a detector has none
        with replacing(folder / "alphabet.txt") as temporary:
            alphabet.save(temporary)
    shutil.copyfile(source, folder / "source.py")


def load_network(run, weights="best"):
    """The network and the Alphabet (None for a detector) of a run.

    weights: "best", an epoch's number, the path of a file, or "last": what the next step would have begun with, not
    averaged, from the state that --resume goes on from. An average over the steps lags far behind in a run's first hour.
    """
    run = Path(run)
    read_config(run)
    if weights == "last":
        path = run / STATE_NAME
    elif weights == "best":
        path = run / "best.weights.h5"
    elif isinstance(weights, int):
        path = run / f"epoch_{weights:04d}.weights.h5"
    else:
        path = Path(weights)
    if not path.exists():
        there = ", ".join(sorted(p.name for p in run.glob("*.weights.h5"))) or "none"
        raise FileNotFoundError(f"Weights have to exist. Received: {path}. The run has: {there}.")
    import keras  # here, so that --status answers without waiting for TensorFlow

    description = read_json(run / "network.json")
    module = description.get("module") or ""
    if module.startswith("ocr_crnn."):
        import_module(module)  # its classes are known to Keras then
    description.pop("compile_config", None)  # names losses that Keras cannot find; a network to read with needs none
    network = keras.models.model_from_json(json.dumps(description))
    if path.name == STATE_NAME:
        load_weights_of_state(path, network)
    else:
        network.load_weights(path)
    alphabet = run / "alphabet.txt"
    return network, Alphabet.load(alphabet) if alphabet.exists() else None


class Occupied:
    """Holds a run folder for this process: `pid` names it and is locked as long as it lives, however it dies."""

    def __init__(self, folder):
        self.path = Path(folder) / "pid"

    def __enter__(self):
        self.stream = open(self.path, "a+", encoding="utf-8")
        try:
            fcntl.flock(self.stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.stream.close()
            raise RunFolderError(
                f"One process trains in a run folder. Received: {self.path.parent}, in use by process {self.path.read_text().strip()}. "
                f"Stop it first: kill {self.path.read_text().strip()}"
            ) from None
        self.stream.truncate(0)
        self.stream.write(f"{os.getpid()}\n")
        self.stream.flush()
        return self

    def __exit__(self, *error):
        self.path.unlink(missing_ok=True)
        self.stream.close()


def running_process(run):
    """The id of the process that trains in the folder, or None."""
    path = Path(run) / "pid"
    try:
        with open(path, encoding="utf-8") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return int(path.read_text())
    return None  # a file that nobody locks was left by a killed process


def describe_status(run):
    """A few lines for a person: whether it runs, how far it is, the last and the best epoch, and what to do next."""
    run = Path(run)
    config = read_config(run)
    process = running_process(run)
    ended = read_json(run / "ended.json") if (run / "ended.json").exists() else None
    if process:
        state = f"running, process {process}"
    elif ended:
        state = f"{ended['how']}: {ended['message']}"
    else:
        state = "killed, or the machine went down"
    lines = [f"{run}: {state}", f"recipe {config['recipe']}, began {config['began']}, {config['arguments'].get('epochs')} epochs wanted"]
    log = _last_row(run / "log.csv")
    if log is not None:
        lines.append(f"last batch: epoch {int(log['epoch']) + 1}, batch {int(log['batch']) + 1}, loss {log['loss']:.4g}")
    if (run / "history.csv").exists():
        history = pd.read_csv(run / "history.csv", index_col=0)
        metric = "val_loss" if "val_loss" in history else "loss"
        best = history[metric].idxmin()
        lines.append(f"last epoch: {_listed(history.iloc[-1], history.index[-1])}")
        lines.append(f"best epoch: {_listed(history.loc[best], best)}")
    lines += [how_to_follow(run)] if process else [f"go on: python train.py --resume {run}"]
    return "\n".join(lines)


def how_to_follow(run):
    return f"follow: tail -f {run}/stdout.log\nstatus: python train.py --status {run}\nstop:   kill $(cat {run}/pid)   (saves first)"


def _last_row(path):
    if not path.exists():
        return None
    rows = pd.read_csv(path, on_bad_lines="skip")
    return rows.iloc[-1] if len(rows) else None


def _listed(row, epoch):
    return f"{epoch + 1}  " + "  ".join(f"{name} {value:.4g}" for name, value in row.items())


def start_in_background(run, command):
    """Run a command detached from this terminal, its output in `stdout.log`; returns its process id."""
    with open(run / "stdout.log", "a", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    return process.pid
