"""`ocr-crnn read` that is ended by a full disk or a signal leaves nothing half-written, and its memory is bounded."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import readers
from inputs import ALL, errors, files, pdf, pdf_texts, picture
from PIL import Image
from readers import SlowReader, ToneReader

from ocr_crnn.commands.read import batch, outputs
from ocr_crnn.commands.read.files import read_files


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def test_a_full_disk_stops_the_run_with_a_clear_message(tmp_path, monkeypatch, capsys):
    picture(tmp_path / "a.png", 1), picture(tmp_path / "b.png", 2), picture(tmp_path / "c.png", 3)
    write_format = outputs.write_format

    def full(kind, spool, path, options):
        if Path(path).name == "b.txt":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return write_format(kind, spool, path, options)

    monkeypatch.setattr(batch, "write_format", full)
    assert read_files([tmp_path], tmp_path / "out", ToneReader) == 1
    assert files(tmp_path / "out") == ["a.txt"]
    assert "Nothing more can be written: No space left on device" in capsys.readouterr().err


def test_a_disk_that_fills_up_within_a_document_leaves_nothing_of_it(tmp_path, monkeypatch, capsys):
    source, add = pdf(tmp_path / "a.pdf", 3), outputs.Spool.add

    def full(spool, index, page, image, count):
        if index == 1:
            raise OSError(errno.ENOSPC, "No space left on device", str(spool.folder))
        add(spool, index, page, image, count)

    monkeypatch.setattr(outputs.Spool, "add", full)
    assert read_files([source], tmp_path / "out", ToneReader, "txt,pdf,html", dpi=72) == 1
    assert list((tmp_path / "out").iterdir()) == []
    assert "Nothing more can be written" in capsys.readouterr().err


def test_a_write_that_breaks_off_leaves_nothing_half_written(tmp_path, monkeypatch):
    """A limit on the size of files stands for whatever ends a write; a picture does not fit, the JSON does."""
    picture(tmp_path / "a.png", 1, (600, 900))
    noise = np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "b.png")
    script = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))" + COMMAND
    done = run(script, ToneReader, [str(tmp_path / "b.png"), str(tmp_path / "a.png")], str(tmp_path / "out"), formats="txt,json,html")
    assert done.wait(60) == 1, done.stderr.read()
    assert files(tmp_path / "out") == ["a.html", "a.json", "a.txt", "b.json", "errors.csv"]
    assert "File too large" in errors(tmp_path / "out")[0]["message"]


COMMAND = """
import json, sys
import readers
from ocr_crnn.commands.read.files import read_files

if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    make_reader = getattr(readers, arguments.pop("reader"))
    sys.exit(read_files(arguments.pop("inputs"), arguments.pop("folder"), make_reader, **arguments))
"""


def run(script, reader, inputs, folder, **options):
    arguments = json.dumps({"inputs": inputs, "folder": folder, "reader": reader.__name__, **options})
    environment = os.environ | {"PYTHONPATH": str(Path(readers.__file__).parent)}
    command = [sys.executable, "-c", script, arguments]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, preexec_fn=listen)


def listen():
    """A suite that runs in the background, or under nohup, ignores signals, and its children do as well."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def begin(tmp_path, monkeypatch, **options):
    """A run that has read two of six files and is busy with the next."""
    data, out = tmp_path / "data", tmp_path / "out"
    for number in range(6):
        picture(data / f"{number}.png", number)
    monkeypatch.setenv("BUSY", str(tmp_path / "busy"))
    process = run(COMMAND, SlowReader, [str(data)], str(out), formats="txt,pdf", **options)
    deadline = time.monotonic() + 300
    while not ((tmp_path / "busy").exists() and (out / "0.pdf").exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return process


@pytest.mark.parametrize(("number", "workers"), [(signal.SIGINT, 1), (signal.SIGTERM, 2), (signal.SIGHUP, 1)])
def test_a_signal_keeps_finished_files_and_leaves_nothing_half_written(tmp_path, monkeypatch, number, workers):
    process = begin(tmp_path, monkeypatch, workers=workers)
    process.send_signal(number)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 128 + number and "Finished files are kept" in err and "Traceback" not in err, err
    kept = [path.name for path in (tmp_path / "out").iterdir()]
    assert {"0.txt", "0.pdf"} <= set(kept) and all(name[0] != "." for name in kept)
    for name in kept:
        assert (tmp_path / "out" / name).stat().st_size > 0


def test_a_killed_run_takes_its_workers_along_and_the_next_one_sweeps(tmp_path, monkeypatch):
    process = begin(tmp_path, monkeypatch, workers=2)
    process.kill()
    process.communicate(timeout=60)  # until nobody holds its standard error open, the workers among them
    out = tmp_path / "out"
    assert any(path.name.startswith(".run.unfinished.") for path in out.iterdir())
    assert read_files([tmp_path / "data"], out, ToneReader, "txt,pdf", resume=True) == 0
    assert files(out) == sorted(f"{number}.{suffix}" for number in range(6) for suffix in ("pdf", "txt"))
    assert len(list(out.iterdir())) == 12


PEAK = """
import json, sys, tracemalloc
import readers
from ocr_crnn.commands.read.files import read_files

arguments = json.loads(sys.argv[1])
make_reader = getattr(readers, arguments.pop("reader"))
first, *others = arguments.pop("inputs")
folder = arguments.pop("folder")
assert read_files([first], folder, make_reader, **arguments) == 0  # what is imported or cached at first use does not count
peaks = []
for source in others:
    tracemalloc.start()
    assert read_files([source], folder, make_reader, **arguments) == 0
    peaks.append(tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
print(json.dumps(peaks), file=sys.stderr)
"""


def test_memory_does_not_grow_with_the_pages(tmp_path):
    """In a process of its own: threads that other tests left behind allocate as well."""
    sources = [str(pdf(tmp_path / f"{count}.pdf", count)) for count in (2, 20, 100)]
    process = run(PEAK, ToneReader, sources, str(tmp_path / "out"), formats=ALL, dpi=60, quiet=True)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    small, large = json.loads(err.splitlines()[-1])
    assert len(pdf_texts(tmp_path / "out" / "100.pdf")) == 100
    assert large < 2 * small  # five times the pages; 80 pages of text and tables of objects, no images
