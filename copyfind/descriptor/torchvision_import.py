"""The one place that imports torchvision, and makes it importable beside a CPU build of torch.

The registry's torchvision wheel is a CUDA build. Next to a CPU build of torch its compiled
operators cannot load, and `import torchvision` dies with "operator torchvision::nms does not
exist". copyfind (and timm) use only its Python parts, so declaring the operators' schemas is
enough: nothing ever calls them.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import torch

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_library: torch.library.Library | None = None  # the schemas live as long as this object


def import_torchvision() -> ModuleType:
    """Import torchvision, whichever build of torch it meets."""
    global _library
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        # A failed import leaves its submodules behind; they would be taken for loaded.
        for name in [n for n in sys.modules if n.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        _library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call] # in torch
        for schema in _SCHEMAS:
            _library.define(schema)  # type: ignore[no-untyped-call] # in torch
        return importlib.import_module("torchvision")
