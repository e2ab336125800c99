"""The command line: `ocr-crnn COMMAND`. Each command is thin; the work is in the package. Imports are local, so help is instant."""

import sys

import typer

app = typer.Typer(name="ocr-crnn", help="Korean document OCR for Keras 3 and TensorFlow.", no_args_is_help=True, add_completion=False)


def fail(message):
    """Print the message to standard error and leave with exit code 1."""
    typer.echo(f"ocr-crnn: {message}", err=True)
    raise typer.Exit(1)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def train(context: typer.Context):
    """Train a network, as train.py: RECIPE --help, --resume RUN, --status RUN."""
    from ocr_crnn.recipes import RECIPES
    from ocr_crnn.training.command import main as run

    raise typer.Exit(run(RECIPES, context.args))


def main():
    # A Korean Windows console is cp949 and crashes on "—"; UTF-8 everywhere.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    app()


if __name__ == "__main__":
    main()
