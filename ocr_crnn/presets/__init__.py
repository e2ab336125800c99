"""Presets: folders that hold everything a reader or detector is rebuilt from. The shipped ones stand beside this file.

    config.json    {"schema": "ocr_crnn/preset/1", "task", "network", "arguments", …, "sha256": {file name: checksum}}
    weights.npz    the network's variables by path, float16; those of a spotter int8, each with its scales
    README.md      the model card: recipe, commands, data and licences, figures
    …              what the task needs besides, a recogniser its alphabet.txt

Files and NumPy only: what becomes of them is up to TextRecognizer and TextDetector. A preset may come from anywhere: nothing in it is run,
no file is opened but those of its folder that it lists with their checksums, and what they declare is held against their sizes.
"""

import hashlib
import json
import re
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from ocr_crnn.files import replace_file, replacing, sweep
from ocr_crnn.untrusted.json_text import read_json_file
from ocr_crnn.untrusted.npz import open_npz
from ocr_crnn.untrusted.plain import open_plain, own_file

SCHEMA = "ocr_crnn/preset/1"
SHIPPED = Path(__file__).parent
CONFIG, WEIGHTS, CARD = "config.json", "weights.npz", "README.md"
MOST_CONFIG_BYTES = 1 << 22
MOST_FILE_BYTES = 1 << 32  # of each file: a checksum reads all of it


class PresetError(ValueError):
    """A preset does not exist, is not whole, or is not what was asked for."""


def list_presets(task=None):
    """Names of the shipped presets, of one task ("recognition", "detection") if given."""
    folders = sorted(path.parent for path in SHIPPED.glob(f"*/{CONFIG}"))
    return [folder.name for folder in folders if task in (None, read_config(folder).get("task"))]


def find_preset(name_or_folder, task=None):
    """The folder of a shipped preset by its name, or of one's own by its path. Raises PresetError with the known names.

    task: the one, or several, of which the names are known."""
    for folder in (SHIPPED / str(name_or_folder), Path(name_or_folder)):
        if _holds_config(folder):
            return folder
    tasks = (task,) if task is None or isinstance(task, str) else task
    known = ", ".join(sorted(name for one in tasks for name in list_presets(one))) or "none yet"
    raise PresetError(
        f"A preset is the name of a shipped one or a folder that save_to_preset has written. Received: {str(name_or_folder)!r}. "
        f"Known names: {known}."
    )


def _holds_config(folder):
    try:
        return (folder / CONFIG).is_file()
    except ValueError:  # a NUL in the name
        return False


def read_preset(name_or_folder, task=None):
    """`(folder, config)` of a preset, of one task if given, whose files are all there and as they were written. Raises PresetError."""
    folder = find_preset(name_or_folder, task)
    config = read_config(folder)
    if "schema" not in config and "recipe" in config:
        raise PresetError(
            f"A preset is what a training has shipped. Received: {folder}, a run of the recipe {str(config['recipe'])[:80]!r}. "
            f"Make a preset of it: python -m ocr_crnn.training.shipping {folder} --to FOLDER."
        )
    if config.get("schema") != SCHEMA or task not in (None, config.get("task")):
        raise PresetError(
            f"A preset of {task} has schema {SCHEMA!r} and task {task!r}. Received: {folder / CONFIG} with schema "
            f"{str(config.get('schema'))[:80]!r}, task {str(config.get('task'))[:80]!r}. "
            f"Known names: {', '.join(list_presets(task)) or 'none yet'}."
        )
    checksums = config.get("sha256")
    if not isinstance(checksums, dict) or not checksums or not all(isinstance(expected, str) for expected in checksums.values()):
        raise PresetError(
            f"A preset lists the checksums of its files in sha256. Received: {folder / CONFIG} with sha256 {str(checksums)[:80]}. "
            "Write the preset anew with save_to_preset, or take a whole copy."
        )
    for name, expected in checksums.items():
        try:
            found = _checksum(own_file(folder, name))
        except OSError as error:
            raise PresetError(f"A preset has all its files. Received: {folder / name}: {error.strerror}. {_REPAIR}") from None
        except ValueError as error:
            raise PresetError(str(error)) from None
        if found != expected:
            raise PresetError(f"A preset's files are as they were written. Received: {folder / name}, SHA-256 {found[:12]}… {_REPAIR}")
    return folder, config


