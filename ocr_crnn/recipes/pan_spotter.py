"""pan_spotter: the end-to-end spotter, on rendered pages."""

from ocr_crnn.recipes.pages import add_page_options, begin_with, rendered_pages
from ocr_crnn.training.options import real, whole

CALIBRATION_PAGES = 4  # of which a crop each tells what the layers of a preset give


def add_pan_spotter_options(parser):
    add_page_options(parser, ("light",))
    parser.add_argument("--reader", metavar="PRESET", help="a recogniser whose layers the reading branch begins with")
    parser.add_argument("--regions", type=whole(1, 32), default=8, help="texts of each crop that are read, drawn at random")
    parser.add_argument("--decoder", choices=("ctc", "attention"), default="ctc", help="what reads a text: all at once, or by and by")
    parser.add_argument("--columns", type=whole(32, 256, multiple=32), default=160, help="of a region, 16 to a text's height")
    parser.add_argument("--reading-weight", type=real(0), default=1.0, help="of the loss of reading beside that of the maps")
    parser.add_argument("--ramp", type=whole(), default=200, metavar="STEPS", help="over which the loss of reading comes in")


def pan_spotter(args):
    """Train PAN++ to find and to read in one network, on crops of rendered pages, with every Korean font found but the held-out ones.

    --weights takes a preset too, by its name or folder: one of this recipe, or a detector's. pan_light_ko gives all layers but those of
    the reading branch, attention_ctc_ko as --reader most of these. A text is a segment, as PAN has learnt them; of a long one a run of
    words is read.
    --decoder attention: the paper's, which has a step for every four of the columns.
    Logs besides the loss its parts `detection` and `reading`, `misread`, the share of the regions with an error, and how many texts of a
    crop are left out: `unreadable`, `unknown` (a character that the alphabet lacks), `outside` of the crop, `no_room` in the region.
    """
    from functools import partial

    import numpy as np

    from ocr_crnn.alphabet import Alphabet
    from ocr_crnn.detection.spotting import STEP, STEPS, PANSpotter
    from ocr_crnn.detection.spotting_targets import spotting_targets
    from ocr_crnn.recipes.experiment import Experiment, make_optimizer_from
    from ocr_crnn.recognition.attention_ctc import transfer_weights
    from ocr_crnn.recognition.codecs import make_codec
    from ocr_crnn.recognition.recognizer import TextRecognizer
    from ocr_crnn.training import pages
    from ocr_crnn.training.spotting import SpottingTraining
    from ocr_crnn.training.taking_over import take_over

    codec = make_codec(args.decoder, Alphabet.korean())
    goes_on = _spotter_of(args, codec)
    steps = None if args.decoder == "ctc" else goes_on.steps if goes_on else args.columns // STEP
    source = rendered_pages(args, partial(spotting_targets, codec=codec, regions=args.regions, columns=args.columns, steps=steps))

    def make(backbone):
        return PANSpotter(codec.classes, codec.syllables, codec=codec.name, steps=steps or STEPS, name="pan_spotter")

    def begin_as(preset):
        images = [source.draw_crops(pages.VALIDATION + page)[0][0] for page in range(CALIBRATION_PAGES)]
        return take_over(make("light"), preset, np.stack(images).astype(np.float32))

    network = goes_on or begin_with(args, make, begin_as)
    if args.reader:
        recognizer = TextRecognizer.from_preset(args.reader)
        anew = transfer_weights(recognizer.network, recognizer.alphabet, network.reader, codec.alphabet)
        anew = f"characters that begin anew: {anew!r}" if args.decoder == "ctc" else "its decoder begins anew"
        print(f"reading begins with {args.reader}; {anew}")
    steps_per_epoch = args.steps_per_epoch or 200
    return Experiment(
        model=SpottingTraining(network, codec, args.reading_weight, args.ramp),
        network=network,
        batches=lambda first: pages.crops_dataset(source, args.batch_size, first, args.renderers),
        steps_per_epoch=steps_per_epoch,
        alphabet=codec.alphabet,
        compile={"optimizer": make_optimizer_from(args, steps_per_epoch)},
        validation=pages.fixed_dataset(source, 8, args.batch_size),
    )


def _spotter_of(args, codec):
    """The network of a preset of this recipe that --weights names, for the same characters; None where it names none.

    Of a preset with the other decoder all but that: a new one stands in its place.
    """
    from ocr_crnn.detection.spotting import STEP, PANSpotter
    from ocr_crnn.presets import find_preset, read_config
    from ocr_crnn.recognition.attention_ctc import transfer_weights
    from ocr_crnn.spotting.text_spotter import TASK, TextSpotter

    if not args.weights or args.weights.endswith(".h5") or read_config(find_preset(args.weights)).get("task") != TASK:
        return None
    spotter = TextSpotter.from_preset(args.weights)
    if spotter.codec.alphabet != codec.alphabet:
        raise ValueError(
            f"A spotter goes on with its own characters. Received: --weights {args.weights}, of another alphabet. Leave it out."
        )
    if args.reader or args.freeze:
        raise ValueError("A spotter goes on as it is. Received: --reader or --freeze with the preset of one. Leave them out.")
    network = spotter.network
    if spotter.codec.name != codec.name:
        network = PANSpotter(**{**network.get_config(), "codec": codec.name, "steps": args.columns // STEP})
        transfer_weights(spotter.network, codec.alphabet, network, codec.alphabet)
        print(f"all but the decoder begins with {args.weights}, which reads by {spotter.codec.name}")
    if network.widest is not None and args.columns > network.widest:
        raise ValueError(
            f"A region is as wide as its network reads at most. Received: --columns {args.columns}, and --weights {args.weights}, which "
            f"reads {network.widest}. Take --columns {network.widest // 32 * 32}, or fewer."
        )
    return network
