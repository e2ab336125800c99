"""Fine-tuning from labels to a preset, on a recogniser of a few thousand weights and on the shipped detector over small pages."""

import shutil
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
from numbers_set import write_numbers
from real_recipes import save_small_preset

from ocr_crnn.data.aihub import read_aihub_font_images
from ocr_crnn.data.gt_utility import GTUtility
from ocr_crnn.detection.detector import TextDetector
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page
from ocr_crnn.presets import read_preset
from ocr_crnn.recipes import RECIPES, finetune, finetuned_lines, finetuned_pages
from ocr_crnn.recipes.finetune import FinetuneError, Outcome, RunEndedError
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.synthesis.text import corpus
from ocr_crnn.training import command, mixing, quantise
from ocr_crnn.training import run as runs

# The modules: `recipes` has the functions under these names.
finetune_lines, finetune_pages = (import_module(f"ocr_crnn.recipes.finetune_{kind}") for kind in ("lines", "pages"))
FONTS = Path(__file__).parents[2] / "fonts"


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("presets") / "small"
    save_small_preset(folder)
    return folder


@pytest.fixture
def data(tmp_path):
    write_numbers(tmp_path / "data", 30, np.random.default_rng(0))
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Few lines to measure on; no LiteRT files and no English, which take seconds."""
    monkeypatch.setattr(corpus, "read_english", tuple)
    monkeypatch.setattr(finetune_lines, "RENDERED", 3)
    monkeypatch.setattr(quantise, "quantise_preset", lambda folder: folder)


def tune(data, to, preset, **options):
    lines = {"steps": 4, "columns": 300, "sampled_classes": 40, "learning_rate": 0.05, "ema": 0, "warmup_steps": 1, "fonts": [FONTS]}
    return finetune.finetune("lines", data, to, base=preset, **{**lines, **options}, command="as typed")


def begin_run(argv, run):
    """The folder of a run that was killed before its first batch."""
    args = command.parse(RECIPES, argv)
    run.mkdir(exist_ok=True)
    runs.write_json(run / "config.json", runs.make_config(args.recipe, command._arguments(args)))


def with_a_thai_letter(read):
    return GTUtility([replace(page, texts=[text.replace("1", "ก") for text in page.texts]) for page in read], read.report)


def test_from_a_training_that_broke_off_to_a_preset_that_reads_the_lines_better(data, preset, tmp_path, monkeypatch, capsys):
    def break_off(recipes, argv):
        begin_run(argv, tmp_path / "mine.run")
        return 143

    read, policy = with_a_thai_letter(read_aihub_font_images(data)), keras.config.dtype_policy().name
    monkeypatch.setattr(finetune_lines, "read_truth", lambda paths: read)
    with monkeypatch.context() as patch:
        patch.setattr(command, "main", break_off)
        with pytest.raises(RunEndedError, match="Received: exit code 143. The same command goes on with .*mine.run"):
            tune(data, tmp_path / "mine", preset)
    with pytest.raises(FinetuneError, match="A run goes on as it began. Received: .*mine.run, which began with --seed 0"):
        tune(data, tmp_path / "mine", preset, seed=1)
    outcome = tune(data, tmp_path / "mine", preset, minutes=60)
    said = capsys.readouterr().out
    assert keras.config.dtype_policy().name == policy
    assert "27 own lines to learn from, 3 to measure on" in said and "1 new characters: ก" in said
    assert outcome.folder == tmp_path / "mine" and outcome.steps == 4 and 0 < outcome.share <= 1 and outcome.new == "ก"
    (own, before, after), (rendered, *_) = outcome.figures
    assert own == "CER of 3 own lines held out" and rendered == "CER of 3 rendered lines" and after <= before
    assert {path.name for path in tmp_path.iterdir()} == {"data", "mine"}
    card = (tmp_path / "mine" / "README.md").read_text(encoding="utf-8")
    assert card.startswith("# mine\n") and "```\nas typed\n```" in card and "Seed 0; 4 batches, 50% of them own material" in card
    assert f"| CER of 3 own lines held out | {before:.2%} | {after:.2%} |" in card and "27 lines to learn from" in card
    assert "1 characters were added to the alphabet: `ก`" in card
    before, after = (TextRecognizer.from_preset(folder).alphabet.characters for folder in (preset, tmp_path / "mine"))
    assert after == before + "ก"
    with pytest.raises(FinetuneError, match="A preset gets a folder of its own. Received: .*mine, which is there"):
        tune(data, tmp_path / "mine", preset)


def test_where_nothing_gets_better_nothing_is_written(data, preset, tmp_path, monkeypatch):
    monkeypatch.setattr(finetune, "_train", lambda argv, run: run.mkdir())
    monkeypatch.setattr(runs, "load_network", lambda run, weights: (None, None))
    monkeypatch.setattr(finetuned_lines.FinetunedLines, "make_measure", lambda self, network: None)
    monkeypatch.setattr(mixing, "choose_share", lambda *arguments: (0.0, {0.0: (0.5, 0.1), 1.0: (0.6, 0.1)}))
    outcome = tune(data, tmp_path / "mine", preset)
    assert outcome.folder is None and outcome.figures == [] and (tmp_path / "mine.run").exists() and not (tmp_path / "mine").exists()
    assert str(outcome).startswith("0 batches, ")


def test_data_and_fonts_that_do_not_do_leave_nothing_behind(data, preset, tmp_path):
    before = set(tmp_path.iterdir())
    with pytest.raises(ValueError, match="Rehearsal lines and pages are rendered in Korean fonts. Received: .*none of them Korean"):
        tune(data, tmp_path / "mine", preset, fonts=[tmp_path])
    with pytest.raises(FinetuneError, match="The folder around a preset is there"):
        tune(data, tmp_path / "absent" / "mine", preset)
    with pytest.raises(ValueError, match="Lower --held"):
        tune(data, tmp_path / "mine", preset, held=0.99)
    with pytest.raises(FinetuneError, match="Options are those of the recipe. Received: finetune_lines"):
        tune(data, tmp_path / "mine", preset, colour="red")
    for image in (data / "printed" / "word").iterdir():
        image.write_bytes(b"no image")
    with pytest.raises(ValueError, match="(?s)Images of lines to learn from can be read. Received: none of 27.*image_unreadable"):
        tune(data, tmp_path / "mine", preset)
    shutil.rmtree(data / "printed" / "word")
    (data / "printed" / "word").mkdir()
    with pytest.raises(ValueError, match="(?s)At least .* lines.*image_missing"):
        tune(data, tmp_path / "mine", preset)
    assert set(tmp_path.iterdir()) == before


@pytest.fixture
def pages(tmp_path):
    """Six small pages of black bars, as segments."""
    made = []
    for number in range(6):
        image = np.full((120, 160, 3), 255, np.uint8)
        boxes = [(20, 20 + 30 * row, 60 + 10 * number, 14) for row in range(3)]
        for left, top, width, height in boxes:
            image[top : top + height : 2, left : left + width] = 0
        cv2.imwrite(str(tmp_path / f"{number}.png"), image)
        made.append(Page(str(tmp_path / f"{number}.png"), (120, 160), boxes_to_quads(boxes), ["가", "나", "다"], unit="segment"))
    return made


def test_pages_are_learnt_from_and_measured(pages, monkeypatch, capsys):
    monkeypatch.setattr(finetune_pages, "read_truth", lambda paths: GTUtility(pages))
    options = ["--crop", "64", "--batch-size", "2", "--renderers", "0", "--rehearsal", "0"]
    args = command.parse(RECIPES, ["finetune_pages", "--data", "x", *options])
    experiment = RECIPES["finetune_pages"][1](args)
    assert "5 own pages to learn from, 1 to measure on" in capsys.readouterr().out
    images, (*_, channels) = (part.shape for part in next(iter(experiment.batches(0))))
    assert images == (2, 64, 64, 3) and channels == 3
    logs = {}
    experiment.callbacks[-1].on_epoch_end(0, logs)
    assert 0 <= logs[experiment.monitor] <= 1


def test_pages_become_a_preset_of_a_detector(pages, tmp_path, monkeypatch):
    monkeypatch.setattr(finetune_pages, "read_truth", lambda paths: GTUtility(pages))
    small = [(np.full((120, 160, 3), 255, np.uint8), pages[0])]
    monkeypatch.setattr(finetuned_pages, "rendered_pages", lambda source, reported=False: small)
    monkeypatch.setattr(finetuned_pages, "measure_words", lambda reader, pages: 0.5)
    errors = iter(np.linspace(1, 0.9, 30))
    monkeypatch.setattr(finetuned_pages.FinetunedPages, "make_measure", lambda self, network: lambda: (next(errors), 0.5))
    monkeypatch.setattr(finetune, "_train", begin_run)
    monkeypatch.setattr(runs, "load_network", lambda run, weights: (TextDetector.from_preset("pan_light_ko").network, None))
    outcome = finetune.finetune("pages", tmp_path, tmp_path / "found", fonts=[FONTS])
    assert outcome.folder == tmp_path / "found" and outcome.share == 1
    assert [row[0] for row in outcome.figures] == [
        f"{what}, {pages}" for what in ("F of boxes", "F1 of words read") for pages in ("1 own pages held out", "1 rendered pages")
    ]
    config, before = (read_preset(name, "detection")[1] for name in (tmp_path / "found", "pan_light_ko"))
    assert {**config, "sha256": 0, "engine": 0} == {**before, "sha256": 0, "engine": 0}


@pytest.mark.parametrize("name", ["finetune_lines", "finetune_pages"])
def test_a_recipe_refuses_to_learn_from_nothing(name):
    with pytest.raises(ValueError, match="Fine-tuning learns from one's own data. Received: no --data"):
        RECIPES[name][2](command.parse(RECIPES, [name]))


def test_figures_as_a_table():
    assert finetune.format_table([]) == ""
    outcome = Outcome(None, 0.8, {}, "", 12, 0.5, [("CER of lines", 0.1, 0.05)])
    table, head = str(outcome).rsplit("\n", 1)
    assert table == "|  | before | after |\n| --- | --- | --- |\n| CER of lines | 10.00% | 5.00% |"
    assert head == "12 batches, 0.5 minutes in all; 80% of the trained weights"


def test_pages_without_characters_teach_a_detector_of_characters_nothing():
    network = type("Craft", (), {"needs_characters": True})()
    page = Page(None, (20, 30), [[[2, 2], [9, 2], [9, 8], [2, 8]]], ["가"])
    with pytest.raises(ValueError, match="Craft learns from the characters of a page. Received: 2 pages without their quads"):
        finetune_pages.check_characters(network, [page, replace(page, characters=[None])])
    finetune_pages.check_characters(network, [page, replace(page, characters=[Characters(page.quads)])])
    network.needs_characters = False
    finetune_pages.check_characters(network, [page])
