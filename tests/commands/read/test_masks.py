"""`--mask`: what is hidden is in nothing that is written, whichever the format; opened with other tools than those that wrote it."""

import base64
import csv
import io
import json
import re
import time
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from inputs import ALL, errors, files, pdf_texts
from lxml import etree
from personal import KINDS, SECRETS, FormReader, drawn_form, form_file, leaks
from PIL import Image, PngImagePlugin

from ocr_crnn.commands.read.batch import Job, Options, read_jobs
from ocr_crnn.commands.read.files import read_files
from ocr_crnn.commands.read.masks import COLUMNS, finished_documents, mask_name, require_maskable
from ocr_crnn.images import UnreadableError
from ocr_crnn.page import Page
from ocr_crnn.reading import masking

NAME = "홍길동 900101-1237649"


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def read(inputs, out, formats=ALL, **options):
    return read_files(
        [inputs] if isinstance(inputs, Path) else inputs, out, FormReader, formats, **{"mask": KINDS, "quiet": True} | options
    )


def masks(folder):
    return list(csv.DictReader(io.StringIO((folder / "masks.csv").read_text(encoding="utf-8-sig"))))


def full_of_numbers(path):
    """A PDF that says the numbers in every place that a PDF has for it."""
    image = Image.fromarray(drawn_form()[0])
    image.save(path, "PDF", resolution=300)
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        page = document.pages[0]
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.add_resource(font, pikepdf.Name.Font, pikepdf.Name.F1)
        page.contents_add(f"BT 3 Tr /F1 9 Tf 5 5 Td ({SECRETS[0]}) Tj ET".encode())
        note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], Contents=SECRETS[1])
        field = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, Rect=[0, 0, 9, 9], FT=pikepdf.Name.Tx, T="rrn", V=SECRETS[0]
        )
        page.Annots = document.make_indirect([document.make_indirect(note), document.make_indirect(field)])
        document.Root.AcroForm = pikepdf.Dictionary(Fields=[page.Annots[1]])
        document.attachments["number.txt"] = SECRETS[2].encode()
        document.docinfo["/Subject"] = SECRETS[3]
        with document.open_metadata() as metadata:
            metadata["dc:description"] = SECRETS[0]
        with document.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem(SECRETS[0], 0))
        document.save(path)
    return path


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", SECRETS[0])
    (folder / f"{NAME}.png").write_bytes(form_file("PNG", pnginfo=note))
    exif = Image.Exif()
    exif[0x010E] = SECRETS[0]
    (folder / "scan.jpg").write_bytes(form_file("JPEG", exif=exif, comment=SECRETS[1].encode(), quality=95))
    full_of_numbers(folder / "form.pdf")
    picture = Image.fromarray(drawn_form()[0])
    picture.save(folder / "pages.tif", save_all=True, append_images=[picture.copy()])
    return folder


@pytest.fixture(scope="module")
def masked(inputs, tmp_path_factory):
    out = tmp_path_factory.mktemp("masked")
    assert read(inputs, out, overlay=True) == 0
    return out


def all_of_pdf(path):
    """Every string and every stream of a PDF, content streams as the text they show."""
    said = []
    with pikepdf.open(path) as document:
        for thing in document.objects:
            _collect(thing, said, 0)
        for page in document.pages:
            for operands, _ in pikepdf.parse_content_stream(page):
                shown = [bytes(operand) for operand in operands if isinstance(operand, pikepdf.String)]
                said += [text.decode("utf-16-be", "replace") for text in shown]
    return "\n".join(said)


def _collect(thing, said, depth):
    if isinstance(thing, pikepdf.String):
        said.append(str(thing))
    elif isinstance(thing, pikepdf.Stream):
        if str(thing.get("/Subtype", "")) != "/Image":
            said.append(thing.read_bytes().decode("latin-1"))
        _collect(pikepdf.Dictionary(thing.stream_dict), said, depth)
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Array) and depth < 20:
        for one in thing.values() if isinstance(thing, pikepdf.Dictionary) else thing:
            _collect(one, said, depth + 1)


