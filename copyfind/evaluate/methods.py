"""What can be measured: our models, perceptual hashes, and any network in ONNX or TorchScript.

All take the same square pictures, as copyfind's own decoder makes them, and give one row a
picture. A hash becomes a row of ±1, whose cosine falls with the number of bits that differ.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from PIL import Image

from copyfind.descriptor.embed import ACCELERATOR_BATCH, CPU_BATCH, choose_device, load_embedder
from copyfind.descriptor.onnxruntime_import import import_onnxruntime
from copyfind.descriptor.weights import read_tensors
from copyfind.errors import EvaluationError
from copyfind.records import Bools, Floats, Pixels

HASHES = ("phash", "dhash", "pdq")
_HASH_SIDE = 512  # what PDQ's authors shrink to first; the other two look at 32 and 9 pixels
_DEFAULT_SIDE = 224  # of networks that take any size: what SSCD was trained at
_IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_IMAGENET_STD = np.array([0.229, 0.224, 0.225], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """Something that describes pictures.

    describe: uint8 (N, side, side, 3) -> float32 (N, D), of any length.
    background: (B, D) descriptors that came with it for score normalisation.
    """

    name: str
    side: int
    describe: Callable[[Pixels], Floats]
    is_hash: bool = False
    background: Floats | None = None


def load_model(name_or_path: str, *, device: str = "auto", batch_size: int | None = None) -> Method:
    """Load a bundled model or a weights file of copyfind. Raises WeightsError, DeviceError."""
    embed = load_embedder(name_or_path, device=device, batch_size=batch_size)
    background = read_tensors(embed.weights).get("background")
    return Method(
        embed.weights.name,
        embed.weights.input_size,
        embed,
        background=None if background is None else background.astype(np.float32),
    )


def load_baseline(name_or_path: str, *, size: int | None = None, device: str = "auto") -> Method:
    """Load phash, dhash, pdq, or a file: FILE.onnx, or TorchScript as FILE.pt. EvaluationError.

    size: side of the square for a network whose file does not tell it. device: of TorchScript;
    ONNX networks run on the CPU.
    """
    if name_or_path in HASHES:
        return _hash(name_or_path)
    path = Path(name_or_path).expanduser()
    suffix = path.suffix.lower()
    if suffix not in (".onnx", ".pt", ".pth", ".torchscript"):
        raise EvaluationError(
            f"no baseline {name_or_path!r}: choose {', '.join(HASHES)},"
            " or name a file that ends in .onnx, or .pt with TorchScript"
        )
    if not path.is_file():
        raise EvaluationError(f"{path}: no such file")
    return _onnx(path, size) if suffix == ".onnx" else _torchscript(path, size, device)


def _hash(name: str) -> Method:
    package = _package("pdqhash" if name == "pdq" else "imagehash", needed_by=name)

    def bits(picture: Pixels) -> Bools:
        if name == "pdq":
            found: Any = package.compute(picture)[0]
        else:
            found = getattr(package, name)(Image.fromarray(picture)).hash
        flat: Bools = np.asarray(found, bool).ravel()
        return flat

    def describe(pictures: Pixels) -> Floats:
        return 2 * np.stack([bits(picture) for picture in pictures]).astype(np.float32) - 1

    return Method(
        {"phash": "pHash", "dhash": "dHash", "pdq": "PDQ"}[name], _HASH_SIDE, describe, is_hash=True
    )


def _package(name: str, *, needed_by: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise EvaluationError(
            f"the baseline {needed_by} needs {name}: pip install 'copyfind[train]'"
        ) from None


def _onnx(path: Path, size: int | None) -> Method:
    onnxruntime = import_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # noqa: BLE001 - ONNX Runtime has no public exception of its own
        raise EvaluationError(f"{path}: ONNX Runtime cannot load it ({error})") from None
    inputs = session.get_inputs()
    shape: list[Any] = inputs[0].shape
    if len(inputs) != 1 or len(shape) != 4 or not ({shape[1], shape[3]} & {3}):
        raise EvaluationError(
            f"{path}: one input (N, H, W, 3) or (N, 3, H, W) is understood; it has"
            f" {', '.join(f'{i.name} {i.shape}' for i in inputs)}"
        )
    kind = {"tensor(uint8)": np.uint8, "tensor(float)": np.float32, "tensor(float16)": np.float16}
    if inputs[0].type not in kind:
        raise EvaluationError(
            f"{path}: its input is {inputs[0].type}; uint8 or float is understood"
        )
    channels_last = shape[3] == 3
    fixed = shape[1 if channels_last else 2]
    if isinstance(fixed, int) and size not in (None, fixed):
        raise EvaluationError(f"{path}: takes pictures of {fixed} px only, not --size {size}")
    at_once = shape[0] if isinstance(shape[0], int) else CPU_BATCH

    def run(pictures: Pixels) -> Floats:
        given = _prepared(pictures, kind[inputs[0].type], channels_last=channels_last)
        lacking = at_once - len(given) if isinstance(shape[0], int) else 0
        given = np.concatenate([given, np.repeat(given[-1:], lacking, axis=0)])
        return _rows(session.run(None, {inputs[0].name: given})[0], path)[: len(pictures)]

    side = fixed if isinstance(fixed, int) else size or _DEFAULT_SIDE
    return Method(path.stem, side, partial(_in_batches, run, at_once=at_once))


def _torchscript(path: Path, size: int | None, device: str) -> Method:
    """A network in TorchScript. No such file says what it takes, so two usual ways are tried."""
    _package("torch", needed_by=path.name)
    chosen, side = choose_device(device), size or _DEFAULT_SIDE
    import torch

    try:
        with path.open("rb") as file, warnings.catch_warnings():
            # Deprecated or not, TorchScript is the format in which Meta publishes SSCD.
            warnings.simplefilter("ignore", DeprecationWarning)
            module: Any = torch.jit.load(file, map_location=chosen).eval()  # type: ignore[no-untyped-call] # in torch
    except RuntimeError as error:
        raise EvaluationError(f"{path}: not TorchScript ({str(error).splitlines()[0]})") from None

    def run_as(kind: type, *, channels_last: bool) -> Callable[[Pixels], Floats]:
        def run(pictures: Pixels) -> Floats:
            with torch.inference_mode():
                given = _prepared(pictures, kind, channels_last=channels_last)
                return _rows(module(torch.from_numpy(given).to(chosen)).float().cpu().numpy(), path)

        return run

    at_once = CPU_BATCH if chosen == "cpu" else ACCELERATOR_BATCH
    probe = np.zeros((2, side, side, 3), np.uint8)
    refusal: Exception = RuntimeError()
    for kind, channels_last in ((np.float32, False), (np.uint8, True)):
        run = run_as(kind, channels_last=channels_last)
        try:
            run(probe)
        except (RuntimeError, torch.jit.Error) as error:
            refusal = error
            continue
        return Method(path.stem, side, partial(_in_batches, run, at_once=at_once))
    raise EvaluationError(
        f"{path}: takes neither float (N, 3, {side}, {side}) nor uint8 (N, {side}, {side}, 3)"
        f" ({(str(refusal).splitlines() or [''])[-1]}); try another --size"
    )


def _prepared(pictures: Pixels, kind: type, *, channels_last: bool) -> Any:
    """Pictures as a network takes them: bytes as they are, floats with ImageNet's mean and
    deviation; channels where they are wanted."""
    given: Any = pictures
    if kind is not np.uint8:
        given = ((pictures.astype(np.float32) / 255 - _IMAGENET_MEAN) / _IMAGENET_STD).astype(kind)
    return np.ascontiguousarray(given if channels_last else given.transpose(0, 3, 1, 2))


def _rows(output: Any, path: Path) -> Floats:
    rows: Floats = np.asarray(output, np.float32)
    rows = rows.reshape(len(rows), -1) if rows.ndim != 3 else rows[:, 0]  # from our earlier graphs
    if not np.isfinite(rows).all():
        raise EvaluationError(f"{path}: it gives descriptors that are not finite")
    return rows


def _in_batches(run: Callable[[Pixels], Floats], pictures: Pixels, *, at_once: int) -> Floats:
    starts = range(0, len(pictures), at_once)
    return np.concatenate([run(pictures[start : start + at_once]) for start in starts])
