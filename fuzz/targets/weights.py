"""Weights and what they are weights of: arrays, HDF5 files, whole presets, run folders, LiteRT files."""

import contextlib
import io
import json
from functools import cache, partial

import numpy as np

from fuzz.frame import as_file, as_folder, scratch, target
from fuzz.mutate import mutate_bytes
from fuzz.structure import INSIDE, mutate_h5, mutate_json, mutate_zip
from fuzz.targets.own_files import pack, sealed, unpack

CHARACTERS = "가나다 12"
mutate_folder = partial(mutate_zip, inside=INSIDE | {".npz": mutate_zip, ".h5": mutate_h5})
PRESET = ("config.json", "weights.npz", "alphabet.txt", "README.md")
RUN = ("config.json", "network.json", "alphabet.txt", "best.weights.h5", "state.npz", "log.csv", "history.csv", "ended.json")


def _read_folder(path):
    return pack({file.name: file.read_bytes() for file in sorted(path.iterdir()) if file.is_file()})


def _small_line_network():
    from ocr_crnn.quiet import start_tensorflow
    from ocr_crnn.recognition.attention_ctc import AttentionCTC

    start_tensorflow()
    return AttentionCTC(len(CHARACTERS) + 1, stages=((8, 4, 8),), units=8, num_blocks=1, num_heads=2)


def seed_arrays():
    rng = np.random.default_rng(0)
    for save in (np.savez, np.savez_compressed):
        stream = io.BytesIO()
        kernel = rng.normal(size=(3, 4)).astype(np.float16)
        save(stream, **{"a/kernel": kernel, "steps": np.array(3), "text": np.array("가나"), "none": np.zeros((0, 2))})
        yield stream.getvalue()


@target(seed_arrays, ValueError, mutate_zip)
def arrays(contents):
    from ocr_crnn.untrusted.npz import open_npz

    with open_npz(as_file(contents, "input.npz")) as file:
        for name in file.declared:
            file.read(name)


