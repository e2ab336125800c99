"""How a command gives up."""

import typer

from ocr_crnn.names import printable


def fail(message):
    """Print the message, a text or an error, to standard error and leave with exit code 1. What the system says gets its rule and fix."""
    if isinstance(message, OSError) and "Received: " not in str(message):
        message = f"Files open, and outputs find their place. Received: {message}. Correct the path, or move what is in the way."
    typer.echo(f"ocr-crnn: {printable(message)}", err=True)
    raise typer.Exit(1)
