"""Pairs of image and text file → Pages."""

from annotated import read, write_image


def test_pairs(tmp_path):
    for name in ("a.png", "b.jpg", "b.png", "c.png", "d.png"):
        write_image(tmp_path / "lines" / name, (32, 100))
    texts = {"a.txt": "가나 다\n", "b.gt.txt": "나", "c.txt": "두\n줄", "d.txt": " \n", "e.txt": "그림 없음"}
    for name, text in texts.items():
        (tmp_path / "lines" / name).write_text(text, encoding="cp949")
    pages, findings = read(tmp_path)
    assert [page.texts[0] for page in pages] == ["가나 다", "나"]
    assert findings == {"image_missing": 1, "duplicate_image": 1, "several_lines": 1, "empty_text": 1}


def test_one_pair(tmp_path):
    write_image(tmp_path / "a.png", (32, 100))
    (tmp_path / "a.gt.txt").write_text("가", encoding="utf-8-sig")
    (page,), findings = read(tmp_path / "a.gt.txt")
    assert page.texts[0] == "가" and findings == {}


def test_what_stands_alone_is_told_and_normal_forms_are_one(tmp_path):
    write_image(tmp_path / "\uac00.png")
    (tmp_path / "\u1100\u1161.txt").write_text("가", encoding="utf-8")
    write_image(tmp_path / "b.png")
    for name in ("c.txt", "README.txt"):
        (tmp_path / name).write_text("나", encoding="utf-8")
    (page,), findings = read(tmp_path)
    assert list(page.texts) == ["가"] and findings == {"not_annotated": 1, "image_missing": 1}
