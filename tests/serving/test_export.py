"""The SavedModel: what it is made of, and that TensorFlow alone reads with it what the package reads."""

import json
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import served
import tensorflow as tf
from served import draw_page, encode, expect_same_page, small_spotter
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework import op_def_registry
from typer.testing import CliRunner

from ocr_crnn import cli
from ocr_crnn.alphabet import Alphabet
from ocr_crnn.decoding.beam_search import decode_beams
from ocr_crnn.detection.detector import TextDetector
from ocr_crnn.images import UnreadableError, read_images
from ocr_crnn.ops.lines import to_grey
from ocr_crnn.reading.cells import find_cells
from ocr_crnn.reading.lines import LineReader
from ocr_crnn.reading.order import find_order, lay_page
from ocr_crnn.reading.reader import DocumentReader
from ocr_crnn.reading.reading import page_of_segments, turn_image
from ocr_crnn.reading.words import split_words
from ocr_crnn.recognition.codecs import make_codec
from ocr_crnn.serving import client, export, protocol, server_files, warm_up
from ocr_crnn.serving.graph_spotter import GraphSpotter
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.numbered import render_numbered_page

FONTS = Path(__file__).parents[2] / "fonts"
PAGES = {
    "page": encode(draw_page()),
    "jpeg": encode(draw_page(700, 900), "JPEG"),
    "turned": encode(draw_page(turn=2)),
    "long": encode(draw_page(420, 2400, 60)),
    "wide": encode(draw_page(2400, 420, 4)),
    "blank": encode(np.full((50, 60, 3), 255, np.uint8)),
    "dot": encode(np.zeros((1, 1, 3), np.uint8)),
}
LINES = {"short": encode(draw_page()[66:90, 20:120]), "line": encode(draw_page()[66:92, 10:300])}
SMALL = {kind: encode(draw_page(60, 40, 0), kind) for kind in ("JPEG", "PNG", "BMP", "GIF")}
BROKEN = {"empty": b"", "truncated": PAGES["jpeg"][:9000], "text": b"not an image"}


@pytest.fixture(scope="module")
def answers(exported, tmp_path_factory):
    """Of a process that cannot import the package, by a name for each request."""
    folder = tmp_path_factory.mktemp("images")
    for name, contents in {**PAGES, **LINES, **BROKEN, **SMALL}.items():
        (folder / name).write_bytes(contents)
    requests = {
        "pages": ["serving_default", [*PAGES]],
        "mixed": ["serving_default", ["page", *BROKEN, "jpeg"]],
        "lines": ["recognize", ["line", "truncated", "short"]],
        "detect": ["detect", ["page", "text"]],
        "none": ["serving_default", []],
        "damaged": ["damaged", [*SMALL]],
        "sizes": ["sizes", []],
    }
    named = [[signature, [str(folder / file) for file in files]] for signature, files in requests.values()]
    script = [sys.executable, served.__file__, str(exported), json.dumps(named)]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(zip(requests, map(json.loads, done.stdout.splitlines()), strict=True))


def rows(outputs, index):
    """One page of a batch: its outputs without the padding."""
    counts = dict.fromkeys(protocol.TEXTS, outputs["counts"][index])
    counts |= dict.fromkeys({**protocol.SEGMENTS, **protocol.CHARACTERS}, outputs["character_counts"][index])
    return {name: value[index][: counts[name]] if name in counts else value[index] for name, value in outputs.items()}


def lines_of(page):
    return [" ".join(page.texts[row]) for row in page.line_rows()]


def test_every_operation_is_tensorflows_own(exported):
    saved = saved_model_pb2.SavedModel.FromString((exported / "saved_model.pb").read_bytes())
    graph = saved.meta_graphs[0].graph_def
    operations = {node.op for nodes in (graph.node, *(function.node_def for function in graph.library.function)) for node in nodes}
    functions = {function.signature.name for function in graph.library.function}
    assert len(operations) > 100 and "ImageProjectiveTransformV3" in operations
    assert not {name for name in operations - functions if op_def_registry.get(name) is None}
    assert not {name for name in operations if "PyFunc" in name or "NumpyFunc" in name}


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_same_pages_as_the_reader(answers, reader, name):
    """The Page that the client makes of the answer, and what users without it find: segments in the order of geometry."""
    outputs, index = answers["pages"], list(PAGES).index(name)
    page, found = reader(PAGES[name])[0], rows(outputs, index)
    expect_same_page(client.read_answer(outputs, list(PAGES.values()))[index], page)
    assert found["errors"] == "" and found["schemas"] == protocol.SCHEMA and found["sizes"] == list(page.size)
    pixels = next(read_images(PAGES[name])).pixels
    reading = reader.spotter(pixels)
    sheet = turn_image(pixels, reading.turns)
    segments = page_of_segments(reading, to_grey(sheet), reader.spotter.settings)
    order, blocks = find_order(*lay_page(segments, find_cells(sheet))[:3]) if len(segments) else ([], [])
    by_geometry = split_words(replace(segments.take(np.array(order, int)), lines=np.arange(len(order)), blocks=blocks))
    assert found["turns"] == reading.turns
    assert found["texts"] == lines_of(by_geometry) and found["page_text"] == by_geometry.text
    assert found["lines"] == list(range(len(found["texts"]))) and found["blocks"] == list(blocks)
    assert len(found["texts"]) > 2 or name in ("blank", "dot")


