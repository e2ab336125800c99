"""Files of which nothing is known: one reader a kind, which looks at what is declared before it allocates, and runs nothing.

    plain.py      what may be opened at all: plain files, of a folder and of nowhere else
    json_text.py  JSON, with bounds on size, depth and numbers
    json_stream.py  a watch over JSON that is parsed piece by piece
    lmdb_tree.py  keys and values of an LMDB, without mapping it
    npz.py        arrays of an .npz: headers first, never a pickle
    safetensors.py  tensors of a .safetensors file
    torch_zip.py  tensors of a PyTorch checkpoint, whose pickle is never run
    h5.py         an HDF5 file that holds its data itself
    zips.py       members of a zip, with a bound on what comes out
    settings.py   numbers and flags that somebody has written down

Every reader raises DamagedFileError, a ValueError, and no other error; OSError where the system refuses.
"""
