from dataclasses import replace

import numpy as np
import pytest
from oracle import line

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page
from ocr_crnn.reading.characters import box_characters, character_edges
from ocr_crnn.reading.crops import boxes_in_quad, text_ink
from ocr_crnn.reading.stacked import box_stacked, unstack
from ocr_crnn.reading.words import (
    complete_page_numbers,
    drop_doubtful_ends,
    drop_even_spaces,
    join_spread_labels,
    space_choices,
    split_words,
)

WHOLE = np.array([[0, 0], [200, 0], [200, 40], [0, 40]], np.float32)


def crop_with(*boxes, width=200, height=40):
    """White paper with black boxes (left, top, right, bottom)."""
    crop = np.full((height, width, 3), 255, np.uint8)
    for left, top, right, bottom in boxes:
        crop[top:bottom, left:right] = 0
    return crop


def words_of(read, crop, quad=WHOLE):
    """The words of a line: the Page that is made of its characters, boxed in the image of the line."""
    boxes = box_characters(read.text, read.spans_px, crop) / [*crop.shape[1::-1], *crop.shape[1::-1]]
    return words_in(read, quad, boxes)


def words_in(read, quad, boxes):
    """boxes: of the characters, as parts 0..1 of the quad."""
    characters = Characters(boxes_in_quad(quad, boxes), read.character_scores)
    row = Page(None, (300, 300), [quad], [read.text], scores=[read.score], lines=[7], characters=[characters], unit="line")
    return split_words(row)


def spikes(*middles):
    return np.array([[middle - 1, middle + 1] for middle in middles])


def box(quad):
    return [round(float(value), 2) for value in (*quad.min(axis=0), *quad.max(axis=0))]


LETTERS = [(10, 8, 28, 32), (32, 8, 50, 32), (80, 10, 98, 30), (102, 10, 120, 30)]  # "가나 다라"


def test_words_end_at_their_ink_wherever_the_spikes_stand_in_the_letters():
    for shift in (-8, 0, 8):
        read = line("가나 다라", spikes(19 + shift, 41 + shift, 60 + shift, 89 + shift, 111 + shift), 0.9)
        words = words_of(read, crop_with(*LETTERS))
        assert list(words.texts) == ["가나", "다라"]
        assert [box(quad) for quad in words.quads] == [[10, 8, 50, 32], [80, 10, 120, 30]]
        assert [len(row) for row in words.characters] == [2, 2] and words.scores[0] == pytest.approx(0.9)
        assert list(words.lines) == [7, 7] and words.unit == "word"


def test_rules_specks_and_neighbouring_lines_are_no_ink_of_a_word():
    read = line("가나 다라", spikes(19, 41, 60, 89, 111), 0.9)
    crop = crop_with(*LETTERS, (0, 35, 200, 37), (195, 0, 198, 40), (20, 0, 60, 3), (70, 20, 71, 21))
    assert [box(quad) for quad in words_of(read, crop).quads] == [[10, 8, 50, 32], [80, 10, 120, 30]]
    ink = text_ink(crop[:, :70])
    assert ink[:35].sum() == sum((right - left) * (bottom - top) for left, top, right, bottom in LETTERS[:2])


def test_light_text_on_dark():
    words = words_of(line("가나 다라", spikes(19, 41, 60, 89, 111), 0.9), 255 - crop_with(*LETTERS))
    assert box(words.quads[1]) == [80, 10, 120, 30]


def test_spaces_at_the_ends_two_in_a_row_and_none():
    crop = crop_with(*LETTERS)
    read = line(" 가나  다라 ", spikes(5, 19, 41, 57, 66, 89, 111, 130), 0.9)
    assert list(words_of(read, crop).texts) == ["가나", "다라"]
    assert list(words_of(line("가", spikes(19), 0.5), crop).texts) == ["가"]
    assert len(words_of(line("  ", spikes(3, 5), 0.9), crop)) == 0
    assert len(words_of(line("", np.zeros((0, 2)), 0.0), crop)) == 0


def test_words_without_any_ink_keep_their_place():
    read = line("가 나", spikes(20, 60, 100), 0.4)
    first, second = words_of(read, np.full((40, 200, 3), 255, np.uint8)).quads
    assert box(first) == [0, 0, 40, 40] and box(second) == [80, 0, 180, 40]  # midway to the space, two steps beyond the end


def test_quads_follow_a_turned_line():
    angle = np.radians(30)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    words = words_of(line("가나 다라", spikes(19, 41, 60, 89, 111), 0.9), crop_with(*LETTERS), WHOLE @ turn)
    np.testing.assert_allclose(words.quads[0] @ turn.T, [[10, 8], [50, 8], [50, 32], [10, 32]], atol=1e-3)


