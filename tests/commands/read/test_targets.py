"""Where outputs go, whatever files are called and whoever else writes there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from inputs import ALL, errors, files, pdf, picture
from PIL import Image
from readers import ToneReader

from ocr_crnn.commands.read.files import UsageError, read_files
from ocr_crnn.commands.read.outputs import output_paths
from ocr_crnn.commands.read.targets import claiming, clean_name, plan_targets
from ocr_crnn.formats.page_json import read_page_json
from ocr_crnn.names import from_cell

CP949 = os.fsdecode("계약서 100".encode("cp949")) + "abc"
LONG = "가" * 82 + "나"  # 249 bytes: the longest name that a file can have with .png but for a byte


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.mark.parametrize("name", ["..png", "...png", " .png", "..pdf"])
def test_outputs_stay_in_their_folder(tmp_path, name, capsys):
    source = tmp_path / "in" / name
    picture(tmp_path / "in" / "a.png").rename(source) if name.endswith("png") else pdf(tmp_path / "in.pdf", 1).rename(tmp_path / name)
    source = source if source.exists() else tmp_path / name
    (tmp_path / "results.txt").write_text("mine")
    assert read_files([source], tmp_path / "results", ToneReader, "txt,json,pdf", dpi=72) == 0
    assert (tmp_path / "results.txt").read_text() == "mine"
    assert len(files(tmp_path / "results")) == 3 and all(path.startswith("_") for path in files(tmp_path / "results"))
    assert f"{name} → _" in capsys.readouterr().err
    assert not {"results.json", "results.pdf"} & set(os.listdir(tmp_path))


def test_paths_of_a_file_that_claims_many_pages_are_made_one_by_one():
    indices = iter(range(1000))
    assert next(iter(output_paths(Path("a"), ("json",), False, indices, 1000))).name == "a.p0001.json" and next(indices) == 1


def test_a_file_beside_a_folder_that_is_read_stays_inside_too(tmp_path, monkeypatch):
    picture(tmp_path / "in" / "a.png"), picture(tmp_path / "b.png")
    monkeypatch.chdir(tmp_path / "in")
    assert read_files([".", "../b.png"], "out/deep", ToneReader) == 0
    assert files(tmp_path / "in" / "out") == ["deep/a.txt", "deep/b.txt"]


@pytest.mark.parametrize("link", ["sub", "a.txt", "a.pdf"])
def test_links_that_lead_out_are_refused(tmp_path, link):
    picture(tmp_path / "in" / "a.png"), picture(tmp_path / "in" / "sub" / "b.png")
    (tmp_path / "out").mkdir(), (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / link).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match=f"{link}, which leads to .*elsewhere"):
        read_files([tmp_path / "in"], tmp_path / "out", ToneReader, "txt,pdf", recursive=True)
    assert os.listdir(tmp_path / "elsewhere") == []


def test_links_that_lead_back_to_themselves_end_nothing(tmp_path, capsys):
    picture(tmp_path / "in" / "a.png"), (tmp_path / "in" / "loop.png").symlink_to("loop.png")
    (tmp_path / "out").mkdir(), (tmp_path / "out" / "a.txt").symlink_to("a.txt")
    assert read_files([tmp_path / "in"], tmp_path / "out", ToneReader) == 0
    assert (tmp_path / "out" / "a.txt").read_text(encoding="utf-8") == "쪽 200\n"
    assert "loop.png" in capsys.readouterr().err


@pytest.mark.parametrize("name", [CP949, LONG], ids=["cp949", "long"])
def test_names_of_other_encodings_and_of_any_length(tmp_path, name, capsys):
    data, out = tmp_path / "in", tmp_path / "out"
    picture(data / f"{name}.png", 7)
    frames = [Image.new("RGB", (30, 20), (tone,) * 3) for tone in (5, 13, 6)]
    frames[0].save(data / f"{name[:-1]}.tif", save_all=True, append_images=frames[1:])
    pdf(tmp_path / "p.pdf", 2).rename(data / f"{name[:-2]}.pdf")
    (data / f"{name[:-3]}.png").touch()
    assert read_files([data], out, ToneReader, ALL, dpi=72, overlay=True) == 1
    written = files(out)
    assert len(written) == 1 + 3 * 6 + 2 * (1 + 2 + 2), capsys.readouterr().err  # of a document, and JSON and overlay of each page
    assert [(from_cell(row["path"]), row["page"]) for row in errors(out)] == [
        (str(data / f"{name[:-3]}.png"), ""), (str(data / f"{name[:-1]}.tif"), "2")
    ]  # fmt: skip
    (page,) = [path for path in out.glob("*.json") if ".p" not in path.name]
    assert os.path.samefile(read_page_json(page).image_path, data / f"{name}.png")
    told = capsys.readouterr().err
    assert "surrogate" not in told and ("계약서 100.png" in told if name == CP949 else "~" in told)
    assert read_files([data], out, ToneReader, ALL, dpi=72, overlay=True, resume=True) == 1
    assert files(out) == written and "2 files were finished before" in capsys.readouterr().err


def test_titles_of_korean_archives_are_readable(tmp_path):
    picture(tmp_path / f"{CP949}.png")
    assert read_files([tmp_path / f"{CP949}.png"], tmp_path / "out", ToneReader, "html,hocr,alto") == 0
    for suffix in ("html", "hocr", "xml"):
        (path,) = (tmp_path / "out").glob(f"*.{suffix}")
        assert "계약서 100abc" in path.read_text(encoding="utf-8")


def test_names_are_cleaned_and_stay_apart():
    assert clean_name("..") == "__" and clean_name(" ") == "_" and clean_name("가") == "가" and clean_name(".a") == ".a"
    assert clean_name(".a.unfinished.abcdefgh") == "_.a.unfinished.abcdefgh"
    long, longer = clean_name(LONG[:-1]), clean_name(LONG)
    assert len(os.fsencode(longer)) <= 230 and longer.startswith("가" * 70) and longer != long


def test_pages_of_one_document_are_not_those_of_another():
    names = ["a.tif", "a.p0001.png", "b.p0001.png", "b.p0001.tif", "b.p0002.png"]
    targets = [target.name for target in plan_targets([Path(name) for name in names], [], "out").values()]
    assert targets == ["a", "a.p0001.png", "b.p0001.png", "b.p0001.tif", "b.p0002"]


def test_hangul_composed_otherwise_is_another_name_for_the_same():
    targets = plan_targets([Path("x/가.png"), Path("y/\u1100\u1161.png")], [], "out")
    assert [target.name for target in targets.values()] == ["가.png", "\u1100\u1161.png_2"]


OTHER = """
import sys, time
from pathlib import Path
from ocr_crnn.commands.read.targets import claiming

