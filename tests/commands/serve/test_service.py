"""The service over real sockets: what it answers, and what becomes of clients that mean it harm."""

import io
import json
import socket
import struct
import subprocess
import sys
import time
import zlib
from contextlib import suppress
from pathlib import Path

import pikepdf
import pytest
from dockerfile import health_command
from http_service import CRASHES, GATED, HANGS, Serving, detail_of, form, head_of, take
from oracle import sample_page
from PIL import Image
from readers import oracle_reader

from ocr_crnn.commands.read.batch import Job, Options, read_jobs

PAGE = Path(__file__).parents[3] / "data" / "sample_pages" / "00000000.jpg"


@pytest.fixture(scope="module")
def service():
    with Serving() as serving:
        yield serving


def picture(tone=20, kind="PNG", size=(60, 40), pages=1):
    stream = io.BytesIO()
    images = [Image.new("RGB", size, (tone, tone, tone)) for _ in range(pages)]
    images[0].save(stream, kind, **({"save_all": True, "append_images": images[1:]} if pages > 1 else {}))
    return stream.getvalue()


def png_of(width, height):
    """A PNG that declares a size, and little more."""
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))  # noqa: E731
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10_000))) + chunk(b"IEND", b"")


def encrypted_pdf(password):
    document = pikepdf.new()
    document.add_blank_page(page_size=(72, 72))
    stream = io.BytesIO()
    document.save(stream, encryption=pikepdf.Encryption(user=password, owner=password))
    return stream.getvalue()


def test_json_is_that_of_the_command(service):
    contents = PAGE.read_bytes()
    texts = []
    assert not next(read_jobs(oracle_reader(), [Job(contents, "stdin", None)], Options(("json",)), texts.append)).errors
    status, headers, body = service.ask(contents, kind="image/jpeg")
    assert status == 200 and headers["content-type"] == "application/json" and headers["ocr-pages"] == "1"
    assert json.loads(body) == {"schema": "ocr_crnn/pages/1", "pages": [json.loads(text) for text in texts], "errors": []}
    assert len(json.loads(body)["pages"][0]["lines"]) > 10 and sample_page("00000000")[0].shape[0] > 1000


@pytest.mark.parametrize("accept", ["text/plain", "text/*;q=0.5, application/pdf;q=0.4", "*/*"])
def test_a_format_by_what_is_accepted(service, accept):
    status, headers, body = service.ask(picture(), accept=accept)
    assert status == 200
    assert (body == "쪽 20\n".encode()) == accept.startswith("text/") and headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("kind", ["md", "pdf", "html", "hocr", "alto", "tsv", "csv", "xlsx"])
def test_every_format_has_an_answer(service, kind):
    status, headers, body = service.ask(picture(), f"?format={kind}")
    assert status == 200 and len(body) == int(headers["content-length"]), body
    assert kind == "csv" or body


def test_options_of_a_form_and_pages_that_fail(service):
    contents = picture(pages=2, kind="TIFF")
    assert json.loads(service.ask(*reversed_form(form({"pages": "2"}, contents)))[2])["pages"][0]["page"] == 2
    broken = io.BytesIO()
    images = [Image.new("RGB", (60, 40), (tone, tone, tone)) for tone in (20, 13)]  # 13 is more than the reader can bear
    images[0].save(broken, "TIFF", save_all=True, append_images=images[1:])
    status, headers, body = service.ask(broken.getvalue())
    assert status == 200 and headers["ocr-pages"] == "1" and headers["ocr-pages-failed"] == "2"
    assert [error["page"] for error in json.loads(body)["errors"]] == [2]
    status, _, body = service.ask(picture(13))
    assert status == 422 and "Received: RuntimeError" in json.loads(body)["detail"]


def reversed_form(form):
    return form[0], "", form[1]


def test_a_pdf_that_is_encrypted_wants_its_password(service):
    contents = encrypted_pdf("열려라")
    assert service.ask(contents, kind="application/pdf")[0] == 422
    assert "encrypted" in detail_of(service.ask(contents, kind="application/pdf"))
    assert service.ask(*reversed_form(form({"password": "열려라", "dpi": "72"}, contents)))[0] == 200
    assert service.ask(contents, "?password=x")[0] == 422


