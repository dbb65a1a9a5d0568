"""What data sets and ways to compare are called; free of numpy, for the command line's help."""

from __future__ import annotations

from enum import StrEnum


class Layout(StrEnum):
    """How a data set lies in its folder, and which figures its papers report."""

    DISC = "disc"
    COPYDAYS = "copydays"
    NDEC = "ndec"


class Metric(StrEnum):
    """How two descriptors are compared; higher is more alike in each."""

    COSINE = "cosine"
    L2 = "l2"  # minus the squared distance: DISC's descriptor track
    IP = "ip"  # inner product: descriptors that carry their score normalisation
