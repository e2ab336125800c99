"""CRAFT (Baek et al., 2019, arXiv 1904.01941): where characters are, and what links them to texts, as maps of Gaussians."""

import keras
import numpy as np
from keras import layers

from ocr_crnn.backbones.light import light
from ocr_crnn.backbones.vgg import vgg16
from ocr_crnn.detection.characters import CharacterDecoder
from ocr_crnn.detection.gaussian import draw_gaussians, link_quads
from ocr_crnn.detection.network import DetectionNetwork
from ocr_crnn.geometry import convex_quads, quad_sizes, thicken_quads
from ocr_crnn.layers.convolution import conv_bn, fold_batch_norm
from ocr_crnn.layers.padding import CropToImage, PadToMultiple
from ocr_crnn.layers.pyramid import fpem, fuse, upsample
from ocr_crnn.losses.heat_maps import POSITIVE, heat_map_loss
from ocr_crnn.untrusted.settings import check_choice, check_flag, check_names

STRIDE = 2  # of the maps
LEAST_CELLS = 2.5  # a Gaussian over less falls between the centres of cells
LINE_SHARE = 0.5
WIDTH, FINE = 32, 24  # channels of the light network: of its pyramid, and at stride 2
MEAN, DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)  # of ImageNet, RGB: the published weights see such images


