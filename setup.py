"""Builds the compiled extension; everything else about the package stands in pyproject.toml."""

from pybind11.setup_helpers import Pybind11Extension
from setuptools import setup

native = Pybind11Extension(
    "ocr_crnn.ops._native",
    [f"ocr_crnn/ops/native/{name}.cpp" for name in ("characters", "components", "growth", "measurement", "module", "outline")],
    depends=["ocr_crnn/ops/native/aggregation.hpp", "ocr_crnn/ops/native/characters.hpp"],
    cxx_std=17,
    # No -march: wheels run anywhere. No contraction to fused multiply-add: the same result on every machine.
    # Without trapping arithmetic the comparisons vectorise.
    extra_compile_args=["-O3", "-ffp-contract=off", "-fno-trapping-math"],
)

setup(ext_modules=[native])
