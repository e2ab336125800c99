"""The state of a training run, whole or not at all: weights, optimiser, position, callbacks; and the files that hold it."""

import inspect
import json
import math
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import keras
import numpy as np

from ocr_crnn.files import replacing
from ocr_crnn.training.run import STATE_NAME, start_again
from ocr_crnn.untrusted.npz import open_npz
from ocr_crnn.untrusted.settings import check_number


@dataclass
class Position:
    """Where a run is: `step` batches are done since it began, and `sums` holds the logs of this epoch's batches, added up."""

    step: int = 0
    sums: dict = field(default_factory=dict)


def _variables(model):
    """Every variable that a step reads or writes: weights, random seeds of layers, and the optimiser's own (EMA included)."""
    return [*model.variables, *model.optimizer.variables]


def _numbers(callback):
    """What a callback has learnt: its public attributes that no constructor argument sets, if plain: numbers, strings, None, arrays."""
    given = inspect.signature(type(callback)).parameters
    return {
        name: value
        for name, value in vars(callback).items()
        if not name.startswith("_") and name not in given and (value is None or isinstance(value, (bool, int, float, str, np.number)))
    }


def _arrays(callback):
    """The same for lists of arrays, `EarlyStopping`'s best weights for one."""
    return {
        name: value
        for name, value in vars(callback).items()
        if not name.startswith("_") and isinstance(value, list) and value and all(isinstance(v, np.ndarray) for v in value)
    }


def save_state(path, model, position, callbacks=()):
    """Write everything that going on needs to one file: variables, `Position`, and what the callbacks have learnt.

    `path` is replaced as a whole, so a process killed here leaves the state before.
    """
    arrays = {f"variable/{i}": keras.ops.convert_to_numpy(keras.ops.convert_to_tensor(v)) for i, v in enumerate(_variables(model))}
    kept = []
    for i, callback in enumerate(callbacks):
        lists = _arrays(callback)
        arrays.update({f"callback/{i}/{name}/{j}": array for name, values in lists.items() for j, array in enumerate(values)})
        numbers = {name: value.item() if isinstance(value, np.number) else value for name, value in _numbers(callback).items()}
        kept.append({"class": type(callback).__name__, "numbers": numbers, "arrays": {name: len(values) for name, values in lists.items()}})
    header = {"position": asdict(position), "callbacks": kept}
    with replacing(path) as temporary, open(temporary, "wb") as stream:
        np.savez(stream, header=np.array(json.dumps(header)), **arrays)


def load_state(path, model, callbacks=()):
    """Put the state back into a model compiled like the one that was saved, and into the callbacks; returns the `Position`.

    Raises ValueError if the variables do not match: another network, alphabet or optimiser.
    """
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    variables = _variables(model)
    header, arrays = read_state(path)
    saved = [array for name, array in arrays.items() if name.startswith("variable/")]
    _check_shapes([array.shape for array in saved], [tuple(v.shape) for v in variables])
    learnt = [_learnt(path, arrays, i, kept) for i, kept in enumerate(header["callbacks"])]
    for variable, array in zip(variables, saved, strict=True):
        variable.assign(array)
    for callback, kept, values in zip(callbacks, header["callbacks"], learnt, strict=False):
        if type(callback).__name__ == kept["class"]:  # another list of callbacks: a new one begins afresh
            # Never a method, for the file may be anybody's.
            mine = {name: value for name, value in values.items() if name[:1] != "_" and not callable(getattr(type(callback), name, None))}
            vars(callback).update(mine)
    return Position(**header["position"])


def _learnt(path, arrays, index, kept):
    """What a callback had learnt: its numbers and its lists of arrays."""
    lists = {name: [arrays.get(f"callback/{index}/{name}/{j}") for j in range(count)] for name, count in kept["arrays"].items()}
    if any(array is None for values in lists.values() for array in values):
        raise _damaged(path, "some of what its callbacks have learnt is absent")
    return {**kept["numbers"], **lists}