@pytest.mark.slow
def test_a_broken_image_fails_alone(answers):
    mixed, pages = answers["mixed"], answers["pages"]
    for index, name in ((0, "page"), (4, "jpeg")):
        expected = rows(pages, list(PAGES).index(name))
        found = rows(mixed, index)
        assert {k: v for k, v in found.items() if "scores" not in k} == {k: v for k, v in expected.items() if "scores" not in k}
    assert [bool(error) for error in mixed["errors"]] == [False, True, True, True, False]
    assert "0 bytes" in mixed["errors"][1] and "breaks off" in mixed["errors"][2] and "12 bytes" in mixed["errors"][3]
    assert mixed["counts"][1:4] == [0, 0, 0] and mixed["page_text"][1:4] == ["", "", ""]
    assert answers["none"]["texts"] == [] and answers["none"]["errors"] == []


@pytest.mark.slow
def test_a_thousand_damaged_images_are_answered_one_by_one(answers):
    damaged = answers["damaged"]
    assert len(damaged["errors"]) == len(damaged["counts"]) == 1000
    assert all(error for error in damaged["errors"][::4])  # random bytes
    assert 500 < sum(map(bool, damaged["errors"])) < 1000
    assert not any(count for count, error in zip(damaged["counts"], damaged["errors"], strict=True) if error)
    assert damaged["whole"] == ["", damaged["whole"][1]] * 20  # no error, and as much found as ever
    assert max(damaged["mib"]) < damaged["mib"][1] + 200


@pytest.mark.slow
def test_memory_does_not_grow_with_sizes(answers):
    assert len(answers["sizes"]) == 90 and max(answers["sizes"][50:]) <= 1.1 * answers["sizes"][49]


@pytest.mark.slow
def test_lines(answers, reader):
    images = [LINES["line"], BROKEN["truncated"], LINES["short"]]
    found, error, short = client.read_line_answer(answers["lines"], images)
    expected = LineReader(reader.recognizer).read_pages([next(read_images(image)).pixels for image in images[::2]])
    expect_same_page(found, expected[0])
    expect_same_page(short, expected[1])
    assert isinstance(error, UnreadableError) and "breaks off" in str(error)
    assert answers["lines"]["texts"] == [line.text for line in reader.recognizer([draw_page()[66:92, 10:300]])] + [
        "", reader.recognizer([draw_page()[66:90, 20:120]])[0].text,
    ]  # fmt: skip
    assert [bool(error) for error in answers["lines"]["errors"]] == [False, True, False]


@pytest.mark.slow
def test_detections(answers, reader):
    found = reader.detector(draw_page())
    assert answers["detect"]["counts"] == [len(found.quads), 0]
    np.testing.assert_allclose(answers["detect"]["quads"][0], found.quads, atol=0.01)
    np.testing.assert_allclose(answers["detect"]["scores"][0], found.scores, atol=1e-4)


def test_detections_of_a_detector_that_finds_characters(reader):
    """Of one page and of one that cannot be read, the characters in rows of their own."""
    detector = TextDetector.from_preset("craft_light_ko")
    model = GraphSpotter(DocumentReader(detector, reader.recognizer))
    faces = load_faces(find_fonts([FONTS]))
    page, _, _ = render_numbered_page(5, 0, faces, ["가나다 라마바 사아자."], kind="contract", degradation="clean")
    page = cv2.resize(page, (500, 700), interpolation=cv2.INTER_AREA)
    answer = export.build_signatures(model)["detect"](tf.constant([encode(page), BROKEN["text"]]))
    assert {*answer} == {*protocol.DETECTED, *protocol.COUNTS, "sizes", "errors", "schemas"}
    expected = detector(page)
    assert answer["counts"].numpy().tolist() == [len(expected.quads), 0] and len(expected.quads) > 5
    counts = [len(one) for one in expected.characters]
    assert answer["character_counts"].numpy().tolist() == [sum(counts), 0] and sum(counts) > 50
    order, theirs = (np.lexsort(one.mean(axis=1).round(1).T) for one in (answer["quads"][0].numpy(), expected.quads))
    for row, other in zip(order, theirs, strict=True):
        np.testing.assert_allclose(answer["quads"][0, row], expected.quads[other], atol=0.1)
        own = answer["segments"][0].numpy() == row
        np.testing.assert_allclose(answer["character_quads"][0][own], expected.characters[other].quads, atol=0.1)
        np.testing.assert_allclose(answer["character_scores"][0][own], expected.characters[other].scores, atol=1e-3)