def test_edges_are_in_order_and_within_the_image():
    edges = character_edges(spikes(19, 15, 111), 120)  # a decoder's spans may be out of order by a frame
    assert (np.diff(edges) >= 0).all() and edges[0] >= 0 and edges[-1] <= 120


def test_characters_one_below_the_other():
    column = np.full((200, 30, 3), 255, np.uint8)
    for top in (5, 45, 130):
        column[top : top + 24, 4:26] = 0
    column[12:14, 4:26] = 255  # a character of two pieces
    stack = unstack(column)
    assert len(stack.places) == 3 and stack.image.shape[0] == 30
    middles = stack.places.mean(axis=1)
    read = line("공급 자", spikes(middles[0], middles[1], middles[1:].mean(), middles[2]), 0.8)
    column_quad = np.array([[100, 0], [130, 0], [130, 200], [100, 200]], np.float32)
    words = words_in(read, column_quad, box_stacked(read.text, read.spans_px, stack))
    assert list(words.texts) == ["공급", "자"]
    assert box(words.quads[0]) == [100, 5, 130, 69] and box(words.quads[1]) == [100, 130, 130, 154]
    assert box(words.characters[0].quads[1]) == [100, 45, 130, 69]
    assert unstack(column[:40]) is None and unstack(np.full((90, 20, 3), 255, np.uint8)) is None


def test_spaces_fill_what_is_between_words_and_have_no_width_at_the_ends():
    read = line(" 가나  다라 ", spikes(5, 19, 41, 57, 66, 89, 111, 130), 0.9)
    boxes = box_characters(read.text, read.spans_px, crop_with(*LETTERS))
    assert boxes[0].tolist() == [10, 8, 10, 32] and boxes[-1].tolist() == [120, 10, 120, 30]
    assert boxes[3].tolist() == [50, 8, 65, 32] and boxes[4].tolist() == [65, 8, 80, 32]


def test_unreadable_rows_stay_and_rows_without_characters_are_refused():
    quads = [WHOLE, WHOLE + 50]
    page = Page(None, (300, 300), quads, [None, ""], characters=[None, Characters([])], unit="segment")
    words = split_words(page)
    assert list(words.texts) == [None] and words.scores is None
    np.testing.assert_array_equal(words.quads, [WHOLE])
    with pytest.raises(ValueError, match="'가 나' with none"):
        split_words(Page(None, (300, 300), [WHOLE], ["가 나"]))
    with pytest.raises(ValueError, match="'가 나' with 2"):
        split_words(Page(None, (300, 300), [WHOLE], ["가 나"], characters=[Characters(np.stack([WHOLE, WHOLE]))]))


def test_a_word_is_as_sure_as_its_least_sure_character_and_the_spaces_beside_it():
    # The first space is read with doubt; the second with more than the word after it.
    boxes = np.tile([0.0, 0.0, 1.0, 1.0], (7, 1))
    scores = np.float32([0.9, 0.8, 0.3, 0.7, 0.95, 0.6, 0.99])
    read = line("가나 다라 마", spikes(*range(10, 80, 10)), 0.9)._replace(character_scores=scores)
    assert words_in(read, WHOLE, boxes).scores == pytest.approx([0.3, 0.3, 0.6])


def words_page(*rows, scores=None):
    """Lines of words (text, x), 20 px high and as wide as long, in lines of their own."""
    texts = [text for row in rows for text, _ in row]
    boxes = [(x, 40 * number, 20 * len(text), 20) for number, row in enumerate(rows) for text, x in row]
    quads = boxes_to_quads(boxes)
    characters = [Characters(np.repeat(quad[None], len(text), axis=0), [0.9] * len(text)) for quad, text in zip(quads, texts, strict=True)]
    lines = [number for number, row in enumerate(rows) for _ in row]
    return Page(None, (400, 600), quads, texts, scores=[0.9] * len(texts) if scores is None else scores, lines=lines, characters=characters)


def test_labels_spread_over_their_room_are_one_word():
    rows = [("성", 0), ("명", 60), ("홍길동", 140)], [("발주자", 0), ("상", 120), ("호", 180), ("한빛", 240)]
    page = join_spread_labels(words_page(*rows))
    assert list(page.texts) == ["성명", "홍길동", "발주자", "상호", "한빛"] and list(page.lines) == [0, 0, 1, 1, 1]
    assert box(page.quads[0]) == [0, 0, 80, 20] and len(page.characters[0]) == 2