def seed_safetensors():
    tensors = {"a.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "half": np.ones(4, np.float16)}
    header, contents = {"__metadata__": {"format": "pt"}}, b""
    for (name, tensor), kind in zip(tensors.items(), ("F32", "F16"), strict=True):
        places = [len(contents), len(contents) + tensor.nbytes]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": places}
        contents += tensor.tobytes()
    yield json.dumps(header).encode() + b"\n" + contents


def _mutate_header(contents, rng):
    """The header is changed as JSON, and its length stays right; or all of it as bytes."""
    header, _, rest = contents.partition(b"\n")
    return mutate_json(header, rng) + b"\n" + (mutate_bytes(rest, rng) if rng.random() < 0.3 else rest)


@target(seed_safetensors, ValueError, _mutate_header)
def safetensors(contents):
    """A line of JSON, then the numbers: its length is put before it."""
    from ocr_crnn.untrusted.safetensors import read_safetensors

    header, _, rest = contents.partition(b"\n")
    read_safetensors(as_file(len(header).to_bytes(8, "little") + header + rest, "input.safetensors"))


def seed_torch_legacy():
    from tests.helpers.torch_files import write_legacy

    tensors = {"a.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "half": np.ones(4, np.float16)}
    yield write_legacy(scratch() / "seed.pth", tensors, lambda state: {"state_dict": state, "epoch": 3}).read_bytes()


@target(seed_torch_legacy, ValueError, mutate_bytes)
def torch_legacy(contents):
    from ocr_crnn.untrusted.torch_legacy import read_torch_legacy

    read_torch_legacy(as_file(contents, "input.pth"))


def seed_torch_checkpoints():
    from tests.helpers.torch_files import write_checkpoint

    tensors = {"a.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "half": np.ones(4, np.float16)}
    yield write_checkpoint(scratch() / "seed.pt", tensors, lambda state: {"state_dict": state, "epoch": 3}).read_bytes()


@target(seed_torch_checkpoints, ValueError, partial(mutate_zip, inside=INSIDE | {".pkl": mutate_bytes}))
def torch_checkpoints(contents):
    from ocr_crnn.untrusted.torch_zip import read_torch_zip

    for tensor in read_torch_zip(as_file(contents, "input.pt")).values():
        tensor.sum()


def seed_whole_presets():
    from ocr_crnn.alphabet import Alphabet
    from ocr_crnn.detection.detector import TextDetector
    from ocr_crnn.detection.pan import PAN
    from ocr_crnn.recognition.recognizer import TextRecognizer

    made = TextRecognizer(_small_line_network(), Alphabet(CHARACTERS)), TextDetector(PAN(channels=8, num_fpem=1).fold())
    for number, task in enumerate(made):
        yield _read_folder(task.save_to_preset(scratch() / f"preset{number}"))


@target(seed_whole_presets, ValueError, mutate_folder, in_suite=False)
def whole_presets(contents):
    """Read with their networks; the checksums are right, for whoever makes a preset makes them too."""
    from ocr_crnn.detection.detector import TextDetector
    from ocr_crnn.recognition.recognizer import TextRecognizer

    members = sealed(unpack(contents, PRESET))
    read = TextDetector if b'"detection"' in members.get("config.json", b"") else TextRecognizer
    read.from_preset(as_folder(members, "whole_preset"))


def seed_runs():
    """As `train.py` leaves them, small."""
    from ocr_crnn.alphabet import Alphabet
    from ocr_crnn.training.run import make_config, write_json

    network, folder = _small_line_network(), scratch() / "seed_run"
    folder.mkdir(exist_ok=True)
    write_json(folder / "config.json", make_config("attention_ctc", {"epochs": 1}))
    (folder / "network.json").write_text(network.to_json(), encoding="utf-8")
    Alphabet(CHARACTERS).save(folder / "alphabet.txt")
    network.save_weights(folder / "best.weights.h5")
    arrays = {f"variable/{i}": np.asarray(variable) for i, variable in enumerate(network.variables)}
    header = {"position": {"step": 3, "sums": {"loss": 1.5}}, "callbacks": []}
    np.savez(folder / "state.npz", header=np.array(json.dumps(header)), **arrays)
    (folder / "log.csv").write_text("epoch,batch,loss\n0,1,2.5\n")
    yield _read_folder(folder)


@target(seed_runs, (ValueError, OSError), mutate_folder, in_suite=False)
def runs(contents):
    """How it stands, and its best and its last weights."""
    from ocr_crnn.training.run import describe_status, load_recognizer

    folder, failed = as_folder(unpack(contents, RUN), "run"), None
    for read in (describe_status, load_recognizer, partial(load_recognizer, weights="last")):
        try:
            read(folder)
        except (ValueError, OSError) as error:
            failed = error
            if "Received" not in str(error):
                raise
    if failed is not None:
        raise failed


@cache
def _small_network():
    from keras import Input, Sequential, layers

    from ocr_crnn.quiet import start_tensorflow

    start_tensorflow()
    return Sequential([Input((8, 3)), layers.Conv1D(4, 3, name="conv"), layers.LSTM(3, name="lstm"), layers.Dense(5, name="head")])


def seed_legacy_weights():
    from ocr_crnn.recognition.lineage_network import write_legacy_weights

    write_legacy_weights(_small_network(), scratch() / "seed.h5")
    yield (scratch() / "seed.h5").read_bytes()


@target(seed_legacy_weights, ValueError, mutate_h5, in_suite=False)
def legacy_weights(contents):
    from ocr_crnn.training.transfer import load_legacy_weights

    model = _small_network()
    before = [np.asarray(weight) for weight in model.weights]
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            load_legacy_weights(model, as_file(contents, "input.h5"))
    except ValueError:
        if any((a != np.asarray(b)).any() for a, b in zip(before, model.weights, strict=True)):
            raise ArithmeticError("Weights change as a whole.") from None
        raise
    model.set_weights(before)


def seed_keras_weights():
    _small_network().save_weights(scratch() / "seed.weights.h5")
    yield (scratch() / "seed.weights.h5").read_bytes()


@target(seed_keras_weights, ValueError, mutate_h5, in_suite=False)
def keras_weights(contents):
    from ocr_crnn.training.weights import load_weights

    load_weights(_small_network(), as_file(contents, "input.weights.h5"))


def seed_litert():
    from pathlib import Path

    import ocr_crnn.presets

    yield (Path(ocr_crnn.presets.__file__).parent / "pan_light_ko" / "maps.tflite").read_bytes()


def mutate_litert(contents, rng):
    """The tables lie at both ends; in between are weights, of which any are in order."""
    end = rng.choice((4096, 40_000))
    return mutate_bytes(contents[:end], rng) + contents[end:-end] + mutate_bytes(contents[-end:], rng)


@target(seed_litert, (ValueError, RuntimeError), mutate_litert)
def litert_files(contents):
    """The file of a detector, whatever its checksum: made, and run on a small image."""
    from ocr_crnn.reading.engine import DetectionEngine, LiteRTEngine

    maps = DetectionEngine(LiteRTEngine(contents), 4, 32)(np.full((1, 64, 64, 3), 255, np.uint8))
    if maps.shape[:3] != (1, 16, 16):
        raise ArithmeticError("Maps are a fourth of the image.")
