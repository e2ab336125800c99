"""Weights files of Keras 3 (`x.weights.h5`), which may come from anywhere: looked at before Keras is given them."""

from ocr_crnn.untrusted.h5 import count_numbers, open_h5


def load_weights(network, path, **how):
    """`network.load_weights` of an `.h5` file that holds its data itself. how: as of Keras, skip_mismatch=True.

    Raises ValueError for a damaged file or one of another network, which is then half loaded; OSError as `open` does.
    """
    with open_h5(path):
        pass
    try:
        network.load_weights(path, **how)
    except Exception as error:  # Keras and HDF5 raise whatever a damaged file leads them to
        raise ValueError(
            f"Weights are those of the network. Received: {path} for {type(network).__name__}: {' '.join(str(error).split())[:300]} "
            "Take the weights of this network, or copy the file again."
        ) from error


def count_weights(path):
    """How many numbers a weights file holds, of any network. Raises as `load_weights`."""
    with open_h5(path) as file:
        return count_numbers(file)
