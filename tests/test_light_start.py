"""Reading needs neither TensorFlow nor Keras; a name or command that needs more says what to install."""

import subprocess
import sys
import tempfile
from pathlib import Path

from ocr_crnn.commands.read.outputs import SUFFIXES
from ocr_crnn.extras import TRAIN

ROOT = Path(__file__).parent.parent
# As on a machine with the base installation only: importing any of them fails.
BASE_ONLY = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests" / "helpers")!r})
for package in {sorted(TRAIN)}:
    sys.modules[package] = None
"""


def run(code):
    done = subprocess.run([sys.executable, "-c", BASE_ONLY + code], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_page_is_read_and_written_in_every_format_without_the_packages_of_training(tmp_path):
    code = f"""
from readers import oracle_reader
from ocr_crnn.commands.read.files import SUFFIXES, read_files
from ocr_crnn.images import read_images
code = read_files(["data/sample_pages/00000000.jpg"], {str(tmp_path)!r}, oracle_reader, ",".join(SUFFIXES), quiet=True)
print(code)
"""
    assert run(code).strip() == "0"
    written = {path.suffix for path in tmp_path.iterdir() if path.stat().st_size}
    # Tables were not looked for: there are none. Label Studio is shown a picture.
    assert written | {".csv"} == {Path(f"a{suffix}").suffix for suffix in SUFFIXES.values()} | {".jpg"} and len(written) == 11


def test_ground_truth_is_converted_without_the_packages_of_training(tmp_path):
    code = f"""
from pathlib import Path
from ocr_crnn.commands.convert import convert_truth
print(convert_truth(Path("data/sample_pages"), Path({str(tmp_path / "out")!r}), to_format="labelstudio"))
"""
    assert run(code).splitlines()[-1] == "0"


def test_text_of_a_picture_starts_without_what_other_inputs_and_outputs_need():
    code = """
for package in ("requests", "img2pdf", "lxml", "fontTools", "rich.progress", "pypdfium2", "fastapi", "uvicorn", "prometheus_client"):
    sys.modules[package] = None
import ocr_crnn.cli, ocr_crnn.commands.read.files, ocr_crnn.reading.lines, ocr_crnn.reading.loading
from readers import oracle_reader
from oracle import sample_page
print(len(oracle_reader().read_page(sample_page("00000000")[0])))
"""
    assert int(run(code)) > 50


def test_ray_and_stores_are_imported_only_where_they_are_asked_for():
    code = """
import ocr_crnn.cli, ocr_crnn.commands.read.identity
from ocr_crnn.commands.read.files import read_files
from readers import oracle_reader
print(read_files(["data/sample_pages/00000000.jpg"], sys.argv[1], oracle_reader, quiet=True))
assert not {"ray", "fsspec", "s3fs", "gcsfs", "pyarrow"} & {*sys.modules}
"""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, "-c", BASE_ONLY + code, folder], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.stdout == "0\n", done.stderr


def test_clients_and_doctor_start_too():
    run("import ocr_crnn.serving.client, ocr_crnn.commands.doctor, ocr_crnn.commands.read.command")


def test_a_name_or_command_that_needs_training_says_how_to_install_it():
    code = """
import ocr_crnn, ocr_crnn.cli
for name in ("CRNN", "PAN", "AttentionCTC", "InputGenerator"):
    try:
        getattr(ocr_crnn, name)
    except ImportError as error:
        print(error)
sys.argv = ["ocr-crnn", "train", "crnn_sample"]
ocr_crnn.cli.main()
"""
    done = subprocess.run([sys.executable, "-c", BASE_ONLY + code], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 1, done.stdout
    lines = done.stdout.splitlines()
    for line, name in zip(lines, ("CRNN", "PAN", "AttentionCTC", "InputGenerator"), strict=False):
        assert line.startswith(f"ocr_crnn.{name} needs") and line.endswith("is not installed. Install it: pip install 'ocr-crnn[train]'")
    assert done.stderr.startswith("ocr-crnn: This command needs") and done.stderr.endswith("pip install 'ocr-crnn[train]'\n")
