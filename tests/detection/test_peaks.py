from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from perfect_maps import perfect_maps

from ocr_crnn.detection.centers import center_targets
from ocr_crnn.detection.decoders import build_decoder, decoder_config
from ocr_crnn.detection.peaks import PeakDecoder, find_peaks
from ocr_crnn.geometry import boxes_to_quads, quad_ious
from ocr_crnn.granularity import segments
from ocr_crnn.page import Characters, Page
from ocr_crnn.reading.orientation import turn_quads
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.numbered import draw_sentences
from ocr_crnn.training.pages import PageSource

FONTS = Path(__file__).parents[2] / "fonts"
EVERYTHING = PeakDecoder(min_height_px=0)


def decode(page, decoder=EVERYTHING, scale=1.0):
    return decoder(perfect_maps(center_targets(page)), 4, scale)


def line_of(text, x=40.0, y=40.0, em=16.0, size=(128, 640), down=False):
    """A text whose characters are squares of 0.9 em, one an em; spaces too."""
    places = np.arange(len(text)) * em
    boxes = [[x, y + at, 0.9 * em, 0.9 * em] if down else [x + at, y, 0.9 * em, 0.9 * em] for at in places]
    quads = boxes_to_quads(boxes)
    low, high = quads.min(axis=(0, 1)), quads.max(axis=(0, 1))
    return Page(None, size, boxes_to_quads([[*low, *(high - low)]]), [text], characters=[Characters(quads)])


def turn(page, turns):
    size = page.size[::-1] if turns % 2 else page.size
    characters = [Characters(turn_quads(one.quads, page.size, turns)) for one in page.characters]
    return replace(page, size=size, quads=turn_quads(page.quads, page.size, turns), characters=characters)


@cache
def rendered(number):
    """A rendered page of words that are all known."""
    sentences = draw_sentences(np.random.default_rng(number))
    source = PageSource(
        7, tuple(load_faces(find_fonts([FONTS]))), tuple(sentences), None, granularity=lambda page: page, dpi_range=(1.0, 1.1)
    )
    page = source.draw_page(number)[1]
    return page.take([bool(text and text.strip()) for text in page.texts])


def count_hits(truth, found, least=0.9):
    """How many of the true quads are found, each by one of its own that begins at the same corner."""
    ious = quad_ious(truth, found)
    best = ious.argmax(axis=1)
    same = np.linalg.norm(truth[:, 0] - found[best][:, 0], axis=-1) <= np.linalg.norm(truth[:, 1] - found[best][:, 0], axis=-1)
    return len(set(best[(ious.max(axis=1) >= least) & same]))


def test_what_the_targets_of_rendered_pages_say_is_found():
    """At every quarter turn and both granularities: recall at IoU 0.9 of texts and characters, direction included, and nothing else."""
    texts = hits = found = letters = letter_hits = letters_found = 0
    for number in range(6):
        page, decoder = turn(rendered(number), number % 4), EVERYTHING
        if number < 3:
            page = segments(page)
        else:
            decoder = replace(EVERYTHING, granularity="word")
        instances = decode(page, decoder)
        assert instances.directed and instances.quads.dtype == np.float32 and instances.scores.min() > 0.9
        written = [[not letter.isspace() for letter in text] for text in page.texts]
        true = np.concatenate([one.quads[keep] for one, keep in zip(page.characters, written, strict=True)])
        seen = np.concatenate([one.quads for one in instances.characters])
        texts, found, hits = texts + len(page), found + len(instances.quads), hits + count_hits(page.quads, instances.quads)
        letters, letters_found, letter_hits = letters + len(true), letters_found + len(seen), letter_hits + count_hits(true, seen)
    assert texts > 300 and letters > 1500
    assert hits >= 0.995 * texts and found <= 1.002 * texts, (hits, found, texts)
    assert letter_hits >= 0.99 * letters and letters_found <= letters, (letter_hits, letters_found, letters)


@pytest.mark.parametrize("turns", range(4))
def test_a_line_of_words_is_one_text_with_its_characters_in_order(turns):
    page = turn(line_of("가나 다 라마바사 아"), turns)
    found = decode(page, scale=2.0)
    np.testing.assert_allclose(found.quads, page.quads / 2, atol=0.05)
    written = [place for place, letter in enumerate(page.texts[0]) if letter != " "]
    np.testing.assert_allclose(found.characters[0].quads, page.characters[0].quads[written] / 2, atol=0.05)
    words = decode(page, replace(EVERYTHING, granularity="word"))
    assert sorted(len(one) for one in words.characters) == [1, 1, 2, 4]


