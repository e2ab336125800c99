"""Encoded images in graph: what the header says, decoding that fails for one image alone, and pixels the right way up.

TensorFlow's decoders raise on damaged files, and a request would fail for every image in it. Headers are therefore read here byte
by byte, so that nothing is decoded before its size is known, and the decoders run inside a tf.data pipeline that leaves errors out.
"""

from typing import NamedTuple

import tensorflow as tf

from ocr_crnn.images.levels import LIGHTER
from ocr_crnn.images.pictures import MAX_SIDE
from ocr_crnn.ops.images import cut_strips, in_strips

JPEG, PNG, BMP, GIF = range(4)
MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"GIF8")
MAX_SEGMENTS = 2000  # of a JPEG, chunks of a PNG: a hostile file shall not keep us walking
MAX_SUB_BLOCKS = 200_000  # of a GIF's frame, 255 bytes each
FAR = 2**40  # beyond the end of any file
EXIF_ORIENTATION = 0x0112


class Header(NamedTuple):
    """Scalars. kind: int32, JPEG … GIF or −1. height, width: int64 pixels as stored, 0 if not found. orientation: int32, EXIF's 1..8.

    transparent: bool, whether a PNG has an alpha channel or a transparent colour. deep: bool, whether it is a grey one of 16 bits.
    """

    kind: tf.Tensor
    height: tf.Tensor
    width: tf.Tensor
    orientation: tf.Tensor
    transparent: tf.Tensor
    deep: tf.Tensor


def read_upright(contents, max_pixels):
    """An encoded image, a string scalar → uint8 `(height, width, 3)` and an error, a string scalar, empty if there is none.

    JPEG, PNG, BMP and the first frame of a GIF (itself, where it is smaller than the canvas); EXIF orientation is applied, transparency
    laid on white, on black where the ink is light. An image with an error is `(0, 0, 3)`. Memory is bounded by `max_pixels`, which is
    looked up in the header; images of a batch are read one after the other.
    """
    header = read_header(contents)
    error = header_error(contents, header, max_pixels)
    nothing = tf.zeros((0, 0, 3), tf.uint8)
    image = tf.cond(error == "", lambda: decode_or_nothing(contents, header), lambda: nothing)
    damaged = (error == "") & (tf.size(image) == 0)
    error = tf.where(damaged, "An image has to be whole. Received: one that breaks off or is damaged. Save it again.", error)
    return turn_upright(image, header.orientation), error


def header_error(contents, header, max_pixels):
    """Why an image cannot be decoded, a string scalar, as far as its header tells; empty if it can."""
    size = tf.strings.join([tf.strings.as_string(header.width), " × ", tf.strings.as_string(header.height)])
    too_large = tf.strings.join([f"An image has at most {max_pixels:,} pixels. Received: ", size, ". Make it smaller."])
    length = tf.strings.length(contents)
    bytes_long = tf.strings.as_string(length)
    unknown = tf.strings.join(["An image is a JPEG, PNG, BMP or GIF. Received: ", bytes_long, " bytes of something else."])
    too_long = tf.strings.join([f"An image has sides of at most {MAX_SIDE:,} pixels. Received: ", size, ". Cut it into parts."])
    pixels = header.height * header.width
    error = tf.where(pixels > max_pixels, too_large, "")
    error = tf.where(tf.maximum(header.height, header.width) > MAX_SIDE, too_long, error)
    error = tf.where(pixels <= 0, "An image has to be whole. Received: one without a readable size. Save it again.", error)
    error = tf.where(header.kind < 0, unknown, error)
    return tf.where(length == 0, "An image is a JPEG, PNG, BMP or GIF. Received: nothing (0 bytes).", error)


def decode_or_nothing(contents, header):
    """uint8 `(height, width, 3)`, or `(0, 0, 3)` where the decoder raises."""
    decoded = tf.data.Dataset.from_tensors((contents, header)).map(_decode).ignore_errors(log_warning=False)
    nothing = tf.data.Dataset.from_tensors(tf.zeros((0, 0, 3), tf.uint8))
    return decoded.concatenate(nothing).take(1).get_single_element()


