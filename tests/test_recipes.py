from fractions import Fraction
from functools import partial
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from real_recipes import make_recipes_small

from ocr_crnn import recipes
from ocr_crnn.alphabet import Alphabet
from ocr_crnn.formats.page_json import write_page_json
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page
from ocr_crnn.presets import PresetError
from ocr_crnn.recipes.clip4str import byte_pair_text
from ocr_crnn.recipes.lines import begin_with, load_before
from ocr_crnn.recipes.weak import mix_weak_pages
from ocr_crnn.recognition.attention_ctc import AttentionCTC
from ocr_crnn.recognition.clip4str import CLIP4STR
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.recognition.vitstr import ViTSTR
from ocr_crnn.training import labelling, line_batches, pages, rendered
from ocr_crnn.training.command import parse
from ocr_crnn.training.pseudo_labels import label_characters

FONTS = str(Path(__file__).parents[1] / "fonts")


def test_a_training_begins_with_a_preset(tmp_path):
    network = AttentionCTC(4, stages=((8, 4, 8),), units=8, num_blocks=1, num_heads=2)
    TextRecognizer(network, Alphabet("가나다")).save_to_preset(tmp_path / "mine")
    loaded, alphabet = load_before(str(tmp_path / "mine"))
    assert alphabet.characters == "가나다"
    for variable, again in zip(network.variables, loaded.variables, strict=True):
        np.testing.assert_allclose(np.asarray(variable), np.asarray(again), atol=1e-3)


def test_unknown_weights_list_the_presets(tmp_path):
    with pytest.raises(PresetError, match="attention_ctc_ko"):
        load_before(str(tmp_path / "absent"))


def test_the_lineage_network_with_convolutions(capsys):
    args = parse(recipes.RECIPES, ["crnn", "--cnn", "--data", "data/sample_numbers/1", "--width", "256", "--cache", "memory"])
    network = recipes.crnn(args).network
    names = {layer.name for layer in network.layers}
    assert {"conv1d_12", "concatenate_6"} <= names and not any(name.startswith("bidirectional") for name in names)
    with pytest.raises(SystemExit):
        parse(recipes.RECIPES, ["crnn", "--cnn", "--gru"])
    assert "not allowed with argument" in capsys.readouterr().err


def options(*arguments):
    return parse(recipes.RECIPES, [*arguments, "--fonts", FONTS])


@pytest.fixture
def small_attention_ctc(monkeypatch):
    make_recipes_small(monkeypatch.setattr)


def test_attention_ctc_freezes_what_it_is_told_to(small_attention_ctc, capsys):
    experiment = recipes.attention_ctc(options("attention_ctc", "--freeze", "conv", "--withhold", "0"))
    assert "Frozen 2 layers" in capsys.readouterr().out
    frozen = {layer.name for layer in experiment.network.layers if layer.weights and not layer.trainable_weights}
    assert frozen == {"conv1", "conv2"}
    trained = {variable.path.split("/")[0] for variable in experiment.model.trainable_variables}
    assert "head" in trained and not trained & frozen


def test_attention_ctc_refuses_a_layer_that_is_not_there_with_the_near_names(small_attention_ctc):
    with pytest.raises(ValueError, match=r"Received: 'conf1', which no layer has. Near: \['conv1'"):
        recipes.attention_ctc(options("attention_ctc", "--freeze", "conf1", "--withhold", "0"))


def test_attention_ctc_refuses_weights_of_the_other_head(small_attention_ctc, tmp_path):
    network = AttentionCTC(4, stages=((8, 4, 8),), units=8, num_blocks=1, num_heads=2)
    TextRecognizer(network, Alphabet("가나다")).save_to_preset(tmp_path / "flat")
    with pytest.raises(ValueError, match="Weights keep the head they were trained with. Received: --head factorised"):
        recipes.attention_ctc(options("attention_ctc", "--weights", str(tmp_path / "flat"), "--withhold", "0"))


