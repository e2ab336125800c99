"""PAN++, the detection part (Wang et al., 2021, arXiv 2105.00405): text regions, text kernels and instance vectors in one pass."""

import keras
import numpy as np
from keras import layers, ops

from ocr_crnn.backbones.light import light
from ocr_crnn.backbones.resnet import resnet
from ocr_crnn.detection.kernels import KernelDecoder
from ocr_crnn.detection.network import DetectionNetwork
from ocr_crnn.geometry import convex_quads, polygon_areas, thicken_quads
from ocr_crnn.layers.convolution import conv_bn, fold_batch_norm
from ocr_crnn.layers.padding import CropToImage, PadToMultiple
from ocr_crnn.layers.pyramid import fpem, fuse
from ocr_crnn.losses.embedding import embedding_loss
from ocr_crnn.losses.segmentation import dice_loss, hard_example_mask
from ocr_crnn.untrusted.settings import check_choice, check_flag, check_names, check_number

STRIDE = 4  # of the maps
MAPS = 6  # region, kernel, four of the instance vector
FULL_CELLS = 24  # texts of fewer cells weigh more: dice counts cells, and lines have hundreds where a digit has four
MAX_WEIGHT = 6
DASHES = frozenset("-–—−")  # alone they look like pieces of rules, whatever their size


