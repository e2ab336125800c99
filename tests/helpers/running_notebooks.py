"""Running a notebook of the repository from top to bottom, for tests."""

from pathlib import Path

from nbconvert.preprocessors import ExecutePreprocessor

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def run(notebook):
    """Run the notebook in its folder → what it complained of: exceptions outside a cell's own code, and missing glyphs."""
    ExecutePreprocessor(timeout=600, kernel_name="python3").preprocess(notebook, {"metadata": {"path": str(NOTEBOOKS)}})
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    complaints = [output.evalue for output in outputs if output.output_type == "error"]
    return complaints + [output.text for output in outputs if output.output_type == "stream" and "missing from" in output.text]
