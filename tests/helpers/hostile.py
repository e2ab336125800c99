"""Files that declare what they do not hold."""

import io
import zipfile

import numpy as np


def npy(array=None, shape=None, descr=None):
    """The bytes of a .npy file; shape and descr are what its header says instead of the array's own."""
    array = np.zeros(3, np.float16) if array is None else array
    stream = io.BytesIO()
    told = {
        "descr": descr or np.lib.format.dtype_to_descr(array.dtype),
        "fortran_order": False,
        "shape": array.shape if shape is None else shape,
    }
    np.lib.format.write_array_header_1_0(stream, told)
    return stream.getvalue() + array.tobytes()


def write_npz(path, **members):
    """A .npz of members, bytes as they are or arrays."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content if isinstance(content, bytes) else npy(np.asarray(content)))
    return path


def bomb(path, name="bomb", megabytes=80):
    """A .npz with one array of zeros, a thousandth of its size; it is packed piece by piece."""
    header = npy(np.zeros(0, np.float16), shape=(megabytes << 19,))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
        stream.write(header)
        for _ in range(megabytes):
            stream.write(bytes(1 << 20))
    return path
