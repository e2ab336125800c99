"""The names that `from ocr_crnn import …` gives, and that giving them costs nothing before they are used."""

import re
import subprocess
import sys
from pathlib import Path

import forked
import pytest

import ocr_crnn


def test_names_are_sorted_and_complete():
    assert ocr_crnn.__all__ == sorted(ocr_crnn.__all__)
    assert set(ocr_crnn.__all__) <= set(dir(ocr_crnn))


@pytest.mark.parametrize("name", ocr_crnn.__all__)
def test_every_name_is_there_under_its_name(name):
    assert getattr(ocr_crnn, name).__name__ == name
    assert getattr(ocr_crnn, name).__doc__


def test_the_lineages_names():
    from ocr_crnn import CRNN, GTUtility, InputGenerator, decode

    assert all(callable(name) for name in (CRNN, GTUtility, InputGenerator, decode))


def test_unknown_name():
    with pytest.raises(AttributeError, match="no public name 'CRN'. Known names: Alphabet, AnchorFree, AttentionCTC, CLIP4STR, CRAFT, CR"):
        _ = ocr_crnn.CRN


def test_import_starts_neither_keras_nor_tensorflow():
    code = "import sys, ocr_crnn; from ocr_crnn import Alphabet, Page, decode; print(sorted({'keras', 'tensorflow'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"


def test_the_networks_register_every_class_of_a_saved_model(tmp_path):
    """`keras.saving.load_model` needs them all, the layers too. The activation of old weights is imported by whoever passes it."""
    decorated = re.compile(r'@keras\.saving\.register_keras_serializable\((?:package=)?"ocr_crnn"\)\n(?:class|def) (\w+)')
    sources = [path.read_text(encoding="utf-8") for path in Path(ocr_crnn.__file__).parent.rglob("*.py")]
    names = sorted(f"ocr_crnn>{name}" for source in sources for name in decorated.findall(source))
    assert "ocr_crnn>PAN" in names
    code = f"""
import sys
assert "ocr_crnn" not in sys.modules
import keras
from ocr_crnn import AnchorFree, AttentionCTC, CLIP4STR, CRAFT, CRNN, PAN, PANSpotter, PARSeq, ViTSTR
print([name for name in {names} if keras.saving.get_registered_object(name) is None])
"""
    assert forked.run_code(code, tmp_path / "said").splitlines()[-1] == "['ocr_crnn>legacy_hard_sigmoid']"
