"""One self-contained HTML file: page images with selectable text over them, uncertain words in colour, search, page keys.

What stages have found (Page.records) is outlined, and said of a word under the pointer. Tables stand below their page, to be copied into a
spreadsheet; a box opens them. Until then a search in the browser does not find their words twice.
"""

import base64
from html import escape
from pathlib import Path

import numpy as np

from ocr_crnn.files import replacing_file
from ocr_crnn.formats.files import encode_page_image, plain_text
from ocr_crnn.formats.found import describe_words, outline_found
from ocr_crnn.formats.html_tables import format_html_table

UNCERTAIN = 0.8  # words below this score are marked


def write_html(pages_and_images, path, title="ocr_crnn", uncertain=UNCERTAIN):
    """Write a viewer for an iterable of `(Page, image)`, taken one by one; nothing is fetched when it is opened.

    image: a path or the bytes of a JPEG, PNG or WebP file, or uint8 `(height, width[, 3])`.
    uncertain: words with a lower score are coloured and can be stepped through.
    """
    before, after = _DOCUMENT.split("{pages}")
    with replacing_file(path) as stream:
        stream.write(before.format(title=escape(plain_text(title)), style=_STYLE).encode("utf-8"))
        for number, (page, image) in enumerate(pages_and_images, 1):
            stream.write((_section(number, page, image, uncertain) + "\n").encode("utf-8"))
        stream.write(after.format(script=_SCRIPT).encode("utf-8"))


def _section(number, page, image, uncertain):
    height, width = page.size
    notes = describe_words(page)
    blocks = ("".join(_line(page, rows, uncertain, notes) for rows in lines) for lines in page.block_lines())
    return (
        f'<section id="page-{number}" class="page" style="aspect-ratio:{width}/{height}">'
        f'<img alt="{number}" src="{_data_url(image)}">'
        f'<svg viewBox="0 0 {width} {height}" aria-hidden="true">{_outlines(page, uncertain)}{outline_found(page)}</svg>'
        f'<div class="text" data-width="{width}">{"<br>".join(blocks)}</div></section>{_tables(page)}'
    )


def _tables(page):
    """The tables of a page behind a box to tick, of style alone: what is not shown is not found or copied. Its label is of style too."""
    tables = [text for text in (format_html_table(page, table) for table in page.records.get("tables", [])) if text]
    if not tables:
        return ""
    label = f'<label data-label="표 {len(tables)}"><input type="checkbox" aria-label="표"></label>'
    return f'<aside class="tables">{label}<div>{"".join(tables)}</div></aside>'


def _line(page, rows, uncertain, notes):
    """A box at the first word's corner, turned as the line runs, with its words one after the other.

    The words are inline and the spaces between them stand in the same box: what is copied has its spaces, and a browser finds phrases,
    which it does not look for over the borders of boxes.
    """
    quads = page.quads[rows].astype(np.float64)
    along = (quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]).sum(axis=0)
    angle = float(np.arctan2(along[1], along[0]))
    axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])  # columns: along the line, across it
    origin = quads[0, 0]
    places = (quads[:, 0] - origin) @ axes
    parts, end = [], 0.0
    for row, quad, (left, top) in zip(rows, quads, places, strict=True):
        width, height = float(np.hypot(*(quad[1] - quad[0]))), float(np.hypot(*(quad[3] - quad[0])))
        score = 1.0 if page.scores is None else float(page.scores[row])
        if parts:
            parts.append(_part("s", " ", max(left - end, 0), height, top))
        css_class = "w low" if score < uncertain else "w"
        told = escape(plain_text(f"{score:.2f} {notes[row]}".rstrip()))
        parts.append(_part(css_class, page.texts[row], width, height, top, back=min(left - end, 0), more=f' title="{told}"'))
        end = left + width
    place = f"--x:{origin[0]:.1f};--y:{origin[1]:.1f};--a:{np.degrees(angle):.2f}deg"
    return f'<div class="line" style="{place}">{"".join(parts)}</div><br>'