def _decode(contents, header):
    decoders = [
        lambda: tf.io.decode_jpeg(contents, channels=3, dct_method="INTEGER_ACCURATE"),  # as every other library decodes
        lambda: tf.cond(header.deep, lambda: _decode_deep_png(contents), lambda: _decode_png(contents, header.transparent)),
        lambda: _decode_bmp(contents),
        lambda: tf.io.decode_image(first_frame(contents), channels=3, expand_animations=False),
    ]
    return tf.ensure_shape(tf.switch_case(header.kind, decoders), (None, None, 3))


def _decode_deep_png(contents):
    """Grey of 16 bits; what never goes beyond 255 is taken for 8, as by images.array_to_rgb."""
    levels = tf.cast(tf.io.decode_png(contents, channels=1, dtype=tf.uint16), tf.float32)
    scale = tf.where(tf.reduce_max(levels) > 255, 255 / 65535, 1.0)
    return tf.repeat(tf.cast(tf.round(levels * scale), tf.uint8), 3, axis=2)


def _decode_png(contents, transparent):
    """Four channels are asked for only where there are four: of a palette of 4 bits the decoder's own opaque is 15, not 255."""

    def blend():
        return _lay_on_paper(tf.io.decode_png(contents, channels=4))

    return tf.cond(transparent, blend, lambda: tf.io.decode_png(contents, channels=3))


