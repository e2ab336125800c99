"""Tensors of a PyTorch checkpoint (.pt, .ckpt): a zip with a pickle, which names them, and a member of numbers for each storage.

The pickle is not given to `pickle`. Its opcodes are read by a small machine of ours, which knows containers, numbers and text, and for
which every name is a tag: nothing is imported, called or executed. Names that no checkpoint needs are refused, as the file may be hostile.
"""

import pickletools
from math import prod
from typing import NamedTuple

import numpy as np

from ocr_crnn.untrusted.plain import DamagedFileError, open_plain
from ocr_crnn.untrusted.zips import DAMAGES, open_zip, read_info

MOST_PICKLE = 1 << 22  # bytes; that of CLIP has 50,000, of a run with its optimizer 500,000
MOST_MEMBERS = 20_000
MOST_AXES, MOST_DEPTH, MOST_PARTS = 8, 32, 100_000
# BFloat16 is the upper half of a float32; NumPy has no such type.
TYPES = {
    "DoubleStorage": "<f8", "FloatStorage": "<f4", "HalfStorage": "<f2", "BFloat16Storage": "<u2", "LongStorage": "<i8",
    "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "i1", "ByteStorage": "u1", "BoolStorage": "?",
}  # fmt: skip
# What else stands in checkpoints: settings beside the weights, and the modules of a TorchScript archive. Tags too, with a state.
INERT = ("__torch__.", "omegaconf.", "argparse.Namespace", "pathlib.PosixPath", "torch.device", "torch.Size", "torch.jit._pickle.",
         "collections.defaultdict", "typing.Any", "pytorch_lightning.", "lightning_fabric.", "lightning.")  # fmt: skip
BUILT_IN = ("dict", "list", "tuple", "int", "float", "str", "bool")
INERT += tuple(f"{module}.{name}" for module in ("builtins", "__builtin__") for name in BUILT_IN)
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
MAKERS = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_SET": list, "EMPTY_TUPLE": tuple}
VALUES = {"BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINBYTES",
          "SHORT_BINBYTES", "BINSTRING", "SHORT_BINSTRING"}  # fmt: skip
MARK = object()


class Name(NamedTuple):
    """A name in a pickle, which stays one."""

    full: str


class Thing:
    """An object of which only the state is kept."""

    def __init__(self):
        self.state = {}


class Stored(NamedTuple):
    """Where a tensor's numbers lie: in a storage of `count` numbers, from an offset, by strides."""

    kind: str
    key: str
    count: int
    offset: int
    shape: tuple
    strides: tuple


def read_torch_zip(path):
    """`{name: array}` of a checkpoint, BFloat16 as float32: of its `state_dict` where it has one, else of all its tensors.

    Of a TorchScript archive, as OpenAI's CLIP is one, the tensors of its modules are read, and its code is not looked at. What are no
    tensors is left out. Arrays of one storage share its memory, and cannot be written to. Raises DamagedFileError for what is damaged,
    for files before PyTorch 1.6, and for a pickle that names anything but tensors and plain settings; OSError as `open` does.
    """
    with open_plain(path) as stream:
        if stream.read(2) != b"PK":
            raise _damaged(path, "no zip; what PyTorch before 1.6 wrote is for torch_legacy.read_torch_legacy")
        size = stream.seek(0, 2)
    with open_zip(path) as archive:
        try:
            return _read(archive, size, path)
        except DamagedFileError:
            raise
        except (*DAMAGES, TypeError, AttributeError, IndexError) as error:
            raise _damaged(path, " ".join(str(error).split())[:300] or type(error).__name__) from None


