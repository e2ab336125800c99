"""Every notebook runs from top to bottom on what the repository holds, and writes Hangul without a missing glyph."""

from pathlib import Path

import nbformat
import pytest
from nbconvert.preprocessors import ExecutePreprocessor
from nbformat.v4 import new_code_cell, new_notebook

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def run(notebook):
    """Run the notebook in its folder → what it complained of: exceptions outside a cell's own code, and missing glyphs."""
    ExecutePreprocessor(timeout=300, kernel_name="python3").preprocess(notebook, {"metadata": {"path": str(FOLDER)}})
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    complaints = [output.evalue for output in outputs if output.output_type == "error"]
    return complaints + [output.text for output in outputs if output.output_type == "stream" and "missing from" in output.text]


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs(path):
    assert run(nbformat.read(path, as_version=4)) == []


@pytest.mark.slow
def test_a_missing_glyph_is_noticed():
    plot = "from matplotlib import pyplot\npyplot.rcParams['font.family'] = 'DejaVu Sans'\npyplot.figure().text(0, 0, '가')"
    (complaint,) = run(new_notebook(cells=[new_code_cell(plot)]))
    assert "missing from" in complaint


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_is_kept_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.outputs and cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")
