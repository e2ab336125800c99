"""What a network is rebuilt from: run folders, presets, weights of Keras 2. These take TensorFlow, and their seeds some seconds."""

import io
import json
from functools import cache, partial

import numpy as np

from fuzz.frame import as_file, as_folder, scratch, target
from fuzz.mutate import mutate_bytes
from fuzz.structure import INSIDE, mutate_zip
from fuzz.targets.own_files import mutate_npz, pack, sealed, unpack

RUN = ("config.json", "network.json", "alphabet.txt", "log.csv", "history.csv", "ended.json", "state.npz", "best.weights.h5")
NAMES = (b"dense", b"other", b"", b"/", b"..", b"\xff", b"x" * 70_000, b"dense/kernel:0")


def mutate_h5(contents, rng):
    """Bytes, or what h5py can say: other types and shapes, sizes without numbers, links, storage elsewhere."""
    import h5py

    if rng.random() < 0.5:
        return mutate_bytes(contents, rng)
    stream = io.BytesIO(contents)
    try:
        with h5py.File(stream, "r+") as file:
            for _ in range(rng.randint(1, 3)):
                _change_h5(file, rng)
    except Exception:  # it has been mutated before
        return mutate_bytes(contents, rng)
    return stream.getvalue()


def _change_h5(file, rng):
    import h5py

    groups, sets = [file], []
    file.visititems(lambda _, item: (sets if isinstance(item, h5py.Dataset) else groups).append(item))
    group, what = rng.choice(groups), rng.randrange(8)
    if what == 0 and len(group.attrs):
        group.attrs[rng.choice(list(group.attrs))] = rng.choice((5, np.nan, np.array([b"a", b"dense"]), "", np.zeros((3, 3)), "{" * 100))
    elif what == 1 and len(group.attrs):
        del group.attrs[rng.choice(list(group.attrs))]
    elif what == 2:
        group.attrs[rng.choice(("layer_names", "weight_names"))] = [rng.choice(NAMES)[:60_000] for _ in range(rng.randint(0, 4))]
    elif sets:
        old = rng.choice(sets)
        holder, name = old.parent, old.name.rpartition("/")[2]
        shape, kind = old.shape, old.dtype
        del holder[name]
        if what == 3:
            holder.create_dataset(name, (2**rng.randint(1, 40), 2**rng.randint(0, 20)), "f4", chunks=(1, 1))
        elif what == 4:
            holder.create_dataset(name, shape, kind, external=[(rng.choice(("/etc/passwd", "/dev/zero")), 0, h5py.h5f.UNLIMITED)])
        elif what == 5:
            holder[name] = rng.choice((h5py.SoftLink("/"), h5py.SoftLink("nowhere"), h5py.ExternalLink("/etc/passwd", "/")))
        elif what == 6:
            values = np.full(shape, np.nan, "f4"), np.zeros(shape, "c8"), np.ones(shape, "?")
            holder[name] = rng.choice((b"text", np.array([b"a", b"b"]), *values))
        else:
            holder.create_group(name)


@cache
def small_network():
    import keras

    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, name="dense"), keras.layers.Dense(2, name="head")])


def seed_legacy():
    import h5py

    for whole in (False, True):
        stream = io.BytesIO()
        with h5py.File(stream, "w") as file:
            group = file.create_group("model_weights") if whole else file
            group.attrs["layer_names"], group.attrs["keras_version"] = [b"dense", b"head"], b"2.2.4"
            if whole:
                file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": []})
            for layer in small_network().layers:
                part = group.create_group(layer.name)
                part.attrs["weight_names"] = [f"{layer.name}/{name}:0".encode() for name in ("kernel", "bias")]
                for name, value in zip(("kernel", "bias"), layer.get_weights(), strict=True):
                    part[f"{layer.name}/{name}:0"] = value
        yield stream.getvalue()


@target(seed_legacy, ValueError, mutate_h5, in_suite=False)
def legacy_h5(contents):
    """All of it is loaded, or nothing is changed."""
    import contextlib

    from ocr_crnn.training.transfer import load_legacy_weights

    network = small_network()
    before = [np.array(value) for value in network.get_weights()]
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            load_legacy_weights(network, as_file(contents, "weights.h5"), skip_mismatch=len(contents) % 2 == 0)
    except ValueError:
        if not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(before, network.get_weights(), strict=True)):
            raise TypeError("A network is changed as a whole, or not at all.") from None
        raise
    finally:
        network.set_weights(before)


@cache
def _small_recognizer():
    from ocr_crnn.alphabet import Alphabet
    from ocr_crnn.recognition.attention_ctc import AttentionCTC, syllable_places
    from ocr_crnn.recognition.recognizer import TextRecognizer

    alphabet = Alphabet("01 가각힣")
    sizes = {"stages": ((8, 4, 8),), "units": 8, "num_blocks": 1, "num_heads": 2, "rank": 2}
    return TextRecognizer(AttentionCTC(len(alphabet), syllable_places(alphabet), **sizes), alphabet)


def _files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def seed_runs():
    import keras

    from ocr_crnn.training.state import Position, save_state

    recognizer, folder = _small_recognizer(), as_folder({}, "seed")
    network = recognizer.network
    config = {"recipe": "attention_ctc", "began": "2026-01-01T00:00:00", "resumed": [], "arguments": {"seed": 3}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "ended.json").write_text(json.dumps({"how": "done", "message": "all epochs"}))
    (folder / "history.csv").write_text("epoch,loss,val_loss\n0,1.5,1.25\n1,0.5,0.75\n")
    (folder / "log.csv").write_text("epoch,batch,loss\n0,0,1.5\n0,1,1.25\n1,0,0.5\n")
    (folder / "network.json").write_text(network.to_json())
    recognizer.alphabet.save(folder / "alphabet.txt")
    network.save_weights(folder / "best.weights.h5")
    network.compile(keras.optimizers.Adam(), loss="mse")
    network.optimizer.build(network.trainable_variables)
    save_state(folder / "state.npz", network, Position())
    yield pack(_files(folder))


mutate_run = partial(mutate_zip, inside=INSIDE | {".npz": mutate_npz, ".h5": mutate_h5})


@target(seed_runs, (ValueError, OSError), mutate_run, in_suite=False)
def run_folders(contents):
    """`train.py --status`, and the network with the best weights or those of the state. RunFolderError is an OSError."""
    from ocr_crnn.training.run import describe_status, load_recognizer

    run = as_folder(unpack(contents, RUN), "run")
    describe_status(run)
    load_recognizer(run, "last" if len(contents) % 3 == 0 else "best")


def seed_networks():
    folder = scratch() / "preset_seed"
    _small_recognizer().save_to_preset(folder)
    yield pack(_files(folder))


@target(seed_networks, ValueError, partial(mutate_zip, inside=INSIDE | {".npz": mutate_npz}), in_suite=False)
def preset_networks(contents):
    """With checksums that are right."""
    from ocr_crnn.recognition.recognizer import TextRecognizer

    members = sealed(unpack(contents, ("config.json", "weights.npz", "alphabet.txt", "README.md")))
    TextRecognizer.from_preset(as_folder(members, "preset_network"))
