import pytest
from typer.testing import CliRunner

from ocr_crnn import cli
from ocr_crnn.recipes import finetune as recipe
from ocr_crnn.recipes.finetune import FinetuneError, Outcome, RunEndedError


@pytest.mark.parametrize("kind", ["lines", "pages"])
def test_options_reach_the_function_and_the_figures_the_terminal(tmp_path, monkeypatch, kind):
    seen = {}

    def pretend(kind, data, to, **options):
        seen.update(options, kind=kind, data=data, to=to)
        return Outcome(to, 0.8, {}, "", 40, 1.5, [("CER of own lines", 0.2, 0.1)])

    monkeypatch.setattr(recipe, "finetune", pretend)
    given = ["finetune", kind, str(tmp_path), "--to", "mine", "--steps", "40", "--seed", "3", "--exclude-fonts", "Gaegu"]
    done = CliRunner().invoke(cli.app, given)
    assert done.exit_code == 0, done.output
    option = {"lines": "--recognizer", "pages": "--detector"}[kind]
    assert "| CER of own lines | 20.00% | 10.00% |" in done.output and f"mine: ocr-crnn read {option} mine" in done.output
    expected = {"kind": kind, "data": [tmp_path], "steps": 40, "seed": 3, "minutes": 12, "exclude_fonts": ["Gaegu"], "base": None}
    assert {name: seen[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("ended", "code", "said"),
    [
        (FinetuneError("A rule. Received: x. A fix."), 1, "ocr-crnn: A rule. Received: x. A fix."),
        (FileNotFoundError(2, "No such file", "labels"), 1, "Received: [Errno 2] No such file: 'labels'"),
        (RunEndedError("mine.run", 143), 143, "The same command goes on with mine.run"),
        (Outcome(None, 0.0, {0.0: (0.2, 0.1), 1.0: (0.3, 0.2)}, "", 1, 1.0), 1, "Nothing was written; mine.run stays"),
    ],
)
def test_what_goes_wrong_is_said(tmp_path, monkeypatch, ended, code, said):
    def pretend(*arguments, **options):
        if isinstance(ended, Exception):
            raise ended
        return ended

    monkeypatch.setattr(recipe, "finetune", pretend)
    done = CliRunner().invoke(cli.app, ["finetune", "lines", str(tmp_path), "--to", "mine"])
    assert done.exit_code == code and said in done.stderr.replace("\n", " ")
