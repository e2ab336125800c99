"""`ocr-crnn doctor`: what is installed, what is found, and whether it can read."""

import os
import platform
import warnings
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import typer

from ocr_crnn.alphabet import HANGUL_SYLLABLES, Alphabet, hanja
from ocr_crnn.extras import INSTALL_TRAIN
from ocr_crnn.presets import PresetError, list_presets, read_preset

PACKAGES = ("numpy", "opencv-python-headless", "pillow", "ai-edge-litert", "pypdfium2", "pikepdf", "lxml")
TRAINING = ("tensorflow", "keras")  # looked up, not imported: that takes seconds
# Syllables from all over the block, common and rare: a font that draws every one of them draws Korean.
PROBES = HANGUL_SYLLABLES[:: len(HANGUL_SYLLABLES) // 64]
SHOWN_FAMILIES = 6


class Finding(NamedTuple):
    """ok: None for what is neither good nor bad."""

    name: str
    value: str
    ok: bool | None = None


def examine():
    """Yield Findings, the quick ones first."""
    yield Finding("ocr-crnn", version("ocr-crnn"))
    yield Finding("Python", f"{platform.python_version()}, {platform.system()} {platform.machine()}")
    for name in PACKAGES:
        try:
            yield Finding(name, version(name), True)
        except PackageNotFoundError:
            yield Finding(name, "not installed: pip install ocr-crnn", False)
    for name in TRAINING:
        try:
            yield Finding(name, version(name), True)
        except PackageNotFoundError:
            yield Finding(name, f"not installed; reading does without, training does not: {INSTALL_TRAIN}")
    yield _extension()
    yield Finding("CPU cores", str(os.cpu_count()))
    yield from _presets()
    yield from _fonts()


def _extension():
    try:
        module = import_module("ocr_crnn.ops._native")
        return Finding("compiled extension", Path(module.__file__).name, True)
    except ImportError as error:
        return Finding("compiled extension", f"{error}; build it: pip install -e .", False)


def _presets():
    for task in ("detection", "recognition", "spotting"):
        names = list_presets(task)
        if not names and task != "spotting":  # which nothing needs
            yield Finding(f"preset of {task}", "none shipped with this version; name one of your own: --detector, --recognizer", False)
        for name in names:
            try:
                folder, _ = read_preset(name, task)
            except PresetError as error:
                yield Finding(f"preset of {task}", f"{name}: {error}", False)
                continue
            size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
            yield Finding(f"preset of {task}", f"{name}, {size:.1f} MB, checksums right", True)
            if task != "detection":
                yield _alphabet(folder)


def _alphabet(folder):
    alphabet = Alphabet.load(folder / "alphabet.txt")
    syllables = sum(syllable in alphabet for syllable in HANGUL_SYLLABLES)
    ideographs = hanja()
    known = sum(character in alphabet for character in ideographs)
    covered = f"{syllables:,} of {len(HANGUL_SYLLABLES):,} syllables, {known:,} of {len(ideographs):,} Hanja of KS X 1001"
    return Finding("  its alphabet", f"{len(alphabet.characters):,} characters: {covered}", syllables == len(HANGUL_SYLLABLES))


def _fonts():
    """Reading needs no fonts; rendering and plots do."""
    from ocr_crnn.synthesis.fonts import find_fonts, load_faces

    shipped = Path(__file__).parents[2] / "fonts"
    for name, folders in (("fonts shipped", [shipped]), ("fonts of the system", None)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # files that are no fonts; nobody asked about them
                faces = load_faces(find_fonts(folders))
        except FileNotFoundError:
            yield Finding(name, "none; plots and rendering need some: apt-get install fonts-nanum")
            continue
        if not faces:
            yield Finding(name, "none with Korean")
            continue
        families = list(dict.fromkeys(face.family for face in faces))
        whole = {face.family for face in faces if face.covers(PROBES)}
        shown = ", ".join(families[:SHOWN_FAMILIES]) + (", …" if len(families) > SHOWN_FAMILIES else "")
        yield Finding(name, f"{len(families)} Korean families, {len(whole)} with all of {len(PROBES)} syllables tried: {shown}")


def doctor():
    """Say what is installed and found, and what is missing (exit code 1 if something that reading needs is)."""
    missing = 0
    for name, value, ok in examine():
        mark = {True: "✓", False: "✗", None: " "}[ok]
        typer.echo(f"{mark} {name:<24}{value}")
        missing += ok is False
    raise typer.Exit(1 if missing else 0)
