"""`ocr-crnn export`: a SavedModel for TensorFlow Serving, or a LiteRT file."""

from pathlib import Path
from typing import Annotated

import typer

from ocr_crnn.commands.failing import fail


def export(
    to: Annotated[Path, typer.Option(help="Folder of the new version, such as models/ocr/1.")],
    detector: Annotated[str | None, typer.Option(help="Preset, or folder of one; one that reads too takes no recogniser.")] = None,
    recognizer: Annotated[str | None, typer.Option(help="Preset, or folder of one.")] = None,
    max_pixels: Annotated[int | None, typer.Option(min=1, help="Larger images are refused.")] = None,
    kind: Annotated[str, typer.Option("--format", help="savedmodel, or litert: the recogniser alone, for phones.")] = "savedmodel",
    int8: Annotated[bool, typer.Option("--int8", help="With --format litert: weights in 8 bits.")] = False,
):
    """Write one SavedModel for TensorFlow Serving: image bytes in, text out."""
    from ocr_crnn.reading.reader import DocumentReader

    if kind not in ("savedmodel", "litert"):
        fail(f"--format is savedmodel, litert. Received: {kind}.")
    if kind == "litert" and detector:
        fail(f"A LiteRT file is a recogniser alone. Received: --detector {detector} with --format litert. Leave out one or the other.")
    if kind == "litert":
        return _export_litert(to, recognizer, int8)
    if int8:
        fail("Quantised models are LiteRT's. Received: --int8 without --format litert. Add it.")
    try:
        reader = DocumentReader.from_preset(detector, recognizer, engine="keras")
        from ocr_crnn.serving.export import export_saved_model  # imports TensorFlow, which the reader has started in silence
        from ocr_crnn.serving.warm_up import WARM_UP

        names = {name: value for name, value in (("detector", detector), ("recognizer", recognizer)) if value}
        folder = export_saved_model(reader, to, names=names, **({"max_pixels": max_pixels} if max_pixels else {}))
    except (OSError, ValueError) as error:
        fail(error)
    typer.echo(f"{folder}: {sum(path.stat().st_size for path in folder.rglob('*')) / 1e6:.1f} MB")
    if not (folder / "assets.extra" / WARM_UP).exists():
        typer.echo("Without requests to warm up the server with, which need: pip install 'ocr-crnn[serve]'", err=True)


def _export_litert(folder, recognizer, int8):
    from ocr_crnn.presets.engine_files import LiteRTError
    from ocr_crnn.quiet import start_tensorflow
    from ocr_crnn.reading.loading import load_recognizer

    start_tensorflow()  # in silence, before the modules that import it
    from ocr_crnn.serving.litert import export_litert

    try:
        path = export_litert(load_recognizer(recognizer, engine="keras"), folder, int8)
    except (OSError, ValueError, LiteRTError) as error:
        fail(error)
    typer.echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
