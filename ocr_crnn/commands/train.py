"""`ocr-crnn train`: train a network."""

import typer


def train(context: typer.Context):
    """Train a network, as train.py: RECIPE --help, --resume RUN, --status RUN."""
    from ocr_crnn.recipes import RECIPES
    from ocr_crnn.training.command import main as run

    raise typer.Exit(run(RECIPES, context.args))
