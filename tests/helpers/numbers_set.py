"""A data set of digits that is written in a moment."""

import json

from PIL import Image, ImageDraw, ImageFont


def write_numbers(folder, count, rng):
    """Lines of digits in the shape of 한국어 글자체 이미지; the font is the one that Pillow brings."""
    font = ImageFont.load_default(28)
    document = {"images": [], "annotations": []}
    (folder / "printed" / "word").mkdir(parents=True)
    for index in range(count):
        text, key = str(rng.integers(10, 99999)), f"{index:08d}"
        image = Image.new("L", (18 * len(text) + 12, 36), 255)
        ImageDraw.Draw(image).text((6, 2), text, 0, font)
        image.save(folder / "printed" / "word" / f"{key}.png")
        document["images"].append({"id": key, "width": image.width, "height": image.height, "file_name": f"{key}.png"})
        attributes = {"font": "Aileron", "type": "단어", "is_aug": False}
        document["annotations"].append({"id": key, "image_id": key, "text": text, "attributes": attributes})
    (folder / "printed" / "printed_data_info.json").write_text(json.dumps(document), encoding="utf-8")
