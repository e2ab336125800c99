"""A shared run without Ray: from and to a store in memory, each document once, whatever an earlier run has left."""

import csv
import io
from collections import deque
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest
from inputs import files, pdf, picture
from PIL import Image
from readers import ToneReader, line_reader

from ocr_crnn.commands.read.batch import Options, Result
from ocr_crnn.commands.read.cluster import results, worker
from ocr_crnn.commands.read.cluster.bookkeeping import Folder, Records
from ocr_crnn.commands.read.cluster.planning import make_plan
from ocr_crnn.commands.read.cluster.progress import Progress
from ocr_crnn.commands.read.cluster.results import Results
from ocr_crnn.commands.read.cluster.run import read_shared
from ocr_crnn.commands.read.cluster.tables import Tables
from ocr_crnn.commands.read.cluster.tasks import Died, Document, Join, Long, PartRead, Read
from ocr_crnn.commands.read.cluster.worker import Worker
from ocr_crnn.commands.read.errors import parse_errors
from ocr_crnn.commands.read.files import read_files
from ocr_crnn.commands.read.remote import Bucket
from ocr_crnn.commands.read.report import Report
from ocr_crnn.commands.read.sharing import Sharing
from ocr_crnn.commands.read.targets import UsageError

FORMATS = "txt,json,tsv,pdf,html"
MEMORY = fsspec.filesystem("memory")


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def store(tmp_path):
    """A folder of a store of this test."""
    yield f"memory://{tmp_path.name}"
    MEMORY.store.clear()


class Counting(ToneReader):
    tones = []

    def read_page(self, pixels):
        Counting.tones.append(int(pixels[0, 0, 0]))
        return super().read_page(pixels)


def fill(folder):
    for tone in (5, 13, 6):
        picture(folder / "sub" / f"{tone}.png", tone)
    (folder / "empty.png").write_bytes(b"")
    pdf(folder / "b.pdf", 2)
    frames = [Image.new("RGB", (30, 20), (tone,) * 3) for tone in (*range(20, 50), 13)]
    frames[0].save(folder / "long.tif", save_all=True, append_images=frames[1:])


def objects(url):
    """{name: bytes} of a folder of the store, bookkeeping aside."""
    root = "/" + url.partition("://")[2].rstrip("/") + "/"
    return {name[len(root) :]: MEMORY.cat(name) for name in MEMORY.find(root) if "/.ocr-crnn/" not in name}


def test_a_store_gets_what_a_folder_gets(tmp_path, store, capsys):
    fill(tmp_path / "in")
    options = {"formats": FORMATS, "dpi": 72, "overlay": True, "recursive": True}
    assert read_files([tmp_path / "in"], tmp_path / "out", ToneReader, **options) == 1
    expected = capsys.readouterr().err
    assert read_files([tmp_path / "in"], f"{store}/out", ToneReader, **options) == 1
    told, found = capsys.readouterr().err, objects(f"{store}/out")
    assert "4 failed: " not in told and f"3 failed: {store}/out/errors.csv" in told and "1 actors" in told
    assert expected.splitlines()[-3].split(" · ")[:2] == told.splitlines()[-3].split(" · ")[:2]
    assert sorted(found) == files(tmp_path / "out")
    for name, contents in found.items():
        if name == "errors.csv":
            assert sorted(map(str, parse_errors(contents)[0])) == sorted(map(str, parse_errors((tmp_path / "out" / name).read_bytes())[0]))
        elif name.endswith("json"):  # which says where its image is
            assert b'"image": "file:///' in contents
        else:
            assert contents == (tmp_path / "out" / name).read_bytes(), name


