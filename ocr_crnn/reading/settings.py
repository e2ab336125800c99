"""The figures that reading goes by, in one place: the spotter here and the one in graph (serving) are given the same record."""

from typing import NamedTuple

from ocr_crnn.recognition.doubted import DOUBTED


class SpotterSettings(NamedTuple):
    """From the texts that a detector finds to the characters that a recogniser reads in them."""

    min_score: float = 0.6  # texts read with less are left out: strokes of stamps, pictures, what shines through from the other side
    calibration: tuple = (1.0, 0.0)  # slope and offset of what scores mean, see confidence.calibrate; of the recogniser's preset
    margin: float = 0.24  # of the thickness of a text, added on all sides: accents, descenders, what a detector cuts off
    doubted: float = DOUBTED  # a line with a character that scores less is read again with another margin, and if that differs with all
    margins: tuple = (0.17, 0.31, 0.1, 0.38)
    leaning: float = 0.14  # tangent: a lone narrow character that leans by more stands upright all the same …
    lone: tuple = (1.1, 2.5)  # … that is a text so many times as high as wide
    narrow: float = 5.0  # a character of a line is at most so many times as high as wide, as 1 and l are
    gap: float = 1.0  # heights: a text is read in parts where its ink leaves a wider one
    condensed: float = 0.75  # of the usual distance: where syllables or digits stand closer, a text is read stretched too
    tall: float = 1.5  # a text this much taller than wide may lie on its side or be written downwards
    surer: float = 0.05  # by so much more a text has to score on its side or downwards than as it lies
    probed: int = 8  # so many of the longest texts of a page tell its direction
    probed_em: float = 8.0  # of each of them a part this many times as long as thick
    clearer: float = 0.05  # by so much a turned page has to score better than the page as it is given
    merged: float = 1.2  # of a column: pieces of ink whose joint height is at most so many widths of the ink are one character
    space: float = 0.6  # of a column: a gap of so many widths is a space
    side: float = 0.15  # of a column: paper on the sides of a character, in widths


class CellRules(NamedTuple):
    """What is a rule and a cell of a table or form."""

    rule_length: float = 1 / 40  # of the longer side of the page: shorter strokes are text
    darkness: int = 32  # of a rule below the mean of its surroundings, in grey levels
    rectangular: float = 0.8  # of its smallest rectangle: what fills less is no plain cell
    longest_px: int = 2400  # longer side of the mask in which rules are looked for


class OrderRules(NamedTuple):
    """Reading order; lengths are in line heights."""

    column_rows: int = 3  # rows on each side of a gutter that make it a gutter
    column_line: float = 8.0  # median length of a running line
    gutter: float = 1.0  # least width of a gutter
    filled: float = 0.9  # of the longest line of a column: as long a line fills it
    like_rows: int = 8  # rows that make columns of short lines, where they are alike and nothing else tells
    ruled_rows: int = 4  # where a rule is printed between them
    rows_below: int = 4  # rows that may stand below such columns in line with them
    scripts_differ: float = 0.25  # of the characters of like columns, so many may be of another script
    short_line: float = 4.0  # median length of their lines at least: shorter ones are labels
    widths_differ: float = 1.6  # times the median length of the shortest column, the longest one's at most
    spanning: float = 0.6  # of the height of a region: a cell as tall belongs to all of its rows
    paragraph_gap: float = 0.9  # a larger gap between lines starts a block
    height_change: float = 1.35  # as does a larger ratio of their heights
    row_gap: float = 2.0  # rows of several texts, as of a table without rules, belong together where the gap is no larger
    beside: float = 0.5  # of the lower one's height: texts of one line overlap by as much
    beside_change: float = 2.5  # and their heights differ by no larger ratio


class WordRules(NamedTuple):
    """What is a word; lengths are in heights of the text."""

    least_at_ends: float = 0.6  # score of a word at the ends of a line
    spread: float = 0.8  # gap between the syllables of a label that is spread over its room; a typed space has half of that
    longest_spread: int = 4  # syllables of such a label
    even_pitches: int = 3  # of syllables side by side, which tell how wide a text is set
    even: float = 1.2  # the widest of them is at most so many times the narrowest; a space makes a wider one
    sure_space: float = 0.9  # score of a space that is not asked for its width
    choices: int = 3  # circled numbers with a space after them, which tell that all of a page have one
    spaced_dash: float = 0.32  # heights of a digit between it and a dash, where a narrow space was typed


class CombRules(NamedTuple):
    """What is a comb, a row of cells with a character each."""

    least: int = 3  # characters
    wide: float = 1.8  # heights: the widest cell
    unlike: float = 0.2  # of a cell's width and height: by no more do its neighbours differ
    gap: float = 1.0  # of a cell's width: they stand no further apart
    touching: float = 0.45  # of a cell's height: so near is a row of the same table


class NilRules(NamedTuple):
    """What is a dash alone in a cell; lengths are in the median height of the page's texts."""

    least_cell: float = 0.9  # width and height of a cell
    most_height: float = 4.0
    narrow: float = 0.15  # width of a dash
    wide: float = 0.8  # the Hanja 一 is wider
    thick: float = 0.22
    flat: float = 2.0  # times its height is a dash wide, at least
    filled: float = 0.7  # of its box
    off_middle: float = 0.25  # of the height of the cell
    speck: float = 0.06  # the side of a square as large as a speck, which is no ink
    score: float = 0.9


class PointRules(NamedTuple):
    """What is a decimal point between two digits that was not read; lengths are in the height of the digits."""

    around: float = 0.15  # of the height of the text, around two digits, is looked at
    tall: float = 0.55  # of the height of the text: as high a piece of ink is a digit
    least_px: int = 14  # height of digits: in smaller ones a dot is no more than dirt
    most: float = 0.24  # side of a dot at most
    least: float = 0.08  # side of a square as large as a dot, at least
    flat: float = 0.4  # its shorter side, of its longer one
    off_base: float = 0.1  # of its lower end from that of the digits
    within: float = 0.7  # of its width at most is within that of a digit
    dirt: int = 2  # pieces smaller than a dot in the whole crop at most
    score: float = 0.8


class TableRules(NamedTuple):
    """What is a table; _px of the mask in which rules are looked for, other lengths in line heights."""

    rule_px: int = 11  # cells parted by less touch
    edge_px: float = 5.0  # edges of cells that lie no further apart are one
    least_px: int = 8  # side of a cell: what is thinner lies within a double rule
    skew: float = 0.05  # tangent of the largest slope
    open_side: float = 0.2  # of the longer side of the page: the height of a row whose side is drawn where there is none
    frame: float = 8.0  # least length of a rule over and under a table without upright ones
    rows: int = 3  # of a table without rules
    gutter: float = 0.6  # least width of the gap between its columns
    crossing: float = 0.35  # of its lines at most have a text over such a gap
    wide_gap: float = 1.2  # as wide a gap in a line parts it
    row_gap: float = 5.0  # a larger gap between its rows ends it
    line_gap: float = 0.6  # a line of one text is of a row if it is no farther from it
    same_row: float = 0.75  # of the distance of rows: nearer lines are of one
    filled: float = 0.5  # of its cells, at least
    used: float = 0.8  # of its width at most, in most rows: what takes more is prose in columns
    long_cell: float = 12.0  # median length of its texts at most: longer ones are prose


SPOTTER, CELLS, ORDER, WORDS = SpotterSettings(), CellRules(), OrderRules(), WordRules()
COMBS, NIL, POINTS, TABLES = CombRules(), NilRules(), PointRules(), TableRules()
