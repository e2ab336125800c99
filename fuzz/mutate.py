"""Mutations of bytes that know nothing of what the bytes mean. Each is a function of the bytes and a random.Random, which repeats it."""

import re

WIDTHS = (1, 2, 4, 8)
NUMBERS = (0, 1, -1, 2, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, -(2**31), -(2**63))
WORDS = (  # what ends programs
    b"-1", b"0", b"1e999", b"-1e999", b"nan", b"NaN", b"Infinity", b"9" * 20, b"9" * 5000, b"4294967296", b"0x10", b"null", b"true",
    b"{}", b"[]", b'""', b"..", b"../", b"/etc/passwd", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\r\n", b"%s%n", b"<script>", b"=1+1",
    b"\xe2\x80\xae", "가".encode(), "각".encode(), b"A" * 300,
)  # fmt: skip


def mutate_bytes(contents, rng, most=6):
    """One to `most` mutations, mostly few."""
    contents = bytearray(contents)
    for _ in range(rng.randint(1, rng.randint(1, most))):
        rng.choice(MUTATIONS)(contents, rng)
    return bytes(contents)


def _flip_bit(contents, rng):
    if contents:
        contents[rng.randrange(len(contents))] ^= 1 << rng.randrange(8)


def _set_byte(contents, rng):
    if contents:
        contents[rng.randrange(len(contents))] = rng.randrange(256)


def _set_number(contents, rng):
    """An integer of some width and order of bytes."""
    width = rng.choice(WIDTHS)
    if len(contents) >= width:
        place = rng.randrange(len(contents) - width + 1)
        number = rng.choice(NUMBERS) % 256**width
        contents[place : place + width] = number.to_bytes(width, rng.choice(("little", "big")))


def _write_number(contents, rng):
    """In place of digits."""
    found = list(re.finditer(rb"-?\d+(\.\d+)?", contents))
    if found:
        match = rng.choice(found)
        contents[match.start() : match.end()] = str(rng.choice(NUMBERS)).encode() if rng.random() < 0.7 else rng.choice(WORDS)


def _insert_word(contents, rng):
    place = rng.randint(0, len(contents))
    contents[place:place] = rng.choice(WORDS)


def _insert_noise(contents, rng):
    place = rng.randint(0, len(contents))
    contents[place:place] = rng.randbytes(rng.choice((1, 2, 7, 64)))


def _cut(contents, rng):
    first, last = _slice(contents, rng)
    del contents[first:last]


def _break_off(contents, rng):
    del contents[rng.randint(0, len(contents)) :]


def _repeat(contents, rng):
    first, last = _slice(contents, rng)
    contents[last:last] = contents[first:last] * rng.choice((1, 1, 2, 10))


def _move(contents, rng):
    first, last = _slice(contents, rng)
    part = contents[first:last]
    del contents[first:last]
    place = rng.randint(0, len(contents))
    contents[place:place] = part


def _blank(contents, rng):
    first, last = _slice(contents, rng)
    contents[first:last] = bytes([rng.choice((0, 32, 255))]) * (last - first)


def _slice(contents, rng):
    first = rng.randint(0, len(contents))
    return first, min(first + rng.choice((1, 2, 4, 16, 64, 256, 1024)), len(contents))


MUTATIONS = (
    _flip_bit, _flip_bit, _set_byte, _set_byte, _set_number, _set_number, _write_number, _write_number, _insert_word, _insert_noise, _cut,
    _break_off, _repeat, _move, _blank,
)  # fmt: skip