def test_hostile_documents_are_refused(service):
    for contents, query, status, said in (
        (png_of(30_000, 30_000), "", 422, "at most 2,000,000 pixels"),
        (picture(pages=4, kind="TIFF"), "", 422, "at most 3 pages"),
        (b"PK\x03\x04" + bytes(2000), "", 422, "Save or scan it again."),
        (b"%PDF-1.7\n" + b"1 0 obj\n" * 500, "", 422, "whole"),
        (b"", "", 400, "0 bytes"),
        (picture(), "?pages=0", 422, "Correct it."),
        (picture(), "?pages=2", 422, "Ask for others."),
        (picture(), "?dpi=nan", 422, "dpi is a number"),
        (picture(), "?colour=1", 422, "An option is one of"),
        (picture(), "?pages=1&pages=2", 422, "An option is given once"),
    ):
        answer = service.ask(contents, query)
        assert answer[0] == status and said in detail_of(answer) and "Received: " in detail_of(answer), answer
        assert "/tmp" not in detail_of(answer) and "upload" not in detail_of(answer)
    assert service.ask(picture(), kind="text/plain")[0] == 415 and service.ask(picture(), content_encoding="gzip")[0] == 415
    assert service.ask(b"--edge\r\nfoo", kind="multipart/form-data; boundary=edge")[0] == 400
    assert service.ask(form({}, picture())[0][:-9], kind="multipart/form-data; boundary=edge")[0] == 400
    assert service.get("/nowhere")[0] == 404 and service.get("/v1/read")[0] == 405


def test_what_is_too_large_is_refused_while_it_comes(service):
    began = service.count("process_resident_memory_bytes")
    with service.connect() as client:  # no byte of it is asked for
        client.sendall(head_of("POST /v1/read", {"content-type": "image/png", "content-length": "2000000000", "expect": "100-continue"}))
        assert take(client)[0] == 413
    with service.connect() as client:  # nothing says how long it is; more than is answered is sent all the same
        client.sendall(head_of("POST /v1/read", {"content-type": "image/png", "transfer-encoding": "chunked"}))
        sent = 0
        try:
            while sent < 30_000_000:
                client.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")
                sent += 65536
            answer = take(client)
        except ConnectionError:
            answer = None
        assert answer is None or answer[0] == 413
    assert service.count("process_resident_memory_bytes") < began + 20_000_000
    assert service.count("ocr_received_bytes_total") < 20_000_000 and service.ask(picture())[0] == 200


def test_slow_clients_have_an_end(service):
    clients = [service.connect() for _ in range(3)]
    clients[0].sendall(b"POST /v1/read HT")
    clients[1].sendall(head_of("POST /v1/read", {"content-type": "image/png", "content-length": "1000"}) + b"abc")
    answers = []
    for number in range(100):  # the third says nothing at all; the first two drip
        time.sleep(0.05)
        for client in clients[:2]:
            try:
                client.send(b"x")
            except OSError:
                answers.append(number)
        if number > 40:
            break
    assert take(clients[1])[0] == 408
    for client in (clients[0], clients[2]):
        with client, suppress(ConnectionError):
            assert client.recv(10) == b""


def test_a_thousand_connections_leave_it_alive(service):
    clients = [service.connect() for _ in range(150)]
    refused = take(clients[-1])
    assert refused[0] == 503 and json.loads(refused[2])["type"] == "urn:ocr-crnn:connections"
    for client in clients:
        client.close()
    service.wait_for("ocr_in_flight", 0)
    assert service.ask(picture())[0] == 200


def test_the_queue_is_bounded_and_drops_who_goes_away(service):
    gone, pages = service.count("ocr_gone_total"), service.count("ocr_pages_total")
    first = service.begin(picture(GATED))
    service.wait_for("ocr_reading", 1)
    waiting = [service.begin(picture(30)) for _ in range(2)]
    service.wait_for("ocr_queue_length", 2)
    status, headers, body = service.ask(picture())
    assert status == 429 and int(headers["retry-after"]) >= 1 and "At most 2 documents wait" in json.loads(body)["detail"]
    for client in waiting:
        client.close()
    service.wait_for("ocr_queue_length", 0)
    service.wait_for("ocr_gone_total", gone + 2)
    service.gate.touch()
    assert take(first)[0] == 200
    service.gate.unlink()
    assert service.ask(picture())[0] == 200 and service.count("ocr_pages_total") == pages + 2  # theirs was never read