def test_from_a_store_to_a_folder(tmp_path, store, capsys):
    fill(tmp_path / "in")
    for path in (tmp_path / "in").rglob("*"):
        if path.is_file():
            MEMORY.pipe_file(f"{store}/in/{path.relative_to(tmp_path / 'in')}", path.read_bytes())
    MEMORY.pipe_file(f"{store}/in/notes.docx", b"")
    MEMORY.pipe_file(f"{store}/in/a/../../5.png", (tmp_path / "in" / "sub" / "5.png").read_bytes())
    out = tmp_path / "out"
    assert read_files([f"{store}/in"], out, ToneReader, "txt,json", dpi=72, recursive=True) == 1
    told = capsys.readouterr().err
    assert "were not read: notes.docx" in told and "3 failed" in told
    assert [name for name in files(out) if name.endswith("txt")] == ["a/5.txt", "b.txt", "long.txt", "sub/5.txt", "sub/6.txt"]
    assert f'"image": "{store}/in/sub/5.png"' in (out / "sub" / "5.json").read_text(encoding="utf-8")
    errors = parse_errors((out / "errors.csv").read_bytes())[0]
    assert [(path, page) for path, page, _ in errors] == [
        (f"{store}/in/empty.png", None), (f"{store}/in/long.tif", 31), (f"{store}/in/sub/13.png", 1),
    ]  # fmt: skip
    MEMORY.rm_file(f"{store}/in/sub/13.png")
    assert read_files([f"{store}/in"], out, ToneReader, "txt,json", dpi=72, recursive=True) == 1
    assert len(parse_errors((out / "errors.csv").read_bytes())[0]) == 2
    assert read_files([f"{store}/in/sub/5.png", f"{store}/in/sub/?.png"], f"{store}/o", ToneReader) == 0
    assert list(objects(f"{store}/o")) == ["5.txt", "6.txt"]


def test_the_same_is_read_once_and_what_differs_again(tmp_path, store, capsys):
    data, out = tmp_path / "in", f"{store}/out"
    for tone in (1, 2, 3):
        picture(data / f"{tone}.png", tone)

    def read(**options):
        Counting.tones = []
        assert read_files([data], out, Counting, **options) == 0
        return Counting.tones

    assert read() == [1, 2, 3] and read() == [] and "3 files were finished before" in capsys.readouterr().err
    (data / "1.png").write_bytes((data / "1.png").read_bytes())  # looks otherwise, and is the same
    assert read() == [] and read() == [] and "No page was read" not in capsys.readouterr().err
    picture(data / "1.png", 9)
    assert read() == [9] and objects(out)["1.txt"] == "쪽 9\n".encode()
    MEMORY.rm_file(f"{out}/2.txt")
    assert read() == [2]
    assert read(formats="txt,json") == [9, 2, 3] and read(formats="json,txt") == []
    assert read(dpi=100) == [9, 2, 3] and read(reader="other", dpi=100) == [9, 2, 3]