def pictures(folder):
    """(name, array, what is said beside the pixels) of every picture in the outputs."""
    for path in sorted(folder.rglob("*")):
        if path.name.endswith(".jpg"):
            with Image.open(path) as picture:
                yield path.name, np.asarray(picture.convert("RGB")), f"{picture.info} {dict(picture.getexif())}"
        elif path.suffix == ".html":
            for contents in re.findall("base64,([A-Za-z0-9+/=]+)", path.read_text(encoding="utf-8")):
                with Image.open(io.BytesIO(base64.b64decode(contents))) as picture:
                    yield path.name, np.asarray(picture.convert("RGB")), f"{picture.info} {dict(picture.getexif())}"
        elif path.suffix == ".pdf":
            with pikepdf.open(path) as document:
                for page in document.pages:
                    for image in page.get_images().values():
                        yield path.name, np.asarray(pikepdf.PdfImage(image).as_pil_image().convert("RGB")), ""


def test_no_output_holds_a_number_nor_its_name(masked):
    names = files(masked)
    assert len(names) == 7 * 4 + 5 + 1 + 1 and not leaks("\n".join(names)) and "홍길동 900101-XXXXXXX.json" in names
    for path in (masked / name for name in names):
        contents = path.read_bytes()
        assert not leaks(contents.decode("utf-8", "replace")), path
        assert not any(f"{part:>7}".encode("utf-16-be") in contents for secret in SECRETS for part in (secret[:7], secret[-7:])), path
        if path.suffix in (".xml", ".hocr"):
            document = etree.parse(path)
            assert not leaks("\n".join([*document.xpath("//text()"), *document.xpath("//@*")])), path
        if path.suffix == ".pdf":
            assert not leaks(all_of_pdf(path)) and not leaks("\n".join(pdf_texts(path))), path
            assert "900101-*******" in "\n".join(pdf_texts(path))


def test_a_pdf_is_a_picture_of_its_pages_with_nothing_else_of_it(masked):
    with pikepdf.open(masked / "form.pdf") as document:
        assert not document.attachments and "/AcroForm" not in document.Root and "/Outlines" not in document.Root
        assert "/Annots" not in document.pages[0] and "/Subject" not in document.docinfo and len(document.pages[0].get_images()) == 1


def test_the_pixels_of_every_picture_are_one_colour_where_a_number_was(masked):
    seen = set()
    for name, picture, beside in pictures(masked):
        assert not leaks(beside)
        page = json.loads((masked / f"{name.split('.')[0]}{'.p0001' if name.startswith('pages') else ''}.json").read_text(encoding="utf-8"))
        scale = np.array([picture.shape[1] / page["size"][1], picture.shape[0] / page["size"][0]])
        for mask in page["records"]["masks"]:
            for quad in np.array(mask["quads"]) * scale:
                (left, top), (right, bottom) = np.ceil(quad.min(axis=0)).astype(int), np.floor(quad.max(axis=0)).astype(int)
                inside = picture[top:bottom, left:right]
                assert inside.size and np.median(inside) == 0, name
                if "overlay" not in name:  # there the frames of words lie over it; a JPEG rings at its edges
                    assert inside.max() <= (0 if name.endswith(".pdf") else 60), name
        seen.add(Path(name).suffix)
    assert seen == {".jpg", ".html", ".pdf"}


def test_masks_csv_says_where_and_why_and_never_what(masked):
    rows = masks(masked)
    assert tuple(rows[0]) == COLUMNS and not leaks((masked / "masks.csv").read_text(encoding="utf-8-sig"))
    assert {row["document"] for row in rows} == {"form", "pages", "scan", "홍길동 900101-XXXXXXX"}
    assert sorted(row["page"] for row in rows if row["document"] == "pages" and row["kind"] == "page") == ["1", "2"]
    (rrn,) = [row for row in rows if row["document"] == "scan" and row["kind"] == "rrn"]
    assert (rrn["rule"], rrn["label"], rrn["decision"], rrn["characters"], rrn["page"]) == ("label", "주민등록번호", "masked", "7", "1")
    assert len(rrn["place"].split()) == 4 and rrn["tool"].startswith("ocr_crnn") and rrn["time"].endswith("+00:00")
    assert [row["decision"] for row in rows if row["kind"] == "document"] == ["finished"] * 4