def test_what_counts_or_stands_a_space_apart_is_no_label():
    rows = [[("년", 0), ("월", 60), ("일", 120)], [("상", 0), ("중", 60), ("하", 120)], [("이", 0), ("수", 30)], [("글", 0), ("하나", 60)]]
    rows.append([(syllable, 60 * place) for place, syllable in enumerate("국영수과사")])
    page = words_page(*rows)
    assert list(join_spread_labels(page).texts) == list(page.texts)
    double = words_page([("합", 0), ("계", 70)])  # set twice as wide as high, a typed space apart
    double = replace(double, quads=double.quads + np.float32([[0, 0], [20, 0], [20, 0], [0, 0]]))
    assert list(join_spread_labels(double).texts) == ["합", "계"]
    assert len(join_spread_labels(Page(None, (9, 9), [], []))) == 0


def test_doubtful_words_at_the_ends_of_a_line_are_left_out():
    """Of the means of their characters: a word's own score is that of the least sure one."""
    page = words_page([(text, 60 * place) for place, text in enumerate("가나다라마")], [("바", 0)])
    means = [0.3, 0.9, 0.5, 0.8, 0.59, 0.2]
    characters = [Characters(row.quads, [mean]) for row, mean in zip(page.characters, means, strict=True)]
    page = drop_doubtful_ends(replace(page, characters=characters, scores=[0.1] * 6))
    assert list(page.texts) == ["나", "다", "라"] and page.left_out == 3
    assert drop_doubtful_ends(replace(page, scores=None)).left_out == 3


def wide_set(text, pitch, space_score, gap=0.0, scores=None):
    """A page of one segment whose characters stand `pitch` px apart, 20 px wide; a space has the room between, and `gap` px more."""
    lefts, left = [], 0.0
    for character in text:
        lefts.append(left - 10 if character == " " else left)
        left += gap if character == " " else pitch
    quads = boxes_to_quads([[left, 0, 20, 30] for left in lefts])
    scores = [space_score if character == " " else 0.99 for character in text]
    return Page(None, (50, 900), boxes_to_quads([[0, 0, 800, 30]]), [text], characters=[Characters(quads, scores)])


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ("용역계약 서", (48, 0.57), "용역계약서"),
        ("용역계약 서", (48, 0.95), "용역계약 서"),  # a sure space
        ("용역계약 서", (48, 0.57, 15), "용역계약 서"),  # 63 px from syllable to syllable, 1.3 times the others
        ("용역계약 서", (48, 0.57, 9), "용역계약서"),  # 57 px, 1.19 times
        ("계약 서", (48, 0.57), "계약 서"),  # one pitch tells nothing
        ("용역계약 A", (48, 0.57), "용역계약 A"),
        ("용역 계약 서류", (48, 0.57), "용역계약서류"),
    ],
)
def test_spaces_of_wide_set_texts(text, arguments, expected):
    page = drop_even_spaces(wide_set(text, *arguments))
    assert list(page.texts) == [expected] and len(page.characters[0]) == len(page.characters[0].scores) == len(expected)


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ("대 한 민 국 을", (34, 0.99), "대한민국을"),  # sure spaces, and no gap is wider than another
        ("대한 민국 을 맞아", (34, 0.99, 20), "대한 민국 을 맞아"),
        ("대 한 민", (34, 0.99), "대 한 민"),  # two pitches tell too little
    ],
)
def test_spaces_between_letters_one_below_the_other(text, arguments, expected):
    """Turned by a quarter: the letters stay upright and stand one below the other."""
    page = wide_set(text, *arguments)
    quads = boxes_to_quads([[10, quad[0, 0], 20, 20] for quad in page.characters[0].quads])
    page = replace(page, characters=[Characters(quads, page.characters[0].scores)])
    assert list(drop_even_spaces(page).texts) == [expected]


def test_texts_without_characters_keep_their_spaces():
    page = Page(None, (9, 9), np.zeros((3, 4, 2)), ["용역계약 서", None, ""], characters=[None, None, None])
    assert list(drop_even_spaces(page).texts) == ["용역계약 서", None, ""]
    assert list(drop_even_spaces(Page(None, (9, 9), np.zeros((1, 4, 2)), ["용역계약 서"])).texts) == ["용역계약 서"]


def segment(text, scores):
    edges = np.arange(len(text)) * 10.0
    quads = boxes_to_quads(np.stack([edges, np.zeros_like(edges), edges + 10, edges * 0 + 20], axis=1))
    row = Page(None, (300, 300), [WHOLE], [text], scores=[0.9], characters=[Characters(quads, scores)])
    return complete_page_numbers(row)