def _read(archive, size, path):
    infos = archive.infolist()
    members = {info.filename: info for info in infos}
    if len(infos) > MOST_MEMBERS or len(members) < len(infos):
        raise ValueError(f"{len(infos):,} members, or two of one name")
    found = [name for name in members if name.count("/") == 1 and name.endswith("/data.pkl")]
    if len(found) != 1:
        raise ValueError(f"{len(found)} members data.pkl in place of one")
    folder = found[0].removesuffix("data.pkl")
    read = [info for info in infos if info.filename.startswith((found[0], f"{folder}data/", f"{folder}byteorder"))]
    if any(info.compress_type or info.flag_bits & 1 for info in read) or sum(info.file_size for info in read) > size:
        raise ValueError("tensors that are packed or encrypted, or of more bytes than the file")  # the code of an archive may be packed
    order = members.get(f"{folder}byteorder")
    if order and read_info(archive, order, 16, path) != b"little":
        raise ValueError("numbers of another byte order than little")
    stored = tensors_of(unpickle(read_info(archive, members[found[0]], MOST_PICKLE, path)))
    if sum(prod(x.shape) * np.dtype(TYPES[x.kind]).itemsize for x in stored.values()) > 2 * size:
        raise ValueError(f"tensors of more than twice the {size:,} bytes of the file")
    for name, x in stored.items():
        info, wanted = members.get(f"{folder}data/{x.key}"), x.count * np.dtype(TYPES[x.kind]).itemsize
        if info is None or info.file_size != wanted:
            held = f"{info.file_size:,}" if info else "none"
            raise ValueError(f"{name[:80]!r} in {wanted:,} bytes of data/{x.key[:20]}, which has {held}")
    storages, tensors = {}, {}
    for name, x in stored.items():
        if (x.key, x.kind) not in storages:
            numbers = np.frombuffer(read_info(archive, members[f"{folder}data/{x.key}"], size, path), TYPES[x.kind])
            if x.kind == "BFloat16Storage":
                numbers = (numbers.astype("<u4") << 16).view("<f4")
            storages[x.key, x.kind] = numbers
        tensors[name] = place_tensor(storages[x.key, x.kind], x)
    return tensors


def place_tensor(numbers, x):
    """The array of a Stored whose storage is `numbers`, which it lies within: `unpickle` has seen to that."""
    numbers = numbers[x.offset :]
    strides = tuple(numbers.itemsize * n for n in x.strides)
    return np.lib.stride_tricks.as_strided(numbers, x.shape, strides, writeable=False)


