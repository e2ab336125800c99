"""Words of tables: how large they are, which stand on one line, which are figures or marks of a list."""

import re

import numpy as np

_MARK = re.compile(
    r"[-–•·∙▪◦‣*ㆍ○●■□◆◇▶▷※☞◎▣▲△▼ㅇoO①-⑳㉠-㉻❶-❿]|\(?(?:\d{1,2}|[가나다라마바사아자차카타파하]|[a-zA-Z]|[ivxⅠ-Ⅻ]+)[.)]|제\d+[조항호]"
)


def em_of(boxes, texts):
    """The em of most texts: their median height, or the median room of a character in words of Hangul where that is more: the ink of some
    faces is low."""
    if len(boxes) == 0:
        return 0.0
    words = [number for number, text in enumerate(texts) if text and len(text) > 1 and all("가" <= letter <= "힣" for letter in text)]
    rooms = [(boxes[word, 2] - boxes[word, 0]) / (len(texts[word]) - 0.1) for word in words]
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    return max(height, min(float(np.median(rooms)), 1.6 * height)) if len(rooms) > 4 else height


def split_lines(boxes, em, words=None):
    """Positions of the words of each line, from left to right: words whose middles lie within 0.4 of a line's height of its first ones'.
    words: positions; all of them if left out."""
    words = np.arange(len(boxes)) if words is None else np.asarray(words, np.int64)
    middles = (boxes[words, 1] + boxes[words, 3]) / 2
    lines, anchor = [], -np.inf
    for place in np.argsort(middles, kind="stable"):
        if middles[place] - anchor > 0.4 * em:
            lines.append([])
            anchor = middles[place]
        lines[-1].append(int(words[place]))
        anchor += (middles[place] - anchor) / len(lines[-1])
    return [sorted(line, key=lambda word: boxes[word, 0]) for line in lines]


def is_numeric(text):
    """True for figures, amounts, dates, shares: half of the characters at least are digits, or it is a mark that stands for one."""
    text = text.replace(" ", "")
    return bool(text) and (2 * sum(character.isdigit() for character in text) >= len(text) or text in ("-", "–", "—"))


def is_mark(text):
    """True for what begins an item of a list: •, 1., 가), ①."""
    return bool(_MARK.fullmatch(text))
