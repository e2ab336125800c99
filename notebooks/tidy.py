"""What notebooks keep of what they showed: `python tidy.py NOTEBOOK…`, which `make notebooks` calls.

Pictures have fewer colours: a page takes a third as PNG and looks the same, else the repository would grow by 10 MB each time. What
libraries say beside it is left out, for it names folders of the machine, and the folder of the repository is "..", as seen from here.
"""

import base64
import io
import sys
from pathlib import Path

import nbformat
from PIL import Image

ROOT = str(Path(__file__).resolve().parents[1])
COLOURS = 64


def shrink(png):
    """Base64 of a PNG → base64 of the same picture with at most COLOURS colours, if that is smaller."""
    picture, smaller = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"), io.BytesIO()
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(smaller, "PNG", optimize=True)
    return min(png, base64.b64encode(smaller.getvalue()).decode(), key=len)


def without_notices(output):
    """An output without what libraries say beside it."""
    if output.output_type == "stream":
        lines = [] if output.name == "stderr" else output.text.splitlines(keepends=True)
        output.text = "".join(line.replace(ROOT, "..") for line in lines if not line.startswith(("INFO:tensorflow", "WARNING:tensorflow")))
    return output


def tidy(path):
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in map(without_notices, cell.outputs) if output.get("text") != ""]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                data["image/png"] = shrink(data["image/png"])
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for path in sys.argv[1:]:
        tidy(path)