def _lay_on_paper(image):
    """uint8 `(height, width, 4)` → `(height, width, 3)`, as images.lay_on_paper."""
    count, strip = cut_strips(image)

    def lay(strip):
        alpha = tf.cast(strip[..., 3:], tf.float32) / 255
        on_black = tf.cast(strip[..., :3], tf.float32) * alpha
        return tf.stack([on_black, on_black + 255 * (1 - alpha)])

    def add(number, sums):
        levels = tf.cast(tf.reduce_mean(lay(strip(number)), axis=-1), tf.float64)
        return number + 1, sums + tf.stack([tf.reduce_sum(levels, axis=(1, 2)), tf.reduce_sum(levels**2, axis=(1, 2))])

    sums = tf.while_loop(lambda number, _: number < count, add, (0, tf.zeros((2, 2), tf.float64)), parallel_iterations=1)[1]
    means, squares = tf.unstack(sums / tf.cast(tf.size(image) // 4, tf.float64))
    on_black, on_white = tf.unstack(tf.sqrt(tf.maximum(squares - means**2, 0)))
    paper = tf.cast(on_black <= LIGHTER * on_white, tf.int32)
    return in_strips(lambda strip: tf.cast(tf.round(lay(strip)[paper]), tf.uint8), image)


def _decode_bmp(contents):
    """24 and 32 bits, and 8 bits by their palette; the fourth byte of 32 bits is not used in this format."""
    image = tf.io.decode_bmp(contents)
    data = tf.io.decode_raw(contents, tf.uint8)
    first = 14 + _little(_bytes_at(data, 14, 4))
    palette = tf.reshape(_bytes_at(data, first, 1024), (256, 4))[:, 2::-1]  # RGB out of BGR0
    channels = tf.shape(image)[2]
    coloured = lambda: tf.gather(tf.cast(palette, tf.uint8), tf.cast(image[..., 0], tf.int32))  # noqa: E731
    return tf.cond(channels == 1, coloured, lambda: image[..., :3])


def turn_upright(image, orientation):
    """`(height, width, channels)` as stored → as it was seen, by EXIF's orientation 1..8."""
    image = tf.cond(orientation >= 5, lambda: tf.transpose(image, (1, 0, 2)), lambda: image)
    mirrored = tf.reduce_any(orientation == [2, 3, 6, 7])
    image = tf.cond(mirrored, lambda: image[:, ::-1], lambda: image)
    upside_down = tf.reduce_any(orientation == [3, 4, 7, 8])
    return tf.cond(upside_down, lambda: image[::-1], lambda: image)


def read_header(contents):
    """The `Header` of encoded bytes, a string scalar of any content; never raises."""
    data = tf.io.decode_raw(contents, tf.uint8)
    begin = tf.strings.join([tf.strings.substr(contents, 0, 8), b"\0" * 8])
    begins = tf.stack([tf.strings.substr(begin, 0, len(magic)) == magic for magic in MAGIC])
    kind = tf.where(tf.reduce_any(begins), tf.argmax(begins, output_type=tf.int32), -1)
    readers = [lambda: _read_jpeg(data), lambda: _read_png(data), lambda: _read_bmp(data), lambda: _read_gif(data), lambda: _found(0, 0)]
    height, width, exif, *kinds = tf.switch_case(kind, readers)  # the last for everything else
    orientation = tf.cond(exif > 0, lambda: read_orientation(data, exif), lambda: 1)
    return Header(kind, height, width, orientation, *kinds)


def _found(height, width, exif=0, transparent=False, deep=False):
    """Of every format: height, width and where its EXIF block begins, int64, and whether it is transparent, and deep."""
    return [*(tf.cast(value, tf.int64) for value in (height, width, exif)), *map(tf.convert_to_tensor, (transparent, deep))]


def _read_jpeg(data):
    """Segments `FF, marker, length (2), …` up to the frame header `…, precision (1), height (2), width (2)`."""

    zero = tf.constant(0, tf.int64)

    def is_before_frame(position, height, width, exif):
        return (height == 0) & (_bytes_at(data, position, 1)[0] == 0xFF)

    def read_segment(position, height, width, exif):
        segment = _bytes_at(data, position, 10)
        marker, length = segment[1], _big(segment[2:4])
        frame = (marker >= 0xC0) & (marker <= 0xCF) & tf.reduce_all(marker != [0xC4, 0xC8, 0xCC])
        is_exif = (marker == 0xE1) & tf.reduce_all(segment[4:8] == list(b"Exif")) & (exif == 0)
        height, width = (tf.where(frame, _big(segment[at : at + 2]), zero) for at in (5, 7))
        step = tf.where(length < 2, tf.constant(FAR, tf.int64), length + 2)  # a broken length ends it
        step = tf.where(marker == 0xFF, tf.ones_like(step), step)  # a fill byte
        return position + step, height, width, tf.where(is_exif, position + 10, exif)

    start = (tf.constant(2, tf.int64), zero, zero, zero)
    _, height, width, exif = tf.while_loop(is_before_frame, read_segment, start, maximum_iterations=MAX_SEGMENTS)
    return _found(height, width, exif)


def _read_png(data):
    """The header chunk has the size; chunks `length, type, data, checksum` follow, EXIF and a transparent colour among them."""
    known = _bytes_at(data, 16, 10)  # width (4), height (4), bit depth, colour type

    def is_before_pixels(position, exif, transparent):
        kind = _bytes_at(data, position + 4, 4)
        return tf.reduce_any(kind > 0) & tf.reduce_any(kind != list(b"IDAT"))

    def read_chunk(position, exif, transparent):
        chunk = _bytes_at(data, position, 8)
        is_exif = tf.reduce_all(chunk[4:] == list(b"eXIf"))
        transparent |= tf.reduce_all(chunk[4:] == list(b"tRNS"))
        return position + 12 + _big(chunk[:4]), tf.where(is_exif, position + 8, exif), transparent

    start = (tf.constant(8, tf.int64), tf.constant(0, tf.int64), (known[9] == 4) | (known[9] == 6))
    _, exif, transparent = tf.while_loop(is_before_pixels, read_chunk, start, maximum_iterations=MAX_SEGMENTS)
    return _found(_big(known[4:8]), _big(known[:4]), exif, transparent, (known[8] == 16) & (known[9] == 0))


def _read_bmp(data):
    header = _bytes_at(data, 18, 8)
    width, height = (tf.bitcast(tf.cast(_little(part), tf.uint32), tf.int32) for part in (header[:4], header[4:]))
    return _found(tf.abs(tf.cast(height, tf.int64)), width)  # a negative height counts from the top


def _read_gif(data):
    """The larger of canvas and first frame on either side: the decoder makes room for the frame, whatever the canvas is."""
    frame, _ = _find_frame(data)
    canvas, frame = _bytes_at(data, 6, 4), _bytes_at(data, frame + 5, 4)
    return _found(*(tf.maximum(_little(canvas[at : at + 2]), _little(frame[at : at + 2])) for at in (2, 0)))


def _find_frame(data):
    """Of a GIF: the position of its first image descriptor, and of the graphic control extension before it, 0 if there is none.

    Before it come blocks `21, label, sub-blocks`; whatever is no block ends the search.
    """

    def is_extension(position, control):
        return _bytes_at(data, position, 1)[0] == 0x21

    def skip(position, control):
        is_control = _bytes_at(data, position + 1, 1)[0] == 0xF9
        return _skip_sub_blocks(data, position + 2), tf.where(is_control, position, control)

    start = (13 + _table_bytes(_bytes_at(data, 10, 1)[0]), tf.constant(0, tf.int64))
    return tf.while_loop(is_extension, skip, start, maximum_iterations=MAX_SEGMENTS)


def _table_bytes(flags):
    """The length of the colour table that flags of a GIF announce."""
    return tf.where(flags >= 128, 3 * 2 ** (flags % 8 + 1), 0)


def _skip_sub_blocks(data, position):
    """Where `length, data, length, data, …, 0` ends; the end of the file counts as 0."""

    def length(position):
        return _bytes_at(data, position, 1)[0]

    skip = lambda position: (position + 1 + length(position),)  # noqa: E731
    return tf.while_loop(lambda position: length(position) > 0, skip, (position,), maximum_iterations=MAX_SUB_BLOCKS)[0] + 1


def first_frame(contents):
    """A GIF, a string scalar → the GIF of its first frame alone, without extensions, its transparent colour turned white.

    The decoder would take memory for every frame before it gives the first, and makes transparency black. Raises where bytes are missing.
    """
    data = tf.io.decode_raw(contents, tf.uint8)
    zero = tf.constant(0, tf.int64)
    frame, control = _find_frame(data)
    begin = 13 + _table_bytes(_bytes_at(data, 10, 1)[0])  # of the frame, once the extensions are gone
    flags = _bytes_at(data, frame + 9, 1)[0]
    length = _skip_sub_blocks(data, frame + 11 + _table_bytes(flags)) - frame
    parts = [tf.strings.substr(contents, zero, begin), tf.strings.substr(contents, frame, length), b"\x3b"]
    contents = tf.strings.join(parts)
    has_own = flags >= 128
    colours = tf.where(has_own, _table_bytes(flags), begin - 13) // 3
    transparent = _bytes_at(data, control + 6, 1)[0]
    position = tf.where(has_own, begin + 10, 13) + 3 * transparent

    def whiten():
        rest = tf.strings.substr(contents, position + 3, tf.constant(FAR, tf.int64))
        return tf.strings.join([tf.strings.substr(contents, zero, position), b"\xff\xff\xff", rest])

    is_transparent = (control > 0) & (_bytes_at(data, control + 3, 1)[0] % 2 == 1) & (transparent < colours)
    return tf.cond(is_transparent, whiten, lambda: contents)


def read_orientation(data, start):
    """EXIF's orientation, int32 1..8, from the TIFF block that begins at byte `start`; 1 if it says none."""
    is_little = _bytes_at(data, start, 1)[0] == ord("I")

    def number(values):
        return tf.where(is_little, _little(values), _big(values))

    directory = start + number(_bytes_at(data, start + 4, 4))
    count = number(_bytes_at(data, directory, 2))
    entries = _bytes_at(data, directory + 2, 12 * 256)
    entries = tf.reshape(entries, (256, 12))[: tf.minimum(count, 256)]
    entries = tf.where(is_little, tf.gather(entries, [1, 0, 9, 8], axis=1), tf.gather(entries, [0, 1, 8, 9], axis=1))
    tags, values = entries[:, 0] * 256 + entries[:, 1], entries[:, 2] * 256 + entries[:, 3]
    values = tf.boolean_mask(values, (tags == EXIF_ORIENTATION) & (values >= 1) & (values <= 8))
    return tf.cast(tf.concat([values, [1]], axis=0)[0], tf.int32)


def _bytes_at(data, position, count):
    """`count` bytes from a position, int64 `(count,)`; zeros where the file has ended."""
    position = tf.clip_by_value(tf.cast(position, tf.int64), 0, tf.size(data, tf.int64))
    part = tf.cast(data[position : position + count], tf.int64)
    part = tf.pad(part, [[0, count - tf.size(part)]])
    return tf.ensure_shape(part, (count,))


def _big(values):
    """Bytes `(n,)`, the most significant first → int64."""
    return tf.reduce_sum(values * [256 ** (values.shape[0] - 1 - i) for i in range(values.shape[0])])


def _little(values):
    return _big(values[::-1])