def read_state(path, wanted=""):
    """`(header, {name: array})` of a saved state, of the arrays whose names begin so. Raises ValueError where the file is damaged."""
    try:
        with open_npz(path) as file:
            if file.declared["header"].shape != ():
                raise ValueError("its header is no text")
            header = json.loads(str(file.read("header")))
            _check_header(header)
            names = [name for name in file.declared if name != "header" and name.startswith(wanted)]
            if any(file.declared[name].dtype.kind == "U" for name in names):
                raise ValueError("text in place of numbers")
            return header, {name: file.read(name) for name in names}
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise _damaged(path, error) from error


def _damaged(path, error):
    return ValueError(
        f"The state of a run is the file that the training has written. Received: {path}, which is damaged: {error}. "
        f"{start_again(Path(path).parent)}."
    )


def _check_shapes(saved, wanted):
    if saved == wanted:
        return
    first = next((i for i, (a, b) in enumerate(zip(saved, wanted, strict=False)) if a != b), min(len(saved), len(wanted)))
    raise ValueError(
        "A run goes on with the network and the optimiser it began with. "
        f"Received: {len(saved)} saved variables for {len(wanted)}; number {first} is {saved[first : first + 1]}, "
        f"not {wanted[first : first + 1]}. Resume with the arguments in config.json, or begin a new run with --weights."
    )


def _check_header(header):
    """Raises ValueError or TypeError for a header that `save_state` does not write."""
    position = Position(**header["position"])
    check_number("step", position.step, 0, 2**62, whole=True)
    if not all(isinstance(value, int | float) for value in dict(position.sums).values()):
        raise ValueError("its sums are no numbers")
    for kept in header["callbacks"]:
        if not isinstance(kept["class"], str) or not all(0 <= int(count) < 10_000 for count in kept["arrays"].values()):
            raise ValueError("what its callbacks have learnt is of another kind")
        if any(isinstance(value, list | dict) for value in kept["numbers"].values()):
            raise ValueError("what its callbacks have learnt is of another kind")


def load_weights_of_state(path, network):
    """Put the weights of a saved state into the network that was trained, or into the one that holds the same variables first."""
    _, arrays = read_state(path, "variable/")
    values = [arrays[name] for i in range(len(network.variables)) if (name := f"variable/{i}") in arrays]
    shapes, wanted = [value.shape for value in values], [tuple(v.shape) for v in network.variables]
    if shapes != wanted:
        raise ValueError(f"A state holds the weights of its own network. Received: {path}, of other shapes. Take the network of that run.")
    for variable, value in zip(network.variables, values, strict=True):
        variable.assign(value)


def count_weights_of_state(path):
    """How many numbers a saved state holds, those of the optimizer too. Raises ValueError where the file is damaged."""
    try:
        with open_npz(path) as file:
            return sum(math.prod(declared.shape) for declared in file.declared.values())
    except ValueError as error:
        raise _damaged(path, error) from error


class Checkpoint:
    """Saves the state of a run at the end of each epoch and, in between, every `interval_s` seconds.

    folder: the run folder; the state is its `state.npz`. chief: False on the other workers of a distributed run,
    which only read. learning_rate: what a resumed run goes on with, instead of the saved rate.
    """

    def __init__(self, folder, interval_s=600.0, chief=True, learning_rate=None):
        self.path = Path(folder) / STATE_NAME
        self.interval_s = interval_s
        self.chief = chief
        self.learning_rate = learning_rate
        self._saved_at = time.monotonic()

    @property
    def due(self):
        return time.monotonic() - self._saved_at >= self.interval_s

    def save(self, model, position, callbacks):
        if self.chief:
            save_state(self.path, model, position, callbacks)
        self._saved_at = time.monotonic()

    def position(self):
        """The saved `Position` alone; the beginning where nothing has been saved yet."""
        if not self.path.exists():
            return Position()
        header, _ = read_state(self.path, "none of them")
        return Position(**header["position"])

    def restore(self, model, callbacks):
        """The saved position, or the beginning where nothing has been saved yet."""
        if not self.path.exists():
            return Position()
        position = load_state(self.path, model, callbacks)
        if self.learning_rate is not None:
            model.optimizer.learning_rate = self.learning_rate
        return position
