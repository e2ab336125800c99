"""What is said of a missing package of `train`, and that the lists of what is needed agree."""

import re
import tomllib
from pathlib import Path

import pytest

from ocr_crnn.extras import TRAIN, MissingExtraError, needs_train

ROOT = Path(__file__).parent.parent


def test_only_packages_of_training_are_explained():
    with pytest.raises(MissingExtraError, match="Received: keras is not installed"), needs_train("It"):
        raise ModuleNotFoundError("no", name="keras.src")
    with pytest.raises(ModuleNotFoundError) as caught, needs_train("It"):
        raise ModuleNotFoundError("no", name="nobody_knows")
    assert not isinstance(caught.value, MissingExtraError)


def test_the_lists_of_dependencies_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    base, extras = project["dependencies"], project["optional-dependencies"]
    train = extras["train"]
    lines = [line.strip() for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()]
    assert [line for line in lines if line and not line.startswith("#")] == base + train + extras["documents"]
    assert {re.match(r"[\w-]+", requirement)[0] for requirement in train} == TRAIN
