"""How a command gives up."""

import typer

from ocr_crnn.names import printable


def fail(message):
    """Print the message to standard error and leave with exit code 1."""
    typer.echo(f"ocr-crnn: {printable(message)}", err=True)
    raise typer.Exit(1)
