"""finetune_lines: a shipped recogniser goes on with lines of one's own and rendered ones."""

from dataclasses import replace
from functools import cached_property

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.recipes.experiment import Experiment, make_optimizer_from
from ocr_crnn.recipes.lines import add_rendering_options, make_rendered_lines, read_truth
from ocr_crnn.recipes.rehearsal import add_finetune_options

MEASURED = 500  # own lines whose error is measured, at most
RENDERED = 300  # rendered lines likewise
REPORTED = 2**30  # added to the seed of the rendered lines that the last figures are of
LIKE = 2  # times at least that a new character is read as another before it begins as that one


def add_finetune_lines_options(parser):
    add_rendering_options(parser)
    add_finetune_options(parser, held=0.1)
    parser.add_argument("--sampled-classes", type=int, default=2048, help="classes of the softmax in each batch; 0 = all")
    parser.add_argument("--no-variation", action="store_true", help="own lines as they are each time")
    parser.set_defaults(weights="attention_ctc_ko", epochs=13, steps_per_epoch=100, columns=12_000, withhold=0, rehearsal=0.5)
    parser.set_defaults(learning_rate=8e-4, warmup_steps=30, ema=0.99, patience=8)


def finetune_lines(args):
    """Go on with a recogniser's weights on lines of one's own and as many rendered ones; `ocr-crnn finetune lines` makes a preset of it.

    --weights is a preset, by its name or folder. Its alphabet is extended by the characters of --data.
    Logs the character error rate `cer_own` on the lines held out, which decides which epoch is the best, and `cer_rendered`.
    """
    from ocr_crnn.data.line_variation import vary_line
    from ocr_crnn.recognition.recognizer import TextRecognizer
    from ocr_crnn.training import line_batches
    from ocr_crnn.training.freezing import freeze
    from ocr_crnn.training.recognition import ReadingError, RecognitionTraining
    from ocr_crnn.training.time_limit import TimeLimit
    from ocr_crnn.training.truth_lines import MixedLines, VariedLines

    own = OwnLines(args)
    network = own.begin_network()
    if args.freeze:
        freeze(network, args.freeze)
    measured = {"cer_own": own.measured()}
    source = own.truth if args.no_variation else VariedLines(own.truth, vary_line, own.frames_for_width)
    if args.rehearsal:
        rehearsal, _ = make_rendered_lines(args, own.codec, own.frames_for_width)
        measured["cer_rendered"] = rendered_lines(rehearsal)
        sentences = (*rehearsal.sentences, *own.truth.texts)  # what one's own lines say is to be read in other fonts too
        source = MixedLines(source, replace(rehearsal, sentences=sentences), 1 - args.rehearsal)
    print(f"{len(own.truth):,} own lines to learn from, {len(measured['cer_own'])} to measure on", flush=True)
    return Experiment(
        model=RecognitionTraining(network, own.codec),
        network=network,
        batches=lambda first: line_batches.lines_dataset(source, args.columns, first, args.sampled_classes, 0),
        steps_per_epoch=args.steps_per_epoch,
        alphabet=own.alphabet,
        compile={"optimizer": make_optimizer_from(args, args.steps_per_epoch)},
        monitor="cer_own",
        callbacks=(TimeLimit(args.minutes), ReadingError(TextRecognizer(network, own.codec), measured)),
        reports={"data": own.report, "training": own.truth.report},
    )


