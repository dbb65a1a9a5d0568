"""Grey pictures beside coloured ones: the grey one may be the scan that somebody put colours on."""

from __future__ import annotations

from copyfind.grouping.proofs import Edge

COLOURS_MAY_BE_ADDED = "the colours of its keeper may have been added to it"

_SURE = 3.0  # log odds from which the grey one was made from the coloured one


def is_maybe_what_was_coloured(edge: Edge) -> bool:
    """Whether the second is grey beside a coloured first, and not surely made from it.

    Colours that were put on a scan are as soft as many that a camera took, and pixels that lost
    their colours hold nothing that says so. Where one alone has a camera's words, that is sure.
    """
    return "greyscale" in edge.verdict.how and edge.odds is not None and edge.odds < _SURE