def test_more_syllables_than_are_rare_are_not_withheld():
    with pytest.raises(ValueError, match="here 11172. Received: 11173. Lower --withhold."):
        rendered.draw_withheld(np.random.default_rng(0), [], 11_173)


def test_easy_batches_are_never_fewer_than_asked_for(small_attention_ctc, monkeypatch):
    seen = []
    monkeypatch.setattr(line_batches, "lines_dataset", lambda source, *rest: seen.append(source.easy_groups))
    for wanted in ("1", "17"):
        recipes.attention_ctc(options("attention_ctc", "--easy-batches", wanted, "--withhold", "0")).batches(0)
    assert seen == [1, 2]


def test_a_last_stage_has_usual_texts(small_attention_ctc, monkeypatch):
    seen = []
    monkeypatch.setattr(line_batches, "lines_dataset", lambda source, *rest: seen.append(source.mixtures))
    for option in ([], ["--usual"]):
        recipes.attention_ctc(options("attention_ctc", *option, "--withhold", "0")).batches(0)
    usual = rendered.USUAL_SHORT_MIXTURE, rendered.USUAL_LINE_MIXTURE
    assert seen == [(rendered.SHORT_MIXTURE, rendered.LINE_MIXTURE), usual]


def test_pan_needs_no_corpus(monkeypatch, capsys):
    monkeypatch.setattr(pages, "fixed_dataset", lambda *rest: None)
    experiment = recipes.pan(options("pan", "--crop", "64", "--batch-size", "2"))
    assert "0 sentences, so texts come from the templates alone" in capsys.readouterr().out
    sources = []
    monkeypatch.setattr(pages, "crops_dataset", lambda source, *rest: sources.append(source))
    experiment.batches(0)
    images, targets = pages.encode_batch(sources[0], sources[0].draw_crops(0)[:2])
    assert images.shape == (2, 64, 64, 3) and targets.shape == (2, 16, 16, 3)


def test_pan_says_the_backbone_that_its_weights_bring(monkeypatch):
    monkeypatch.setattr(pages, "fixed_dataset", lambda *rest: None)
    args = options("pan", "--weights", "pan_light_ko")
    args.backbone = "resnet18"  # as an older config.json may say
    assert recipes.pan(args).model.backbone == args.backbone == "light"


def test_craft_begins_with_the_layers_that_pan_has_too(monkeypatch, capsys):
    monkeypatch.setattr(pages, "fixed_dataset", lambda *rest: None)
    sources = []
    monkeypatch.setattr(pages, "crops_dataset", lambda source, *rest: sources.append(source))
    experiment = recipes.craft(options("craft", "--weights", "pan_light_ko", "--crop", "64", "--line-share", "0"))
    said = capsys.readouterr().out
    assert "Loaded 30 layers by name: stem_conv" in said and "Skipped maps" in said and "Left as it was: heat" in said
    assert experiment.model.folded
    experiment.batches(0)
    images, targets = pages.encode_batch(sources[0], sources[0].draw_crops(0)[:2])
    assert targets.shape == (2, 32, 32, 3) and sources[0].targets.keywords == {"line_share": 0}


def test_anchor_free_begins_with_the_layers_of_pan(monkeypatch, capsys):
    monkeypatch.setattr(pages, "fixed_dataset", lambda *rest: None)
    sources = []
    monkeypatch.setattr(pages, "crops_dataset", lambda source, *rest: sources.append(source))
    experiment = recipes.anchor_free(options("anchor_free", "--weights", "pan_light_ko", "--crop", "64", "--turned", "1"))
    said = capsys.readouterr().out
    assert "Loaded" in said and "stage1_down_conv" in said and "Left as it was: word_conv" in said
    assert experiment.model.backbone == "light" and not experiment.model.folded
    experiment.batches(0)
    crops = sources[0].draw_crops(0)
    directions = np.concatenate([page.quads[:, 1] - page.quads[:, 0] for _, page in crops])
    assert len(directions) and not (directions[:, 0] > abs(directions[:, 1])).any()  # --turned 1: none reads to the right
    images, targets = pages.encode_batch(sources[0], crops[:2])
    assert images.shape == (2, 64, 64, 3)
    assert targets["words"].shape == (2, 16, 16, 13) and targets["characters"].shape == (2, 16, 16, 4, 8)