with claiming({Path(sys.argv[1]): Path(sys.argv[2], "a")}, Path(sys.argv[2])):
    print("claimed", flush=True)
    time.sleep(60)
"""


def test_two_runs_do_not_write_to_one_name(tmp_path, capsys):
    first, second = picture(tmp_path / "x" / "a.png", 1), picture(tmp_path / "y" / "a.png", 2)
    out = tmp_path / "out"
    out.mkdir()
    with subprocess.Popen([sys.executable, "-c", OTHER, str(first), str(out)], stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        with pytest.raises(UsageError, match="Received: .*y/a.png for .*out/a, which a run is writing from .*x/a.png"):
            read_files([second], out, ToneReader)
        assert read_files([first], out, ToneReader) == 0
        other.kill()
    assert read_files([second], out, ToneReader) == 0 and "1 files have results" in capsys.readouterr().err
    assert os.listdir(out) == ["a.txt"] and (out / "a.txt").read_text() == "쪽 2\n"


def test_a_claim_that_is_none_stops_nobody(tmp_path):
    with claiming({}, tmp_path):
        (claim,) = tmp_path.glob(".run.unfinished.*/targets.json")
        assert json.loads(claim.read_text()) == {}
        claim.write_text("[")
        with claiming({tmp_path / "a.png": tmp_path / "a"}, tmp_path):
            pass
    assert os.listdir(tmp_path) == []