def test_thirteen_digits_of_a_name_are_hidden_whatever_parts_them():
    for name in ("900101 1234567.png", "900101.1234567", "900101_1234567", "900101(1234567)", "9001011234567", "홍/900101  1234567/a"):
        assert "1234567" not in mask_name(name, KINDS) and len(mask_name(name, KINDS)) == len(name)
    assert mask_name("20260101 1234567", KINDS) == "20260101 1234567" and mask_name("991301 1234567", ["rrn"]) == "991301 1234567"
    assert mask_name("900101 1234567", ["card"]) == "900101 1234567"


def test_a_page_that_cannot_be_read_is_not_there_and_its_error_names_no_number(tmp_path):
    image = Image.fromarray(drawn_form()[0])
    bad = image.copy()
    bad.putpixel((image.width - 1, image.height - 1), (100, 100, 100))
    source, out = tmp_path / f"{NAME}.tif", tmp_path / "out"
    image.save(source, save_all=True, append_images=[bad])
    assert read_files([source], out, good_reader, "json,pdf", quiet=True) == 0  # a run that hides nothing
    assert leaks((out / f"{NAME}.p0002.json").read_text(encoding="utf-8"))
    for path in out.iterdir():
        path.rename(path.with_name(path.name.replace(NAME, mask_name(NAME, KINDS))))
    assert read(source, out, "json,pdf") == 1
    assert files(out) == ["errors.csv", "masks.csv", *(f"홍길동 900101-XXXXXXX.{end}" for end in ("p0001.json", "pdf"))]
    assert len(pdf_texts(out / "홍길동 900101-XXXXXXX.pdf")) == 1
    (error,) = errors(out)
    assert error["page"] == "2" and "Received: RuntimeError." in error["message"] and not leaks(str(errors(out)))
    assert error["path"].endswith("홍길동 900101-XXXXXXX.tif")
    assert masks(out)[-1]["decision"] == "failed"


def good_reader():
    reader = FormReader()
    reader.read_page = lambda pixels: FormReader.read_page(reader, np.full((2, 2, 3), 255, np.uint8))
    return reader


def test_numbers_that_cannot_be_hidden_are_not_written(tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(form_file("PNG"))

    def fail(*_):
        raise ValueError(SECRETS[0])

    monkeypatch.setattr(masking, "cover", fail)
    assert read(tmp_path / "a.png", tmp_path / "out") == 1
    assert files(tmp_path / "out") == ["errors.csv", "masks.csv"]
    assert "ValueError while hiding" in errors(tmp_path / "out")[0]["message"] and SECRETS[0] not in str(errors(tmp_path / "out"))


def encrypted(path):
    with pikepdf.open(full_of_numbers(path), allow_overwriting_input=True) as document:
        document.save(path, encryption=pikepdf.Encryption(owner="o", user=""))


def signed(path):
    with pikepdf.open(full_of_numbers(path), allow_overwriting_input=True) as document:
        signature = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Sig, Filter=pikepdf.Name("/Adobe.PPKLite")))
        inner = pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="s", V=signature)
        document.Root.AcroForm.Fields.append(document.make_indirect(pikepdf.Dictionary(T="outer", Kids=[document.make_indirect(inner)])))
        document.save(path)


@pytest.mark.parametrize(("make", "reason"), [(encrypted, "encrypted"), (signed, "signed")])
def test_what_is_encrypted_or_signed_is_refused(tmp_path, make, reason):
    make(tmp_path / "a.pdf")
    assert read(tmp_path / "a.pdf", tmp_path / "out", "txt,pdf") == 1
    assert files(tmp_path / "out") == ["errors.csv", "masks.csv"] and f"is {reason}" in errors(tmp_path / "out")[0]["message"]
    assert read_files([tmp_path / "a.pdf"], tmp_path / "plain", FormReader, "txt", quiet=True) == 0
    with pytest.raises(UnreadableError, match="is masked that is whole"):
        require_maskable(b"%PDF-1.7 nothing", "a.pdf")


