"""Recipes: one function an experiment. It gets the parsed options and returns the network, the data and the compile arguments.

A recipe is two functions, its options and the experiment, and one line in RECIPES at the end. `train.py` does the rest:
it compiles, makes the run folder, fits, saves, resumes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ocr_crnn.alphabet import Alphabet


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
    after: called without arguments at the end of the training, with the best weights in the model.
    """

    model: Any
    batches: Callable
    steps_per_epoch: int
    alphabet: Alphabet
    compile: dict
    validation: Any = None
    network: Any = None
    callbacks: tuple = ()
    monitor: str = "val_loss"
    after: Callable | None = None


def make_optimizer_from(args, steps_per_epoch):
    """The optimiser that the options of every run ask for.

    Keras clips the gradients of each replica before it adds them up, so each gets its share of the bound.
    """
    import tensorflow as tf

    from ocr_crnn.training.optimizers import make_optimizer, make_schedule

    rate = make_schedule(args.schedule, args.learning_rate, args.epochs * steps_per_epoch, args.warmup_steps)
    clipnorm = args.clipnorm / tf.distribute.get_strategy().num_replicas_in_sync
    return make_optimizer(args.optimizer, rate, clipnorm, args.weight_decay, args.ema)


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
    parser.add_argument("--columns", type=int, default=11_500, help="pixel columns of a batch, instead of --batch-size")
    parser.add_argument("--sampled-classes", type=int, default=2048, help="classes of the softmax in each batch; 0 = all")
    parser.add_argument("--withhold", type=int, default=100, help="rare syllables kept out of the training text, to measure")
    parser.add_argument("--easy-batches", type=int, default=0, help="short clean lines at first, on which CTC takes off")
    parser.add_argument("--renderers", type=int, default=1, help="processes that render lines")
    parser.add_argument("--head", choices=("factorised", "flat"), default="factorised")


def attention_ctc(args):
    """Train the default recogniser on lines rendered from text, with every Korean font found but the held-out ones.

    Logs the character error rate on lines of its own seed: `cer` in fonts of the training, `cer_new_fonts` in held-out
    fonts, `cer_new_syllables` on clean lines of withheld syllables.
    """
    import numpy as np

    from ocr_crnn.recognition.attention_ctc import AttentionCTC, syllable_places
    from ocr_crnn.recognition.recognizer import TextRecognizer
    from ocr_crnn.synthesis import corpus, fonts
    from ocr_crnn.training import rendered
    from ocr_crnn.training.ctc import CTCTraining, ReadingError

    alphabet = Alphabet.korean()
    files = fonts.find_fonts(args.fonts)
    faces = fonts.load_faces(files, exclude=HELD_OUT_FONTS)
    new_faces = [face for face in fonts.load_faces(files) if face not in faces]
    sentences = corpus.read_corpus(args.corpus)
    withheld = rendered.draw_withheld(np.random.default_rng(args.seed), sentences, args.withhold)
    print(f"{len(faces)} faces, {len(new_faces)} held out; {len(sentences)} sentences; withheld syllables: {withheld}")
    source = rendered.LineSource(
        seed=args.seed,
        faces=tuple(faces),
        alphabet=alphabet,
        latin_faces=tuple(fonts.load_faces(files, exclude=HELD_OUT_FONTS, holds="Ag09")),
        sentences=tuple(sentences),
        words=tuple(corpus.read_words(args.words)) if args.words else (),
        withheld=withheld,
        easy_groups=args.easy_batches // rendered.GROUP_BATCHES,
    )
    network = AttentionCTC(len(alphabet), syllable_places(alphabet) if args.head == "factorised" else None, name="attention_ctc")
    if args.weights:
        network.load_weights(args.weights)
    lines = rendered.draw_validation_lines(source, new_faces)
    steps_per_epoch = args.steps_per_epoch or 400
    return Experiment(
        model=CTCTraining(network),
        network=network,
        batches=lambda first: rendered.rendered_dataset(source, args.columns, first, args.sampled_classes, args.renderers),
        steps_per_epoch=steps_per_epoch,
        alphabet=alphabet,
        compile={"optimizer": make_optimizer_from(args, steps_per_epoch)},
        validation=rendered.fixed_dataset(alphabet, lines["cer"] + lines["cer_new_fonts"]),
        callbacks=(ReadingError(TextRecognizer(network, alphabet), lines),),
    )


# name on the command line → (add_options(parser), experiment(args)); the docstring of the second is the help
RECIPES = {
    "attention_ctc": (add_attention_ctc_options, attention_ctc),
}