@pytest.fixture
def weak_folder(tmp_path):
    """A page of two words without characters, and one of lines."""
    image = np.full((64, 96, 3), 255, np.uint8)
    for unit in ("word", "line"):
        cv2.imwrite(str(tmp_path / f"{unit}.png"), image)
        quads = boxes_to_quads([(10, 20, 40, 20), (55, 20, 20, 20)])
        write_page_json(Page(str(tmp_path / f"{unit}.png"), image.shape[:2], quads, ["가나", "다"], unit=unit), tmp_path / f"{unit}.json")
    return tmp_path


def weak_experiment(monkeypatch, folder, name, *arguments):
    """The experiment, and the source of its batches once they are asked for."""
    sources = []
    monkeypatch.setattr(pages, "fixed_dataset", lambda *rest: None)
    monkeypatch.setattr(pages, "crops_dataset", lambda source, *rest: sources.append(source))
    arguments = ["--weak", str(folder), "--crop", "64", "--run-folder", str(folder), *arguments]
    experiment = recipes.RECIPES[name][1](options(name, *arguments))
    experiment.batches(0)
    return experiment, sources[0]


def test_pages_without_characters_are_labelled_and_mixed_in(monkeypatch, weak_folder, capsys):
    monkeypatch.setattr(labelling, "label_characters", lambda detector, *rest: label_characters(None, *rest))
    experiment, source = weak_experiment(monkeypatch, weak_folder, "craft", "--relabel-every", "40")
    said = capsys.readouterr().out
    assert "2 pages of --weak, 1:5 with rendered ones: 1/6 of all crops" in said and "labels 1: " in said
    assert experiment.compile["optimizer"].ema_momentum == 0.999 and experiment.reports["weak"].counts == {}
    labels = sorted(path.name for path in weak_folder.glob("labels_*.npz"))
    assert labels == ["labels_000000.npz", "labels_000001.npz"] and source.first.labels.pages_per_interval == 28  # 42 batches of 24 crops
    assert [source.takes_first(number) for number in range(6)] == [False] * 5 + [True]
    for _, page in source.draw_crops(5):
        assert set(page.texts) <= {"가나 다", "가나", "다"} and all((one.scores == 0.5).all() for one in page.characters)
    assert experiment.callbacks[0].labels_sliced > 0 == experiment.callbacks[0].labels_left_out


