"""Weights files: find, check, read, write. Free of torch.

A file is a safetensors file whose header holds one JSON string under `copyfind`, the card: what
the network is, how it is fed, how it came to be, and where copies begin. The tensors are `net.*`,
`fc.*`, `proj.*` (float16), and optionally `post.mean` (D,), `post.matrix` (D, D') for whitening,
`negatives` (B, D') for negative embedding subtraction, and `background` (B', D') for score
normalisation. Beside `NAME.safetensors` may lie `NAME.onnx`, the network's graph for ONNX Runtime;
it holds no weights of its own (see `graph.py`).

Of a quantised network (`quantised.py`) the convolutions are int8, each with its `scale` (float32,
(O, 1 or I, 1, 1)) beside `weight`, and the card holds their `levels`. `glance` in the card says
that the network looks at a picture twice, and how much the second look counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from copyfind.descriptor.architectures import ARCHITECTURES, FEATURE_DIM
from copyfind.errors import WeightsError
from copyfind.whole_file import written_whole

FORMAT_VERSION = 4  # 2: negatives; 3: quantised networks; 4: a glance
DEFAULT_MODEL = "lite0-256"
# Metadata of a graph: the id of the weights file whose bytes it points into.
GRAPH_WEIGHTS = "copyfind.weights"
SCALE, _WEIGHT = ".scale", ".weight"
_HALVED = 2**5  # how much smaller than a picture the last feature map is
_PACKAGE = Path(__file__).parents[1]
# In a wheel the weights lie inside the package, in a checkout beside it.
_FOLDERS = (_PACKAGE / "weights", _PACKAGE.parent / "weights")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Cosines at which the pairs above are copies with a precision of 90, 99 and 99.9 %."""

    p90: float
    p99: float
    p999: float
    measured_on: str


@dataclass(frozen=True)
class Weights:
    """A checked weights file. `card` is the whole header as read."""

    path: Path
    name: str
    architecture: str
    dim: int  # of the stored descriptor, after whitening
    projector_dim: int
    input_size: int
    gem_p: float
    near: float  # cosine from which on a negative is subtracted; 1: none ever is
    glance: float  # how much the picture's middle, half as large and mirrored, counts besides
    mean: tuple[float, ...]
    std: tuple[float, ...]
    thresholds: Thresholds
    default_threshold: float
    # Of each layer of a quantised network: step and zero of its result, and of that with what is
    # added to it, if anything is; of a network in floats, none.
    levels: tuple[tuple[float, ...], ...]
    card: Mapping[str, Any] = field(hash=False)

    @cached_property
    def id(self) -> str:
        """SHA-256 of the file, in hexadecimal digits: descriptors of two are never compared."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @property
    def graph(self) -> Path:
        """Where the graph for ONNX Runtime lies, if there is one."""
        return self.path.with_suffix(".onnx")


def glance_side(side: int) -> int:
    """Pixels of the square that is looked at beside one of `side`: half of it, less what a network
    could not halve five times."""
    half = side // 2
    return half - half % _HALVED if half > _HALVED else half


def bundled_weights() -> tuple[Path, ...]:
    """The weights files that travel with copyfind, in the order of their names."""
    for folder in _FOLDERS:
        if found := sorted(folder.glob("*.safetensors")):
            return tuple(found)
    return ()


def find_weights(name_or_path: str = DEFAULT_MODEL) -> Path:
    """The file of a bundled model's name or of a path; WeightsError where there is none."""
    bundled = {path.stem: path for path in bundled_weights()}
    if name_or_path in bundled:
        return bundled[name_or_path]
    path = Path(name_or_path).expanduser()
    if path.is_file():
        return path
    names = ", ".join(bundled) or "none"
    raise WeightsError(
        f"no model {name_or_path!r}: neither a file nor bundled (there are: {names})"
    )


def weights_with_id(wanted: str, paths: Iterable[Path]) -> Weights | None:
    """The first of some files that holds the weights of that id; None where none does.

    Raises WeightsError for a file before it that is no weights file.
    """
    for path in paths:
        if path.is_file() and (weights := read_weights(path)).id == wanted:
            return weights
    return None