def test_a_run_that_was_killed_goes_on_part_by_part(tmp_path, store, monkeypatch):
    """The second of two parts ends the run: the first one is not read again, and what is joined is what is read undisturbed."""
    frames = [Image.new("RGB", (30, 20), (tone,) * 3) for tone in range(20, 52)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    assert read_files([tmp_path / "a.tif"], f"{store}/whole", ToneReader, FORMATS) == 0

    class Killed(Counting):
        def read_page(self, pixels):
            if pixels[0, 0, 0] == 40:
                raise ConnectionError("gone")
            return super().read_page(pixels)

    Counting.tones = []
    assert read_files([tmp_path / "a.tif"], f"{store}/out", Killed, FORMATS) == 1
    assert Counting.tones == list(range(20, 40))
    Counting.tones = []
    assert read_files([tmp_path / "a.tif"], f"{store}/out", Counting, FORMATS) == 0
    assert Counting.tones == list(range(36, 52)) and objects(f"{store}/out") == objects(f"{store}/whole")
    assert not Bucket(f"{store}/out/.ocr-crnn").names("parts")
    assert read_files([tmp_path / "a.tif"], f"{store}/out", Killed, "txt") == 1 and Bucket(f"{store}/out/.ocr-crnn").names("parts")
    assert read_files([tmp_path / "a.tif"], f"{store}/out", Counting, "tsv") == 0
    assert not Bucket(f"{store}/out/.ocr-crnn").names("parts")  # those of other options are gone


def test_a_file_of_many_broken_pages_is_given_up(tmp_path, store, monkeypatch):
    monkeypatch.setattr(results, "MAX_FAILURES", 32)
    frames = [Image.new("RGB", (30, 20), (13,) * 3) for _ in range(80)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    assert read_files([tmp_path / "a.tif"], f"{store}/out", ToneReader) == 1
    errors = parse_errors(objects(f"{store}/out")["errors.csv"])[0]
    assert len(errors) == 33 and "32 pages in a row could not be read: 48 pages were not tried" in errors[-1][2] and errors[-1][1] == 33


def test_what_is_masked_is_told_in_one_table(tmp_path, store):
    picture(tmp_path / "in" / "a.png", 20), picture(tmp_path / "in" / "b.png", 30)
    for formats in ("txt", "json"):
        assert read_files([tmp_path / "in"], f"{store}/out", ToneReader, formats, mask=("rrn",)) == 0
    found = objects(f"{store}/out")
    rows = list(csv.DictReader(io.StringIO(found["masks.csv"].decode("utf-8-sig"))))
    assert [(row["document"], row["kind"]) for row in rows] == [("a", "page"), ("a", "document"), ("b", "page"), ("b", "document")] * 2
    assert not Bucket(f"{store}/out/.ocr-crnn").names("masks")


def test_lines_go_together(tmp_path, store):
    for tone in range(70):
        picture(tmp_path / "in" / f"{tone:02}.png", 100 + tone, (60, 20))
    assert read_files([tmp_path / "in"], f"{store}/out", line_reader, lines=True) == 0
    assert objects(f"{store}/out")["07.txt"] == "가 107\n".encode() and len(objects(f"{store}/out")) == 70


@pytest.mark.parametrize(
    ("inputs", "out", "options", "message"),
    [
        (["-"], "memory://x/out", {}, "Received: - with a URL"),
        (["memory://x/in"], None, {}, "without -o"),
        (["a.png"], None, {"ray": "local"}, "Received: --ray without -o"),
        (["a.png"], "memory://x/out", {"workers": 2}, "with --workers 2. Add --ray"),
        (["memory://x/absent"], "out", {}, "matches something. Received: memory://x/absent"),
        (["memory://x/in/a.pdf"], "memory://x/in", {"formats": "pdf"}, "write over memory://x/in/a.pdf"),
        (["nobody://x/in"], "out", {}, "Received: nobody://x/in: could not open: .*Protocol not known"),
    ],
)
def test_what_cannot_be_shared(tmp_path, monkeypatch, inputs, out, options, message):
    monkeypatch.chdir(tmp_path)
    picture(tmp_path / "a.png")
    MEMORY.pipe_file("memory://x/in/a.pdf", pdf(tmp_path / "a.pdf", 1).read_bytes())
    with pytest.raises((UsageError, OSError), match=message):
        read_files(inputs, out, ToneReader, **options)
    MEMORY.store.clear()


def test_results_below_the_folder_that_is_read_are_not_read(tmp_path, store):
    for name in ("a.png", "out/b.png", ".ocr-crnn/c.png"):
        MEMORY.pipe_file(f"{store}/{name}", picture(tmp_path / "x.png").read_bytes())
    plan = make_plan([store], Bucket(f"{store}/out"), True, Options())
    assert [document.document for document in plan.documents] == ["a"] and plan.others == []


class Lacking(Worker):
    """A part is damaged before it is joined."""

    def _join(self, task):
        self.place.write(task.names[0], b"damaged")
        return super()._join(task)


def test_a_damaged_part_is_an_error_that_the_next_run_mends(tmp_path, store, monkeypatch):
    frames = [Image.new("RGB", (30, 20), (tone,) * 3) for tone in range(20, 52)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    with monkeypatch.context() as patch:
        patch.setattr("ocr_crnn.commands.read.cluster.pool.Worker", Lacking)
        assert read_files([tmp_path / "a.tif"], f"{store}/out", ToneReader) == 1
    assert "An archive has to be a whole zip" in objects(f"{store}/out")["errors.csv"].decode()
    assert read_files([tmp_path / "a.tif"], f"{store}/out", ToneReader) == 0 and list(objects(f"{store}/out")) == ["a.txt"]


def test_a_plain_run_forgets_what_a_shared_one_has_finished(tmp_path):
    """Its outputs are others now."""
    picture(tmp_path / "in" / "a.png", 20)
    options, out = Options(errors_in=tmp_path / "out"), tmp_path / "out"
    assert read_shared([tmp_path / "in"], out, ToneReader, options, Sharing()) == 0
    assert Records(Folder(out / ".ocr-crnn")).known
    assert read_files([tmp_path / "in"], out, ToneReader) == 0
    assert not Records(Folder(out / ".ocr-crnn")).known


# --- what becomes of tasks, one by one ---------------------------------------------------------------------------------------------


def results_in(tmp_path):
    (tmp_path / "out").mkdir()
    place, report = Folder(tmp_path / "out" / ".ocr-crnn"), Report(tmp_path / "out", True, 0)
    return Results(place, Tables(tmp_path / "out"), Records(place), report, Progress(report, True, 1), "digest")


def test_documents_that_end_an_actor_together_are_read_alone(tmp_path, capsys):
    found, queue = results_in(tmp_path), deque()
    one, two = (Document(Path(f"/{name}.png"), f"{name}.png", name) for name in "ab")
    found.take(Read((one, two)), Died(None, 1, "killed"), queue)
    assert list(queue) == [Read((one,)), Read((two,))]
    found.take(queue.popleft(), Died(None, 3, "killed"), queue)
    assert "a.png, which ended 3 actors (killed)" in (tmp_path / "out" / "errors.csv").read_text(encoding="utf-8")
    assert list(queue) == [Read((two,))] and found.report.errors and not found.records.known


def test_a_page_that_ends_actors_is_one_error_of_its_document(tmp_path):
    found, queue, document = results_in(tmp_path), deque(), Document(Path("/a.pdf"), "a.pdf", "a")
    found.take(Read((document,)), Long(document, "content", "key", 32, tuple(range(32))), queue)
    first, second = queue
    assert [part.indices for part in queue] == [tuple(range(16)), tuple(range(16, 32))]
    queue.clear()
    found.take(first, PartRead(first, 16, 3, 0.5, False), queue)
    found.take(second, Died(second, 1, "killed"), queue)
    assert [part.indices for part in queue] == [(index,) for index in range(16, 32)]
    singles = list(queue)
    queue.clear()
    found.take(singles[0], Died(singles[0], 3, "killed"), queue)
    for single in singles[1:]:
        found.take(single, PartRead(single, 1, 3, 0.5, False), queue)
    (join,) = queue
    assert isinstance(join, Join) and len(join.names) == 16 and [page for page, _ in join.errors] == [17]
    assert "page 17 of a.pdf, which ended 3 actors (killed)" in join.errors[0][1]


def test_a_file_that_changes_while_it_is_read_is_not_finished(tmp_path, monkeypatch):
    source = picture(tmp_path / "a.png", 20)
    work = Worker(ToneReader, Options(), tmp_path, "digest")
    document = Document(source, "a.png", "a", called="a.png")
    (finished,) = work.run(Read((document,)))
    assert finished.content and finished.result.pages == finished.pages == 1
    assert [type(one).__name__ for one in work.run(Read((replace(document, known=finished.content),)))] == ["Unchanged"]
    looks = iter([(1,), (2,)])
    monkeypatch.setattr(worker, "seen_of", lambda path: next(looks))
    assert work.run(Read((document,)))[0].content is None
    work.close()


def test_a_line_a_minute_where_there_is_no_bar(monkeypatch, capsys):
    progress = Progress(Report(None, False, 0), False, 3)
    progress.add(5)
    progress.say_at_times()
    assert capsys.readouterr().err == ""
    progress.said -= 61
    progress.say_at_times(), progress.say_at_times()
    assert "5 pages in 0 s" in capsys.readouterr().err
    Progress(Report(None, True, 0), True, 3).end()
    assert capsys.readouterr().err == "" and Result("a").in_all == 0


def test_pages_to_be_labelled_are_gathered(tmp_path, store):
    """As `read` does, of parts too; a store has no folder that Label Studio serves."""
    frames = [Image.new("RGB", (30, 20), (tone,) * 3) for tone in range(20, 50)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    assert read_files([tmp_path / "a.tif"], tmp_path / "plain" / "out", ToneReader, "labelstudio") == 0
    options, out = Options(("labelstudio",)), tmp_path / "shared" / "out"
    assert read_shared([tmp_path / "a.tif"], out, ToneReader, options, Sharing()) == 0
    names = [name for name in files(out) if not name.startswith(".ocr-crnn")]
    assert names == files(tmp_path / "plain" / "out") and len(names) == 33
    assert (out / "a.labelstudio.jsonl").read_bytes().count(b"\n") == 30
    assert (out / "a.p0030.labelstudio.jpg").read_bytes() == (tmp_path / "plain" / "out" / "a.p0030.labelstudio.jpg").read_bytes()
    with pytest.raises(UsageError, match="Received: --format labelstudio with -o memory"):
        read_files([tmp_path / "a.tif"], store, ToneReader, "labelstudio")