def test_a_network_of_texts_learns_their_boxes_alone(monkeypatch, weak_folder):
    experiment, source = weak_experiment(monkeypatch, weak_folder, "pan", "--weak-ratio", "5:1")
    assert source.share == Fraction(5, 6) and source.first.labels is None and experiment.callbacks == ()
    assert not list(weak_folder.glob("labels_*")) and source.draw_crops(1)[0][1].characters is None


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["--granularity", "word"], "pages are of words. Received: .*line.png, of lines. Leave --granularity out."),
        (["--relabel-every", "30"], "Received: --relabel-every 30 with --renderers 1. Take at least 40."),
    ],
)
def test_weak_pages_that_cannot_be_learnt_are_refused(weak_folder, arguments, rule):
    def mix(*arguments):
        mix_weak_pages(options("craft", "--weak", str(weak_folder), *arguments), SimpleNamespace(finds_characters=True), rendered)

    rendered = SimpleNamespace(crops_per_page=6)
    with pytest.raises(ValueError, match=rule):
        mix(*arguments)
    (weak_folder / "line.json").unlink()
    weak_folder.joinpath("word.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match="images can be read. Received: "):
        mix()


@pytest.mark.parametrize("wrong", ["1", "0:5", "1:0", "1:x", "1:2:3", "1.5:2", "1/5"])
def test_a_ratio_is_two_whole_numbers(wrong, capsys):
    with pytest.raises(SystemExit):
        options("craft", "--weak-ratio", wrong)
    assert f"Received: {wrong}. Give 1:5, for example." in capsys.readouterr().err


def test_craft_takes_published_weights_for_vgg16_alone(tmp_path):
    _, _, check = recipes.RECIPES["craft"]
    weights = tmp_path / "craft.pth"
    with pytest.raises(ValueError, match="are for VGG16. Received: --weights .*craft.pth with --backbone light"):
        check(options("craft", "--weights", str(weights)))
    with pytest.raises(FileNotFoundError, match="craft.pth"):
        check(options("craft", "--weights", str(weights), "--backbone", "vgg16"))
    weights.touch()
    check(options("craft", "--weights", str(weights), "--backbone", "vgg16"))


def test_lines_as_the_lineage_fed_them(tmp_path, capsys):
    """Black padding and a stand-in for unknown characters reach training and validation, and what was changed is in the reports."""
    Alphabet(" 01234567").save(tmp_path / "alphabet.txt")
    options = ["--data", "data/sample_numbers/2", "--width", "96", "--alphabet", str(tmp_path / "alphabet.txt"), "--cnn"]
    options += ["--preprocess", "lineage", "--unknown", " ", "--longest", "1"]
    experiment = recipes.crnn(parse(recipes.RECIPES, ["crnn", *options]))
    inputs, _ = next(iter(experiment.validation))
    assert float(inputs["image_input"][:, -1].numpy().max()) == 0 and set(inputs["input_length"].numpy().flat) == {22}
    assert experiment.reports["training"].counts["unknown_replaced"] > 0
    said = capsys.readouterr().out
    assert "of 500 lines left out by --longest and --characters" in said and "unknown_replaced" in said


def test_attention_ctc_learns_from_a_data_set_too(small_attention_ctc, capsys):
    data = ["--data", "data/sample_numbers/1", "--data-share", "1", "--withhold", "0", "--columns", "600", "--sampled-classes", "50"]
    experiment = recipes.attention_ctc(options("attention_ctc", *data))
    assert "450 lines of --data to learn from, 50 to measure" in capsys.readouterr().out
    inputs, labels = next(iter(experiment.batches(0)))
    classes = inputs["classes"].numpy()
    texts = [experiment.alphabet.decode(classes[label[label >= 0]]) for label in labels.numpy()]
    assert all(text and set(text) <= set("0123456789") for text in texts) and len(texts) > 2
    assert experiment.monitor == "cer_data" and {"data", "training", "validation"} == set(experiment.reports)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--data-share", "0.3"], "--data-share is about the lines of --data. Received: --data-share without --data"),
        (["--data", "data/sample_numbers/1", "--renderers", "2"], "Received: --renderers 2 with --data. Leave --renderers out"),
        (["--data", "nowhere"], "nowhere"),
    ],
)
def test_attention_ctc_refuses_options_that_do_nothing(given, message):
    args = options("attention_ctc", *given)
    with pytest.raises((ValueError, OSError), match=message):
        recipes.RECIPES["attention_ctc"][2](args)


