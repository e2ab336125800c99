"""Run folders: `checkpoints/<yyyymmddHHMM>_<experiment>/`, who is running in them, and how it stands.

    config.json   recipe, arguments, versions, commit        log.csv       a row a batch
    source.py     the recipe's file                          history.csv   a row an epoch
    alphabet.txt  network.json                               tensorboard/  stdout.log
    epoch_0012.weights.h5 … best.weights.h5                  state.npz     what --resume goes on from
    pid           held by the running process                ended.json    how it ended, and why
    report_training.csv …  what of the data was left out or changed, where there is any
"""

import errno
import fcntl
import json
import math
import os
import platform
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from datetime import datetime
from importlib import import_module
from importlib.metadata import version
from inspect import signature
from pathlib import Path

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.files import move, replacing, sweep, unfinished_folder
from ocr_crnn.untrusted.json_text import parse_json
from ocr_crnn.untrusted.plain import read_plain
from ocr_crnn.untrusted.settings import check_names

MOST_BYTES = 1 << 26  # of a JSON file of a run: a CRNN with layers by the hundred takes one
STATE_NAME = "state.npz"


class RunFolderError(OSError):
    """The run folder cannot be made, is in use, or is none."""


def create_run_folder(root, experiment, config):
    """Make `root/<yyyymmddHHMM>_<experiment>` with its config.json, without which a run can be neither resumed nor asked.

    Returns the folder; a number follows where that minute's name is taken. config: of `make_config`.
    """
    name = f"{datetime.now():%Y%m%d%H%M}_{experiment}"
    folder = Path(root) / name
    try:
        Path(root).mkdir(parents=True, exist_ok=True)
        sweep(root)
        with unfinished_folder(root, name) as unfinished:
            write_json(unfinished / "config.json", config)
            for suffix in ["", *(f"_{n}" for n in range(2, 100))]:
                folder = Path(root) / (name + suffix)
                if not folder.exists() and _move(unfinished, folder):
                    return folder
    except OSError as error:
        raise RunFolderError(
            f"A run needs a folder to write to. Received: {folder}: {error.strerror}. Choose another with --checkpoints."
        ) from None
    raise RunFolderError(f"A run needs a name of its own. Received: {root}/{name}, taken 99 times. Choose another --experiment.")


def _move(source, folder):
    """Whether a folder got the name: another process may have been quicker."""
    try:
        move(source, folder)
        return True
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            return False
        raise


def write_json(path, content):
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")


def read_json(path, fix="Copy it from a backup, or start again"):
    """The JSON of a file of a run. fix: what to do where it is damaged. Raises RunFolderError."""
    try:
        return parse_json(read_plain(path, MOST_BYTES), finite=False)
    except FileNotFoundError:
        raise RunFolderError(f"The files of a run are all there. Received: {path}, which is not. {fix}.") from None
    except ValueError as error:
        raise RunFolderError(f"The files of a run are whole. Received: {path}: {str(error).rstrip('.')}. {fix}.") from None
    except OSError as error:
        raise RunFolderError(f"A run has all its files. Received: {path}: {error.strerror}. {fix}.") from error


def make_config(recipe, arguments, run=None):
    """What stands in config.json: what the run was asked for and what it runs on.

    run: the folder of a run that is resumed, which keeps its beginning and adds to `resumed`.
    """
    now = datetime.now().isoformat(timespec="seconds")
    before = read_config(run) if run else None
    packages = {name: version(name) for name in ("ocr-crnn", "keras", "tensorflow", "numpy")}
    return {
        "recipe": recipe,
        "arguments": arguments,
        "command": " ".join(["python train.py", *sys.argv[1:]]),
        "versions": {"python": platform.python_version(), **packages},
        "machine": {"cpu_cores": os.cpu_count(), "system": platform.system()},
        "commit": _commit(),
        "began": before["began"] if before else now,
        "resumed": [*before["resumed"], now] if before else [],
    }


