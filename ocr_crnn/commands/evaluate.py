"""`ocr-crnn evaluate`: measure a network on data."""

from pathlib import Path
from typing import Annotated

import typer

from ocr_crnn.commands.failing import fail


def evaluate(
    run: Annotated[str, typer.Argument(metavar="RUN|PRESET", help="Run folder, or preset by name or folder.")],
    data: Annotated[Path, typer.Option(help="Lines or pages with their truth: AI Hub's sets, page JSON, LMDB, or your own annotations.")],
    out: Annotated[Path | None, typer.Option(help="Folder for report.html, report.json and rows.csv.")] = None,
    detector: Annotated[str | None, typer.Option(help="For a recogniser on pages: read them whole with this detector.")] = None,
    recognizer: Annotated[str | None, typer.Option(help="For a detector on pages: read them whole with this recogniser.")] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            metavar="36|62|94|all|hangul",
            help="For words: accuracy by set, in so many characters, or in each; hangul is what is done without.",
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many lines or pages.")] = None,
):
    """Measure a network on data: lines read, texts found, or pages read from end to end."""
    from rich.console import Console
    from rich.progress import track

    from ocr_crnn.quiet import start_tensorflow

    start_tensorflow()  # in silence, before the modules that import it
    from ocr_crnn.commands.measure import evaluate as measure
    from ocr_crnn.evaluation.report import print_report, write_report

    def progress(samples):
        return track(samples, "samples", console=Console(stderr=True))

    try:
        report = measure(run, data, detector, recognizer, limit, progress, protocol)
        print_report(report)
        if out:
            typer.echo(write_report(report, out))
    except (OSError, ValueError) as error:
        fail(error)
