"""From a trained student to weights files, one for each length of its descriptor."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from copyfind.descriptor.networks import IMAGENET_MEAN, IMAGENET_STD, Student
from copyfind.descriptor.weights import Thresholds, Weights, write_weights


def export_student(
    student: Student,
    folder: Path,
    *,
    input_size: int,
    thresholds: Mapping[int, Thresholds],
    facts: Mapping[str, Any],
) -> list[Weights]:
    """Write NAME-DIM.safetensors for each length that has thresholds.

    facts are further lines of the card: teacher, training data and its licences, command line.
    """
    tensors = {
        key: value.detach().float().cpu().numpy() if value.is_floating_point() else value.numpy()
        for key, value in student.cpu().state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    written = []
    for dim, levels in thresholds.items():
        name = f"{student.architecture.name}-{dim}"
        card = {
            **facts,
            "name": name,
            "architecture": student.architecture.name,
            "dim": dim,
            "projector_dim": dim,
            "input_size": input_size,
            "gem_p": student.gem_p,
            "mean": list(IMAGENET_MEAN),
            "std": list(IMAGENET_STD),
            "start_weights": student.architecture.start_weights,
            "thresholds": asdict(levels),
            "default_threshold": levels.p999,
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        }
        shorter = {
            **tensors,
            "proj.weight": tensors["proj.weight"][:dim],
            "proj.bias": tensors["proj.bias"][:dim],
        }
        written.append(write_weights(folder / f"{name}.safetensors", shorter, card))
    return written
