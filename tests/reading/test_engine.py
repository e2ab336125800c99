"""The light engine on files converted from tiny networks, and on files that are not what they should be."""

import os
import subprocess
import sys
from functools import cache

import keras
import numpy as np
import pytest

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.decoding.greedy import decode_greedy
from ocr_crnn.detection.detector import TextDetector
from ocr_crnn.presets import PresetError
from ocr_crnn.presets.engine_files import LiteRTError
from ocr_crnn.reading.engine import DetectionEngine, LiteRTEngine, RecognitionEngine, load_detection_engine, make_interpreter
from ocr_crnn.recognition.attention_ctc import AttentionCTC, syllable_places
from ocr_crnn.recognition.blank_bound import BlankBound
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.training.litert import convert_detection, convert_features, convert_head
from tests.helpers.tiny_detector import tiny_detector

ALPHABET = Alphabet("가나다라마바사아자차 123")


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(3)
    small = {"stages": ((8, 2, 2), (16, 2, 2)), "units": 32, "num_blocks": 1, "num_heads": 2, "rank": 8}
    network = AttentionCTC(len(ALPHABET), syllable_places(ALPHABET), height=16, **small)
    rng = np.random.default_rng(0)
    network.head.residual.assign(rng.normal(0, 0.3, network.head.residual.shape))
    network.head.kernel.assign(4 * rng.normal(0, 0.3, network.head.kernel.shape))
    return network


@pytest.fixture(scope="module")
def files(network):
    return convert_features(network.features, network.height, "float"), convert_head(network.head, 32, BlankBound(network.head))


@pytest.fixture(scope="module")
def engine(network, files):
    features, head = files
    return RecognitionEngine(LiteRTEngine(features, interpreters=2), LiteRTEngine(head), network.stride)


def batch(*widths):
    lines = np.random.default_rng(1).integers(0, 256, (len(widths), max(widths), 16, 1), dtype=np.uint8)
    return lines, np.array(widths, np.int32)


def by_line(found, count):
    spans = np.stack([found.starts, found.ends], axis=1)
    return [(found.ids[found.lines == i].tolist(), found.scores[found.lines == i], spans[found.lines == i].tolist()) for i in range(count)]