def test_columns_are_read_downwards():
    page = line_of("가나다 라마", size=(200, 80), down=True)
    found = decode(page)
    np.testing.assert_allclose(found.quads, page.quads, atol=0.1)
    np.testing.assert_allclose(found.characters[0].quads[3], page.characters[0].quads[4], atol=0.1)


def test_a_line_that_lies_askew():
    angle = np.deg2rad(-7)
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    page = line_of("가나다 라마바")
    page = replace(page, quads=page.quads @ matrix, characters=[Characters(page.characters[0].quads @ matrix)])
    np.testing.assert_allclose(decode(page).quads, page.quads, atol=0.1)


def test_of_a_long_word_whose_ends_are_seen_badly_the_characters_say_them():
    page = line_of("가" * 30)
    maps = perfect_maps(center_targets(page))
    maps[..., 1] -= 0.3  # the centre sees the left end a quarter too near, and the right end too
    maps[..., 3] -= 0.3
    found = EVERYTHING(maps, 4, 1.0)
    assert quad_ious(page.quads, found.quads)[0, 0] > 0.98 and len(found.characters[0]) == 30


def test_characters_without_a_word_are_a_word():
    page = line_of("가나다라마")
    maps = perfect_maps(center_targets(page))
    maps[..., 0] = -9
    found = EVERYTHING(maps, 4, 1.0)
    assert len(found.quads) == 1 and len(found.characters[0]) == 5
    assert quad_ious(page.quads, found.quads)[0, 0] > 0.9


def test_the_page_outvotes_a_character_that_could_be_upside_down():
    page = Page(None, (160, 320), [], [])
    lines = [
        line_of("가나다라마", 20, 20, size=page.size),
        line_of("0", 20, 80, size=page.size),
        line_of("가나다", 20, 120, size=page.size),
    ]
    page = replace(
        lines[0],
        quads=np.concatenate([line.quads for line in lines]),
        texts=[line.texts[0] for line in lines],
        characters=[line.characters[0] for line in lines],
    )
    maps = perfect_maps(center_targets(page))
    maps[20:25, :, 8:12] = [0, 0, 1, 0]  # of the digit alone
    found = EVERYTHING(maps, 4, 1.0)
    assert count_hits(page.quads, found.quads) == 3


def test_neighbours_that_are_equal_have_one_peak():
    logits = np.full((6, 8), -9.0, np.float32)
    logits[1:3, 1:3] = 1
    logits[4, 2:7] = 2
    logits[1, 6] = np.nan
    assert list(zip(*find_peaks(logits, 0.5, 10), strict=True)) == [(1, 1), (4, 2)]
    assert len(find_peaks(logits, 0.5, 1)[0]) == 1 and find_peaks(np.zeros((1, 1), np.float32), 0.5, 5)[0].shape == (1,)


def test_a_long_word_with_two_peaks_is_one():
    page = line_of("가" * 30)
    maps = perfect_maps(center_targets(page))
    maps[12, 40:44, :12], maps[12, 100:104, :12] = maps[12, 74, :12], maps[12, 74, :12]  # another, which sees the same box from its place
    found = EVERYTHING(maps, 4, 1.0)
    assert len(found.quads) == 1 and len(found.characters[0]) == 30
    assert quad_ious(page.quads, found.quads)[0, 0] > 0.6


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (60, 70)])
@pytest.mark.parametrize("kind", ["blank", "noise", "nan", "huge"])
def test_degenerate_maps(size, kind):
    rng = np.random.default_rng(0)
    maps = {
        "blank": np.full((*size, 40), -8.0),
        "noise": rng.normal(0, 4, (*size, 40)),
        "nan": np.where(rng.random((*size, 40)) < 0.3, np.nan, rng.normal(0, 4, (*size, 40))),
        "huge": rng.choice([-1e30, 1e30, np.inf], (*size, 40)),
    }[kind].astype(np.float32)
    with np.errstate(all="raise", under="ignore"):
        found = PeakDecoder()(maps, 4, 0.5)
    assert found.quads.shape == (len(found.scores), 4, 2) and len(found.characters) == len(found.scores)
    assert np.isfinite(found.quads).all() and (kind != "blank" or len(found.quads) == 0)


def test_settings_are_kept_and_checked():
    decoder = PeakDecoder(min_link=0.7, granularity="word")
    assert build_decoder(decoder_config(decoder)) == decoder and decoder_config(decoder)["decoder"] == "peaks"
    with pytest.raises(ValueError, match="granularity is one of segment, word. Received: 'line'"):
        PeakDecoder(granularity="line")
    with pytest.raises(ValueError, match="min_score is a number from 0 to 1. Received: 2"):
        PeakDecoder(min_score=2)
