"""How a command gives up."""

import typer


def fail(message):
    """Print the message to standard error and leave with exit code 1."""
    typer.echo(f"ocr-crnn: {message}", err=True)
    raise typer.Exit(1)
