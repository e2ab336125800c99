"""What `ocr-crnn serve` says before it serves; `test_service.py` asks it."""

import socket

import pytest
from typer.testing import CliRunner

from ocr_crnn import cli
from ocr_crnn.commands.serve import command
from ocr_crnn.extras import MissingExtraError


def invoke(*arguments):
    return CliRunner().invoke(cli.app, ["serve", *arguments])


def test_without_its_packages_it_names_the_extra(monkeypatch):
    monkeypatch.setattr(command, "PACKAGES", ("fastapi", "not_installed"))
    with pytest.raises(MissingExtraError, match=r"Received: not_installed is not installed. Install it: pip install 'ocr-crnn\[http\]'"):
        command.require_packages()
    assert isinstance(invoke().exception, MissingExtraError)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--stages", "x"], "A stage is one of"), (["--mask", "x"], "What can be hidden"), (["--mask-whole"], "without --mask")],
)
def test_options_that_are_none(arguments, said):
    done = invoke(*arguments)
    assert done.exit_code == 1 and said in done.stderr and "Received: " in done.stderr


def test_without_a_place_for_documents(monkeypatch, tmp_path):
    monkeypatch.setattr(command.tempfile, "tempdir", str(tmp_path / "absent"))
    done = invoke("--port", "0")
    assert done.exit_code == 1 and "set TMPDIR" in done.stderr and "Received: " in done.stderr


def test_an_address_that_is_taken_or_not_ours():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for host, port in (("127.0.0.1", taken.getsockname()[1]), ("192.0.2.1", 0), ("no such host", 0)):
            done = invoke("--host", host, "--port", str(port))
            assert done.exit_code == 1 and f"Received: {host}:{port}" in done.stderr