def test_metadata_stands_beside_the_model(exported):
    metadata = json.loads((exported / "assets.extra" / "metadata.json").read_text(encoding="utf-8"))
    assert metadata["schema"] == protocol.SCHEMA and metadata["characters"] == 14 and metadata["max_pixels"] == 4_000_000


@pytest.mark.slow
def test_every_signature_can_be_asked_over_rest_and_in_batches(exported):
    """REST sends named inputs, and a batch is cut along the first axis of every output: both have to be there."""
    graph = saved_model_pb2.SavedModel.FromString((exported / "saved_model.pb").read_bytes()).meta_graphs[0]
    signatures = {name: signature for name, signature in graph.signature_def.items() if not name.startswith("__")}
    assert set(signatures) == {"serving_default", "detect", "recognize"}
    for signature in signatures.values():
        assert list(signature.inputs) == ["image_bytes"]
        assert all(output.tensor_shape.dim for output in signature.outputs.values())
    for name, outputs in protocol.OUTPUTS.items():
        assert set(outputs) <= set(signatures[name].outputs)


@pytest.mark.slow
def test_the_shares_of_a_batch_are_as_long_as_its_images(answers):
    for name, count in (("pages", len(PAGES)), ("mixed", 5), ("lines", 3), ("detect", 2), ("none", 0)):
        assert {len(value) for value in answers[name].values()} == {count}


def test_configuration(tmp_path):
    for version in ("1", "2", "10"):
        (tmp_path / "ocr" / version).mkdir(parents=True)
    (tmp_path / "ocr" / "config" / ".models.config.unfinished.abcdefgh").mkdir(parents=True)  # of a call that was killed
    server_files.write_configuration(tmp_path / "ocr")
    assert sorted(path.name for path in (tmp_path / "ocr" / "config").iterdir()) == ["batching.config", "models.config"]
    text = (tmp_path / "ocr" / "config" / "models.config").read_text(encoding="utf-8")
    assert 'version_labels { key: "stable" value: 2 }' in text and 'version_labels { key: "canary" value: 10 }' in text
    assert "specific { versions: 2 versions: 10 }" in text and 'base_path: "/models/ocr"' in text
    assert f"max_batch_size {{ value: {protocol.IMAGES_AT_ONCE} }}" in (tmp_path / "ocr" / "config" / "batching.config").read_text(
        encoding="utf-8"
    )


def test_configuration_is_what_the_server_parses(exported):
    pytest.importorskip("tensorflow_serving")
    from google.protobuf import text_format
    from tensorflow_serving.config import model_server_config_pb2

    text = (exported.parent / "config" / "models.config").read_text(encoding="utf-8")
    (model,) = text_format.Parse(text, model_server_config_pb2.ModelServerConfig()).model_config_list.config
    assert (model.name, model.base_path, model.model_platform) == ("ocr", "/models/ocr", "tensorflow")
    assert list(model.model_version_policy.specific.versions) == [1]
    assert dict(model.version_labels) == {"stable": 1, "canary": 1}
    text = (exported.parent / "config" / "batching.config").read_text(encoding="utf-8")
    parsed = text_format.Parse(text, batching_parameters())
    values = {field.name: value.value for field, value in parsed.ListFields()}
    assert values == {
        "max_batch_size": protocol.IMAGES_AT_ONCE,
        "batch_timeout_micros": 5000,
        "max_enqueued_batches": 32,
        "num_batch_threads": 1,
    }


