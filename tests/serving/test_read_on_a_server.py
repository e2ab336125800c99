"""`ocr-crnn read --server`: files in, files out, the reading on servers on this machine."""

import re
import socket
from functools import partial

import pytest
from PIL import Image
from typer.testing import CliRunner

from ocr_crnn import cli
from ocr_crnn.commands.read.files import read_files
from ocr_crnn.formats.page_json import read_page_json
from ocr_crnn.serving import client
from ocr_crnn.serving import transport as serving


def blank(path, size=(40, 20), **options):
    Image.new("RGB", size, "white").save(path, **options)
    return path


def no_server():
    """The address of a port where nobody listens; it is kept from others while the context lasts."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    return taken, f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.mark.parametrize("kind", ["rest", "grpc_server"])
def test_documents_read_on_a_server_come_in_every_format(request, tmp_path, monkeypatch, kind):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    server = request.getfixturevalue(kind)
    blank(tmp_path / "두 쪽.pdf", save_all=True, append_images=[Image.new("RGB", (40, 20), "white")])
    out, url = tmp_path / "out", server.url.removeprefix("grpc://")
    arguments = ["read", tmp_path / "두 쪽.pdf", "-o", out, "--format", "txt,json,tsv,hocr,alto,pdf,html", "--overlay", "--server", url]
    done = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    assert done.exit_code == 0 and "2 pages · 6 words · mean confidence 0.83" in done.stderr, done.output
    assert len(server.requests) == 2 and len(list(out.iterdir())) == 10
    assert (out / "두 쪽.txt").read_text(encoding="utf-8") == "안녕 하세요\n\n둘\n\f안녕 하세요\n\n둘\n"
    page = read_page_json(out / "두 쪽.p0002.json")
    assert list(page.texts) == ["안녕", "하세요", "둘"] and list(page.lines) == [0, 0, 1]
    assert page.quads[0, 0, 0] < page.quads[0, 1, 0] <= page.quads[1, 0, 0] < page.quads[1, 1, 0]


def test_images_of_lines_read_on_a_server(rest, tmp_path, capsys):
    blank(tmp_path / "a.png"), blank(tmp_path / "b.png")
    assert read_files([tmp_path], None, partial(client.connect, rest.url, lines=True), lines=True) == 0
    assert capsys.readouterr().out == "안녕 하세요\n안녕 하세요\n" and rest.requests[0][1]["signature_name"] == "recognize"
    page, error = client.read_remote_lines([tmp_path / "a.png", b"x"], rest.url)
    assert page.size == (20, 40) and list(page.texts) == ["안녕", "하세요"] and list(page.lines) == [0, 0]
    assert page.image_path == str(tmp_path / "a.png") and page.quads[1, 1, 0] == 40 and "whole" in str(error)


def test_a_server_that_is_not_there_is_told_before_anything_is_read(rest, tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    blank(tmp_path / "a.png")
    taken, nowhere = no_server()
    with taken:
        for arguments, message in (
            (["--server", nowhere], f"nothing from {nowhere}/v1/models/ocr"),
            (["--server", rest.url, "--model", "other"], "status 404 .*Could not find any versions"),
            (["--server", "somewhere"], "A server is http://host:8501"),
            (["--server", rest.url, "--detector", "mine"], "Received: --server and --detector"),
            (["--model", "ocr"], "--model without --server"),
            (["--timeout", "5"], "--timeout without --server"),
            (["--server", rest.url, "--timeout", "nan"], "at most 86,400 seconds to answer. Received: nan"),
        ):
            done = CliRunner().invoke(cli.app, ["read", str(tmp_path / "a.png"), "-o", str(tmp_path / "out"), *arguments])
            assert done.exit_code == 1 and "Traceback" not in done.output
            assert re.search(f"ocr-crnn: .*{message}", done.stderr), done.stderr
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_grpc_models_that_are_not_there(grpc_server):
    with pytest.raises(client.ServerError, match="NOT_FOUND .*Could not find"):
        client.connect(grpc_server.url, model="other")
    taken, nowhere = no_server()
    with taken, pytest.raises(serving.NoServerError, match="UNAVAILABLE .* Asked 1 times"):
        client.connect(nowhere.removeprefix("http://"), retries=0, timeout_s=5)


def test_a_server_that_goes_away_ends_the_run_and_finished_files_stay(rest, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    for name in "abc":
        blank(tmp_path / f"{name}.png")

    class Leaving(client.RemoteReader):
        def read_pages(self, images):
            if rest.requests:
                self.server = nowhere
            return super().read_pages(images)

    taken, nowhere = no_server()
    with taken:
        reader = Leaving(rest.url, retries=1, sleep=lambda _: None)
        assert read_files([tmp_path], tmp_path / "out", lambda: reader, "txt,json,pdf") == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.json", "a.pdf", "a.txt"]
    err = capsys.readouterr().err
    assert "The server is gone: A server has to answer" in err and "--resume" in err and "1 pages" in err


def test_a_page_that_the_server_fails_on_is_an_error_of_that_page(rest, tmp_path, capsys):
    blank(tmp_path / "a.png"), blank(tmp_path / "b.png")
    rest.answers[:] = [(400, '{"error": "out of memory"}')]
    assert read_files([tmp_path], None, partial(client.connect, rest.url)) == 1
    out, err = capsys.readouterr()
    assert out == "안녕 하세요\n\n둘\n" and "a.png" in err and "out of memory" in err
