"""PAN++, the detection part (Wang et al., 2021, arXiv 2105.00405): text regions, text kernels and instance vectors in one pass."""

import keras
from keras import layers

from ocr_crnn.backbones.light import light
from ocr_crnn.backbones.resnet import resnet
from ocr_crnn.layers.convolution import conv_bn, fold_batch_norm
from ocr_crnn.layers.padding import CropToImage, PadToMultiple
from ocr_crnn.layers.pyramid import fpem, fuse

STRIDE = 4  # of the maps
MAPS = 6  # region, kernel, four of the instance vector


@keras.saving.register_keras_serializable("ocr_crnn")
class PAN(keras.Model):
    """Image `(batch, height, width, 3)`, 0–255, any size → maps `(batch, ⌈height / 4⌉, ⌈width / 4⌉, 6)`.

    Channel 0 is the logit of the text region, 1 of the text kernel, 2–5 the instance vector.

    backbone: "light", "resnet18", "resnet50" or "resnet101".
    channels: of the pyramid; None for 32 (light) or 128 (as in the paper).
    num_fpem: how many enhancements are stacked.
    fusion: "concatenate" as in the paper or "sum"; None for sum (light) or concatenate.
    folded: without batch normalisation, for inference; made by `fold`.
    """

    def __init__(self, backbone="light", channels=None, num_fpem=2, fusion=None, folded=False, **kwargs):
        is_light = backbone == "light"
        width = channels or (32 if is_light else 128)
        images = keras.Input((None, None, 3), name="images")
        x = PadToMultiple(32, name="pad")(images)
        x = layers.Rescaling(1 / 127.5, -1, name="rescale")(x)
        maps = _backbone(x, backbone, folded)
        maps = [conv_bn(x, width, 1, name=f"reduce{level}", folded=folded) for level, x in enumerate(maps, 1)]
        for number in range(1, num_fpem + 1):
            maps = fpem(maps, f"fpem{number}", separable=not is_light, folded=folded)
        x = fuse(maps, fusion or ("sum" if is_light else "concatenate"))
        x = conv_bn(x, width, name="head", folded=folded)
        x = layers.Conv2D(MAPS, 1, dtype="float32", name="maps")(x)
        super().__init__(images, CropToImage(STRIDE, name="crop")(x, images), **kwargs)
        self.backbone = backbone
        self.channels = channels
        self.num_fpem = num_fpem
        self.fusion = fusion
        self.folded = folded

    def fold(self):
        """The same detector for inference, batch normalisation melted into the convolutions."""
        return fold_batch_norm(self, PAN(**{**self.get_config(), "folded": True}))

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


def _backbone(x, name, folded):
    if name == "light":
        return light(x, folded=folded)
    if name in ("resnet18", "resnet50", "resnet101"):
        return resnet(x, int(name.removeprefix("resnet")), folded)
    raise ValueError(f"A PAN backbone is light, resnet18, resnet50 or resnet101. Received: {name!r}.")
