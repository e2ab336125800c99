"""Every notebook runs from top to bottom on what the repository holds, and writes Hangul without a missing glyph.

They share one kernel, which forgets everything but imported modules in between. Notebook 03 trains; `test_lineage_walk.py` runs it and
looks at its figures.
"""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from running_notebooks import NOTEBOOKS as FOLDER
from running_notebooks import kernel as running_kernel
from running_notebooks import run

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture(scope="module")
def kernel():
    with running_kernel() as manager:
        yield manager


def expect_the_pages_of_the_reader(notebook):
    """Of notebook 06: the client makes the reader's pages of what the exported presets answer, and tells the broken file."""
    (cell,) = [cell for cell in notebook.cells if "read_answer(outputs" in cell.source]
    table = [output for output in cell.outputs if output.output_type == "execute_result"][0].data["text/plain"].splitlines()
    rows = {name: values for name, *values in map(str.split, table[1:])}
    assert set(rows) == {"sample_contract.png", "00000000.jpg"}
    for words, served, equal, same_text in rows.values():
        assert words == served == equal and same_text == "True" and int(words) > 50
    assert "An image has to be whole" in cell.outputs[0].text


def expect_the_words_of_a_person(notebook):
    """Of notebook 08: what was converted back holds the corrected words of every page."""
    printed = "".join(output.text for cell in notebook.cells for output in cell.get("outputs", ()) if output.output_type == "stream")
    words, converted = re.search(r"(\d+) words on 2 pages", printed), re.search(r"2 images.*; (\d+) texts", printed)
    assert words and converted and words[1] == converted[1]


def train_nothing(notebook):
    """Notebook 08 on a page or two, with the shipped weights in place of ten minutes of training."""
    cell = next(cell for cell in notebook.cells if "PAGES, FRESH, STEPS = 20, 6, 400" in cell.source)
    cell.source = cell.source.replace("20, 6, 400", "2, 1, 1")
    cell.source += """
from ocr_crnn.presets import find_preset
finetune = lambda kind, data, to, **options: shutil.copytree(find_preset("attention_ctc_ko"), to)
"""


SMALLER = {"08_own_data": train_nothing}
FIGURES = {"08_own_data": expect_the_words_of_a_person, "06_serving": expect_the_pages_of_the_reader}


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if path.stem != "03_recognition"], ids=lambda path: path.stem)
def test_runs(path, kernel):
    notebook = nbformat.read(path, as_version=4)
    SMALLER.get(path.stem, lambda notebook: None)(notebook)
    assert run(notebook, kernel) == []
    FIGURES.get(path.stem, lambda notebook: None)(notebook)


@pytest.mark.slow
def test_a_missing_glyph_is_noticed(kernel):
    plot = "from matplotlib import pyplot\npyplot.rcParams['font.family'] = 'DejaVu Sans'\npyplot.figure().text(0, 0, '가')"
    (complaint,) = run(new_notebook(cells=[new_code_cell(plot)]), kernel)
    assert "missing from" in complaint


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_is_kept_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.outputs and cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")
