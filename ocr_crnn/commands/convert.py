"""`ocr-crnn convert`: ground truth from one format to another."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from ocr_crnn.commands.failing import fail

FROM = "labelstudio, pagexml, paddleocr, cocotext, labelme, csv, pairs, pages, lmdb, aihub"
TO = "pages, labelstudio, pagexml, paddleocr, paddleocr-lines, cocotext, labelme, csv, pairs, lmdb"


def convert(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="Folder, zip or file of ground truth.")],
    target: Annotated[Path, typer.Argument(metavar="TO", help="Folder for it in the other format; new or empty.")],
    from_format: Annotated[str | None, typer.Option("--from", metavar="FORMAT", help=f"{FROM}; told by looking if left out.")] = None,
    to_format: Annotated[str, typer.Option("--to-format", metavar="FORMAT", help=f"{TO}.")] = "pages",
    images: Annotated[
        list[Path] | None, typer.Option(metavar="FOLDER", help="Where images lie that are not in FROM; a folder, zip or image, repeatable.")
    ] = None,
    link: Annotated[bool, typer.Option("--link", help="Hard links in place of copies of images, where the system has them.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Write every finding to this file.")] = None,
):
    """Bring ground truth to another format, images included (exit code 1 if something was left out).

    Formats of lines (csv, pairs, paddleocr-lines, lmdb) get an image of each text, cut out of its page. The folder appears whole or not
    at all.
    """
    from ocr_crnn.processes import Stopped, stopping

    try:
        with stopping():
            code = convert_truth(source, target, from_format, to_format, link, csv, images or ())
    except Stopped as stopped:
        code = 128 + stopped.number
    except (OSError, ValueError) as error:
        fail(error)
    raise typer.Exit(code)


def convert_truth(source, target, from_format=None, to_format="pages", link=False, csv=None, images=()):
    """What the command does; returns the exit code. Raises OSError and ValueError."""
    from ocr_crnn.data.annotations.writing import Writer
    from ocr_crnn.data.ground_truth import FORMATS, choose_format, iter_truth
    from ocr_crnn.data.validation import ValidationReport
    from ocr_crnn.files import move, sweep, unfinished_folder

    _require_new(target, source)
    report = ValidationReport()
    format, found, files = choose_format(source, from_format, report, images)
    target.parent.mkdir(parents=True, exist_ok=True)
    sweep(target.parent)
    with unfinished_folder(target.parent, target.name) as folder:
        with Writer(folder, to_format, report, target.absolute().name, link) as writer:
            for page in _shown(iter_truth(format, found, files)):
                writer.add(page)
        if writer.counts["images"]:
            move(folder, target)
    if csv:
        report.write_csv(csv)
    _tell(writer, report, f"{source}, {FORMATS[format][0]},", target, to_format, csv)
    if not writer.counts["images"]:
        fail(f"Something has to be left to write. Received: {source} with nothing that {to_format} holds. {target} was not made.")
    return 1 if report.left_out() else 0


def _require_new(target, source):
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ValueError(f"What is converted goes to a new folder, or an empty one. Received: {target}, which is there. Name another.")
    if target.resolve().is_relative_to(source.resolve()):
        raise ValueError(f"What is converted stands apart from its source. Received: {target} inside {source}. Name a folder beside it.")


def _shown(pages):
    """The pages with a bar that counts them, on a terminal."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

    console = Console(stderr=True)
    with Progress(SpinnerColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console, transient=True) as bar:
        yield from bar.track(pages)


def _tell(writer, report, source, target, format, listed):
    counts = Counter(writer.counts)
    images, texts = counts.pop("images"), counts.pop("texts")
    made = "".join(f", {count:,} {what}" for what, count in counts.items())
    typer.echo(f"{source} to {target}, {format}: {images:,} images{made}; {texts:,} texts.")
    for what, count in writer.lost.most_common():
        typer.echo(f"{count:>9,}  not held by {format}: {what}")
    if report.counts:
        typer.echo(report)
        if report.counts["image_missing"]:
            typer.echo("Images that lie somewhere else are found with --images FOLDER.")
        if not listed:
            typer.echo("--csv FILE lists every finding: of which file it is and what was there.")