class OwnLines:
    """The lines of --data, words of pages joined to segments, split, with the alphabet that they and the preset of --weights need together.

    before: the TextRecognizer of the preset. new: the characters that it does not know, a string, the most frequent first. codec, alphabet:
    with these. truth: TruthLines to learn from. held: the GTUtility to measure on.
    Raises ValueError and OSError for data that nothing can be learnt from, PresetError as TextRecognizer.from_preset.
    """

    def __init__(self, args):
        from functools import partial

        from ocr_crnn.data.gt_utility import GTUtility
        from ocr_crnn.ops.frames import count_frames
        from ocr_crnn.recognition.codecs import make_codec
        from ocr_crnn.recognition.recognizer import TextRecognizer
        from ocr_crnn.training.held_out import hold_lines
        from ocr_crnn.training.truth_lines import TruthLines

        read = read_truth(args.data)
        learnt, self.held = hold_lines(GTUtility(map(_lines_of, read), read.report), args.held, args.seed)
        self.report = learnt.report
        self.before = TextRecognizer.from_preset(args.weights)
        texts = (text for part in (learnt, self.held) for texts in part.text for text in texts if text)
        self.new = "".join(character for character, _ in self.before.alphabet.uncovered(texts).most_common())
        self.alphabet = Alphabet(self.before.alphabet.characters + self.new)
        self.codec = make_codec(self.before.codec.name, self.alphabet)
        self.frames_for_width = partial(count_frames, stride=self.before.network.stride)
        self.height = self.before.network.height
        self.truth = TruthLines(learnt, self.codec, self.frames_for_width, args.seed, self.height)
        _require_readable(self.truth, "learn from")

    def measured(self):
        """The readable lines held out, `[(image, text)]`. Raises ValueError where there are none."""
        from ocr_crnn.training.truth_lines import TruthLines

        return _require_readable(TruthLines(self.held, self.codec, self.frames_for_width, height=self.height), "measure on")

    def begin_network(self, say=print):
        """A network with the weights of the preset, for the alphabet. A symbol that the preset does not know begins as the one that it
        reads in its place, if there is one. Raises ValueError where the network cannot be given another alphabet."""
        from ocr_crnn.recognition.attention_ctc import AttentionCTC, syllable_places, transfer_weights

        network = self.before.network
        if not self.new:
            return network
        if not isinstance(network, AttentionCTC):
            raise ValueError(
                f"The alphabet of an AttentionCTC is extended. Received: a {type(network).__name__}, and lines with {self.new!r}. "
                "Leave the lines with them out, or train the network anew."
            )
        config = network.get_config()
        syllables = None if config["syllables"] is None else syllable_places(self.alphabet)
        extended = AttentionCTC(**{**config, "num_classes": len(self.alphabet), "syllables": syllables})
        transfer_weights(network, self.before.alphabet, extended, self.alphabet, self.like)
        told = ", ".join(f"{character!r} as {like!r}" for character, like in self.like.items())
        say(f"{len(self.new)} new characters: {self.new}" + (f"; they begin as what is read there: {told}" if told else ""))
        return extended

    @cached_property
    def like(self):
        """`{new character: what the preset mostly reads in its place}`, of symbols that it reads so LIKE times at least."""
        from ocr_crnn.evaluation.text import count_confusions

        lines = [line for line in self.truth.lines(MEASURED) if not set(line[1]).isdisjoint(self.new)]
        read = self.before.for_crops()([image for image, _ in lines])
        confused = count_confusions([(text, line.text) for (_, text), line in zip(lines, read, strict=True)])
        like = {}
        for (written, found), times in confused.most_common():
            if written in self.new and found and times >= LIKE and not ("가" <= written <= "힣" or "가" <= found <= "힣"):
                like.setdefault(written, found)
        return like


def _require_readable(truth, what):
    """The first MEASURED lines whose images can be read."""
    lines = truth.lines(MEASURED)
    if not lines:
        raise ValueError(f"Images of lines to {what} can be read. Received: none of {len(truth)}.\n{truth.report}\nCopy them again.")
    return lines


def _lines_of(page):
    """A Page of what a reader reads at once: the words of a page joined to segments, unreadable where a word is or nobody has typed it."""
    from ocr_crnn.granularity import as_segments

    if page.unit != "word" or len(page) < 2:
        return page
    return as_segments(replace(page, texts=[text or None for text in page.texts]))


def rendered_lines(source, reported=False):
    """Rendered lines to measure on, `[(image, text)]`: those that choose, or others for the figures that are reported."""
    from ocr_crnn.training.rendered import draw_validation_lines

    return draw_validation_lines(replace(source, seed=source.seed + reported * REPORTED), (), RENDERED)["cer"]
