"""Which engine reads: LiteRT where its files and its interpreter are there, Keras where they are not, and what is said of it."""

import logging

import pytest

from ocr_crnn.extras import MissingExtraError
from ocr_crnn.presets.engine_files import LiteRTError
from ocr_crnn.reading import loading
from ocr_crnn.reading.loading import choose_engine, load_recognizer


def absent():
    raise LiteRTError("There has to be a file. Received: none.")


def without_keras():
    raise ModuleNotFoundError("no", name="keras")


def test_litert_comes_first_and_each_can_be_asked_for():
    both = (lambda: "litert"), (lambda: "keras")
    assert [choose_engine(engine, *both) for engine in (None, "litert", "keras")] == ["litert", "litert", "keras"]
    with pytest.raises(ValueError, match="one of litert, keras. Received: 'onnx'"):
        choose_engine("onnx", *both)


def test_without_its_files_keras_reads_and_says_so_once(caplog):
    loading._say_once.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert [choose_engine(None, absent, lambda: "keras") for _ in range(2)] == ["keras"] * 2
    assert [record.message for record in caplog.records] == [
        "The Keras engine reads, and starts more slowly. There has to be a file. Received: none."
    ]
    with pytest.raises(LiteRTError, match="There has to be a file"):
        choose_engine("litert", absent, lambda: "keras")


def test_without_either_the_commands_that_install_them_are_named():
    with pytest.raises(MissingExtraError, match=r"There has to be a file.* Or read with Keras: pip install 'ocr-crnn\[train\]'"):
        choose_engine(None, absent, without_keras)
    with pytest.raises(MissingExtraError, match=r"^The Keras engine needs .*keras is not installed"):
        choose_engine("keras", absent, without_keras)


def test_a_language_model_needs_the_scores_of_all_characters():
    with pytest.raises(ValueError, match="a language model and the engine litert"):
        load_recognizer(language_model="documents_ko", engine="litert")
