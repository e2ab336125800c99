"""Imports point down only: the dependency order of the package, enforced by walking every import statement."""

import ast
import io
import json
import re
import tokenize
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "ocr_crnn"
LEVELS = [
    ["extras", "files", "names", "processes", "quiet", "untrusted"],
    ["alphabet", "geometry", "images"],
    ["page"],
    ["granularity"],
    ["ops", "presets"],
    ["layers", "losses", "decoding"],
    ["backbones"],
    ["formats"],
    ["recognition", "detection", "data", "synthesis", "evaluation"],
    ["spotting"],
    ["reading", "training"],
    ["recipes", "serving"],
    ["commands", "ocrmypdf_plugin"],
    ["cli"],
    ["__main__"],
]
LEVEL = {name: number for number, names in enumerate(LEVELS) for name in names}
# recognition and detection are one group, and so is each of the others: within level 4 none imports another.
KERAS_ONLY = ["layers", "backbones", "losses", "recognition", "detection"]
PLAIN = ["synthesis", "formats", "evaluation", "geometry", "page", "granularity", "alphabet", "images", "extras", "files", "names"]
PLAIN += ["untrusted"]
# Modules of concrete networks, and who else names one.
NETWORKS = ["detection.craft", "detection.pan", "detection.spotting"]
NETWORKS += ["recognition.attention_ctc", "recognition.crnn", "recognition.lineage_network"]
NETWORKS += ["recognition.clip4str", "recognition.parseq", "recognition.vitstr"]
NETWORKS = [f"ocr_crnn.{name}" for name in NETWORKS]
ALLOWED = {("training/callbacks.py", "ocr_crnn.recognition.lineage_network")}  # files of the lineage's weights have names of their own
ALLOWED |= {("detection/spotting_targets.py", "ocr_crnn.detection.pan")}  # PAN with a reading branch
FILES = sorted(PACKAGE.rglob("*.py"))


@cache
def imported_modules(path):
    """Every module named by an import statement of the file, relative ones made absolute."""
    return frozenset(_imported_modules(path))


def _imported_modules(path):
    package = path.relative_to(PACKAGE.parent).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def room(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    here = room(path)
    if here == "__init__":
        return
    assert here in LEVEL, f"{here} has no place in the dependency order"
    for module in imported_modules(path):
        parts = module.split(".")
        if parts[0] == "ocr_crnn" and len(parts) > 1 and parts[1] in LEVEL and parts[1] != here:
            assert LEVEL[parts[1]] < LEVEL[here], f"{here} (level {LEVEL[here]}) imports {module} (level {LEVEL[parts[1]]})"


def test_only_recipes_name_a_network():
    """Whatever else needs one is given it, or finds its class by the name that a preset or a run keeps. `__init__` and tests may."""
    named = set()
    for path in FILES:
        file = path.relative_to(PACKAGE).as_posix()
        if room(path) != "recipes" and f"ocr_crnn.{file[:-3].replace('/', '.')}" not in NETWORKS:
            named |= {(file, module) for module in imported_modules(path) if module in NETWORKS}
    assert named == ALLOWED


@pytest.mark.parametrize("path", [p for p in FILES if room(p) in KERAS_ONLY + PLAIN], ids=lambda path: str(path.relative_to(PACKAGE)))
def test_backends_stay_where_they_belong(path):
    roots = {module.split(".")[0] for module in imported_modules(path)}
    assert not roots & {"tensorflow", "tf_keras"}
    if room(path) in PLAIN:
        assert "keras" not in roots


def code_of(path):
    """The Python of a script, or of a notebook's code cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code")


OUTSIDE = [*(ROOT / "benchmarks").glob("*.py"), *(ROOT / "fuzz").rglob("*.py"), *(ROOT / "notebooks").glob("*.ipynb"), ROOT / "train.py"]
OUTSIDE = sorted(OUTSIDE)


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_scripts_and_notebooks_import_is_there(path):
    """Most of them run in no test, so a module that moves would leave them behind."""
    for node in ast.walk(ast.parse(code_of(path))):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "ocr_crnn":
            module = import_module(node.module)
            for alias in node.names:
                assert hasattr(module, alias.name) or import_module(f"{node.module}.{alias.name}")


# Files of a run folder and of a bench, and names that stand for any file.
ELSEWHERE = {"source.py", "score.py", "adapters/tesseract.py", "ocr_crnn/a/b.py", "tests/a/test_b.py"}
FOLDERS = ("ocr_crnn", "tests", "benchmarks", "fuzz", "checkpoints", "data", "notebooks")
WRITTEN = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".md", ".ipynb")]
WRITTEN = sorted([*WRITTEN, *ROOT.glob("*.md"), ROOT / "Makefile"])


def prose_of(path):
    """Docstrings and comments of a module; the whole of any other text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py" or ".py" not in text:  # where no file is named, nothing is to be found: most of the time goes into tokens
        return text
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, holders)]
    return "\n".join(comments + [ast.get_docstring(node) or "" for node in nodes])


def test_every_file_of_python_that_a_sentence_names_is_there():
    """By its whole path or the end of it: `benchmarks/reading.py`, `reading/spotter.py`, `test_pairs.py`."""
    there = {path.relative_to(ROOT).as_posix() for path in WRITTEN} | {"train.py", "setup.py"}
    ends = {"/".join(parts[start:]) for parts in (file.split("/") for file in there) for start in range(len(parts))}
    named = {(path, name.lstrip("./")) for path in WRITTEN for name in re.findall(r"(?<![\w$./-])[\w./-]*\w\.py\b", prose_of(path))}
    missing = [f"{path.relative_to(ROOT)}: {name}" for path, name in sorted(named) if name not in ends | ELSEWHERE]
    assert not missing