def test_lines_read_as_the_network_reads_them(network, engine):
    lines, widths = batch(90, 33, 200, 1, 51)
    logits = np.asarray(network({"image": lines, "width": widths}))
    expected = decode_greedy(logits, -(-widths // network.stride))
    assert sum(len(line.ids) for line in expected) > 20
    for (ids, scores, spans), line in zip(by_line(engine(lines, widths), 5), expected, strict=True):
        assert ids == line.ids.tolist() and spans == line.spans.tolist()
        np.testing.assert_allclose(scores, line.scores, atol=2e-3)  # the head is in float16


@pytest.mark.parametrize("width", [49, 50, 51, 64])
def test_a_line_reads_the_same_in_any_batch(engine, width):
    lines, widths = batch(300, width)
    (alone,) = by_line(engine(lines[1:, :width], widths[1:]), 1)
    ids, scores, spans = by_line(engine(lines, widths), 2)[1]  # padded with noise
    assert ids == alone[0] and spans == alone[2]
    np.testing.assert_allclose(scores, alone[1], rtol=1e-5)


def test_frames_that_the_bound_calls_blank_change_nothing(network, files, engine):
    everything = RecognitionEngine(LiteRTEngine(files[0]), LiteRTEngine(convert_head(network.head, 32)), network.stride)
    lines, widths = batch(120, 600, 900, 1200)  # more frames than are told at once
    for one, other in zip(everything(lines, widths), engine(lines, widths), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_no_lines(engine):
    assert engine(np.zeros((0, 8, 16, 1), np.uint8), np.zeros(0, np.int32)).ids.shape == (0,)


def test_threads_share_an_engine(engine):
    from concurrent.futures import ThreadPoolExecutor

    inputs = [batch(width, width + 9) for width in range(20, 120, 5)]
    expected = [engine(*pair).ids.tolist() for pair in inputs]
    with ThreadPoolExecutor(4) as pool:
        assert [found.ids.tolist() for found in pool.map(lambda pair: engine(*pair), inputs)] == expected


@pytest.mark.parametrize("size", [(64, 96), (70, 33), (1, 1), (129, 64)])
def test_maps_are_those_of_the_network(detector, size):
    network, engine = detector
    image = np.random.default_rng(2).integers(0, 256, (1, *size, 3), dtype=np.uint8)
    maps = engine(image)
    assert maps.dtype == np.float32 and maps.flags.c_contiguous
    np.testing.assert_allclose(maps, np.asarray(network(image)), rtol=1e-3, atol=1e-3)


@pytest.fixture(scope="module")
def detector():
    network = tiny_detector()
    contents, sizes = convert_detection(network, "float")
    return network, DetectionEngine(LiteRTEngine(contents), **sizes)


def test_what_is_no_file_of_litert_is_refused():
    with pytest.raises(LiteRTError, match="Received: 7 bytes.*write the file anew"):
        LiteRTEngine(b"nothing")


def test_without_the_interpreter_its_command_is_named(monkeypatch):
    for name in ("ai_edge_litert", "ai_edge_litert.interpreter"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(LiteRTError, match="pip install ai-edge-litert"):
        make_interpreter(b"")


def test_neither_tensorflow_nor_keras_is_imported():
    code = "import sys; import ocr_crnn.reading.engine; print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_a_recogniser_takes_the_engine(network, engine):
    images = [np.random.default_rng(width).integers(0, 256, (16, width), dtype=np.uint8) for width in (300, 40, 7, 90)]
    read, expected = TextRecognizer(engine, ALPHABET)(images), TextRecognizer(network, ALPHABET)(images)
    assert [line.text for line in read] == [line.text for line in expected] and any(line.text for line in read)
    for one, other in zip(read, expected, strict=True):
        np.testing.assert_array_equal(one.spans_px, other.spans_px)


def test_a_detector_takes_the_engine(detector):
    network, engine = detector
    image = np.random.default_rng(2).integers(0, 256, (70, 40, 3), dtype=np.uint8)
    maps = TextDetector(engine, decoder=lambda *given: given, tile_px=32, margin_px=8).predict_maps(image)
    whole = engine(image[None])[0]
    assert maps.shape == whole.shape == (18, 10, 2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_it_pickles_and_may_be_forked_and_shared_by_threads():
    """In a process that never holds TensorFlow, as a web server's; four threads, a fork and a spawned process read what it has read."""
    script = """
import multiprocessing, os, pickle, numpy as np
from concurrent.futures import ThreadPoolExecutor
from ocr_crnn.reading.loading import load_recognizer
image = np.random.default_rng(0).integers(0, 256, (32, 200), dtype=np.uint8)
recognizer = load_recognizer(engine="litert")
read = recognizer([image])[0].text
assert pickle.loads(pickle.dumps(recognizer))([image])[0].text == read
with ThreadPoolExecutor(4) as threads:
    assert {lines[0].text for lines in threads.map(recognizer, [[image]] * 12)} == {read}
with multiprocessing.get_context("forkserver").Pool(1) as pool:
    assert pool.apply(recognizer, ([image],))[0].text == read
child = os.fork()
if child == 0:
    os._exit(0 if recognizer([image])[0].text == read else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.stdout == "0\n", done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_fork_reads_pages_although_the_threads_of_the_detector_stayed_behind():
    script = """
import os, signal, numpy as np
from ocr_crnn.reading.reader import DocumentReader
reader, image = DocumentReader.from_preset(engine="litert"), np.full((64, 96, 3), 255, np.uint8)
reader.read_page(image)
child = os.fork()
if child == 0:
    signal.alarm(30)  # ends a child that waits for ever
    reader.read_page(image)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.stdout == "0\n", done.stderr


def test_classes_that_are_off_are_never_read(network, engine):
    lines, widths = batch(300, 200)
    found = engine(lines, widths)
    off = np.unique(found.ids)[:2]
    without = engine.without(off)(lines, widths)
    assert len(without.ids) and not np.isin(without.ids, off).any()
    assert np.isin(engine(lines, widths).ids, off).any()


def test_files_of_other_signatures_are_refused(files):
    features, head = map(LiteRTEngine, files)
    with pytest.raises(LiteRTError, match="has the signature frames .* Received: {}"):
        RecognitionEngine(head, features, 4)
    with pytest.raises(LiteRTError, match="has the signature maps"):
        DetectionEngine(features, 4, 32)
    with pytest.raises(ValueError, match="stride is a whole number from 1 to 1,024. Received: 0"):
        RecognitionEngine(features, head, 0)


def test_maps_of_another_size_than_the_record_says_are_refused():
    contents, record = convert_tiny()
    engine = DetectionEngine(LiteRTEngine(contents), 2 * record["stride"], record["multiple"])
    with pytest.raises(LiteRTError, match="Received: .* maps of .* Write it anew"):
        engine(np.zeros((1, 16, 16, 3), np.uint8))


def test_bytes_that_are_no_file_never_reach_the_interpreter(monkeypatch):
    import ai_edge_litert.interpreter

    monkeypatch.setattr(ai_edge_litert.interpreter, "Interpreter", lambda **given: pytest.fail("was called"))
    for contents in (b"", b"TFL3", b"\x1c\0\0\0TFL2" + bytes(100)):
        with pytest.raises(LiteRTError, match="Received: .* they begin with"):
            make_interpreter(contents)


@pytest.mark.parametrize(
    "record",
    [
        {"version": 1}, {"version": 1, "files": []}, {"version": 1, "files": {"maps": "../maps.tflite"}},
        {"version": 1, "files": {"maps": ["a"]}},
        {"version": 1, "files": {"map": "maps.tflite"}}, {"version": 1, "files": {"maps": "maps.tflite"}, "stride": 4},
        {"version": 1, "files": {"maps": "maps.tflite"}, "stride": float("inf"), "multiple": "8"}, [1], "x", {"version": [1]},
    ],
)  # fmt: skip
def test_records_that_fit_no_files(tmp_path, record):
    contents, _ = convert_tiny()
    (tmp_path / "maps.tflite").write_bytes(contents)
    with pytest.raises((PresetError, LiteRTError), match="Received: "):
        load_detection_engine(tmp_path, {"sha256": {"maps.tflite": "0"}, "engine": record}, threads=1)


@cache
def convert_tiny():
    return convert_detection(tiny_detector(), "float")


def test_a_file_that_declares_what_it_does_not_hold_is_refused(files):
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(files[1], 0))
    model.subgraphs[0].tensors[-1].shape = [1 << 14, 1 << 14]
    builder = flatbuffers.Builder(len(files[1]))
    builder.Finish(model.Pack(builder), b"TFL3")
    with pytest.raises(LiteRTError, match=r"Received: .* they declare 1,\d{3},\d{3},\d{3} bytes"):
        make_interpreter(bytes(builder.Output()))