def pan_targets(page, shrink_rate=0.7, stride=STRIDE, gap_weight=1):
    """Page in image pixels → int32 `(⌈height / stride⌉, ⌈width / stride⌉, 3)`: instance id, kernel id, weight.

    An id is the row of the text plus 1, 0 is background, without limit to their number. The weight is 1; 0 over texts that are there
    but not readable (None), which count for no loss; more over and beside texts of fewer than FULL_CELLS cells and lone dashes, so that a
    digit counts for something beside the lines of its page; and at least `gap_weight` in the cells that keep two texts apart, which lie
    within a cell of both and in neither's kernel: where lines nearly touch these are few. Everything is decided at the cells' centres.
    A kernel is the quad offset inwards by d = area · (1 − shrink_rate²) / perimeter (Vatti, as PSENet and PAN), not rounded and not
    capped: on documents a rate of 0.7 leaves 8 pt print a kernel of two cells. Text thinner than a cell is made one cell thick, so that a
    dash keeps its row.
    Where texts overlap, the smaller lies on top.
    """
    height, width = (-(-side // stride) for side in page.size)
    targets = np.zeros((height, width, 3), np.int32)
    targets[..., 2] = 1
    near = np.zeros((height, width), np.int32)  # texts that a cell is in or within a cell of
    quads = thicken_quads(convex_quads(page.quads) / stride, 1) - 0.5  # in cells, whole numbers at their centres
    areas = polygon_areas(quads)
    for row in np.argsort(-areas):
        quad = quads[row]
        x0, y0 = np.maximum(np.floor(quad.min(axis=0)).astype(int) - 1, 0)
        x1, y1 = np.minimum(np.ceil(quad.max(axis=0)).astype(int) + 2, [width, height])
        if x0 >= x1 or y0 >= y1 or areas[row] == 0:
            continue
        sides = np.roll(quad, -1, axis=0) - quad
        lengths = np.maximum(np.linalg.norm(sides, axis=-1), 1e-9)
        offset = areas[row] * (1 - shrink_rate**2) / lengths.sum()
        y, x = np.mgrid[y0:y1, x0:x1]
        # Depth of a centre behind each side (clockwise outline: positive inside), then the least of the four.
        behind = sides[:, 0, None, None] * (y - quad[:, 1, None, None]) - sides[:, 1, None, None] * (x - quad[:, 0, None, None])
        depth = (behind / lengths[:, None, None]).min(axis=0)  # (window height, window width)
        window = targets[y0:y1, x0:x1]
        inside = depth >= 0
        kernel = depth >= offset
        near[y0:y1, x0:x1] += depth >= -1
        if not kernel.any():
            kernel = inside & (depth >= depth.max() - 0.5)
        if page.texts[row] is None:
            window[inside] = 0
            continue
        weight = MAX_WEIGHT if page.texts[row] in DASHES else int(np.clip(FULL_CELLS / max(areas[row], 1), 1, MAX_WEIGHT))
        window[(depth >= -1) & (window[..., 0] == 0) & (window[..., 2] == 1), 2] = weight
        window[inside] = [row + 1, 0, weight]
        window[kernel, 1] = row + 1
    between = (near > 1) & (targets[..., 1] == 0) & (targets[..., 2] > 0)
    targets[between, 2] = np.maximum(targets[between, 2], gap_weight)
    return targets


def pan_loss(targets, maps, max_instances=None):
    """PAN++'s loss of each image `(batch,)`: region dice with OHEM + 0.5 · kernel dice + 0.25 · embedding.

    targets: int32 `(batch, height, width, 3)` of `pan_targets`. maps: `(batch, height, width, 6)`.
    max_instances: the largest id, as in `embedding_loss`. JAX alone needs one and has a default; an image with a larger
    id has loss NaN.
    The kernel is learnt inside the text only: at inference it counts only there. The weights count for region and kernel.
    """
    targets = ops.cast(targets, "int32")
    instances, kernels, weights = targets[..., 0], targets[..., 1], targets[..., 2]
    region = instances > 0
    hard = hard_example_mask(region, maps[..., 0], weights)
    region_loss = dice_loss(region, maps[..., 0], hard)
    kernel_loss = dice_loss(kernels > 0, maps[..., 1], ops.where(region, weights, 0))
    return region_loss + 0.5 * kernel_loss + 0.25 * embedding_loss(maps[..., 2:], instances, kernels, max_instances)


@keras.saving.register_keras_serializable("ocr_crnn")
class PAN(DetectionNetwork, keras.Model):
    """Image `(batch, height, width, 3)`, 0–255, any size → maps `(batch, ⌈height / 4⌉, ⌈width / 4⌉, 6)`.

    Channel 0 is the logit of the text region, 1 of the text kernel, 2–5 the instance vector.

    backbone: "light", "resnet18", "resnet50" or "resnet101".
    channels: of the pyramid; None for 32 (light) or 128 (as in the paper).
    num_fpem: how many enhancements are stacked.
    fusion: "concatenate" as in the paper or "sum"; None for sum (light) or concatenate.
    folded: without batch normalisation, for inference; made by `fold`.
    """

    stride = STRIDE
    decoder = KernelDecoder()
    targets = staticmethod(pan_targets)
    map_loss = staticmethod(pan_loss)

    def __init__(self, backbone="light", channels=None, num_fpem=2, fusion=None, folded=False, **kwargs):
        check_choice("fusion", fusion, (None, "sum", "concatenate"))
        check_number("num_fpem", num_fpem, 0, 32, whole=True)
        check_flag("folded", folded)
        check_names("the other arguments of PAN", kwargs, ("name", "trainable", "dtype"))
        if channels is not None:
            check_number("channels", channels, 1, 4096, whole=True)
        images = keras.Input((None, None, 3), name="images")
        fused, _ = pan_body(images, backbone, channels, num_fpem, fusion, folded)
        x = pan_head(fused, channels or (32 if backbone == "light" else 128), folded)
        super().__init__(images, CropToImage(STRIDE, name="crop")(x, images), **kwargs)
        self.backbone = backbone
        self.channels = channels
        self.num_fpem = num_fpem
        self.fusion = fusion
        self.folded = folded

    def fold(self):
        """The same detector for inference, batch normalisation melted into the convolutions; itself where that has been done."""
        return self if self.folded else fold_batch_norm(self, PAN(**{**self.get_config(), "folded": True}))

    def get_config(self):
        return {
            "backbone": self.backbone,
            "channels": self.channels,
            "num_fpem": self.num_fpem,
            "fusion": self.fusion,
            "folded": self.folded,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def pan_body(images, backbone="light", channels=None, num_fpem=2, fusion=None, folded=False):
    """Images → fused features at stride 4 and, of the light backbone, those of its stem at stride 2 (else None), padding included.

    Both `(batch, height, width, channels)`. The arguments are those of PAN.
    """
    is_light = backbone == "light"
    width = channels or (32 if is_light else 128)
    x = PadToMultiple(32, name="pad")(images)
    x = layers.Rescaling(1 / 127.5, -1, name="rescale")(x)
    maps = _backbone(x, backbone, folded)
    stem, maps = (maps[0], maps[1:]) if is_light else (None, maps)
    maps = [conv_bn(x, width, 1, name=f"reduce{level}", folded=folded) for level, x in enumerate(maps, 1)]
    interpolation = "nearest" if is_light else "bilinear"
    for number in range(1, num_fpem + 1):
        maps = fpem(maps, f"fpem{number}", not is_light, interpolation, folded)
    return fuse(maps, fusion or ("sum" if is_light else "concatenate"), interpolation), stem


def pan_head(fused, channels, folded=False):
    """Fused features → the logits of the maps, as many cells."""
    x = conv_bn(fused, channels, name="head", folded=folded)
    return layers.Conv2D(MAPS, 1, dtype="float32", name="maps")(x)


def _backbone(x, name, folded):
    if name == "light":
        return light(x, folded=folded, stem=True)
    if name in ("resnet18", "resnet50", "resnet101"):
        return resnet(x, int(name.removeprefix("resnet")), folded)
    raise ValueError(f"A PAN backbone is light, resnet18, resnet50 or resnet101. Received: {name!r}.")
