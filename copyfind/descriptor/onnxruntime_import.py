"""The one place that imports ONNX Runtime, which sends what it likes unless it is told not to."""

from __future__ import annotations

import importlib
from types import ModuleType

from copyfind.telemetry import switch_off


def import_onnxruntime() -> ModuleType:
    """Import ONNX Runtime, which then neither sends anything nor writes a device id."""
    switch_off()  # it looks when it is loaded, and the program may have changed its environment
    onnxruntime = importlib.import_module("onnxruntime")
    onnxruntime.disable_telemetry_events()  # the program may have loaded it before us
    return onnxruntime
