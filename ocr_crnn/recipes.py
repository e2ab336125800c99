"""Recipes: one function an experiment. It gets the parsed options and returns the network, the data and the compile arguments.

A recipe is its options, the experiment, a check of what was asked for, and one line in RECIPES at the end. `train.py` does the rest:
it compiles, makes the run folder, fits, saves, resumes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.training.checks import check_attention_ctc, check_crnn, check_pan
from ocr_crnn.training.options import real, whole


@dataclass(frozen=True)
class Experiment:
    """What a recipe makes.

    model: the Keras model to train, not compiled. network: the model to save and read with; the same by default. Both
        share their variables.
    batches: function `(first_step) -> tf.data.Dataset` of endless `(inputs, outputs)` batches. The batch of a step,
        counted from the beginning of the run, is the same whenever it is asked for: that is how a resumed run goes on
        with the data it would have had.
    steps_per_epoch: batches an epoch. validation: a finite tf.data.Dataset, or None. compile: arguments of `model.compile`.
    callbacks: Keras callbacks besides those of every run (EarlyStopping, logs, weights, TensorBoard), and before them, so
        what they add to an epoch's logs is logged. monitor: the log whose smallest value makes an epoch the best.
    reports: ValidationReports of the data by name; each that holds a finding is written to the run folder as report_<name>.csv.
    before, after: called without arguments before the training, and in its end with the best weights in the model.
    """

    model: Any
    batches: Callable
    steps_per_epoch: int
    compile: dict
    alphabet: Alphabet | None = None
    validation: Any = None
    network: Any = None
    callbacks: tuple = ()
    monitor: str = "val_loss"
    reports: dict = field(default_factory=dict)
    before: Callable | None = None
    after: Callable | None = None


def make_optimizer_from(args, steps_per_epoch):
    """The optimiser that the options of every run ask for.

    Keras adds up the replicas' gradients after it has clipped them, so each gets its share of the bound. What is clipped there is
    the mean of all replicas (`training.distribution.as_one_process`).
    """
    import tensorflow as tf

    from ocr_crnn.training.optimizers import make_optimizer, make_schedule

    rate = make_schedule(args.schedule, args.learning_rate, args.epochs * steps_per_epoch, args.warmup_steps)
    clipnorm = args.clipnorm / tf.distribute.get_strategy().num_replicas_in_sync
    return make_optimizer(args.optimizer, rate, clipnorm, args.weight_decay, args.ema)


# --- crnn: the network of the lineage, on the lines of 한국어 글자체 이미지 or of a folder in its shape ---------------------------


def add_crnn_options(parser):
    parser.add_argument("--data", nargs="+", default=["data/printed"], metavar="PATH", help="folders or zips of AI Hub, or like it")
    parser.add_argument("--part", choices=("printed", "handwriting", "augmentation", "wild"), help="by default all that are there")
    parser.add_argument("--kind", choices=("sentence", "word", "syllable"), help="by default all that are there")
    parser.add_argument("--longest", type=whole(1), metavar="CHARACTERS", help="leave longer lines out")
    parser.add_argument("--characters", metavar="STRING", help="leave lines out that hold any other character")
    share = real(0, 1, above=True, below=True)
    parser.add_argument("--validation", type=share, default=0.1, help="share of the images to measure on, between 0 and 1")
    parser.add_argument("--alphabet", metavar="FILE", help="by default every character of the data")
    parser.add_argument("--width", type=whole(32), metavar="PIXELS", help="of every line; by default buckets, so that no line is squeezed")
    parser.add_argument("--concatenate", action="store_true", help="join words to lines")
    parser.add_argument("--augment", action="store_true", help="print, scan and fax the lines anew each time")
    layers = parser.add_mutually_exclusive_group()
    layers.add_argument("--gru", action="store_true", help="GRU in place of LSTM")
    layers.add_argument("--cnn", action="store_true", help="convolutions over time in place of LSTM")
    parser.add_argument("--cache", default="memory", metavar="DIR", help="keep resized lines in a folder instead of memory")
    parser.add_argument("--unknown", metavar="CHARACTER", help="read for characters that --alphabet lacks; else their lines are left out")
    parser.add_argument("--preprocess", choices=("lineage",), help="lines as the lineage prepared them, for its weights")


def crnn(args):
    """Train the CRNN of the lineage on lines of the AI Hub set 한국어 글자체 이미지.

    Logs `cer`, the character error rate on the lines kept for validation. Weights of another alphabet may be given: all
    layers but the last are then taken over.
    """
    from ocr_crnn.data.aihub import read_aihub_font_images

    read = [read_aihub_font_images(path, args.part, args.kind) for path in args.data]
    gt_util = read[0]
    for other in read[1:]:
        gt_util = gt_util.merge(other)
    all_lines = gt_util.num_objects
    gt_util = _choose_lines(gt_util, args.longest, args.characters)
    if gt_util.num_objects < all_lines:
        left_out = all_lines - gt_util.num_objects
        print(f"{left_out:,} of {all_lines:,} lines left out by --longest and --characters, or for lack of a text")
    print(gt_util)
    if args.alphabet:
        alphabet = Alphabet.load(args.alphabet)
    else:
        alphabet = Alphabet.from_texts((text for texts in gt_util.text for text in texts if text is not None), keep=None)
    return make_crnn_experiment(args, *gt_util.split(1 - args.validation, seed=args.seed), alphabet)


def _choose_lines(gt_util, longest=None, characters=None):
    """The lines of at most `longest` characters, all of them among `characters`; None is no limit."""

    def wanted(text):
        return text is not None and len(text) <= (longest or len(text)) and (characters is None or set(text) <= set(characters))

    pages = (page.take([row for row, text in enumerate(page.texts) if wanted(text)]) for page in gt_util)
    return type(gt_util)([page for page in pages if len(page)], gt_util.report)


def make_crnn_experiment(args, gt_train, gt_validation, alphabet):
    """The experiment of the recipes that train a CRNN on a ground truth."""
    from ocr_crnn.data.augmentation import augment_line
    from ocr_crnn.data.input_generator import InputGenerator
    from ocr_crnn.data.line_table import lineage_frames
    from ocr_crnn.recognition.crnn import CRNN, prediction_is_loss
    from ocr_crnn.training.callbacks import LineageReadingError
    from ocr_crnn.training.freezing import freeze
    from ocr_crnn.training.transfer import load_legacy_weights

    frames = lineage_frames(args.width) if args.width else None  # the length of a label row, where the width is given
    shared = {"alphabet": alphabet, "input_size": (args.width, 32), "max_string_len": frames, "seed": args.seed}
    shared |= {"unknown": args.unknown, "preprocess": args.preprocess}
    train = InputGenerator(
        gt_train, args.batch_size, cache=args.cache, concatenate=args.concatenate, augment=augment_line if args.augment else None, **shared
    )
    validation = InputGenerator(gt_validation, args.batch_size, concatenate=args.concatenate, **shared)
    print(f"training: {train}\nvalidation: {validation}")
    model, network = CRNN((args.width, 32, 1), len(alphabet), gru=args.gru, cnn=args.cnn)
    if args.weights and args.weights.endswith(".weights.h5"):
        network.load_weights(args.weights, skip_mismatch=True)
    elif args.weights:
        load_legacy_weights(model, args.weights, skip_mismatch=True)
    else:
        start_standardized(network)
    if args.freeze:
        freeze(model, args.freeze)
    steps_per_epoch = args.steps_per_epoch or train.steps_per_epoch
    reading = LineageReadingError(network, validation.dataset(train=False), alphabet)
    return Experiment(
        model=model,
        network=network,
        batches=lambda first_step: train.dataset(endless=True, first_step=first_step),
        steps_per_epoch=steps_per_epoch,
        alphabet=alphabet,
        compile={"optimizer": make_optimizer_from(args, steps_per_epoch), "loss": {"ctc": prediction_is_loss}},
        validation=validation.dataset(train=False),
        callbacks=(reading,),
        reports={"data": gt_train.report, "training": train.report, "validation": validation.report},
        before=lambda: print(f"CER before: {reading.measure():.3f}"),
        after=lambda: print(f"CER after: {reading.measure():.3f}"),
    )


def start_standardized(network):
    """Fresh first weights of a CRNN as if its input were (x − 128) / 128: the lineage feeds 0–255 into Glorot kernels, and a loss
    that begins in the hundreds takes thousands of batches to come down."""
    first = network.get_layer("conv1_1")
    kernel, bias = first.get_weights()
    first.set_weights([kernel / 128, bias - kernel.sum(axis=(0, 1, 2))])


def add_crnn_sample_options(parser):
    add_crnn_options(parser)
    folders = [f"data/sample_numbers/{digits}" for digits in (1, 2, 3)]
    parser.set_defaults(data=folders, epochs=16, batch_size=16, learning_rate=1e-3, optimizer="adam", patience=0)


def crnn_sample(args):
    """Train the CRNN on the sample numbers of data/ for a few minutes: what `make train` does.

    It shows that everything works: the CER on lines that it has not seen drops. It does not make a useful reader.
    """
    return crnn(args)


# --- attention_ctc: the default recogniser, on rendered lines ------------------------------------------------------------------

# Korean families that no training line is set in: reading them shows what the network makes of a font it has never seen.
HELD_OUT_FONTS = (
    "Baekmuk Gulim",
    "Lexi Gulim",
    "Lexi Saebom",
    "NanumSquareRound",
    "UnShinmun",
    "UnGraphic",
    "UnGungseo",
    "UnTaza",
)


def add_attention_ctc_options(parser):
    parser.add_argument("--corpus", nargs="*", default=[], metavar="PATH", help="UTF-8 text, a sentence a line, beside the templates")
    parser.add_argument("--words", metavar="FILE", help="a word list, or a hunspell .dic file")
    parser.add_argument("--fonts", nargs="*", metavar="PATH", help="font files and folders; those of the system by default")
    parser.add_argument("--columns", type=whole(1), default=11_500, help="pixel columns of a batch, instead of --batch-size")
    parser.add_argument("--sampled-classes", type=whole(), default=2048, help="classes of the softmax in each batch; 0 = all")
    parser.add_argument("--withhold", type=whole(), default=100, help="rare syllables kept out of the training text, to measure")
    parser.add_argument("--easy-batches", type=whole(), default=0, help="short clean lines at first, on which CTC takes off; by 16s")
    parser.add_argument("--renderers", type=whole(1), default=1, help="processes that render lines")
    parser.add_argument("--head", choices=("factorised", "flat"), default="factorised")


def attention_ctc(args):
    """Train the default recogniser on lines rendered from text, with every Korean font found but the held-out ones.

    --weights takes a run folder too, of the same network for any alphabet, and begins with the weights of its last step, or a
    preset, by its name or folder.
    Logs the character error rate on lines of its own seed: `cer` in fonts of the training, `cer_new_fonts` in held-out
    fonts, `cer_new_syllables` on clean lines of withheld syllables.
    """
    import numpy as np

    from ocr_crnn.recognition.attention_ctc import AttentionCTC, syllable_places, transfer_weights
    from ocr_crnn.recognition.recognizer import TextRecognizer
    from ocr_crnn.synthesis import corpus, fonts
    from ocr_crnn.training import rendered
    from ocr_crnn.training.ctc import CTCTraining, ReadingError
    from ocr_crnn.training.freezing import freeze

    alphabet = Alphabet.korean()
    files = fonts.find_fonts(args.fonts)
    faces = fonts.load_faces(files, exclude=HELD_OUT_FONTS)
    new_faces = [face for face in fonts.load_faces(files) if face not in faces]
    sentences = corpus.read_corpus(args.corpus)
    # The same for every seed, so that no stage of a training sees what another withholds.
    withheld = rendered.draw_withheld(np.random.default_rng(0), sentences, args.withhold)
    print(f"{len(faces)} faces, {len(new_faces)} held out; {len(sentences)} sentences; withheld syllables: {withheld}")
    source = rendered.LineSource(
        seed=args.seed,
        faces=tuple(faces),
        alphabet=alphabet,
        latin_faces=tuple(fonts.load_faces(files, exclude=HELD_OUT_FONTS, holds="Ag09")),
        sentences=tuple(sentences),
        english=tuple(corpus.read_english()),
        words=tuple(corpus.read_words(args.words)) if args.words else (),
        withheld=withheld,
        easy_groups=-(-args.easy_batches // rendered.GROUP_BATCHES),
    )
    network = AttentionCTC(len(alphabet), syllable_places(alphabet) if args.head == "factorised" else None, name="attention_ctc")
    if args.weights and not args.weights.endswith(".h5"):
        before, known = _load_recognizer(args.weights)
        if (before.get_config()["syllables"] is None) != (args.head == "flat"):
            raise ValueError(
                f"Weights keep the head they were trained with. Received: --head {args.head} with {args.weights}, which has the other. "
                "Take the other --head."
            )
        print(f"weights of {args.weights}; characters that begin anew: {transfer_weights(before, known, network, alphabet)!r}")
    elif args.weights:
        network.load_weights(args.weights)
    if args.freeze:
        freeze(network, args.freeze)
    lines = rendered.draw_validation_lines(source, new_faces)
    steps_per_epoch = args.steps_per_epoch or 400
    return Experiment(
        model=CTCTraining(network),
        network=network,
        batches=lambda first: rendered.rendered_dataset(source, args.columns, first, args.sampled_classes, args.renderers),
        steps_per_epoch=steps_per_epoch,
        alphabet=alphabet,
        compile={"optimizer": make_optimizer_from(args, steps_per_epoch)},
        validation=rendered.fixed_dataset(alphabet, lines["cer"] + lines.get("cer_new_fonts", [])),
        monitor="cer",
        callbacks=(ReadingError(TextRecognizer(network, alphabet), lines),),
    )


def _load_recognizer(run_or_preset):
    """Network and alphabet of a run folder's last step, or of a preset."""
    from ocr_crnn.recognition.recognizer import TextRecognizer
    from ocr_crnn.training.run import load_network

    if (Path(run_or_preset) / "network.json").exists():
        return load_network(run_or_preset, "last")
    recognizer = TextRecognizer.from_preset(run_or_preset)
    return recognizer.network, recognizer.alphabet


