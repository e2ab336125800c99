"""How a call of train.py comes to its end, and the file of the run folder that says so."""

from contextlib import suppress
from dataclasses import dataclass


@dataclass
class Course:
    """How far a call has come. began: whether the training itself has. how, message: its end, as in ended.json.

    lost: it ended because another worker did not answer any more.
    """

    began: bool = False
    how: str | None = None
    message: str | None = None
    lost: bool = False


def write_end(folder, how, message):
    """Write `ended.json` of a run folder."""
    from ocr_crnn.training import run as runs

    with suppress(OSError):  # the disk may be what failed
        runs.write_json(folder / "ended.json", {"how": how, "message": message})


def describe_loss(error, strategy):
    """What an error of TensorFlow says where it means that another worker is gone; None where it means something else."""
    import tensorflow as tf

    kinds = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError, tf.errors.DeadlineExceededError)
    if strategy.cluster_resolver is None or not (isinstance(error, kinds) or "Collective ops is aborted" in str(error)):
        return None
    reason = next((line.strip() for line in str(error).splitlines() if "aborted by" in line), type(error).__name__)
    return f"Another worker does not answer: it has failed, was killed, or its machine is gone ({reason.rstrip('.')})."
