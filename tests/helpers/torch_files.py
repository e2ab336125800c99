"""Checkpoints as PyTorch writes them, without PyTorch: a pickle by hand, and the storages beside it in a zip."""

import io
import pickle
import zipfile

import numpy as np

KINDS = {"f8": "Double", "f4": "Float", "f2": "Half", "i8": "Long", "u1": "Byte", "u2": "BFloat16"}


class Call:
    """Pickled as a call of a name, which need not exist here."""

    def __init__(self, name, *arguments):
        self.name, self.arguments = name, arguments


class Storage:
    def __init__(self, key, kind, count):
        self.said = (key, kind, count)


class _Pickler(pickle._Pickler):
    dispatch = dict(pickle._Pickler.dispatch)

    def save_call(self, call):
        self.write(b"c" + call.name.rpartition(".")[0].encode() + b"\n" + call.name.rpartition(".")[2].encode() + b"\n")
        self.save(call.arguments)
        self.write(b"R")

    def save_storage(self, storage):
        key, kind, count = storage.said
        self.write(b"(")
        self.save("storage")
        self.write(b"ctorch\n" + kind.encode() + b"\n")
        self.save(key)
        self.save("cpu")
        self.save(count)
        self.write(b"tQ")

    dispatch[Call], dispatch[Storage] = save_call, save_storage


def tensor(key, array, strides=None, offset=0, count=None):
    """The pickled tensor of an array in storage data/key."""
    kind = f"{KINDS[array.dtype.str[1:]]}Storage"
    strides = tuple(n // array.itemsize for n in array.strides) if strides is None else strides
    storage = Storage(key, kind, array.size if count is None else count)
    return Call("torch._utils._rebuild_tensor_v2", storage, offset, array.shape, strides, False, Call("collections.OrderedDict"))


def pickled(described):
    stream = io.BytesIO()
    _Pickler(stream, 2).dump(described)
    return stream.getvalue()


def write_zip(path, contents, storages, how=zipfile.ZIP_STORED, order=b"little", more=()):
    with zipfile.ZipFile(path, "w", how) as archive:
        archive.writestr("archive/data.pkl", contents)
        archive.writestr("archive/byteorder", order)
        for key, numbers in storages.items():
            archive.writestr(f"archive/data/{key}", numbers)
        for name in more:
            archive.writestr(f"archive/{name}", b"")
    return path


def write_checkpoint(path, tensors, wrap=lambda state: state):
    """`{name: array}` as torch.save writes a state dict; wrap: what it stands in."""
    tensors = {name: np.ascontiguousarray(x).reshape(np.shape(x)) for name, x in tensors.items()}
    state = {name: tensor(str(i), x) for i, (name, x) in enumerate(tensors.items())}
    return write_zip(path, pickled(wrap(state)), {str(i): x.tobytes() for i, x in enumerate(tensors.values())})
