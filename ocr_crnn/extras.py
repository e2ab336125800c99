"""What the base installation is without: the packages of the extra `train`, and the message for whoever asks for one of them."""

from contextlib import contextmanager

# Top-level modules of the extra `train` in pyproject.toml.
TRAIN = frozenset(
    ["tensorflow", "keras", "h5py", "pandas", "matplotlib", "editdistance", "rapidfuzz", "tensorboard", "lmdb"]
)
INSTALL_TRAIN = "pip install 'ocr-crnn[train]'"


class MissingExtraError(ImportError):
    """A package of an extra is not installed; the message has the command that installs it."""


@contextmanager
def needs_train(what):
    """Turn the ModuleNotFoundError of a package of the extra `train` into a MissingExtraError. what: the beginning of its sentence."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").split(".")[0]
        if package not in TRAIN:
            raise
        message = f"{what} needs the packages of the extra `train`. Received: {package} is not installed. Install it: {INSTALL_TRAIN}"
        raise MissingExtraError(message) from error
