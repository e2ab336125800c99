"""Pages without characters, mixed into the training of a detector: those of a data set, or one's own."""

import argparse
from fractions import Fraction

from ocr_crnn.training.options import whole

RELABEL_EVERY = 200


def add_weak_options(parser):
    parser.add_argument(
        "--weak", nargs="+", default=[], metavar="PATH",
        help="pages with boxes and texts of words, segments or lines, besides: AI Hub's sets, PAGE XML, page JSON or others; "
        "characters that they lack are labelled by the network as it learns",
    )  # fmt: skip
    parser.add_argument(
        "--weak-ratio", type=ratio, default="1:5", metavar="WEAK:RENDERED",
        help="crops of --weak to rendered ones; 1:5 is one of --weak to five rendered, and CRAFT's own training was 5:1",
    )  # fmt: skip
    parser.add_argument(
        "--relabel-every", type=whole(1), default=RELABEL_EVERY, metavar="STEPS",
        help="label the characters of --weak again, by the averaged weights; averages are of --ema 0.999 then, if no other is given",
    )  # fmt: skip


def ratio(text):
    """An argparse type: two whole numbers of at least 1 with a colon between them; the text stays, for config.json."""
    parts = text.split(":")
    if len(parts) != 2 or not all(part.isascii() and part.isdecimal() and 0 < int(part) <= 1000 for part in parts):
        raise argparse.ArgumentTypeError(f"A ratio is two whole numbers from 1 to 1000. Received: {text}. Give 1:5, for example.")
    return text


def weak_share(text):
    """The share of all crops that a ratio weak:rendered makes, a Fraction."""
    weak, rendered = map(int, text.split(":"))
    return Fraction(weak, weak + rendered)


def mix_weak_pages(args, model, source):
    """The pages of --weak mixed with a source of rendered ones → `(source, Labelling or None, reports)`.

    No labelling for a network that finds no characters: it learns the texts alone.
    """
    from ocr_crnn.detection.detector import MAX_SCALE, SHORT_SIDE_PX, TextDetector
    from ocr_crnn.granularity import as_segments
    from ocr_crnn.recipes.lines import read_truth
    from ocr_crnn.training.labelling import Labelling, interval_pages, interval_steps, least_interval
    from ocr_crnn.training.truth_pages import readable_pages
    from ocr_crnn.training.weak_pages import LabelFiles, PagesByTurns, WeakPages

    read = read_truth(args.weak)
    pages = readable_pages(read, check_words if args.granularity == "word" else check_texts)
    if not pages:
        raise ValueError(f"--weak names pages whose images can be read. Received: {', '.join(args.weak)}, without any:\n{read.report}")
    labels, steps = None, interval_steps(args.relabel_every, args.batch_size, source.crops_per_page)
    if model.finds_characters:
        least = least_interval(args.batch_size, source.crops_per_page, args.renderers)
        if steps < least:
            raise ValueError(
                f"Crops are drawn ahead of the training, and labels have to be there by then. Received: --relabel-every "
                f"{args.relabel_every} with --renderers {args.renderers}. Take at least {least}."
            )
        labels = LabelFiles(args.run_folder, interval_pages(steps, args.batch_size, source.crops_per_page))
    granularity = as_segments if args.granularity == "segment" else check_words
    weak = WeakPages(
        args.seed, tuple(pages), source.targets, SHORT_SIDE_PX, MAX_SCALE, args.crop, source.crops_per_page, labels, granularity
    )
    mixed = PagesByTurns(weak, source, weak_share(args.weak_ratio))
    print(f"{len(pages)} pages of --weak, {args.weak_ratio} with rendered ones: {mixed.share} of all crops", flush=True)
    return mixed, Labelling(TextDetector(model), mixed, steps) if labels else None, {"weak": read.report}


def check_texts(page):
    """The page itself, of words, segments or lines. Raises ValueError for others."""
    if page.unit not in ("word", "segment", "line"):
        raise ValueError(f"Weak pages are of words, segments or lines. Received: {page.image_path}, of {page.unit}s. Label one of these.")
    return page


def check_words(page):
    """The page itself, of words. Raises ValueError for others."""
    if page.unit != "word":
        raise ValueError(
            f"With --granularity word pages are of words. Received: {page.image_path}, of {page.unit}s. Leave --granularity out."
        )
    return page