def craft_targets(page, stride=STRIDE, link_spaces=True, line_share=LINE_SHARE):
    """Page in image pixels → float32 `(⌈height / stride⌉, ⌈width / stride⌉, 3)`: region, affinity, weight of each cell.

    Region is a Gaussian over each character, affinity one between characters that follow one another in a text (detection/gaussian.py).
    The weight is 1, and 0 over texts that are not readable (None) or whose characters nobody knows; over characters with scores, which
    are not of ground truth then, it is the mean of these. Deviations:

    link_spaces: the paper draws no affinity across a space, as its texts are words. Here a text is what the page says, and where it is a
        run of words, as for PAN, the words of it are linked; what a page has parted by more than a space is not. A page of words, or
        False, gives the paper's.
    line_share: quads of rendered characters are their ink; they are drawn this part of the way to the edges of their text that lie beside
        its direction, so that a full stop is more than a speck, links join sides of like length, and texts have straight edges; all the
        way where no character of a text is half as high as that, as of lone dashes. 0 for the ink.
    Characters of less than LEAST_CELLS are drawn that wide or high. Spaces, by their text, and quads without any extent are no characters.
    """
    size = tuple(-(-side // stride) for side in page.size)
    targets = np.zeros((*size, 3), np.float32)
    quads, rows, follows = _characters(page, link_spaces)
    texts = np.asarray(page.quads, np.float64)
    quads = _towards_edges(quads, texts[rows], rows, line_share) / stride
    quads = thicken_quads(quads, LEAST_CELLS)
    targets[..., 0] = draw_gaussians(quads, size)
    targets[..., 1] = draw_gaussians(link_quads(quads[:-1][follows], quads[1:][follows]), size) if follows.any() else 0
    targets[..., 2] = 1
    unknown = np.setdiff1d(np.arange(len(page)), rows)
    for row in unknown:
        _cover(targets[..., 2], texts[row] / stride, 0, grow=1)
    targets[targets[..., :2].max(axis=-1) >= POSITIVE, 2] = 1
    for row in np.setdiff1d(np.arange(len(page)), unknown):
        if page.characters[row].scores is not None:
            _cover(targets[..., 2], texts[row] / stride, np.mean(page.characters[row].scores))
    return targets


def _characters(page, link_spaces):
    """The characters of all readable texts: quads float64 `(n, 4, 2)`, their rows `(n,)`, and whether the next one follows `(n − 1,)`."""
    quads, rows, groups = [np.zeros((0, 4, 2))], [], []
    for row, text in enumerate(page.texts):
        known = None if page.characters is None or text is None else page.characters[row]
        if known is None:
            continue
        found = known.quads.astype(np.float64)
        space = np.array([one.isspace() for one in text], bool) if len(text) == len(found) else np.zeros(len(found), bool)
        kept = ~space & np.isfinite(found).all(axis=(1, 2))
        kept[kept] = quad_sizes(found[kept]).max(axis=-1) > 0
        words = np.zeros(len(found), int) if link_spaces else np.cumsum(space)
        quads.append(found[kept])
        rows += [row] * kept.sum()
        groups += list(words[kept])
    rows, groups = np.array(rows, int), np.array(groups, int)
    return np.concatenate(quads), rows, (rows[1:] == rows[:-1]) & (groups[1:] == groups[:-1])


def _towards_edges(quads, texts, rows, share):
    """Quads of characters whose corners move `share` of the way up to the first side of their texts, or down to the third.

    Of those that stand one below the other it is the second and the fourth side. All the way where no character of a text is half as high
    as that: lone dashes, dots and the like.
    """
    steps = quads.mean(axis=1) - texts[:, 0]
    spread_along, spread_down = (_spread((steps * _direction(texts, start)).sum(axis=-1), rows) for start in (3, 0))
    texts = np.where((spread_down > spread_along)[:, None, None], np.roll(texts, 1, axis=1), texts)
    across = _direction(texts, 0)  # (n, 2)
    square = np.maximum((across**2).sum(axis=-1), 1e-9)[:, None]
    place = ((quads - texts[:, :1]) @ across[..., None])[..., 0] / square  # (n, 4), 0 at the first side, 1 at the third
    is_upper = place < place.mean(axis=1, keepdims=True)
    shares = np.where((share > 0) & (_largest(np.ptp(place, axis=1), rows) < 0.5), 1, share)[:, None]
    move = np.where(is_upper, np.clip(-place, -1, 0), np.clip(1 - place, 0, 1)) * shares
    return quads + move[..., None] * across[:, None]


def _direction(quads, start):
    """From the side of quads `(n, 4, 2)` that begins with corner `start` to the opposite one → `(n, 2)`."""
    a, b, c, d = (quads[:, (start + i) % 4] for i in range(4))
    return (c - b + d - a) / 2


def _largest(values, rows):
    """The largest value of each row, where it belongs: `(n,)` → `(n,)`."""
    largest = np.full(rows.max(initial=-1) + 1, -np.inf)
    np.maximum.at(largest, rows, values)
    return largest[rows]


def _spread(values, rows):
    """How far apart the values of each row are."""
    return _largest(values, rows) + _largest(-values, rows)


def _cover(weights, quad, value, grow=0):
    """Sets the cells whose centres lie in a quad `(4, 2)` in cells, or at most `grow` outside."""
    height, width = weights.shape
    (quad,) = thicken_quads(convex_quads(quad), 1)
    x0, y0 = np.clip(np.floor(quad.min(axis=0)) - grow, 0, (width, height)).astype(int)
    x1, y1 = np.clip(np.ceil(quad.max(axis=0)) + grow, 0, (width, height)).astype(int)
    sides = np.roll(quad, -1, axis=0) - quad
    lengths = np.maximum(np.linalg.norm(sides, axis=-1), 1e-9)
    y, x = np.mgrid[y0:y1, x0:x1] + 0.5
    inside = np.ones(y.shape, bool)
    for (across, down), (left, top), length in zip(sides, quad, lengths, strict=True):
        inside &= across * (y - top) - down * (x - left) >= -grow * length
    weights[y0:y1, x0:x1][inside] = value


def craft_loss(targets, maps):
    """CRAFT's loss of each image `(batch,)`: that of the region map + that of the affinity map, `losses.heat_maps.heat_map_loss`.

    targets: float32 `(batch, height, width, 3)` of `craft_targets`. maps: `(batch, height, width, 2)`.
    """
    return sum(heat_map_loss(targets[..., i], maps[..., i], targets[..., 2]) for i in (0, 1))


@keras.saving.register_keras_serializable("ocr_crnn")
class CRAFT(DetectionNetwork, keras.Model):
    """Image `(batch, height, width, 3)`, 0–255, any size → maps `(batch, ⌈height / 2⌉, ⌈width / 2⌉, 2)`: region and affinity, about 0..1.

    backbone: "vgg16", the published network, 20.8 million parameters; its maps are linear, and so are those of "light", our light
        backbone with FPEM and the stem's map beside it, 0.9 million.
    folded: built for inference, batch normalisation melted into the convolutions; see `fold`.

    Deviation from the published network: images are padded to whole cells in white, not in black. Mean and deviation of ImageNet are part
    of the network.
    """

    stride = STRIDE
    finds_characters = True
    needs_characters = True
    decoder = CharacterDecoder()
    targets = staticmethod(craft_targets)
    map_loss = staticmethod(craft_loss)

    def __init__(self, backbone="light", folded=False, **kwargs):
        check_choice("backbone", backbone, ("light", "vgg16"))
        check_flag("folded", folded)
        check_names("the other arguments of CRAFT", kwargs, ("name", "trainable", "dtype"))
        images = keras.Input((None, None, 3), name="images")
        x = PadToMultiple(32, name="pad")(images)
        x = (_light if backbone == "light" else _published)(x, folded)
        super().__init__(images, CropToImage(STRIDE, name="crop")(x, images), **kwargs)
        self.backbone = backbone
        self.folded = folded

    def fold(self):
        """The same detector for inference, batch normalisation melted into the convolutions; itself where that has been done."""
        return self if self.folded else fold_batch_norm(self, CRAFT(**{**self.get_config(), "folded": True}))

    def get_config(self):
        return {"backbone": self.backbone, "folded": self.folded, "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def _light(x, folded):
    """Layers are named as those of PAN's light network, whose weights they can begin with."""
    x = layers.Rescaling(1 / 127.5, -1, name="rescale")(x)
    stem, *maps = light(x, folded=folded, stem=True)
    maps = [conv_bn(x, WIDTH, 1, name=f"reduce{level}", folded=folded) for level, x in enumerate(maps, 1)]
    for number in (1, 2):
        maps = fpem(maps, f"fpem{number}", False, "nearest", folded)
    x = conv_bn(fuse(maps, "sum", "nearest"), WIDTH, name="head", folded=folded)
    x = upsample(x, 2, "double", "nearest")
    x = layers.Add(name="fine_add")([x, conv_bn(stem, WIDTH, 1, name="fine_stem", folded=folded)])
    x = conv_bn(x, FINE, name="fine", folded=folded)
    # Near 0 at first: of features that another network has learnt the first losses are large otherwise, and lead them astray.
    return layers.Conv2D(2, 1, dtype="float32", kernel_initializer=keras.initializers.RandomNormal(stddev=1e-3), name="heat")(x)


def _published(x, folded):
    """Layers are named as in the published weights: upconv1.conv.0 is upconv1_0_conv here."""
    x = layers.Rescaling([1 / one for one in DEVIATION], [-a / b for a, b in zip(MEAN, DEVIATION, strict=True)], name="rescale")(x)
    *maps, x = vgg16(x, folded)
    for number, filters in ((1, 256), (2, 128), (3, 64), (4, 32)):
        if number > 1:
            x = upsample(x, 2, f"upconv{number}_double")
        x = layers.Concatenate(name=f"upconv{number}_join")([x, maps.pop()])
        x = conv_bn(x, 2 * filters, 1, name=f"upconv{number}_0", folded=folded, use_bias=True)
        x = conv_bn(x, filters, name=f"upconv{number}_3", folded=folded, use_bias=True)
    for number, filters, side in ((0, 32, 3), (2, 32, 3), (4, 16, 3), (6, 16, 1)):
        x = layers.Conv2D(filters, side, padding="same", activation="relu", name=f"conv_cls_{number}")(x)
    return layers.Conv2D(2, 1, dtype="float32", name="conv_cls_8")(x)