# --- pan: the text detector, on rendered pages -----------------------------------------------------------------------------------


def add_pan_options(parser):
    parser.add_argument("--corpus", nargs="*", default=[], metavar="PATH", help="UTF-8 text, a sentence a line, beside the templates")
    parser.add_argument("--fonts", nargs="*", metavar="PATH", help="font files and folders; those of the system by default")
    parser.add_argument("--backbone", choices=("light", "resnet18", "resnet50", "resnet101"), default="light")
    parser.add_argument("--granularity", choices=("segment", "word"), default="segment", help="what a text is")
    parser.add_argument("--crop", type=whole(32, multiple=32), default=640, metavar="PX", help="side of the square crops, by 32s")
    parser.add_argument("--shrink-rate", type=real(0, 1, above=True), default=0.7, help="of the kernels")
    parser.add_argument("--renderers", type=whole(1), default=1, help="processes that render pages")
    parser.set_defaults(batch_size=4, optimizer="adamw", learning_rate=1e-3)


def pan(args):
    """Train the PAN++ text detector on crops of rendered pages, with every Korean font found but the held-out ones.

    --weights takes a preset too, by its name or folder. Its batch normalisation is melted into the convolutions and stays
    away: the training goes on without, for which a low learning rate is right.
    """
    from functools import partial

    import numpy as np

    from ocr_crnn import granularity
    from ocr_crnn.detection.detector import TextDetector
    from ocr_crnn.detection.pan import PAN, pan_loss, pan_targets
    from ocr_crnn.synthesis import corpus, fonts
    from ocr_crnn.synthesis.pages import draw_sentences
    from ocr_crnn.training import pages
    from ocr_crnn.training.freezing import freeze

    faces = fonts.load_faces(fonts.find_fonts(args.fonts), exclude=HELD_OUT_FONTS)
    sentences = corpus.read_corpus(args.corpus)
    print(f"{len(faces)} faces; {len(sentences)} sentences" + ("" if sentences else ", so texts come from the templates alone"))
    sentences = sentences or draw_sentences(np.random.default_rng(args.seed))
    source = pages.PageSource(
        seed=args.seed,
        faces=tuple(faces),
        sentences=tuple(sentences),
        targets=partial(pan_targets, shrink_rate=args.shrink_rate),
        granularity=granularity.segments if args.granularity == "segment" else _words,
        side_px=args.crop,
    )
    if args.weights and not args.weights.endswith(".h5"):
        model = TextDetector.from_preset(args.weights).network
        args.backbone = model.backbone  # for config.json: the preset decides
    else:
        model = PAN(args.backbone, name="pan")
        if args.weights:
            model.load_weights(args.weights)
    if args.freeze:
        freeze(model, args.freeze)
    steps_per_epoch = args.steps_per_epoch or 200
    return Experiment(
        model=model,
        batches=lambda first: pages.crops_dataset(source, args.batch_size, first, args.renderers),
        steps_per_epoch=steps_per_epoch,
        compile={"optimizer": make_optimizer_from(args, steps_per_epoch), "loss": pan_loss},
        validation=pages.fixed_dataset(source, 8, args.batch_size),
    )


def _words(page):
    """Rendered pages have a row a word already."""
    return page


# name on the command line → (add_options(parser), experiment(args), check(args)); the docstring of the second is the help
RECIPES = {
    "crnn": (add_crnn_options, crnn, check_crnn),
    "crnn_sample": (add_crnn_sample_options, crnn_sample, check_crnn),
    "attention_ctc": (add_attention_ctc_options, attention_ctc, check_attention_ctc),
    "pan": (add_pan_options, pan, check_pan),
}
