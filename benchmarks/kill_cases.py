"""What kills.py kills: calls that write files, what they are repeated with, and what of their files has to be equal in the end."""

import csv
import hashlib
import json
import os
import re
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from kill_child import Child
from PIL import Image

from ocr_crnn.commands.read.errors import parse_errors
from ocr_crnn.presets import PresetError, read_preset
from ocr_crnn.quiet import start_tensorflow

FORMATS = "txt,json,tsv,hocr,alto,pdf,html,labelstudio"
CONTRACT = Path(__file__).parent.parent / "data" / "sample_contract.png"


@dataclass
class Case:
    """name: of the call. share: of the kills asked for. by_operation: share of kills before a file operation, the rest at any moment.
    kills_workers: half of the kills hit a process that the call has started. codes: exit codes of an undisturbed call."""

    name: str
    share: float = 1.0
    by_operation: float = 0.7
    kills_workers: bool = False
    codes: tuple = (0,)

    def prepare(self, inputs):
        """Make the inputs, once."""
        self.inputs = inputs
        inputs.mkdir(parents=True)

    def before(self, folder):
        """What is in the folder before the call."""
        folder.mkdir()

    def go_on(self, folder):
        """What a person does after a kill: the call again."""
        return self.call(folder)

    def look(self, folder):
        """{name: what has to be equal} of the files under their own names."""
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and ".unfinished." not in str(path.relative_to(folder))]
        return {str(path.relative_to(folder)): look_at(path) for path in paths}

    def half_written(self, folder, before, expected):
        """Names of files that are neither as before nor as they become."""
        return [name for name, seen in self.look(folder).items() if seen not in (before.get(name), expected.get(name))]


def look_at(path):
    if path.name == "errors.csv":
        return sorted(parse_errors(path.read_bytes())[0], key=str)
    if "labelstudio" in path.name:
        return digest(re.sub(rb"\?d=[^/\"]+/", b"?d=", path.read_bytes()))  # the folder has another name every time
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as file:
            return {name: digest(file[name].tobytes()) for name in file.files if name != "header"}
    if path.suffix == ".h5":
        return look_at_h5(path)
    if path.name in ("log.csv", "history.csv"):
        with open(path, newline="", encoding="utf-8") as stream:
            return [{name: value for name, value in row.items() if name != "time"} for row in csv.DictReader(stream)]
    return digest(path.read_bytes())


def look_at_h5(path):
    import h5py

    found = {}
    with h5py.File(path, locking=False) as file:
        file.visititems(lambda name, item: found.update({name: digest(item[()].tobytes())}) if isinstance(item, h5py.Dataset) else None)
    return found


def digest(contents):
    return hashlib.sha256(contents).hexdigest()


class Reading(Case):
    """`ocr-crnn read` of pictures, a PDF and a TIFF with a page that cannot be read, a file that is empty, names of other encodings."""

    workers = 1

    def prepare(self, inputs):
        super().prepare(inputs)
        from inputs import pdf

        for tone, name in enumerate(["가", os.fsdecode("나".encode("cp949")), "다" * 83], 20):
            Image.new("RGB", (60, 40), (tone,) * 3).save(inputs / f"{name}.png")
        frames = [Image.new("RGB", (30, 20), (tone,) * 3) for tone in (7, 13, 8)]
        frames[0].save(inputs / "a.tif", save_all=True, append_images=frames[1:])
        pdf(inputs / "b.pdf", 2)
        (inputs / "c.png").touch()

    def call(self, folder, resume=False):
        from readers import ToneReader

        from ocr_crnn.commands.read.files import read_files

        return read_files([self.inputs], folder, ToneReader, FORMATS, dpi=72, overlay=True, workers=self.workers, resume=resume)

    def go_on(self, folder):
        return self.call(folder, resume=True)

    def half_written(self, folder, before, expected):
        """An error list may still be short of errors."""
        half = super().half_written(folder, before, expected)
        known = self.look(folder).get("errors.csv", [])
        return [name for name in half if name != "errors.csv" or not all(error in expected["errors.csv"] for error in known)]


