"""Running a network: ONNX Runtime on CPUs, PyTorch on accelerators.

Both take uint8 (N, side, side, 3) and give unit float32 (N, D); a test holds them equal. PyTorch
is imported only where it is used: it takes longer to load than a thousand pictures take to embed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from copyfind.descriptor.onnxruntime_import import import_onnxruntime
from copyfind.descriptor.pytorch import INSTALL, can_run_networks
from copyfind.descriptor.weights import Weights
from copyfind.errors import WeightsError
from copyfind.records import Floats, Pixels

Engine = Callable[[Pixels], Floats]


def onnx_engine(weights: Weights) -> Engine | None:
    """The CPU engine, or None where the weights have no graph that belongs to them.

    A pass takes one thread; call it from several. Threads that share a pass wait for each other
    at every layer, by spinning: on cores that decode besides, that cost half as much CPU again.
    """
    if not weights.graph.is_file():
        return None
    # The graph of other weights: its offsets would point anywhere, or beyond the file.
    named = re.findall(rb"[0-9a-f]{64}", weights.graph.read_bytes())
    if named and weights.id.encode() not in named:
        return None
    onnxruntime = import_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(
            str(weights.graph), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # noqa: BLE001 - ONNX Runtime has no public exception of its own
        raise WeightsError(
            f"{weights.graph}: ONNX Runtime cannot load it ({error}); without "
            "this file, PyTorch runs the network"
        ) from None

    def run(pictures: Pixels) -> Floats:
        found: Floats = session.run(None, {"pictures": pictures})[0]
        # A graph that an earlier copyfind wrote gives windows of the picture as well, (N, R, D).
        return found[:, 0] if found.ndim == 3 else found

    return run


def torch_engine(weights: Weights, device: str) -> Engine:
    """The engine for accelerators, and for weights without a graph.

    In float16 on CUDA, but for a backbone in whole numbers, which gives the same everywhere.
    Raises WeightsError where PyTorch is not installed.
    """
    if not can_run_networks():
        raise WeightsError(
            f"{weights.path}: no graph for ONNX Runtime belongs to it ({weights.graph.name}), and "
            f"PyTorch, which runs networks without one, is not installed: {INSTALL}"
        )
    import torch

    from copyfind.descriptor.networks import load_student

    student = load_student(weights).to(device)
    student.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # missing in the stubs
    half = device.startswith("cuda")

    def run(pictures: Pixels) -> Floats:
        with torch.inference_mode(), torch.autocast("cuda", torch.float16, enabled=half):
            batch = torch.from_numpy(pictures).to(device, non_blocking=True)
            return cast(Floats, student(batch).float().cpu().numpy())

    return run