def test_the_lineage_network_on_rendered_lines(monkeypatch, tmp_path):
    monkeypatch.setattr(rendered, "draw_validation_lines", partial(rendered.draw_validation_lines, count=2))
    Alphabet("".join(map(chr, range(0x20, 0x7F)))).save(tmp_path / "alphabet.txt")
    args = options("crnn_rendered", "--alphabet", str(tmp_path / "alphabet.txt"), "--cnn", "--columns", "300", "--renderers", "1")
    experiment = recipes.crnn_rendered(args)
    inputs, outputs = next(iter(experiment.validation))
    width = inputs["image_input"].shape[1]
    assert inputs["image_input"].shape[2:] == (32, 1) and width % 32 == 0
    assert inputs["input_length"].numpy().max() <= -(-width // 4) - 2
    np.testing.assert_array_equal(inputs["label_length"][:, 0], (inputs["label_input"].numpy() >= 0).sum(axis=1))
    experiment.model.compile(**experiment.compile)
    assert np.isfinite(experiment.model.test_on_batch(inputs, outputs))
    logs = {}
    experiment.callbacks[0].on_epoch_end(0, logs)
    assert set(logs) == {"cer"}


SMALL_SIZE = {"units": 8, "num_blocks": 1, "num_heads": 2}
SMALL_TEXT = {"text_units": 8, "text_blocks": 1, "text_heads": 2, "memory_units": 8, "decoder_heads": 2}
FIXED = {"vitstr": SMALL_SIZE, "parseq": {**SMALL_SIZE, "decoder_heads": 2}, "clip4str": {**SMALL_SIZE, **SMALL_TEXT}}


@pytest.fixture(params=FIXED)
def fixed(request, monkeypatch):
    """The name of a recipe whose network has a fixed number of positions, made small."""
    make_recipes_small(monkeypatch.setattr)
    network = import_module(f"ocr_crnn.recognition.{request.param}")
    monkeypatch.setitem(network.SIZES, "tiny", FIXED[request.param])
    return request.param


def make_fixed(name, *arguments):
    args = options(name, "--positions", "6", "--width", "128", "--columns", "600", *arguments)
    recipes.RECIPES[name][2](args)
    return recipes.RECIPES[name][1](args)


def test_texts_of_a_network_with_positions_fit_into_them(fixed):
    experiment = make_fixed(fixed, "--no-hanja", "--sampled-classes", "64")
    inputs, labels = next(iter(experiment.batches(0)))
    assert labels.shape[1] <= 7 and inputs["image"].shape[1] <= 128 and inputs["classes"].shape == (64,)
    loss = experiment.model.compute_loss(inputs, labels, experiment.model(inputs, training=True))
    assert np.isfinite(float(loss)) and float(loss) > 0 and float(experiment.model.infeasible.result()) == 0


def test_labels_longer_than_the_positions_are_counted_and_left_out(fixed, tmp_path, capsys):
    Alphabet("0123456789").save(tmp_path / "digits.txt")
    data = ["--data", "data/sample_numbers/1", "data/sample_numbers/2", "--data-share", "1", "--alphabet", str(tmp_path / "digits.txt")]
    experiment = make_fixed(fixed, "--positions", "1", "--sampled-classes", "0", *data)
    learnt = int(capsys.readouterr().out.split(" lines of --data")[0].split()[-1])
    assert learnt > 300 and experiment.reports["training"].counts["too_few_frames"] == 900 - learnt
    _, labels = next(iter(experiment.batches(0)))
    assert set((labels.numpy() >= 0).sum(axis=1)) == {2}  # a digit and the end


def test_clip4str_has_room_for_the_byte_pairs_of_its_characters():
    text = byte_pair_text("a뷁0 ", positions=6)
    assert text["pieces"][0] == [320] and len(text["pieces"][1]) == 3
    assert (text["vocabulary"], text["context"], text["text_length"]) == (49_408, 77, 6 * 3 + 2)
    network = CLIP4STR(5, positions=6, **FIXED["clip4str"], **text)
    assert network.text_encoder.get_layer("text_tokens").embedding.shape == (49_408, 8)
    assert byte_pair_text("뷁", positions=40)["context"] == 40 * 3 + 2


def test_a_network_with_positions_begins_with_weights_of_its_own_kind(tmp_path):
    alphabet = Alphabet("012가")
    first, again, other = (ViTSTR(5, positions=6, width=size, **SMALL_SIZE) for size in (128, 128, 96))
    TextRecognizer(first, alphabet).save_to_preset(tmp_path / "mine")
    begin_with(str(tmp_path / "mine"), again, alphabet)
    for one, two in zip(first.weights, again.weights, strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(two), atol=1e-3)
    with pytest.raises(ValueError, match="of its alphabet. Received: .*mine, which differs in their alphabets"):
        begin_with(str(tmp_path / "mine"), again, Alphabet("013가"))
    with pytest.raises(ValueError, match="mine, which differs in .*positions/table"):
        begin_with(str(tmp_path / "mine"), other, alphabet)