def read_weights(path: Path) -> Weights:
    """Check the file and read its card; WeightsError says what is wrong with it."""
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            shapes = {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118 - not a dict
    except FileNotFoundError:
        raise WeightsError(f"{path}: no such weights file") from None
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: not a readable weights file ({error})") from None
    if "copyfind" not in metadata:
        raise WeightsError(f"{path}: not a copyfind weights file: its header has no model card")
    try:
        card = json.loads(metadata["copyfind"])
        if card["format_version"] > FORMAT_VERSION:
            raise WeightsError(f"{path}: made for a newer copyfind; update copyfind to use it")
        weights = Weights(
            path=path.absolute(),  # it may be pickled and read from another folder
            name=str(card["name"]),
            architecture=str(card["architecture"]),
            dim=int(card["dim"]),
            projector_dim=int(card.get("projector_dim", card["dim"])),
            input_size=int(card["input_size"]),
            gem_p=float(card["gem_p"]),
            near=float(card.get("near", 1.0)),
            glance=float(card.get("glance", 0.0)),
            mean=tuple(float(v) for v in card["mean"]),
            std=tuple(float(v) for v in card["std"]),
            thresholds=Thresholds(**card["thresholds"]),
            default_threshold=float(card["default_threshold"]),
            levels=tuple(tuple(map(float, one)) for one in card.get("levels", ())),
            card=card,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"{path}: its model card is incomplete or malformed ({error})") from None
    _check_shapes(weights, shapes)
    return weights


def _check_shapes(weights: Weights, shapes: Mapping[str, tuple[int, ...]]) -> None:
    if weights.architecture not in ARCHITECTURES:
        raise WeightsError(
            f"{weights.path}: unknown architecture {weights.architecture!r}; "
            f"this copyfind knows {', '.join(ARCHITECTURES)}"
        )
    channels = ARCHITECTURES[weights.architecture].channels
    expected = {
        "fc.weight": (FEATURE_DIM, channels),
        "fc.bias": (FEATURE_DIM,),
        "proj.weight": (weights.projector_dim, FEATURE_DIM),
        "proj.bias": (weights.projector_dim,),
    }
    if "post.matrix" in shapes or weights.dim != weights.projector_dim:
        expected["post.mean"] = (weights.projector_dim,)
        expected["post.matrix"] = (weights.projector_dim, weights.dim)
    for key, shape in expected.items():
        if shapes.get(key) != shape:
            found = "missing" if key not in shapes else f"of shape {shapes[key]}"
            raise WeightsError(f"{weights.path}: tensor {key} is {found}, expected {shape}")
    for key in ("negatives", "background"):
        if key in shapes and shapes[key][1:] != (weights.dim,):
            raise WeightsError(
                f"{weights.path}: {key} has shape {shapes[key]}, not (B, {weights.dim})"
            )


def read_tensors(weights: Weights) -> dict[str, NDArray[Any]]:
    """All tensors of a checked file, as stored."""
    with safe_open(weights.path, framework="numpy") as file:
        return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict


def read_network(weights: Weights) -> dict[str, NDArray[Any]]:
    """The network as it was trained, without what calibration added, in float32."""
    tensors = read_tensors(weights)
    scales = {key: tensors.pop(key) for key in list(tensors) if key.endswith(SCALE)}
    return {
        key: value.astype(np.float32) * scales.get(key.removesuffix(_WEIGHT) + SCALE, 1)
        for key, value in tensors.items()
        if key.startswith(("net.", "fc.", "proj."))
    }


def write_weights(
    path: Path, tensors: Mapping[str, NDArray[Any]], card: Mapping[str, Any]
) -> Weights:
    """Write network tensors as float16 with their card, atomically, and read them back checked.

    Whole numbers stay what they are, and so do their scales, which float16 could not hold.
    """
    halves = {
        key: np.ascontiguousarray(value, np.float16)
        if value.dtype.kind == "f" and not key.endswith(SCALE)
        else np.ascontiguousarray(value)
        for key, value in tensors.items()
    }
    header = {"copyfind": json.dumps({"format_version": FORMAT_VERSION, **card}, sort_keys=True)}
    with written_whole(path) as unfinished:
        unfinished.write_bytes(save(halves, metadata=header))
    return read_weights(path)
