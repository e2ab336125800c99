"""The precision of a training, and the one that this machine trains in fastest."""

from contextlib import contextmanager
from pathlib import Path

CPUINFO = "/proc/cpuinfo"


def fastest_precision(cpuinfo=CPUINFO):
    """"mixed_bfloat16" where the processor multiplies bfloat16 (AVX-512 BF16, AMX), half as long a step; else "float32"."""
    try:
        flags = Path(cpuinfo).read_text(encoding="utf-8", errors="replace")
    except OSError:  # no Linux
        return "float32"
    return "mixed_bfloat16" if "avx512_bf16" in flags or "amx_bf16" in flags else "float32"


@contextmanager
def made_in(precision):
    """Keras makes layers in a precision, a name of keras.DTypePolicy; what is made afterwards has the one of before again."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
