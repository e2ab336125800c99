"""Every notebook runs from top to bottom on what the repository holds, and writes Hangul without a missing glyph.

They share one kernel, which forgets everything but imported modules in between. Notebook 03 trains; `test_lineage_walk.py` runs it and
looks at its figures.
"""

import base64
import io
import re
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image
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


def train_two_steps(notebook):
    """Notebook 04, with two steps of CRAFT's, which are taken sooner than traced."""
    cell = next(cell for cell in notebook.cells if "STEPS = 12" in cell.source)
    assert "jit_compile=False" in cell.source
    cell.source = cell.source.replace("STEPS = 12", "STEPS = 2").replace("jit_compile=False", "run_eagerly=True")


def serve_as_traced(notebook):
    """Notebook 06, whose served graph runs as it was traced: TensorFlow rewrites it for longer than it reads the two pages. One that has
    been rewritten answers in serving/test_export.py."""
    rewrite = 'tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": %s})'
    cell = next(cell for cell in notebook.cells if "tf.saved_model.load(" in cell.source)
    cell.source = f"{rewrite % True}\n{cell.source}"
    notebook.cells[-1].source += f"\n{rewrite % False}"  # the kernel runs others after it


SMALLER = {"04_detection": train_two_steps, "06_serving": serve_as_traced, "08_own_data": train_nothing}
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
def test_is_kept_as_it_ran(path):
    """With what `make notebooks` showed, which holds no error and no folder of the machine that ran it."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    assert outputs and not [output for output in outputs if output.output_type == "error"]
    shown = "\n".join(output.get("text") or str({**output.get("data", {}), "image/png": ""}) for output in outputs)
    assert not re.search(r"(?<![\w.])/(home|root|tmp|usr|opt|work|Users)/", shown)
    assert path.stat().st_size < 1.5e6


def test_a_tidy_notebook_says_nothing_of_the_machine_and_has_small_pictures(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    png = io.BytesIO()
    Image.fromarray(pixels).save(png, "PNG")
    right = f"{FOLDER.parent}/checkpoints\nINFO:tensorflow: /tmp/y\n"
    streams = {"/tmp/x: UserWarning": "stderr", right: "stdout", "INFO:tensorflow: /tmp/z": "stdout"}
    outputs = [new_output("stream", name=name, text=text) for text, name in streams.items()]
    outputs.append(new_output("display_data", {"image/png": base64.b64encode(png.getvalue()).decode()}))
    path = tmp_path / "some.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1", outputs=outputs)]), path)
    subprocess.run([sys.executable, FOLDER / "tidy.py", path], check=True)
    said, picture = nbformat.read(path, as_version=4).cells[0].outputs
    assert said.text == "../checkpoints\n"
    kept = base64.b64decode(picture.data["image/png"])
    assert len(kept) < len(png.getvalue()) and Image.open(io.BytesIO(kept)).size == (40, 40)
