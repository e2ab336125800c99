"""The commands `read`, `doctor` and `evaluate` as they are typed; what they do is tested beside the code that does it."""

import io
import json
import os
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import ocr_crnn
from ocr_crnn import cli, presets
from ocr_crnn.alphabet import Alphabet
from ocr_crnn.commands import doctor
from ocr_crnn.commands import measure as evaluation
from ocr_crnn.commands.measure import Detector, Recognizer
from ocr_crnn.decoding.look_alikes import decode_with_fields
from ocr_crnn.decoding.uncertain import decode_uncertain
from ocr_crnn.formats.page_json import read_page_json
from ocr_crnn.granularity import segments
from ocr_crnn.page import Page
from ocr_crnn.presets import write_preset
from ocr_crnn.reading import loading
from ocr_crnn.reading.lines import LineReader
from ocr_crnn.reading.reader import DocumentReader
from ocr_crnn.recognition.recognizer import TextRecognizer

PAGES = Path(__file__).parents[2] / "data" / "sample_pages"
LINES = Path(__file__).parents[2] / "data" / "sample_lines"


def invoke(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def blank_reader(detector, recognizer):
    """Finds nothing, and says whose presets it was made of."""
    return DocumentReader(lambda pixels: SimpleNamespace(quads=np.zeros((0, 4, 2), np.float32), scores=np.zeros(0)), (detector, recognizer))


def test_read_writes_the_formats_and_sums_up(tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    monkeypatch.setattr(DocumentReader, "from_preset", blank_reader)
    Image.new("L", (40, 60), 255).save(tmp_path / "빈 쪽.png")
    done = invoke("read", tmp_path / "빈 쪽.png", "-o", tmp_path / "out", "--format", "txt,json,html,pdf,tsv,hocr,alto", "--overlay")
    assert done.exit_code == 0 and "1쪽 · 0어절" in done.stderr, done.output
    assert len(list((tmp_path / "out").iterdir())) == 8
    assert read_page_json(tmp_path / "out" / "빈 쪽.json").texts.size == 0


def test_read_says_what_is_wrong_and_leaves_with_1(tmp_path, monkeypatch):
    for arguments, message in (
        (["absent.png"], "absent.png"),
        ([tmp_path, "--format", "pdf"], "Files with pictures need a folder"),
        ([tmp_path, "--pages", "x"], "Received: x"),
    ):
        done = invoke("read", *arguments)
        assert done.exit_code == 1 and "ocr-crnn: " in done.stderr and message in done.stderr
    Image.new("L", (4, 6)).save(tmp_path / "a.png")
    for option in ("--detector", "--recognizer"):
        lines = ["--lines"] if option == "--recognizer" else []
        done = invoke("read", tmp_path / "a.png", *lines, option, "no-such-preset")
        assert done.exit_code == 1 and "A preset is the name" in done.stderr and "no-such-preset" in done.stderr


def test_lines_need_no_detector(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(LineReader, "from_preset", lambda *presets: made.append(presets) or LineReader(lambda images: []))
    (tmp_path / "a.png").write_bytes(b"")
    assert invoke("read", tmp_path / "a.png", "--lines", "--recognizer", "mine").exit_code == 1
    assert made == [("mine", None, None, True)]


def test_output_is_utf8_on_a_korean_windows_console(monkeypatch):
    console = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(console, encoding="cp949", newline=""))
    monkeypatch.setattr(cli, "app", lambda: print("— №㎡ 漢字", flush=True))
    cli.main()
    assert console.getvalue().decode("utf-8").strip() == "— №㎡ 漢字"


def test_doctor_finds_what_reading_needs(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "TRAINING", ("keras", "a-package-that-nobody-has"))
    findings = {finding.name: finding for finding in doctor.examine()}
    missing = findings["a-package-that-nobody-has"]
    assert findings["keras"].ok and missing.ok is None and "pip install 'ocr-crnn[train]'" in missing.value
    assert findings["compiled extension"].ok and findings["numpy"].ok
    assert findings["fonts shipped"].value.startswith("2 Korean families, 2 with all")
    monkeypatch.setattr(doctor, "list_presets", lambda task: [])
    monkeypatch.setattr(doctor, "_fonts", list)
    done = invoke("doctor")
    assert done.exit_code == 1 and "✗ preset of detection" in done.output and "✓ compiled extension" in done.output
    assert "spotting" not in done.output  # which nothing needs


def test_doctor_lists_networks_that_find_and_read(tmp_path, monkeypatch):
    config = {"schema": "ocr_crnn/preset/1", "task": "spotting"}
    write_preset(tmp_path / "reads", config, {"alphabet.txt": Alphabet("가나").save}, "# reads")
    monkeypatch.setattr(presets, "SHIPPED", tmp_path)
    found, alphabet = list(doctor._presets())[2:]  # after two that say what is missing
    assert (found.name, found.ok) == ("preset of spotting", True) and found.value.startswith("reads, 0.0 MB")
    assert alphabet.value.startswith("2 characters: 2 of 11,172 syllables")


def truth_detector():
    """Knows the sample pages: the quads of their segments."""
    pages = {read_page_json(path).size: segments(read_page_json(path)) for path in sorted(PAGES.glob("*.json"))}

    def detect_page(image):
        quads = pages[image.shape[:2]].quads
        return Page(None, image.shape[:2], quads, [None] * len(quads), scores=np.ones(len(quads)))

    return SimpleNamespace(detect_page=detect_page)


def test_evaluate_a_detector_on_pages(tmp_path, monkeypatch):
    monkeypatch.setattr(evaluation, "load_reader", lambda name: Detector(truth_detector()))
    done = invoke("evaluate", "any", "--data", PAGES, "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "hmean@0.5" in done.output and {path.name for path in tmp_path.iterdir()} == {"report.html", "report.json", "rows.csv"}
    report = evaluation.evaluate("any", PAGES)
    assert report.measures["hmean@0.5"] == 1.0 and report.measures["pages"] == 3
    with pytest.raises(ValueError, match="A detector is evaluated on pages"):
        evaluation.evaluate("any", LINES)


def test_evaluate_a_network_that_finds_and_reads_on_pages(monkeypatch):
    truth = {page.size: page for page in map(read_page_json, sorted(PAGES.glob("*.json")))}
    network = SimpleNamespace(reads=False, read_pages=lambda images: [truth[image.shape[:2]] for image in images])
    monkeypatch.setattr(evaluation, "load_reader", lambda name: network)
    assert evaluation.evaluate("any", PAGES).measures["e2e_hmean@0.5"] == 1.0
    with pytest.raises(ValueError, match="is measured alone. Received: pan_light_ko"):
        evaluation.evaluate("any", PAGES, detector="other", recognizer="pan_light_ko")


def test_evaluate_goes_on_past_pages_that_cannot_be_read(tmp_path, monkeypatch):
    """An image that is none, one that is absent, no image at all, a page file that is damaged, and what only looks like one."""
    monkeypatch.setattr(evaluation, "load_reader", lambda name: Detector(truth_detector()))
    for path in PAGES.iterdir():
        shutil.copy(path, tmp_path)
    whole = json.loads((tmp_path / "00000000.json").read_text(encoding="utf-8"))
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    for name, image in (("a", "broken.png"), ("b", "absent.png"), ("c", None)):
        (tmp_path / f"{name}.json").write_text(json.dumps(whole | {"image": image}), encoding="utf-8")
    (tmp_path / "d.json").write_text(json.dumps(whole)[:5000], encoding="utf-8")
    (tmp_path / "e.json").mkdir()
    os.mkfifo(tmp_path / "f.json")
    report = evaluation.evaluate("any", tmp_path)
    findings = "2 image_missing, 1 no_file, 1 image_unreadable, 1 labels_damaged"
    assert report.measures["pages"] == 3 and set(re.findall(r"\d+ \w+", " ".join(report.notes))) == set(findings.split(", "))
    monkeypatch.setattr(evaluation, "load_reader", lambda name: Recognizer(lambda images: [SimpleNamespace(text="가")] * len(images)))
    report = evaluation.evaluate("any", tmp_path)
    assert report.measures["lines"] and "image_unreadable" in " ".join(report.notes)


def test_evaluate_a_recogniser_on_lines_and_on_crops_of_pages(monkeypatch):
    seen = []
    monkeypatch.setattr(
        evaluation, "load_reader", lambda name: Recognizer(lambda images: seen.extend(images) or [SimpleNamespace(text="가")] * len(images))
    )
    report = evaluation.evaluate("any", LINES, limit=10)
    assert report.measures["lines"] == len(seen) == 10 and report.measures["cer"] > 0.5
    seen.clear()
    report = evaluation.evaluate("any", PAGES)
    readable = sum(text is not None for path in PAGES.glob("*.json") for text in segments(read_page_json(path)).texts)
    assert report.measures["lines"] == readable == len(seen)
    assert max(image.shape[0] for image in seen) < 200


def test_evaluate_words_by_a_protocol(tmp_path, monkeypatch):
    from words import samples, write_lmdb

    write_lmdb(tmp_path / "test" / "SVT", samples(["One", "Two", "셋"]))
    write_lmdb(tmp_path / "test" / "mine", samples(["one"]))
    monkeypatch.setattr(evaluation, "load_reader", lambda name: Recognizer(lambda images: [SimpleNamespace(text="ONE")] * len(images)))
    done = invoke("evaluate", "any", "--data", tmp_path / "test", "--protocol", "36", "--out", tmp_path / "out")
    assert done.exit_code == 0 and "SVT has 647 words" in " ".join(done.output.split())
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["measures"]["accuracy"] == pytest.approx(2 / 3) and report["measures"]["nothing_left"] == 1
    assert evaluation.evaluate("any", tmp_path / "test", protocol="hangul").measures["lines"] == 4
    done = invoke("evaluate", "any", "--data", tmp_path / "test", "--protocol", "all")
    said = " ".join(done.output.split())
    assert done.exit_code == 0 and "by set in 36" in said and "by set in 62" in said and "accuracy_94 0.0000" in said
    for data, protocol, message in ((tmp_path, "37", "A protocol is one of 36, 62, 94, all, hangul"), (PAGES, "36", "is for words read")):
        done = invoke("evaluate", "any", "--data", data, "--protocol", protocol, "--detector", "any")
        assert done.exit_code == 1 and message in " ".join(done.stderr.split())


def test_evaluate_says_what_is_wrong(tmp_path):
    (tmp_path / "empty").mkdir()
    for run, data, message in (("no-such-run", PAGES, "no-such-run"), ("any", tmp_path / "absent", "has to exist")):
        done = invoke("evaluate", run, "--data", data)
        assert done.exit_code == 1 and message in done.stderr
    done = invoke("evaluate", "any", "--data", tmp_path / "empty")
    assert done.exit_code == 1 and "has to hold labels" in done.stderr


def test_evaluate_says_why_nothing_of_an_lmdb_is_left(tmp_path):
    from words import samples, write_lmdb

    whole = write_lmdb(tmp_path / "whole", samples(["a"])).read_bytes()
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / "data.mdb").write_bytes(whole[:5000])
    write_lmdb(tmp_path / "none", {b"num-samples": b"3"})
    write_lmdb(tmp_path / "labels", samples(["", "가".encode("cp949")]))
    for name, message in (
        ("cut", r"1 lmdb_damaged \(An LMDB is a tree of whole pages. Received: .*cut off or changed"),
        ("none", r"1 lmdb_no_samples \(1 keys\)"),
        ("labels", r"without any that can be used: 1 empty_text .*1 label_not_utf8"),
    ):
        with pytest.raises(ValueError, match=f"{message}.* See ocr-crnn check .*{name}"):
            evaluation.evaluate("any", tmp_path / name, protocol="36")


def test_doubtful_characters_are_settled_by_the_language_model_that_is_named(tmp_path, monkeypatch):
    from served import small_reader

    def doubtful_reader():
        reader = small_reader()
        head = reader.recognizer.network.head
        head.kernel.assign(0.1 * head.kernel.numpy())
        return reader

    monkeypatch.setattr(loading, "load_detector", lambda *_: doubtful_reader().detector)
    monkeypatch.setattr(TextRecognizer, "from_preset", lambda *preset: doubtful_reader().recognizer)
    for name in ("documents_ko", write_language_model(tmp_path)):
        decode = loading.load_document_reader(language_model=str(name)).recognizer.codec.search
        assert decode.func is decode_with_fields and decode.keywords["decode"].func is decode_uncertain
        model = decode.keywords["decode"].keywords["language_model"]
        assert np.exp(model([(0, 1)], [range(14)])).sum() == pytest.approx(1, rel=1e-3)  # the characters of that alphabet
    pixels = np.asarray(Image.open(PAGES / "00000000.jpg"))
    plain, settled = doubtful_reader(), loading.load_document_reader(language_model="documents_ko")
    texts = [reader.spotter(pixels[:1000]).codes.tolist() for reader in (plain, settled)]  # words as doubtful as these are left out
    assert texts[0] and texts[0] != texts[1]
    Image.new("L", (4, 6)).save(tmp_path / "a.png")
    done = invoke("read", tmp_path / "a.png", "--language-model", "nowhere.npz")
    assert done.exit_code == 1 and "Received: 'nowhere.npz'. Known names: documents_ko" in done.stderr


def write_language_model(folder):
    done = invoke("language-model", "--out", folder / "own", "--document-lines", 50, "--order", 2, "--preset")
    assert done.exit_code == 0, done.output
    assert (folder / "own" / "README.md").read_text(encoding="utf-8").startswith("# own\n\nOf 50 lines")
    return folder / "own" / loading.NGRAMS


def test_the_version():
    done = invoke("--version")
    assert done.exit_code == 0 and done.stdout == f"ocr-crnn {ocr_crnn.__version__}\n"


def test_what_is_to_be_masked_is_looked_at(tmp_path):
    from ocr_crnn.commands.read.command import KINDS
    from ocr_crnn.reading import identifiers

    assert ", ".join(identifiers.KINDS) == KINDS
    for arguments, said in ((["--mask", "face"], "What can be hidden"), (["--mask-whole"], "without --mask")):
        result = invoke("read", tmp_path, *arguments)
        assert result.exit_code == 1 and said in result.output and "Received" in result.output
    result = invoke("read", tmp_path / "900101-1234567.png", "--mask", "default")
    assert result.exit_code == 1 and "900101-XXXXXXX.png" in result.output and "1234567" not in result.output