def _part(css_class, text, width, height, top, back=0.0, more=""):
    """A word or a space, which the script stretches to its width; it begins where the part before it ends, or `back` from there."""
    place = f"--w:{width:.1f};--h:{height:.1f};--top:{top:.1f}" + (f";--back:{back:.1f}" if back else "")
    return f'<span class="{css_class}" style="{place}"{more}>{escape(plain_text(text))}</span>'


def _outlines(page, uncertain):
    """Polygons under the uncertain words, in page pixels."""
    if page.scores is None:
        return ""
    rows = [row for row in range(len(page)) if page.texts[row] and page.scores[row] < uncertain]
    return "".join('<polygon points="{}"/>'.format(" ".join(f"{x:.1f},{y:.1f}" for x, y in page.quads[row])) for row in rows)


def _data_url(image):
    if isinstance(image, str | Path):
        image = Path(image).read_bytes()
    if isinstance(image, bytes):
        kinds = {b"\xff\xd8\xff": "jpeg", b"\x89PN": "png", b"RIF": "webp"}
        if image[:3] not in kinds:
            raise ValueError(f"A browser shows JPEG, PNG or WebP. Received: bytes that start with {image[:8]!r}. Pass the pixels instead.")
        contents, media_type = image, f"image/{kinds[image[:3]]}"
    else:
        contents, media_type = encode_page_image(image)
    return f"data:{media_type};base64,{base64.b64encode(contents).decode('ascii')}"


_STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --mark: #ffb300; --hit: #2979ff; }
body { margin: 0; font-family: "Noto Sans KR", "Malgun Gothic", "Apple SD Gothic Neo", sans-serif; background: #777; }
header { position: sticky; top: 0; z-index: 2; display: flex; gap: .5em; align-items: center; padding: .4em .8em;
  background: #222; color: #eee; }
header h1 { flex: 1; margin: 0; font-size: 1em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
header input { width: 14em; }
.page { position: relative; width: min(96vw, 1100px); margin: 1em auto; background: #fff; overflow: hidden;
  container-type: inline-size; scroll-margin-top: 3em; }
.page img, .page svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.page polygon { fill: var(--mark); fill-opacity: .35; }
.page .found polygon, .page .found polyline { fill: none; stroke: hsl(var(--hue) 80% 40%); stroke-width: 2;
  vector-effect: non-scaling-stroke; }
.page .found .PERSON, .page .found .ORGANIZATION { stroke-width: 3; }
body.bare .found { display: none; }
.tables { width: min(96vw, 1100px); margin: -.6em auto 1em; }
.tables label { display: block; color: #fff; cursor: pointer; user-select: none; }
.tables label::after { content: attr(data-label); }
.tables div { display: none; background: #fff; color: #1a1a1a; overflow-x: auto; padding: .1em 1em; }
.tables label:has(:checked) + div { display: block; }
.tables table { border-collapse: collapse; margin: 1em 0; font-size: .9em; }
.tables td, .tables th { border: 1px solid #999; padding: .15em .5em; }
.text { position: absolute; inset: 0; font-size: 0; }
.line { position: absolute; left: calc(var(--x) * var(--px)); top: calc(var(--y) * var(--px)); white-space: pre; line-height: 0;
  transform-origin: 0 0; transform: rotate(var(--a)); }
body.measure .line { transform: none; }
.s, .w { position: relative; top: calc(var(--top) * var(--px)); margin-left: calc(var(--back, 0) * var(--px)); vertical-align: top;
  font-size: calc(var(--h) * .85 * var(--px)); line-height: calc(var(--h) * var(--px));
  letter-spacing: calc(var(--spread, 0) * var(--px)); font-kerning: none; text-rendering: geometricPrecision;
  color: transparent; cursor: text; }
.s::selection, .w::selection { background: rgba(41, 121, 255, .4); }
.w.hit { background: rgba(41, 121, 255, .3); outline: 2px solid var(--hit); }
body.show .page img { opacity: .15; }
body.show .w { color: var(--ink); }
body.show .w.low { color: #b00020; }
"""

_SCRIPT = """
const pages = [...document.querySelectorAll('.page')], words = [...document.querySelectorAll('.w')];
const find = document.getElementById('find'), state = document.getElementById('state');
let hits = [], at = -1, low = -1;
document.getElementById('count').textContent = `${pages.length}쪽`;
for (const text of document.querySelectorAll('.text'))
  text.style.setProperty('--px', `calc(100cqw / ${text.dataset.width})`);
// Each word and space as wide as its place: all are measured, upright, before the first is changed. The zoom does not matter.
document.body.classList.add('measure');
const parts = [...document.querySelectorAll('.s, .w')].map(part => {
  const text = part.closest('.text'), px = text.getBoundingClientRect().width / text.dataset.width;
  const missing = parseFloat(part.style.getPropertyValue('--w')) - part.getBoundingClientRect().width / px;
  return [part, missing / Math.max([...part.textContent].length, 1)];
});
document.body.classList.remove('measure');
for (const [part, spread] of parts) part.style.setProperty('--spread', spread);
function search() {
  const query = find.value.normalize('NFC').replace(/\\s+/g, '');
  words.forEach(word => word.classList.remove('hit'));
  hits = []; at = -1;
  if (query) for (const page of pages) {
    const own = [...page.querySelectorAll('.w')], owner = [];
    let text = '';
    for (const word of own) for (const c of word.textContent.replace(/\\s+/g, '')) {
      text += c; for (let i = 0; i < c.length; i++) owner.push(word);
    }
    for (let i = text.indexOf(query); i >= 0; i = text.indexOf(query, i + query.length)) {
      const found = [...new Set(owner.slice(i, i + query.length))];
      found.forEach(word => word.classList.add('hit'));
      hits.push(found[0]);
    }
  }
  state.textContent = query ? `${hits.length}` : '';
  step(1);
}
function step(way) {
  if (!hits.length) return;
  at = (at + way + hits.length) % hits.length;
  hits[at].scrollIntoView({block: 'center'});
  state.textContent = `${at + 1}/${hits.length}`;
}
function current() {
  const y = pages.map(page => Math.abs(page.getBoundingClientRect().top - 60));
  return y.indexOf(Math.min(...y));
}
function turn(way) { pages[Math.max(0, Math.min(pages.length - 1, current() + way))].scrollIntoView(); }
function nextLow() {
  const uncertain = words.filter(word => word.classList.contains('low'));
  if (uncertain.length) uncertain[low = (low + 1) % uncertain.length].scrollIntoView({block: 'center'});
}
find.addEventListener('input', search);
find.addEventListener('keydown', event => { if (event.key === 'Enter') step(event.shiftKey ? -1 : 1); });
document.getElementById('previous').onclick = () => turn(-1);
document.getElementById('next').onclick = () => turn(1);
document.getElementById('uncertain').onclick = nextLow;
document.getElementById('bare').onclick = () => document.body.classList.toggle('bare');
document.getElementById('show').onclick = () => document.body.classList.toggle('show');
document.addEventListener('keydown', event => {
  if (event.target === find) return;
  if (event.key === 'ArrowRight' || event.key === 'PageDown') { turn(1); event.preventDefault(); }
  if (event.key === 'ArrowLeft' || event.key === 'PageUp') { turn(-1); event.preventDefault(); }
});
"""

_DOCUMENT = """<!DOCTYPE html>
<html lang="ko"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{style}</style></head>
<body><header><h1>{title}</h1>
<input id="find" type="search" placeholder="찾기 · Find" aria-label="찾기"><span id="state"></span>
<button id="previous" title="이전 쪽">◀</button><span id="count"></span><button id="next" title="다음 쪽">▶</button>
<button id="uncertain" title="확인이 필요한 낱말로">확인 필요</button><button id="show" title="글자 보기">가</button>
<button id="bare" title="찾은 것의 테두리를 켜고 끄기">□</button></header>
{pages}
<script>{script}</script></body></html>
"""