def unpickle(contents):
    """What a pickle describes: dicts, lists, tuples, numbers, text, Name, Thing, Stored. Raises ValueError for what is not allowed.

    contents: bytes, or a stream, which then stands behind the pickle.
    """
    stack, memo = [], {}

    def items():
        place = len(stack) - 1 - stack[::-1].index(MARK)
        taken = stack[place + 1 :]
        del stack[place:]
        return taken

    for opcode, argument, _ in pickletools.genops(contents):
        code = opcode.name
        if code in ("PROTO", "FRAME"):
            continue
        if code == "STOP":
            return stack.pop()
        if code == "MARK":
            stack.append(MARK)
        elif code in VALUES:
            stack.append(argument)
        elif code in CONSTANTS:
            stack.append(CONSTANTS[code])
        elif code in MAKERS:
            stack.append(MAKERS[code]())
        elif code in ("GLOBAL", "STACK_GLOBAL"):
            parts = argument.split(" ") if code == "GLOBAL" else [stack.pop(), stack.pop()][::-1]
            stack.append(_name(".".join(parts)))
        elif code in ("BINPUT", "LONG_BINPUT", "MEMOIZE"):
            memo[len(memo) if code == "MEMOIZE" else argument] = stack[-1]
        elif code in ("BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        elif code == "TUPLE":
            stack.append(tuple(items()))
        elif code in ("TUPLE1", "TUPLE2", "TUPLE3"):
            count = int(code[-1])
            stack[-count:] = [tuple(stack[-count:])]
        elif code in ("SETITEM", "SETITEMS"):
            pairs = items() if code == "SETITEMS" else [stack.pop(), stack.pop()][::-1]
            _put(stack[-1], pairs)
        elif code in ("APPEND", "APPENDS", "ADDITEMS"):
            more = [stack.pop()] if code == "APPEND" else items()
            if isinstance(stack[-1], list):
                stack[-1].extend(more)
        elif code == "BINPERSID":
            stack.append(_storage(stack.pop()))
        elif code in ("REDUCE", "NEWOBJ"):
            arguments, name = stack.pop(), stack.pop()
            stack.append(_made(name, arguments))
        elif code == "BUILD":
            state = stack.pop()
            if isinstance(stack[-1], Thing) and isinstance(state, dict):
                stack[-1].state.update(state)
        else:
            raise ValueError(f"the opcode {code}, which no checkpoint needs")
    raise ValueError("a pickle without an end")


def _name(full):
    kind = full.removeprefix("torch.")
    plain = kind in TYPES or full in ("collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter")
    if not plain and not any(full == inert or (inert[-1] == "." and full.startswith(inert)) for inert in INERT):
        raise ValueError(f"the name {full[:80]!r}, which weights do not need and which could do anything. Nothing of it was executed")
    return Name(full)


def _put(target, pairs):
    target = target.state if isinstance(target, Thing) else target
    if not isinstance(target, dict) or len(pairs) % 2 or not all(type(key) in (str, int, bool, float) for key in pairs[::2]):
        raise ValueError("items of no dict, or under keys that are no text and no numbers")  # deep tuples have no hash in bounded memory
    target.update(zip(pairs[::2], pairs[1::2], strict=True))


def _storage(said):
    tag, kind, key, _, count, *view = said  # before 1.6 a view of a storage, which nobody has
    name = kind.full.removeprefix("torch.")
    if tag != "storage" or name not in TYPES or type(key) is not str or type(count) is not int or count < 0 or view not in ([], [None]):
        raise ValueError(f"a storage of {count!r:.40} numbers of {name[:40]}")
    return Stored(name, key, count, 0, (), ())


def _made(name, arguments):
    if not isinstance(name, Name) or not isinstance(arguments, tuple):
        raise ValueError("a call of what is no name")
    if name.full == "collections.OrderedDict" and not arguments:
        return {}
    if name.full == "torch._utils._rebuild_parameter":
        if not isinstance(arguments[0], Stored):
            raise ValueError("a parameter that is no tensor")
        return arguments[0]
    if name.full == "torch._utils._rebuild_tensor_v2":
        return _placed(*arguments[:4])
    return Thing()


def _placed(storage, offset, shape, strides):
    """The tensor, if all its numbers lie in its storage."""
    whole = isinstance(storage, Stored) and type(shape) is tuple and type(strides) is tuple and len(shape) == len(strides) <= MOST_AXES
    if not whole or not all(type(n) is int and 0 <= n < 1 << 62 for n in (offset, *shape, *strides)):
        raise ValueError("a tensor without a storage, a shape and strides")
    end = offset + 1 + sum((n - 1) * by for n, by in zip(shape, strides, strict=True)) if all(shape) else offset
    if end > storage.count or prod(shape) > storage.count:
        raise ValueError(f"a tensor of the shape {str(shape)[:80]}, strides {str(strides)[:80]}, in a storage of {storage.count:,} numbers")
    return storage._replace(offset=offset, shape=shape, strides=strides)


def tensors_of(top):
    """`{name: Stored}` of what was saved: of its `state_dict` where it has one, else all. Raises ValueError where there are none."""
    for key in ("state_dict", "model"):
        if isinstance(top, dict) and isinstance(top.get(key), dict | Thing):
            top = top[key]
    found, waiting, seen = {}, [("", top, 0)], 0
    while waiting:
        before, part, depth = waiting.pop()
        if depth > MOST_DEPTH or (seen := seen + 1) > MOST_PARTS:
            raise ValueError("modules in modules without an end")
        inside = part.state if isinstance(part, Thing) else part
        for key, value in inside.items():
            name = f"{before}{key}"[:1000]
            if isinstance(value, Stored):
                found[name] = value
            elif isinstance(value, Thing) or (depth == 0 and isinstance(value, dict)):
                waiting.append((f"{name}.", value, depth + 1))
    if not found:
        raise ValueError("no tensors")
    return found


def _damaged(path, why):
    return DamagedFileError(
        f"A checkpoint of PyTorch is a whole zip of tensors and plain settings. Received: {path}: {why.rstrip('.')}. "
        "Download it again, from those who published it, or take its .safetensors."
    )
