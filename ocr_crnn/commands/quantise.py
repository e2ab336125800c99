"""`ocr-crnn quantise`: the LiteRT files of a preset."""

from pathlib import Path
from typing import Annotated

import typer

from ocr_crnn.commands.failing import fail


def quantise(
    presets: Annotated[list[str], typer.Argument(metavar="PRESET", help="Names of shipped presets, or folders of one's own.")],
    how: Annotated[
        str | None, typer.Option("--as", help="dynamic by default; full, of detectors: faster, less exact; float: no 8 bits.")
    ] = None,
    fonts: Annotated[list[Path] | None, typer.Option(help="Fonts of the pages that full looks at; those of the system by default.")] = None,
):
    """Write the LiteRT files of presets, from their weights: what is read without TensorFlow. Again after the weights have changed."""
    from ocr_crnn.presets.engine_files import LiteRTError
    from ocr_crnn.quiet import start_tensorflow

    start_tensorflow()  # in silence, before the modules that import it
    from ocr_crnn.training.quantise import quantise_preset

    for preset in presets:
        try:
            folder = quantise_preset(preset, how, fonts)
        except (OSError, ValueError, LiteRTError) as error:
            fail(error)
        typer.echo(f"{folder}: {sum(path.stat().st_size for path in folder.glob('*.tflite')) / 1e6:.1f} MB")