@pytest.mark.parametrize(
    ("read", "completed", "place"), [("-1 -", "- 1 -", 1), ("- 1-", "- 1 -", 3), ("– 12–", "– 12 –", 4), ("-123 -", "- 123 -", 1)]
)
def test_the_number_of_a_page_has_both_spaces_or_none(read, completed, place):
    page = segment(read, np.where([c == " " for c in read], 0.5, 0.9))
    assert page.texts[0] == completed and len(page.characters[0]) == len(completed)
    assert page.characters[0].scores[place] == 0.5
    left, right = page.characters[0].quads[place - 1][1], page.characters[0].quads[place + 1][0]
    np.testing.assert_array_equal(page.characters[0].quads[place][:2], [left, right])
    assert list(split_words(page).texts) == completed.split()


@pytest.mark.parametrize(("gap_px", "completed"), [(3, "-12-"), (7, "- 12 -")])
@pytest.mark.parametrize("scores", [None, np.array([0.9, 0.7, 0.8, 0.9])])
def test_where_no_space_was_read_the_ink_tells(gap_px, completed, scores):
    image = np.full((60, 120), 255, np.uint8)
    image[29:31, 20:28] = image[29:31, 47 + 2 * gap_px : 55 + 2 * gap_px] = 0  # dashes
    image[20:40, 28 + gap_px : 31 + gap_px] = image[20:40, 35 + gap_px : 47 + gap_px] = 0  # 1 and 2
    edges = np.array([20, 28, 33 + gap_px, 47 + gap_px, 55 + 2 * gap_px], np.float32)
    quads = boxes_to_quads(np.stack([edges[:-1], np.full(4, 20), edges[1:], np.full(4, 40)], axis=1))
    quad = boxes_to_quads(np.array([[18, 20, 57 + 2 * gap_px, 40]]))[0]
    page = Page(None, image.shape, [quad], ["-12-"], scores=[0.9], characters=[Characters(quads, scores)])
    page = complete_page_numbers(page, image)
    assert page.texts[0] == completed and len(page.characters[0]) == len(completed)
    if scores is not None and gap_px == 7:
        np.testing.assert_allclose(page.characters[0].scores, [0.9, 0.7, 0.7, 0.8, 0.8, 0.9])


@pytest.mark.parametrize("read", ["-1-", "- 1 -", "-1", "1 -", "- 1 –", "- 12345-", "-가 -", "", "- -"])
def test_what_is_no_half_spaced_page_number_stays(read):
    page = segment(read, np.full(len(read), 0.9))
    assert page.texts[0] == read and len(page.characters[0]) == len(read)


def test_a_page_number_without_scores_or_characters():
    assert segment("-1 -", None).texts[0] == "- 1 -"
    assert complete_page_numbers(Page(None, (9, 9), [WHOLE], ["-1 -"])).texts[0] == "-1 -"
    assert len(complete_page_numbers(Page(None, (9, 9), [], [], characters=[]))) == 0


def choices(*texts, scores=0.9):
    quads = boxes_to_quads([[0, 40 * row, 20 * len(text), 20] for row, text in enumerate(texts)])
    characters = [
        Characters(boxes_to_quads([[20 * place, 40 * row, 18, 20] for place in range(len(text))]), np.full(len(text), scores))
        for row, text in enumerate(texts)
    ]
    return Page(None, (400, 400), quads, texts, characters=characters, unit="segment")


def test_circled_numbers_have_the_space_that_most_of_the_page_have():
    page = space_choices(choices("① ㄱ ②ㄴ ③ ㄱ, ㄷ", "④ ㄴ ⑤ 라 ⑥다", "본문 ①②③ (⑥)"))
    assert list(page.texts) == ["① ㄱ ② ㄴ ③ ㄱ, ㄷ", "④ ㄴ ⑤ 라 ⑥ 다", "본문 ①②③ (⑥)"]
    assert [len(row) for row in page.characters] == [len(text) for text in page.texts]
    np.testing.assert_allclose(page.characters[0].quads[5], [[98, 0], [100, 0], [100, 20], [98, 20]])  # between ② and ㄴ


@pytest.mark.parametrize("texts", [("① ㄱ ②ㄴ",), ("①가 ②나 ③ 다 ④ 라 ⑤ 마",), ("① 가 ② 나 ③ 다",), ()])
def test_where_few_have_one_nothing_is_added(texts):
    assert list(space_choices(choices(*texts)).texts) == list(texts)
    assert space_choices(Page(None, (9, 9), [WHOLE], ["① 가 ② 나 ③ 다 ④라"])).texts[0] == "① 가 ② 나 ③ 다 ④라"