def preset_file(folder, config, name):
    """The path of a file of a preset that `read_preset` has checked. Raises PresetError for one without a checksum."""
    if not isinstance(name, str) or name not in config["sha256"]:
        raise PresetError(
            f"The files of a preset have checksums. Received: {folder}, whose sha256 lacks {str(name)[:80]!r}. "
            "Write the preset anew with save_to_preset, or take a whole copy."
        )
    return Path(folder) / name


_REPAIR = "The file is damaged or half copied: install the package again, or copy the folder again."


def write_preset(folder, config, files, card):
    """Write a preset; returns its folder as a Path.

    config: JSON values without schema and checksums. files: `{name: write(path)}`. card: text of README.md.
    The files take their places when all are whole, one after the other, config.json with the checksums last: what a call leaves that is
    killed in between is rejected by `read_preset`, never half loaded. What a killed call has left unfinished is removed.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    with ExitStack() as stack:  # the last to enter is the first in its place
        config_path = stack.enter_context(replacing(folder / CONFIG))
        stack.enter_context(replacing(folder / CARD)).write_text(card, encoding="utf-8")
        paths = {name: stack.enter_context(replacing(folder / name)) for name in files}
        for name, write in files.items():
            write(paths[name])
        checksums = {name: _checksum(path) for name, path in paths.items()}
        config_path.write_text(_format({"schema": SCHEMA, **config, "sha256": checksums}), encoding="utf-8")
    return folder


def extend_preset(folder, config, files, card):
    """Add files and values to a written preset, or replace those of an earlier call; returns its folder.

    config: JSON values. files: `{name: bytes}`. card: a section of Markdown for the end of the model card, instead of that of its heading.
    A call that is killed leaves a preset without these files and values, or with them.
    """
    folder = Path(folder)
    sweep(folder)
    known = read_config(folder)
    checksums = {name: checksum for name, checksum in known.pop("sha256").items() if name not in files}
    without = {name: value for name, value in known.items() if name not in config}
    replace_file(folder / CONFIG, _format(without | {"sha256": checksums}))
    for name, contents in files.items():
        replace_file(folder / name, contents)
    heading = card.splitlines()[0]
    before = (folder / CARD).read_text(encoding="utf-8").split(f"\n{heading}\n")[0].rstrip()
    replace_file(folder / CARD, f"{before}\n\n{card.rstrip()}\n")
    checksums |= {name: _checksum(folder / name) for name in files}
    replace_file(folder / CONFIG, _format(known | config | {"sha256": checksums}))
    return folder


def _format(config):
    return json.dumps(config, ensure_ascii=False, indent=2) + "\n"


SCALE = ".scale"  # after the name of an array in 8 bits: what its whole numbers are multiplied by, one for each place of the last axis
RANDOM = "seed_generator_state"  # the end of the path of a random state
LEAST_IN_8_BITS = 4096  # numbers of an array: smaller ones are no part of a file's size


def by_path(variables):
    """`{path: variable}` of the weights among variables, by which presets know them.

    States of random numbers, as of dropout, are no weights, and Keras names them anew in every process. The path of a direction of a
    Bidirectional has its name before it or not, by whether the network was made by code or out of a configuration: here it has not.
    """
    weights = [variable for variable in variables if not variable.path.endswith(RANDOM)]
    named = {re.sub(r"[^/]+/(?=(forward|backward)_)", "", weight.path): weight for weight in weights}
    return named if len(named) == len(weights) else {weight.path: weight for weight in weights}


def save_variables(variables, path, in_8_bits=False):
    """Write variables (anything with `path` and an array value) as float16 `.npz`; integers stay as they are, random states are left out.

    in_8_bits: arrays of two or more axes and LEAST_IN_8_BITS numbers are written as int8 with a scale for each place of the last axis.
    Raises OverflowError for a value that float16 cannot hold.
    """
    arrays = {}
    for name, variable in by_path(variables).items():
        array = np.asarray(variable)
        if array.dtype.kind == "f":
            with np.errstate(over="ignore"):
                array = array.astype(np.float16)
            if not np.isfinite(array).all():
                raise OverflowError(f"Preset weights fit into float16. Received: {name}, not finite or above 65504.")
            if in_8_bits and array.ndim > 1 and array.size >= LEAST_IN_8_BITS:
                array, arrays[name + SCALE] = _to_8_bits(array.astype(np.float32))
        arrays[name] = array
    with open(path, "wb") as stream:
        np.savez_compressed(stream, **arrays)


def _to_8_bits(array):
    """float32 `(…, n)` → int8 of the same shape, and float16 `(n,)` that it is multiplied by."""
    largest = np.abs(array).reshape(-1, array.shape[-1]).max(axis=0)
    scale = np.maximum(largest / 127, 1e-7).astype(np.float16)
    return np.clip(np.round(array / scale.astype(np.float32)), -127, 127).astype(np.int8), scale


@contextmanager
def fitting(folder):
    """What a preset says does not fit what is made of it: a ValueError within is raised as a PresetError that names the preset."""
    try:
        yield
    except PresetError:
        raise
    except (OSError, TypeError, ValueError) as error:
        raise PresetError(f"The settings of a preset fit what it is made of. Received: {folder}: {error}") from error


def read_shapes(path):
    """`{name: shape}` of the arrays of a weights file, by their headers alone. Raises PresetError."""
    try:
        with open_npz(path) as arrays:
            return _shapes_of(arrays.declared)
    except (OSError, ValueError) as error:
        raise PresetError(f"Weights are an .npz file. Received: {path}: {error} {_REPAIR}") from None


def load_variables(variables, path):
    """Assign the arrays of `save_variables` to variables of the same paths and shapes, all or none. Raises PresetError."""
    variables = by_path(variables)
    wanted = {name: tuple(variable.shape) for name, variable in variables.items()}
    try:
        with open_npz(path) as arrays:
            check_shapes(wanted, _shapes_of(arrays.declared), path)
            found = {name: _read_array(arrays, name) for name in wanted}
    except PresetError:
        raise
    except (OSError, ValueError) as error:
        raise PresetError(f"Weights are an .npz file. Received: {path}: {error} {_REPAIR}") from None
    for name, array in found.items():
        if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
            raise PresetError(f"Weights are finite numbers. Received: {path}, {name} of {array.dtype} with others. {_REPAIR}")
    for name, variable in variables.items():
        variable.assign(found[name].astype(variable.dtype))


def _shapes_of(declared):
    """`{name: shape}` without random states, which presets once had, and the scales of arrays in 8 bits that fit these."""
    scales = {
        name + SCALE for name, one in declared.items()
        if one.dtype == np.int8 and name + SCALE in declared and declared[name + SCALE].shape == one.shape[-1:]
    }  # fmt: skip
    return {name: one.shape for name, one in declared.items() if name not in scales and not name.endswith(RANDOM)}


def _read_array(arrays, name):
    array = arrays.read(name)
    if array.dtype != np.int8 or name + SCALE not in arrays.declared:
        return array
    return array * arrays.read(name + SCALE).astype(np.float32)


def check_shapes(wanted, shapes, path):
    """Raises PresetError where the `{name: shape}` of a network and those of the file at `path` differ."""
    if wanted != shapes:
        different = sorted(dict(wanted.items() ^ shapes.items()))[:5]
        raise PresetError(
            f"The weights are those of the network. Received: {path}, which differs in {different}. Use the preset's own config.json."
        )


def read_config(folder):
    """The object of config.json, whatever it says. Raises PresetError."""
    try:
        return read_json_file(own_file(folder, CONFIG), "A preset's config.json", _REPAIR, MOST_CONFIG_BYTES)
    except ValueError as error:
        raise PresetError(str(error)) from None
    except OSError as error:
        raise PresetError(f"A preset has a config.json. Received: {Path(folder) / CONFIG}: {error.strerror}. {_REPAIR}") from None


def _checksum(path):
    with open_plain(path, MOST_FILE_BYTES) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
