"""Running notebooks of the repository from top to bottom, for tests."""

from contextlib import contextmanager
from pathlib import Path

from jupyter_client.manager import KernelManager
from nbconvert.preprocessors import ExecutePreprocessor
from nbformat.v4 import new_code_cell

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
# Names, figures, fonts and networks of the notebook before are gone. Imported modules stay, for TensorFlow takes seconds to import.
FRESH = """
%reset -f
import sys
from matplotlib import pyplot
pyplot.close("all")
pyplot.rcdefaults()
if "keras" in sys.modules:
    sys.modules["keras"].utils.clear_session()
import gc
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 10, 50)
%reset -f
"""


@contextmanager
def kernel():
    """A Python kernel that runs several notebooks, each as if it were the first."""
    manager = KernelManager(kernel_name="python3")
    try:
        yield manager
    finally:
        if manager.has_kernel:
            manager.shutdown_kernel(now=True)


def run(notebook, manager=None):
    """Run the notebook in its folder → what it complained of: exceptions outside a cell's own code, and missing glyphs.

    manager: the `kernel()` to run in; without one the notebook has a kernel of its own.
    """
    notebook.cells.insert(0, new_code_cell(FRESH))
    runner = ExecutePreprocessor(timeout=600, kernel_name="python3")
    runner.preprocess(notebook, {"metadata": {"path": str(NOTEBOOKS)}}, manager)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    complaints = [output.evalue for output in outputs if output.output_type == "error"]
    return complaints + [output.text for output in outputs if output.output_type == "stream" and "missing from" in output.text]