def read_config(run):
    path = Path(run) / "config.json"
    if not path.exists():
        raise RunFolderError(f"A run folder holds config.json. Received: {run}. Name a folder that train.py has made, checkpoints/… .")
    config = read_json(path, start_again(run))
    wanted = {"recipe": str, "arguments": dict, "began": str, "resumed": list}
    wrong = [name for name, kind in wanted.items() if not (isinstance(config, dict) and isinstance(config.get(name), kind))]
    if wrong:
        raise RunFolderError(f"config.json holds {', '.join(wanted)}. Received: {path} without {', '.join(wrong)}. {start_again(run)}.")
    return config


def start_again(run):
    """How to go on with the weights of a run whose other files are damaged."""
    weights = sorted(Path(run).glob("*.weights.h5"), key=lambda path: path.stat().st_mtime)
    if not weights:
        return "It holds no weights yet: remove it and start again"
    return f"Copy it from a backup, or begin a new run with the last weights: --weights {weights[-1]}"


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
    with replacing(folder / "source.py") as temporary:
        shutil.copyfile(source, temporary)


def load_network(run, weights="best"):
    """The network and the Alphabet (None for a detector) of a run.

    weights: "best", an epoch's number, the path of a file, or "last": the weights in the state that --resume goes on from, not
    averaged. In a run's first hour an average over the steps lags far behind.
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
    # Here, so that --status answers without waiting for TensorFlow.
    from ocr_crnn.training.state import count_weights_of_state, load_weights_of_state
    from ocr_crnn.training.weights import count_weights, load_weights

    of_state = path.name == STATE_NAME
    network = _build_network(run / "network.json", count_weights_of_state(path) if of_state else count_weights(path))
    if of_state:
        load_weights_of_state(path, network)
    else:
        load_weights(network, path)
    alphabet = run / "alphabet.txt"
    return network, Alphabet.load(alphabet) if alphabet.exists() else None


def _build_network(path, most_numbers):
    """The network of a network.json whose variables hold at most so many numbers. Raises RunFolderError."""
    import keras

    from ocr_crnn.presets.networks import check_sizes, outline

    description = read_json(path)
    module = description.get("module")
    try:
        check_sizes(description)
        if isinstance(module, str) and module.startswith("ocr_crnn.") and "__" not in module:
            import_module(module)  # its classes are known to Keras then
        description.pop("compile_config", None)  # names losses that Keras cannot find; a network to read with needs none
        text = json.dumps(description)
        numbers = 0
        with suppress(Exception):  # a class of another package need not be one that can be made without values
            outlined = outline(lambda: keras.models.model_from_json(text))
            numbers = sum(map(math.prod, outlined.values()))
        if numbers > most_numbers:
            raise ValueError(f"{numbers:,} numbers for {most_numbers:,} in the weights file")
        network = keras.models.model_from_json(text)
        if not isinstance(network, keras.Model):  # of what names no class Keras makes a dict
            raise ValueError(f"a {type(network).__name__} in place of a network")
        return network
    except Exception as error:  # Keras raises whatever another description leads it to
        raise RunFolderError(
            f"network.json describes the network of the run. Received: {path}: {' '.join(str(error).split())[:300].rstrip('.')}. "
            "Copy it from a backup, or build the network with its recipe."
        ) from error


def load_recognizer(run, weights="best"):
    """The TextRecognizer of a run of a recogniser, its lines prepared as in the training. weights: as of `load_network`."""
    return make_recognizer(run, *load_network(run, weights))


def make_recognizer(run, network, alphabet, **settings):
    """The TextRecognizer of what `load_network` has loaded from the run. settings: its other arguments."""
    from ocr_crnn.recognition.recognizer import TextRecognizer

    if getattr(network, "task", None) != "recognition" or alphabet is None:
        what = type(network).__name__ if alphabet is not None else "no alphabet.txt"
        raise RunFolderError(f"A recogniser is read from a run of one, with its alphabet. Received: {run} with {what}. Name another run.")
    preprocess = read_config(run)["arguments"].get("preprocess")
    known = signature(network.as_engine).parameters
    given = check_names("arguments of the engine", {"preprocess": preprocess} if preprocess else {}, known)
    if alphabet is None:
        raise RunFolderError(f"A run of a recogniser has its alphabet.txt. Received: {run} without. {start_again(run)}.")
    return TextRecognizer(network.as_engine(**given), alphabet, **settings)


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
            raise RunFolderError(_in_use(self.path.parent, _read_pid(self.path))) from None
        self.stream.truncate(0)
        self.stream.write(f"{os.getpid()}\n")
        self.stream.flush()
        sweep(self.path.parent)  # what a killed process was writing
        return self

    def __exit__(self, *error):
        self.path.unlink(missing_ok=True)
        self.stream.close()


def require_idle(run):
    """Raise RunFolderError where a process trains in the folder."""
    process = running_process(run)
    if process:
        raise RunFolderError(_in_use(run, process))


def _in_use(run, process):
    return f"One process trains in a run folder. Received: {run}, in use by process {process}. Stop it first: kill {process}"


def running_process(run):
    """The id of the process that trains in the folder, or None."""
    path = Path(run) / "pid"
    try:
        with open(path, encoding="utf-8") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return _read_pid(path)
    return None  # a file that nobody locks was left by a killed process


def _read_pid(path):
    """The number in a locked file; its process locks it first and writes the number right after."""
    for _ in range(100):
        text = path.read_text(encoding="utf-8").strip() if path.exists() else ""
        if text:
            return int(text)
        time.sleep(0.01)
    return None


def describe_status(run):
    """A few lines for a person: whether it runs, how far it is, the last and the best epoch, and what to do next."""
    run = Path(run)
    config = read_config(run)
    process = running_process(run)
    ended = read_end(run)
    log, history = _read_rows(run / "log.csv", ("epoch", "batch", "loss")), _read_rows(run / "history.csv", ("epoch", "loss"))
    if process:
        state = f"running, process {process}"
    elif ended:
        state = f"{ended['how']}: {ended['message']}"
    elif log is None:
        state = "about to begin, or killed before its first batch"
    else:
        state = "killed, or the machine went down"
    lines = [f"{run}: {state}", f"recipe {config['recipe']}, began {config['began']}, {config['arguments'].get('epochs')} epochs wanted"]
    if log is not None:
        last = log.iloc[-1]
        lines.append(f"last batch: epoch {int(last['epoch']) + 1}, batch {int(last['batch']) + 1}, loss {last['loss']:.4g}")
    if history is not None:
        history = history.set_index("epoch")
        metric = "val_loss" if "val_loss" in history else "loss"
        best = history[metric].idxmin()
        lines.append(f"last epoch: {_listed(history.iloc[-1], history.index[-1])}")
        lines.append(f"best epoch: {_listed(history.loc[best], best)}")
    lines += [how_to_follow(run)] if process else [f"go on: python train.py --resume {run}"]
    return "\n".join(lines)


def read_end(run):
    """How a run ended; None where it has not, or nobody knows."""
    try:
        ended = read_json(run / "ended.json")
        return {"how": str(ended["how"]), "message": str(ended["message"])}
    except (OSError, TypeError, KeyError):  # written beside its place: whatever is wrong with it came later
        return None


def count_batches(run):
    """How many batches a run has had, by its log."""
    log = _read_rows(Path(run) / "log.csv", ("iteration",))
    return 0 if log is None else int(log["iteration"].max()) + 1


def how_to_follow(run):
    return f"follow: tail -f {run}/stdout.log\nstatus: python train.py --status {run}\nstop:   kill $(cat {run}/pid)   (saves first)"


def _read_rows(path, columns):
    """The rows of a table of the run that have numbers in the columns; None where there are none, as in a run that was killed at once.

    A row that is half written, or damaged, is passed over.
    """
    import pandas as pd

    try:
        rows = pd.read_csv(path, on_bad_lines="skip", encoding_errors="replace").apply(pd.to_numeric, errors="coerce")
    except (FileNotFoundError, pd.errors.EmptyDataError, pd.errors.ParserError):
        return None
    rows = rows.dropna(subset=list(columns)) if set(columns) <= set(rows.columns) else rows[:0]
    return rows if len(rows) else None


def _listed(row, epoch):
    return f"{int(epoch) + 1}  " + "  ".join(f"{name} {value:.4g}" for name, value in row.items())


def start_in_background(run, command):
    """Run a command detached from this terminal, its output in `stdout.log`; returns its process id."""
    with open(run / "stdout.log", "a", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    return process.pid
