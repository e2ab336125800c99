# ruff: noqa: E501, SIM905 — lists of words read better in long lines.
"""Lines of one script and lines of several, for a network that tells scripts apart."""

from functools import cache

from ocr_crnn.alphabet import DOCUMENT_SYMBOLS, is_hangul
from ocr_crnn.synthesis.text import fields, templates
from ocr_crnn.synthesis.text.corpus import cut_to_length, draw_span, draw_syllables, read_english
from ocr_crnn.synthesis.text.fields import choose, digits, number
from ocr_crnn.synthesis.text.hanja import WORDS, draw_any_hanja, draw_hanja_line

SCRIPTS = ("hangul", "latin", "digit", "hanja", "kana")  # "digit": symbols too
LONGEST = 32  # characters of a line
# Alone, these are a letter of another script or a mark: ロ 口 ㅁ, ー 一 ㅡ -, I l 1 |, O 0 ○.
ALIKE = frozenset("ーニロトカエタハチミノリヘペベ" "一二三口" "ㅡㅁㅇㅣㅅ" "IlOoXxVvCcSsZz" "0125|-–—―─_○◯〇×~〜/\\()<>[]{}.,:;'\"·•□■△▲▽▼■◇◆")
_KANA_WORDS = """
ありがとう こんにちは すみません おはよう さようなら わたし あなた これ それ あれ ここ どこ いつ なに です ます でした ました ください から まで より とても たくさん すこし もの こと ところ とき ひと いろいろ みなさま おすすめ
お の は が を に で と も へ や ね よ あたらしい おおきい ちいさい うつくしい おいしい たのしい はじめまして よろしく おねがいします いらっしゃいませ ございます について として ため ような ので しかし また および ならびに
カメラ テレビ ラジオ パソコン インターネット ホテル レストラン メニュー コーヒー ビール ケーキ タクシー バス トイレ エレベーター データ ファイル プリンター サービス サイズ カード ポイント キャンペーン ショッピング セール メーカー モデル シリーズ ソウル プサン
インチョン チェジュ ミョンドン キムチ ビビンバ サムギョプサル カムサハムニダ アンニョンハセヨ マッサージ チケット パスポート クレジット レンタカー ターミナル チェックイン ルーム フロア センター スーパー コンビニ ドラッグストア アルバイト ニュース プログラム システム ネットワーク
""".split()
_HIRAGANA = "".join(map(chr, range(0x3041, 0x3094)))
_KATAKANA = "".join(map(chr, range(0x30A1, 0x30F7)))
_UNLIKE = frozenset("ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹ〃々")  # signs of a script of their own, or of another's form
_BETWEEN = ("", "", "", " ", " ", " ", "(", "/", "·", ": ", ", ", "-")


def draw_line_of_script(rng, script, corpus=()):
    """A line of one of SCRIPTS, 1 to LONGEST characters; marks may stand among its letters, and of look-alikes alone there is none.

    corpus: sentences, for Hangul. Raises KeyError for another script.
    """
    while True:
        text = cut_to_length(rng, _LINES[script](rng, corpus), LONGEST).strip()
        if text and not ALIKE.issuperset(text.replace(" ", "")):
            return text


def draw_line_of_scripts(rng, corpus=()):
    """A line of more than one script mostly: of a document, with Hanja in Hangul, or words of any two to four."""
    kind = rng.random()
    if kind < 0.25:
        return cut_to_length(rng, templates.draw_document_line(rng), LONGEST)
    if kind < 0.45:
        return cut_to_length(rng, draw_hanja_line(rng), LONGEST)
    text, before = "", None
    for _ in range(number(rng, 2, 4)):
        script = choose(rng, [name for name in SCRIPTS if name != before])
        word = cut_to_length(rng, draw_line_of_script(rng, script, corpus), number(rng, 2, 12))
        text += (choose(rng, _BETWEEN) if text else "") + word
        before = script
    return text + ")" if "(" in text and ")" not in text else text


def _hangul(rng, corpus):
    if rng.random() < 0.2:
        return draw_syllables(rng)
    text = draw_span(rng, corpus) if len(corpus) and rng.random() < 0.7 else templates.draw_phrase(rng)
    return " ".join(word for word in text.split() if all(is_hangul(c) or c in ".,!?" for c in word))


def _latin(rng, corpus):
    if rng.random() < 0.25:
        text = fields.latin_name(rng)
    else:
        text = draw_span(rng, read_english())
    text = " ".join(word for word in text.split() if all(c.isascii() and c.isalpha() or c in ".,'-&" for c in word))
    return text.upper() if rng.random() < 0.2 else text


def _digit(rng, corpus):
    kind = rng.random()
    if kind < 0.2:
        symbols = _symbols()
        return "".join(choose(rng, symbols) for _ in range(number(rng, 1, 5)))
    if kind < 0.4:
        return choose(rng, ("", "", "₩", "-", "(", "※ ")) + (digits(rng, number(rng, 1, 10)) if rng.random() < 0.5 else f"{fields.amount(rng):,}")
    field = choose(rng, (fields.phone, fields.business_number, fields.account, fields.card_number, fields.date, fields.percent, fields.time, fields.period, fields.numbering))
    text = field(rng)
    return text if all(map(_is_sign, text)) else ""


def _hanja(rng, corpus):
    if rng.random() < 0.5:
        return draw_any_hanja(rng)
    return choose(rng, ("", " ", "·")).join(choose(rng, WORDS)[0] for _ in range(number(rng, 1, 5)))


def _kana(rng, corpus):
    words = []
    for _ in range(number(rng, 1, 6)):
        letters = choose(rng, (_HIRAGANA, _KATAKANA))
        invented = "".join(choose(rng, letters) for _ in range(number(rng, 1, 7))) + choose(rng, ("", "", "ー" if letters is _KATAKANA else ""))
        words.append(choose(rng, _KANA_WORDS) if rng.random() < 0.6 else invented)
    return choose(rng, ("", "", " ", "、", "・")).join(words)


@cache
def _symbols():
    return "".join(c for c in DOCUMENT_SYMBOLS + "!#$%&*+=?@^~" if _is_sign(c))


def _is_sign(character):
    """Whether it is no letter and holds none, as ㈜ and ⓐ do."""
    return not (character.isalpha() or "㈀" <= character <= "㋿" or "ⓐ" <= character <= "ⓩ" or character in _UNLIKE)


_LINES = {"hangul": _hangul, "latin": _latin, "digit": _digit, "hanja": _hanja, "kana": _kana}