def test_standard_input_to_standard_output(monkeypatch, capsys):
    for kind in ("txt", "json", "tsv", "hocr"):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(form_file("PNG"))))
        assert read_files(["-"], None, FormReader, kind, mask=KINDS) == 0
        shown = capsys.readouterr()
        assert "900101-*******" in shown.out and not leaks(shown.out + shown.err)
        assert "7 numbers masked (rrn 1, foreigner 1, passport 1, licence 1, card 1, account 1, phone 1), of which 0" in shown.err


def test_workers_and_what_they_say(inputs, masked, tmp_path, capsys):
    assert read(inputs, tmp_path, "txt,json", workers=2, quiet=False) == 0
    for name in files(tmp_path):
        if not name.endswith(".csv"):
            assert (tmp_path / name).read_bytes().replace(b"\r", b"")[:50] == (masked / name).read_bytes()[:50]
    assert len([row for row in masks(tmp_path) if row["kind"] == "rrn"]) == 5
    assert not leaks(capsys.readouterr().err)


def test_resume_trusts_what_masks_csv_says_and_no_younger_output(inputs, tmp_path, capsys):
    source = inputs / "scan.jpg"
    assert read_files([source], tmp_path, FormReader, "txt", quiet=True) == 0
    assert leaks((tmp_path / "scan.txt").read_text(encoding="utf-8"))
    assert read(source, tmp_path, "txt", resume=True, mask=("rrn",)) == 0  # written by a run that hid nothing
    assert len(masks(tmp_path)) == 4 and "900101-*******" in (tmp_path / "scan.txt").read_text(encoding="utf-8")
    assert read(source, tmp_path, "txt", resume=True, mask=("rrn",)) == 0 and len(masks(tmp_path)) == 4
    assert read(source, tmp_path, "txt", resume=True) == 0 and len(masks(tmp_path)) == 4 + 9  # more is to be hidden
    assert not leaks((tmp_path / "scan.txt").read_text(encoding="utf-8"))
    time.sleep(0.02)
    assert read_files([source], tmp_path, FormReader, "txt", quiet=True) == 0
    assert read(source, tmp_path, "txt", resume=True) == 0 and len(masks(tmp_path)) == 4 + 9 + 9
    assert not leaks((tmp_path / "scan.txt").read_text(encoding="utf-8"))
    assert set(finished_documents(tmp_path, KINDS)) == {"scan"} and finished_documents(tmp_path, ["email"]) == {}
    assert finished_documents(tmp_path / "none", KINDS) == {}
    with open(tmp_path / "masks.csv", "ab") as file:
        file.write(b"2026-11-2")  # a run was killed
    assert read(source, tmp_path, "txt") == 0 and masks(tmp_path)[-1]["decision"] == "finished"


def test_outputs_of_other_formats_from_before_are_told_and_never_trusted(inputs, tmp_path, capsys):
    source = inputs / "scan.jpg"
    assert read_files([source], tmp_path, FormReader, "txt,json", overlay=True, quiet=True) == 0
    assert read(source, tmp_path, "txt") == 0
    said = capsys.readouterr().err
    assert "scan.json" in said and "scan.overlay.jpg" in said and "scan.txt" not in said and "2 results" in said
    assert set(finished_documents(tmp_path, KINDS)["scan"]) == {"txt"}
    assert read(source, tmp_path, "txt,json", resume=True, overlay=True) == 0
    assert not leaks((tmp_path / "scan.json").read_text(encoding="utf-8")) and "from before" not in capsys.readouterr().err
    assert set(finished_documents(tmp_path, KINDS)["scan"]) == {"txt", "json", "overlay"}
    assert read(source, tmp_path, "txt") == 0 and "from before" not in capsys.readouterr().err
    assert read(source, tmp_path, "json", mask=("email",)) == 0 and set(finished_documents(tmp_path, KINDS)["scan"]) == {"txt", "overlay"}