def batching_parameters():
    """An empty BatchingParameters with the fields of session_bundle_config.proto that are wrapped numbers; no package has it for Python."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, wrappers_pb2

    file = descriptor_pb2.FileDescriptorProto(name="batching.proto", package="test", syntax="proto3")
    file.dependency.append(wrappers_pb2.DESCRIPTOR.name)
    fields = file.message_type.add(name="BatchingParameters").field
    names = ("max_batch_size", "batch_timeout_micros", "max_enqueued_batches", "num_batch_threads")
    for number, name in enumerate(names, 1):
        kind = {"type": descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE, "type_name": ".google.protobuf.Int64Value"}
        fields.add(name=name, number=number, label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL, **kind)
    pool = descriptor_pool.Default()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("test.BatchingParameters"))()


def test_versions(reader, exported, tmp_path):
    (exported.parent / "config" / "models.config").unlink()  # as a kill between the two leaves it
    with pytest.raises(FileExistsError, match="Take the next number"):
        export.export_saved_model(reader, exported)
    assert "specific { versions: 1 }" in (exported.parent / "config" / "models.config").read_text(encoding="utf-8")
    assert stat.S_IMODE(exported.stat().st_mode) == stat.S_IMODE((exported.parent / "config").stat().st_mode)
    for name in ("ocr", "0", "1.5"):
        with pytest.raises(ValueError, match="named by its version"):
            export.export_saved_model(reader, tmp_path / name)
    assert not list(tmp_path.iterdir())
    assert sorted(path.name for path in exported.parent.iterdir()) == ["1", "config"]


def test_another_decoder_is_refused(reader, tmp_path, monkeypatch):
    monkeypatch.setattr(reader.recognizer, "codec", reader.recognizer.codec.with_search(decode_beams))
    with pytest.raises(ValueError, match="best paths of CTC. Received: a recogniser with the codec 'ctc' and the search"):
        export.export_saved_model(reader, tmp_path / "1")
    assert not list(tmp_path.iterdir())


def test_another_decoder_of_maps_is_refused(reader, tmp_path, monkeypatch):
    monkeypatch.setattr(reader.detector, "decoder", SimpleNamespace(exportable=False))
    with pytest.raises(ValueError, match="TensorFlow operations. Received: SimpleNamespace"):
        export.export_saved_model(reader, tmp_path / "1")
    assert not list(tmp_path.iterdir())


def test_warm_up(exported):
    prediction_log_pb2 = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    path = exported / "assets.extra" / warm_up.WARM_UP
    logs = [prediction_log_pb2.PredictionLog.FromString(record.numpy()) for record in tf.data.TFRecordDataset(str(path))]
    requests = [log.predict_log.request for log in logs]
    assert [request.model_spec.signature_name for request in requests] == ["serving_default", "recognize"]
    for request in requests:
        contents = tf.make_ndarray(request.inputs["image_bytes"])
        assert request.model_spec.name == "ocr" and contents.shape == (1,) and contents[0].startswith(b"\x89PNG")


def test_without_the_extra_there_is_no_warm_up(tmp_path, monkeypatch):
    monkeypatch.setattr(warm_up.importlib.util, "find_spec", lambda name: None)
    assert not warm_up.write_warm_up(tmp_path / "requests", "ocr", ["serving_default"]) and not list(tmp_path.iterdir())


@pytest.fixture
def spotter_folder(tmp_path):
    return small_spotter().save_to_preset(tmp_path / "spotter")


def test_one_network_that_finds_and_reads_reads_pages_alone(spotter_folder, tmp_path, monkeypatch):
    """The files around its graph, which test_pairs_of_spotting.py traces and saves: that takes a while."""
    saved, warmed = {}, []
    monkeypatch.setattr(export.tf.saved_model, "save", lambda model, folder, signatures: saved.update(signatures))
    monkeypatch.setattr(export, "write_warm_up", lambda path, name, signatures: warmed.extend(signatures))
    folder = tmp_path / "ocr" / "1"
    done = CliRunner().invoke(cli.app, ["export", "--detector", str(spotter_folder), "--max-pixels", "5000", "--to", str(folder)])
    assert done.exit_code == 0, done.output
    told = json.loads((folder / "assets.extra" / "metadata.json").read_text(encoding="utf-8"))
    assert [*saved] == told["signatures"] == warmed == ["serving_default", "detect"]
    assert told["detector"] == str(spotter_folder) and told["min_score"] == 0.25 and told["max_pixels"] == 5000
    assert told["characters"] == len(served.CHARACTERS) and "line_height_px" not in told and "recognizer" not in told
    for more, message in ((["--recognizer", "attention_ctc_ko"], "is the only network"), (["--format", "litert"], "--detector")):
        done = CliRunner().invoke(cli.app, ["export", "--detector", str(spotter_folder), *more, "--to", str(tmp_path / "2")])
        assert done.exit_code == 1 and message in done.output.replace("\n", " "), done.output


def test_a_network_that_finds_and_reads_otherwise_than_by_ctc_is_refused(tmp_path):
    codec = make_codec("attention", Alphabet(served.CHARACTERS))
    with pytest.raises(ValueError, match="best paths of CTC. Received: a recogniser with the codec 'attention'"):
        export.export_saved_model(SimpleNamespace(recognizer=None, detector=SimpleNamespace(codec=codec)), tmp_path / "1")
