"""Whether PyTorch can run networks here, without importing it: on CPUs nothing needs it."""

from __future__ import annotations

import importlib.metadata
from importlib.util import find_spec

INSTALL = "pip install torch torchvision timm"  # what a network of ours needs in PyTorch


def can_run_networks() -> bool:
    """Whether all packages are installed that a network needs in PyTorch."""
    return all(find_spec(name) is not None for name in INSTALL.split()[2:])


def may_accelerate() -> bool:
    """Whether PyTorch is here and of a build that knows more than CPUs: looking for a device is
    worth the seconds that importing it takes."""
    try:
        return can_run_networks() and not importlib.metadata.version("torch").endswith("+cpu")
    except importlib.metadata.PackageNotFoundError:  # installed by other means than a wheel
        return True
