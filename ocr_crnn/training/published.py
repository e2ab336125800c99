"""Tensors of a file of weights that others have published: .safetensors, .pt, .pth or .ckpt, told by how it begins."""

from ocr_crnn.untrusted.plain import open_plain
from ocr_crnn.untrusted.safetensors import read_safetensors
from ocr_crnn.untrusted.torch_legacy import BEGIN, read_torch_legacy
from ocr_crnn.untrusted.torch_zip import read_torch_zip


def read_tensors(path):
    """`{name: array}` of a checkpoint of PyTorch or a .safetensors file. Raises DamagedFileError, and OSError as `open` does."""
    with open_plain(path) as stream:
        begin = stream.read(len(BEGIN))
    if begin == BEGIN:
        return read_torch_legacy(path)
    # The names help where a header happens to be that long, or the file is damaged.
    torch = begin[:4] == b"PK\x03\x04" or str(path).endswith((".pt", ".ckpt", ".pth", ".bin"))
    return read_torch_zip(path) if torch else read_safetensors(path)