class GoingOn(Reading):
    """`--resume` where pages and a file could not be read before, and cannot now."""

    def prepare(self, inputs):
        super().prepare(inputs)
        Child(lambda: Reading.call(self, inputs.parent / "done"), inputs.parent / "done.txt").wait()

    def before(self, folder):
        shutil.copytree(self.inputs.parent / "done", folder)

    def call(self, folder, resume=True):
        return super().call(folder, resume)


class WithWorkers(Reading):
    workers = 2


class WithNetworks(Reading):
    """The shipped networks on pieces of the sample contract."""

    def prepare(self, inputs):
        Case.prepare(self, inputs)
        page = Image.open(CONTRACT)
        for number in range(3):
            top = page.height * number // 4
            page.crop((0, top, page.width, top + page.height // 8)).save(inputs / f"{number}.png")

    def call(self, folder, resume=False):
        from ocr_crnn.commands.read.files import read_files
        from ocr_crnn.reading.loading import load_document_reader

        return read_files([self.inputs], folder, load_document_reader, FORMATS, resume=resume)

    half_written = Case.half_written


class Training(Case):
    """`train.py` on a stand-in network that drops out, normalises batches and averages its weights; three epochs of four batches."""

    def prepare(self, inputs):
        super().prepare(inputs)
        start_tensorflow()
        import stand_in

        self.recipes = stand_in.RECIPES

    def call(self, folder):
        from ocr_crnn.training.command import main

        return main(self.recipes, ["tiny", "--checkpoints", str(folder), "--steps-per-epoch", "4", "--save-every", "0"])

    def go_on(self, folder):
        from ocr_crnn.training.command import main

        runs = list(folder.glob("[!.]*"))
        return main(self.recipes, ["--resume", str(runs[0])]) if runs else self.call(folder)

    def look(self, folder):
        """Of the only run: its weights, its state, and its tables without times."""
        runs = list(folder.glob("[!.]*"))
        names = ("*.npz", "*.h5", "log.csv", "history.csv", "network.json", "alphabet.txt", "source.py")
        found = {"runs": len(runs)}
        for path in (path for run in runs[:1] for name in names for path in run.glob(name)):
            found[path.name] = look_at(path)
        return found

    def half_written(self, folder, before, expected):
        half = []
        for path in (path for run in folder.glob("[!.]*") for path in run.iterdir() if path.is_file()):
            try:
                if path.suffix == ".json":
                    json.loads(path.read_text(encoding="utf-8"))
                elif path.suffix == ".npz" and zipfile.ZipFile(path).testzip():
                    half.append(path.name)
                elif path.suffix == ".h5":
                    look_at_h5(path)
            except (OSError, ValueError, zipfile.BadZipFile):
                half.append(path.name)
        return half + [f"{run.name} without config.json" for run in folder.glob("[!.]*") if not (run / "config.json").exists()]


class Preset(Case):
    """Files of a preset: as long as they are not all of one call, the preset is refused or has no LiteRT files."""

    def prepare(self, inputs):
        super().prepare(inputs)
        start_tensorflow()
        import ocr_crnn.training.quantise
        import ocr_crnn.training.shipping  # noqa: F401

        Child(self._make_presets, inputs / "log.txt").wait()

    def _make_presets(self):
        from small_run import make_run

        from ocr_crnn.training.quantise import quantise_preset
        from ocr_crnn.training.shipping import ship

        for name, batches in (("first", 10), ("second", 20)):
            make_run(self.inputs / name, batches)
        ship([self.inputs / "first"], self.inputs / "preset")
        quantise_preset(self.inputs / "preset")

    def before(self, folder):
        folder.mkdir()
        shutil.copytree(self.inputs / "preset", folder / "preset")

    def half_written(self, folder, before, expected):
        half = super().half_written(folder, before, expected)
        half = [name for name in half if Path(name).name not in ("config.json", "README.md")]
        try:
            _, config = read_preset(folder / "preset")
        except PresetError:
            return half  # refused as a whole
        found = self.look(folder)
        mixed = [name for name in config["sha256"] if found[f"preset/{name}"] not in (before[f"preset/{name}"], expected[f"preset/{name}"])]
        return half + mixed


class Shipping(Preset):
    """`python -m ocr_crnn.training.shipping` over an older preset."""

    def call(self, folder):
        from ocr_crnn.training.shipping import ship

        ship([self.inputs / "second"], folder / "preset")


class Quantising(Preset):
    """`ocr-crnn quantise --as float` over older LiteRT files."""

    def call(self, folder):
        from ocr_crnn.training.quantise import quantise_preset

        quantise_preset(folder / "preset", "float")


class Converting(Preset):
    """`ocr-crnn export --format litert`."""

    def before(self, folder):
        folder.mkdir()

    def call(self, folder):
        from ocr_crnn.recognition.recognizer import TextRecognizer
        from ocr_crnn.serving.litert import export_litert

        export_litert(TextRecognizer.from_preset(self.inputs / "preset"), folder / "phone", int8=True)

    half_written = Case.half_written


class Exporting(Case):
    """`ocr-crnn export`: a SavedModel of a small reader. A call that finds it finished says so."""

    def prepare(self, inputs):
        super().prepare(inputs)
        start_tensorflow()
        import ocr_crnn.serving.export  # noqa: F401

    def call(self, folder):
        import keras
        from served import small_reader

        from ocr_crnn.serving.export import export_saved_model

        keras.utils.set_random_seed(3)
        try:
            export_saved_model(small_reader(), folder / "ocr" / "1", max_pixels=1_000_000)
        except FileExistsError:
            return 0

    def look(self, folder):
        """Graphs are not equal byte for byte: their files have to be there, the metadata and the configuration to be equal."""
        found = super().look(folder)
        return {name: seen if "metadata" in name or "config" in name else True for name, seen in found.items() if "warmup" not in name}


class Annotating(Case):
    """`ocr-crnn convert` of pages to one of its formats, `to_format`: the folder is there as a whole, or not at all."""

    def __init__(self, to_format, *arguments, **options):
        super().__init__(f"convert --to-format {to_format}", *arguments, **options)
        self.to_format = to_format

    def prepare(self, inputs):
        super().prepare(inputs)
        from annotated import two_words, write_image

        import ocr_crnn.commands.convert
        import ocr_crnn.data.annotations.writing  # noqa: F401
        from ocr_crnn.formats.page_json import write_page_json

        for number in range(6):
            write_page_json(two_words(write_image(inputs / f"{number}.png")), inputs / f"{number}.json")

    def call(self, folder):
        from ocr_crnn.commands.convert import convert_truth

        return 0 if (folder / "out").exists() else convert_truth(self.inputs, folder / "out", to_format=self.to_format)

    def half_written(self, folder, before, expected):
        """Some of the files are half of the folder."""
        seen = self.look(folder)
        return [] if seen in ({}, expected) else sorted(expected.keys() ^ seen.keys()) or ["other contents"]


CASES = [
    Reading("read", 4.5, 0.9, codes=(1,)),
    GoingOn("read --resume", 2.25, 0.9, codes=(1,)),
    WithWorkers("read --workers 2", 0.8, 0.3, True, codes=(1,)),
    WithNetworks("read, shipped networks", 0.15, 0.5),
    Training("train", 1, 0.7),
    Shipping("ship", 0.7, 0.8),
    Quantising("quantise", 0.25, 0.8),
    Converting("export --format litert", 0.15, 0.6),
    Exporting("export", 0.2, 0.4),
    *(Annotating(to_format, 0.5, 0.9) for to_format in ("labelstudio", "cocotext", "pairs")),
]
