"""Spaces that were read where print has none: 2026 년 is 2026년, and 「법」 에 is 「법」에.

Many fonts leave a gap between a figure and a syllable, and the network sometimes takes it for a space. Before a unit the ink tells how
wide it is beside the other spaces of the line: text that sets its units apart has them all alike, and keeps them. A closing bracket has
its blank within it, so what stands between it and a particle says nothing, and language does: nobody sets that apart, nor a rate, 원/월.
"""

import re

import numpy as np

from ocr_crnn.ops.blanks import widest_blanks
from ocr_crnn.ops.lines import ink_mask, to_grey

NARROW = 0.95  # of the median of the other spaces of the line: what is narrower is none
LEAST_EM = 0.3  # heights of the unit: what is narrower is no space either

# Of time, money, addresses, laws, and what is counted, with what follows such a unit in the same word.
_UNITS = (
    "년|월|일|시|분|초|시간|개월|개년|주년|학년|학기|원|천원|만원|억원|천만원|백만원|만|억|명|개|층|동|호|호선|호실|번|번지|번길|"
    "조|항|목|세|건|회|차|점|권|매"
)
_ENDINGS = (
    "(?:(?<=원)정|(?<=[년월])[말초]|(?<=년)생|간|째|씩|여)?"
    "(?:까지|부터|에서|에게|이내|이상|이하|미만|초과|이후|이전|마다|동안|이다|입니다|이며|임)?"
    "(?:이|가|은|는|을|를|의|에|으로|로|과|와|도|만)?"
)
# Words that look like a unit with an ending.
_NOUNS = "동의|회의|항의|호의|시의|건의|세로|항로|회로|호가|시가|원가|시도|매도|초과|점도"
# 200 시 간 is a figure beside a label that is spread over its cell.
_SPACE = re.compile(rf"(?<=[0-9]) (?!(?:{_NOUNS})(?![가-힣]))(?=(?:{_UNITS}){_ENDINGS}(?![가-힣]))(?![가-힣] [가-힣](?![가-힣]))")
_NEVER = re.compile(
    "(?<=[」』》〉]) (?=(?:에|을|를|은|는|가|의|와|과|로|으로|에서|에게|도|만)(?![가-힣]))|"
    "(?<=원) (?=/(?:인|명|개|월|일|년|회|시간|건)(?![가-힣]))"
)
_APART = re.compile(r"(?:제|약|총|각|단) [0-9][0-9.,]*$")  # 제 2 호 is set so


def close_spaces(text, scores, spans_px, crop):
    """A line's text, the scores `(n,)` and spans `(n, 2)` of its characters in its crop, uint8 `(height, width[, 3])` → the same three
    without the spaces that print does not have. spans_px: None, or NaN, where the decoder does not tell: then spaces before units stay.
    """
    dropped = [match.start() for match in _NEVER.finditer(text)]
    asked = [match.start() for match in _SPACE.finditer(text) if not _APART.search(text[: match.start()])]
    if asked and spans_px is not None and not np.isnan(spans_px).any() and crop.size:
        dropped += _too_narrow(asked, text, spans_px, crop)
    if not dropped:
        return text, scores, spans_px
    kept = np.setdiff1d(np.arange(len(text)), dropped)
    return "".join(text[place] for place in kept), np.asarray(scores)[kept], None if spans_px is None else np.asarray(spans_px)[kept]


def _too_narrow(asked, text, spans_px, crop):
    """Which of some spaces before units are narrower in the ink than the other spaces of the line."""
    ink = ink_mask(to_grey(crop))
    middles = np.mean(spans_px, axis=1)
    spaces = [place for place, character in enumerate(text) if character == " " and 0 < place < len(text) - 1]
    blanks = widest_blanks(ink, [middles[place - 1] for place in spaces], [middles[place + 1] for place in spaces])
    gaps = {place: end - begin for place, (begin, end) in zip(spaces, blanks, strict=True)}
    others = [gap for place, gap in gaps.items() if not (text[place - 1].isdecimal() and "가" <= text[place + 1] <= "힣")]
    usual = np.median(others) if others else 0.0
    return [place for place in asked if gaps[place] < max(NARROW * usual, LEAST_EM * _height(ink, middles, place + 1))]


def _height(ink, middles, place):
    """How high the character at a place is, in pixels; 0 without ink."""
    step = max(middles[place] - middles[place - 1], 1.0)
    rows = np.flatnonzero(ink[:, max(int(middles[place] - step / 2), 0) : int(np.ceil(middles[place] + step / 2))].any(axis=1))
    return int(rows[-1] - rows[0]) + 1 if len(rows) else 0