def test_files_of_one_hidden_name_have_outputs_and_errors_of_their_own(tmp_path, capsys):
    folder = tmp_path / "8501011234567"
    folder.mkdir()
    for name in ("900101-1237649.png", "900101-2111111.png"):
        (folder / name).write_bytes(b"no picture")
    (folder / "900101-1999999.png").write_bytes(form_file("PNG"))
    assert read(tmp_path, tmp_path / "out", "txt,json", recursive=True, quiet=False) == 1
    assert [name for name in files(tmp_path / "out") if name.endswith("json")] == ["850101XXXXXXX/900101-XXXXXXX.png_2.json"]
    paths = [row["path"] for row in errors(tmp_path / "out")]
    assert len(set(paths)) == 2 and all(re.search(r"850101XXXXXXX/900101-XXXXXXX[^/]*\.png$", path) for path in paths)
    shown = capsys.readouterr().err
    assert "1237649" not in shown and "1234567" not in shown
    assert json.loads((tmp_path / "out" / "850101XXXXXXX" / "900101-XXXXXXX.png_2.json").read_text(encoding="utf-8"))["image"] is None


def test_jobs_are_masked_whoever_runs_them():
    said = []
    (result,) = read_jobs(
        FormReader(), [Job(form_file("PNG"), "stdin", None)], Options(("json",), mask=("card",), mask_whole=True), said.append
    )
    assert "****-****-****-****" in said[0] and result.masked == {("card", "masked"): 1}


class BreakReader:
    """Reads pages between which a number is broken: the first is black, the second grey, the third white."""

    words = (("주민등록번호 900101-12", "1"), ("37649 홍길동", "카드번호 4716-2938-"), ("5640-1821 끝",))

    def read_pages(self, images):
        return [self.read_page(image) for image in images]

    def read_page(self, pixels):
        texts = self.words[int(pixels[0, 0, 0]) // 100]
        rows, ends = range(len(texts)), [10 + 8 * len(text) for text in texts]
        quads = [[[10, y], [x, y], [x, y + 20], [10, y + 20]] for y, x in zip((10, 60), ends, strict=False)]
        return Page(None, pixels.shape[:2], quads, list(texts), scores=[0.9] * len(texts), lines=rows, blocks=rows)


def test_a_number_that_two_pages_share_is_hidden_on_both(tmp_path):
    """Also where only one of them is asked for: the other is read for it, and not written."""
    pages = [Image.new("RGB", (300, 100), (tone,) * 3) for tone in (20, 120, 220)]
    pages[0].save(tmp_path / "deed.pdf", save_all=True, append_images=pages[1:], resolution=300)
    secret = re.compile(r"\b12$|37649|5640|900101-12\b|2938")

    def read_deed(out, formats, **options):
        return read_files([tmp_path / "deed.pdf"], out, BreakReader, formats, mask=KINDS, quiet=True, **options)

    assert read_deed(tmp_path / "all", ALL) == 0
    for path in (tmp_path / "all" / name for name in files(tmp_path / "all")):
        contents = all_of_pdf(path) if path.suffix == ".pdf" else path.read_bytes().decode("utf-8", "replace")
        assert path.name.endswith(("csv", "jpg")) or not secret.search(re.sub(r"[A-Za-z0-9+/=]{200,}", "", contents)), path
    noted = [(row["page"], row["kind"], row["decision"]) for row in masks(tmp_path / "all") if row["decision"] == "masked"]
    assert sorted(noted) == [("1+2", "rrn", "masked"), ("2+1", "rrn", "masked"), ("2+3", "card", "masked"), ("3+2", "card", "masked")]
    assert read_deed(tmp_path / "one", "txt", pages="2") == 0
    assert (tmp_path / "one" / "deed.txt").read_text(encoding="utf-8").split() == ["*****", "홍길동", "카드번호", "4716-29**-"]
