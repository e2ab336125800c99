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


class View(Storage):
    """A storage as PyTorch named it before 1.6: with what it is a view of, nothing."""


def _save_view(pickler, storage):
    key, kind, count = storage.said
    pickler.write(b"(")
    pickler.save("storage")
    pickler.write(b"ctorch\n" + kind.encode() + b"\n")
    for value in (key, "cpu", count, None):
        pickler.save(value)
    pickler.write(b"tQ")


_Pickler.dispatch[View] = _save_view


def write_legacy(path, tensors, wrap=lambda state: state, little=True, version=1001, keys=None):
    """As `write_checkpoint`, in the layout before PyTorch 1.6."""
    arrays = {name: np.ascontiguousarray(x).reshape(np.shape(x)) for name, x in tensors.items()}
    state = {name: tensor(str(i), x) for i, (name, x) in enumerate(arrays.items())}
    for call in state.values():
        storage, *rest = call.arguments
        call.arguments = (View(*storage.said), *rest)
    keys = [str(i) for i in range(len(arrays))] if keys is None else keys
    machine = {"protocol_version": version, "little_endian": little, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    parts = [pickle.dumps(0x1950A86A20F9469CFC6C, 2), *(pickled(one) for one in (version, machine, wrap(state), keys))]
    parts += [part for x in arrays.values() for part in (x.size.to_bytes(8, "little"), x.tobytes())]
    path.write_bytes(b"".join(parts))
    return path