def test_a_client_that_goes_away_while_it_is_read_frees_the_reader(service):
    pages, gone = service.count("ocr_pages_total"), service.count("ocr_gone_total")
    client = service.begin(picture(GATED, "TIFF", pages=3))
    service.wait_for("ocr_reading", 1)
    client.close()
    service.wait_for("ocr_gone_total", gone + 1)
    service.gate.touch()
    service.wait_for("ocr_reading", 0)
    service.gate.unlink()
    assert service.count("ocr_pages_total") == pages  # after the first page nobody was there to be told of it
    with service.connect() as client:  # or while it sends
        client.sendall(head_of("POST /v1/read", {"content-type": "image/png", "content-length": "1000"}) + b"abc")
    service.wait_for("ocr_uploads", 0)
    assert service.ask(picture())[0] == 200


def test_a_page_that_takes_too_long_or_crashes_is_cut_off():
    with Serving(page_s=2) as service:
        answer = service.ask(picture(HANGS))
        assert answer[0] == 504 and "2 seconds a page" in detail_of(answer)
        assert service.ask(picture())[0] == 200
        answer = service.ask(picture(CRASHES))
        assert answer[0] == 500 and "ends the process" in detail_of(answer)
        assert service.ask(picture())[0] == 200 and service.count("ocr_workers_ended_total") == 2


def test_whoever_runs_it_is_told(service):
    assert service.get("/healthz")[0] == service.get("/readyz")[0] == 200
    described = json.loads(service.get("/openapi.json")[2])
    assert {"multipart/form-data", "application/pdf"} <= set(described["paths"]["/v1/read"]["post"]["requestBody"]["content"])
    page = service.get("/docs")[2].decode()
    assert "docs/swagger-ui-bundle.js" in page and "https://" not in page and service.get("/docs/swagger-ui.css")[0] == 200
    assert service.get("/docs/..%2f..%2f..%2fetc/passwd")[0] == 404
    assert json.loads(service.get("/page.schema.json")[2])["title"] and json.loads(service.get("/version")[2])["version"]
    with service.connect() as client:
        client.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n")
        assert take(client)[0] == 400


def test_the_health_check_of_the_image_tells(service):
    program = [sys.executable, *health_command()[1:]]
    with socket.create_server(("127.0.0.1", 0)) as nobody:  # who answers nothing
        others = str(nobody.getsockname()[1])
    for port, code in ((str(service.port), 0), (others, 1)):
        done = subprocess.run([part.replace("8000", port) for part in program], stderr=subprocess.DEVNULL, check=False)
        assert done.returncode == code


def test_sigterm_finishes_what_is_accepted_and_nothing_of_documents_is_logged():
    with Serving(drain_s=60) as serving:
        assert serving.ask(b"--edgX\r\n", kind="multipart/form-data; boundary=edge")[0] == 400
        clients = [serving.begin(picture(GATED)), serving.begin(picture(21))]
        half = serving.connect()
        half.sendall(head_of("POST /v1/read?format=txt", {"content-type": "image/png", "content-length": "1000"}) + b"abc")
        serving.wait_for("ocr_queue_length", 1)
        code, said = serving.end()
        answers = [take(client) for client in clients]
        assert code == 0 and [answer[0] for answer in answers] == [200, 200]
        assert take(half)[0] in (408, 503)
        with pytest.raises(ConnectionError):
            serving.connect()
    assert all(line.startswith("ocr-crnn serve: ") for line in said.splitlines()) and "POST /v1/read 200 json pages=1" in said
    assert "쪽" not in said and "21 " not in said


def test_sigterm_has_an_end_and_everybody_an_answer():
    with Serving(drain_s=0.3, page_s=60, document_s=60) as serving:
        clients = [serving.begin(picture(HANGS)), serving.begin(picture())]
        serving.wait_for("ocr_queue_length", 1)
        code, _ = serving.end()
        assert code == 0 and [take(client)[0] for client in clients] == [503, 503]


def test_networks_that_cannot_be_loaded_end_it():
    with Serving("fail_to_make", wait=False) as serving:
        said = "".join(serving.lines) + serving.process.communicate(timeout=30)[1]
        assert serving.process.returncode == 1 and "A preset is there. Received: none." in said and "Traceback" not in said
