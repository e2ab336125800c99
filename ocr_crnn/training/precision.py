"""The precision that this machine trains in fastest."""

from pathlib import Path

CPUINFO = "/proc/cpuinfo"


def fastest_precision(cpuinfo=CPUINFO):
    """"mixed_bfloat16" where the processor multiplies bfloat16 (AVX-512 BF16, AMX), half as long a step; else "float32"."""
    try:
        flags = Path(cpuinfo).read_text(encoding="utf-8", errors="replace")
    except OSError:  # no Linux
        return "float32"
    return "mixed_bfloat16" if "avx512_bf16" in flags or "amx_bf16" in flags else "float32"
