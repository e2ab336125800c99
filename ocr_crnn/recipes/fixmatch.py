"""fixmatch: a recogniser goes on with few labelled lines and many without labels, whichever network it is."""

from ocr_crnn.recipes.experiment import Experiment, make_optimizer_from
from ocr_crnn.recipes.lines import MEASURED, load_before, read_truth
from ocr_crnn.training.options import real, whole
from ocr_crnn.training.precision import fastest_precision


def add_fixmatch_options(parser):
    parser.add_argument("--data", nargs="+", default=[], metavar="PATH", help="labelled lines: AI Hub's sets, page JSON, or annotations")
    parser.add_argument("--unlabelled", nargs="+", default=[], metavar="FOLDER", help="images of lines; a .txt beside one is only measured")
    parser.add_argument("--threshold", type=real(0, 1), default=0.92, help="of the confidence; 0 takes whatever is read")
    confidences = ("mean", "product", "least")
    parser.add_argument("--confidence", choices=confidences, default="mean", help="of a line's character scores; mean is geometric")
    parser.add_argument("--calibrate", action="store_true", help="to the probability that a line is right, on lines of --data")
    parser.add_argument("--ratio", type=real(), default=1.0, help="pixel columns of unlabelled lines for one of labelled; 0 = none")
    parser.add_argument("--unlabelled-weight", type=real(), default=1.0, help="of the loss of the unlabelled lines")
    parser.add_argument("--columns", type=whole(1), default=6000, help="pixel columns of the labelled lines of a batch")
    parser.add_argument("--validation", type=real(0, 1, above=True, below=True), default=0.1, help="share of --data to measure on")
    parser.add_argument("--measure", nargs="+", default=[], metavar="PATH", help="more labelled lines to measure on, as `cer_measure`")
    parser.set_defaults(weights="attention_ctc_ko", epochs=10, steps_per_epoch=100, optimizer="adamw", schedule="cosine")
    parser.set_defaults(learning_rate=3e-4, warmup_steps=30, clipnorm=1.0, ema=0.99, patience=0, precision=fastest_precision())


def fixmatch(args):
    """Go on with a recogniser on labelled lines and, by SeqFixMatch, on lines without labels that it reads surely itself.

    --weights is a run, or a preset by its name or folder: any recogniser; its alphabet stays. --ema is of the teacher too. Labelled lines
    are varied each time. Logs `accepted`, the share of the unlabelled lines that are learnt from, `cer_data` on the labelled lines held
    out, and `cer_measure`; and how right pseudo-labels are: `precision_…` and `exact_…` of those `accepted_…` among the lines held out and,
    where texts lie beside them, the unlabelled ones.
    """
    from ocr_crnn.data.line_variation import vary_line
    from ocr_crnn.reading.confidence import fit_calibration
    from ocr_crnn.recognition.codecs import make_codec
    from ocr_crnn.recognition.recognizer import TextRecognizer
    from ocr_crnn.training.fixmatch import PseudoLabelQuality, SeqFixMatch
    from ocr_crnn.training.freezing import freeze
    from ocr_crnn.training.recognition import ReadingError
    from ocr_crnn.training.truth_lines import TruthLines, VariedLines
    from ocr_crnn.training.unlabelled_lines import UnlabelledLines, unlabelled_dataset

    network, alphabet = load_before(args.weights)
    if args.freeze:
        freeze(network, args.freeze)
    trained, codec = network.as_trained(), make_codec(network.codec, alphabet)
    shared = {"codec": codec, "frames_for_width": trained.count_frames, "seed": args.seed, "height": network.height}
    learnt, kept = read_truth(args.data).split(1 - args.validation, seed=args.seed)
    truth, held = TruthLines(learnt, **shared), TruthLines(kept, **shared)
    reports = {"data": learnt.report, "training": truth.report, "validation": held.report}
    sets = {"cer_data": held.lines(MEASURED)}
    if args.measure:
        measured = TruthLines(read_truth(args.measure), **shared)
        sets["cer_measure"], reports["measure"] = measured.lines(MEASURED), measured.report
    quality, unlabelled = {"data": sets["cer_data"]}, None
    if args.ratio:
        unlabelled = UnlabelledLines(args.unlabelled, **shared)
        reports["unlabelled"] = unlabelled.report
        quality |= {"unlabelled": known} if (known := unlabelled.known(MEASURED)) else {}
        print(f"{len(unlabelled):,} lines without labels:\n{unlabelled.report}")
    print(f"{len(truth):,} labelled lines to learn from; to measure: {', '.join(f'{name} {len(lines)}' for name, lines in sets.items())}")
    model = SeqFixMatch(trained, codec, args.threshold, args.confidence, args.unlabelled_weight, args.ema or 0.0)
    quality = PseudoLabelQuality(model, quality)
    if args.calibrate:
        known = [(sure, text == read) for (text, read), sure in quality.read(truth.lines(MEASURED))]
        model.calibration = fit_calibration(*zip(*known, strict=True))
        print("confidence calibrated on {} labelled lines: slope {:.2f}, offset {:.2f}".format(len(known), *model.calibration))
    varied = VariedLines(truth, vary_line, trained.count_frames)
    steps = trained.count_frames(1)  # of networks whose codec has to know; others have as many as a line is wide
    return Experiment(
        model=model,
        network=network,
        batches=lambda first: unlabelled_dataset(varied, unlabelled, args.columns, args.ratio, steps, first),
        steps_per_epoch=args.steps_per_epoch,
        alphabet=alphabet,
        compile={"optimizer": make_optimizer_from(args, args.steps_per_epoch)},
        monitor="cer_data",
        callbacks=(ReadingError(TextRecognizer(network, codec), sets), quality),
        reports=reports,
    )
