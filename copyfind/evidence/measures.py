"""What an aligned pair comes to in numbers, the same in both orders."""

from __future__ import annotations

import math

import numpy as np

from copyfind.evidence.captures import captures
from copyfind.evidence.differences import differences
from copyfind.evidence.laying import Laid
from copyfind.evidence.maps import TEXTURED, Maps, quantiles
from copyfind.records import Facts
from copyfind.verdict import Outside

_STILL, _GRAINY = 0.5, 0.2  # of texture, of grain: where only noise is to be seen
_SAME, _OTHER = 0.8, 0.5  # correlation of cells that show the same, and something else
_LOSSLESS = ("PNG", "TIFF", "BMP", "PPM", "TGA", "PSD")


def measures_of(laid: Laid, maps: Maps, facts: tuple[Facts, Facts]) -> dict[str, float]:
    """Names and values; every value is finite.

    facts: of both files, in either order.
    """
    alignment, residual = laid.alignment, laid.residual
    found = {
        "inliers": math.log1p(alignment.inliers),
        "agreement": alignment.agreement,
        "repeated": min(alignment.repeated, 2.0),
        "error": alignment.error,
        "spread": alignment.spread,
        "matches": math.log1p(alignment.tentative),
        "mirrored": float(alignment.mirrored),
        "inverted": float(alignment.inverted),
        "overlap least": min(residual.overlap),
        "overlap most": max(residual.overlap),
        "alike": residual.alike,
        "similar": residual.similar,
        "faint": residual.faint,
        "blocks": math.log1p(residual.blocks),
        "goes on": float(laid.around[0].goes_on) + float(laid.around[1].goes_on),
        "plain": float(sum(side.kind is Outside.PLAIN for side in laid.around)),
        "more": float(sum(side.kind is Outside.PICTURE for side in laid.around)),
    }
    return found | _geometry(laid) | _saved(facts) | _of_maps(maps)


def _saved(facts: tuple[Facts, Facts]) -> dict[str, float]:
    """How hard both were compressed, as far as is known, which says what detail may differ."""
    known = sorted(100.0 if f.format in _LOSSLESS else float(f.jpeg_quality or -1) for f in facts)
    return {"quality least": known[0], "quality most": known[1]}


def _geometry(laid: Laid) -> dict[str, float]:
    """How far the alignment is from a mere change of size."""
    matrix = laid.alignment.matrix
    height, width = laid.residual.frame.shape[:2]
    step = matrix[:2, :2]
    long, short = np.linalg.svd(step, compute_uv=False).tolist()
    inverse = np.linalg.inv(matrix)
    depths = [
        float(np.abs(np.log(np.abs(m[2, :2] @ corner + m[2, 2]) / abs(m[2, 2]))))
        for m in (matrix, inverse / inverse[2, 2])
        for corner in np.array([[width, 0], [0, height], [width, height]], np.float64)
    ]
    turn = math.degrees(math.atan2(step[1, 0], step[0, 0])) % 90
    return {
        "scale": abs(math.log(max(math.sqrt(long * short), 1e-6))),
        "stretch": math.log(max(long / max(short, 1e-9), 1.0)),
        "depth": min(max(depths), 3.0),
        "turn": min(turn, 90 - turn),
    }


def _of_maps(maps: Maps) -> dict[str, float]:
    """How cells agree, as they lie and moved a little; and colours, grain, texture."""
    fine, before, after, moved = (maps[name] for name in ("fine", "coarse", "after", "moved"))
    texture = np.stack([maps["texture a"], maps["texture b"]])
    most, least = texture.max(axis=0), texture.min(axis=0)
    known = most >= TEXTURED
    some = max(int(known.sum()), 1)
    other = known & (before < _OTHER)
    firm = known & (after >= _SAME)
    elsewhere = firm & (after > before + 0.05) & (moved > 0.08)
    found = {
        "textured": float(known.mean()),
        "both textured": float((least >= TEXTURED).mean()),
        "other": float(other.sum() / some),
        "other both": float((other & (least >= 0.7 * most)).sum() / some),
        "against": float((known & (least >= TEXTURED) & (maps["fine"] < 0)).sum() / some),
        "other bare": float((other & (least < TEXTURED)).sum() / some),
        "evenness": float((least[other] / np.maximum(most[other], 1e-3)).mean())
        if other.any()
        else 1.0,
        "elsewhere": float(elsewhere.sum() / max(int(firm.sum()), 1)),
        "firm": float(firm.sum() / some),
        "gained": float((after - before)[known].mean()) if known.any() else 0.0,
    }
    found |= quantiles("fine", fine[known], (5, 25, 50, 80))
    found |= quantiles("coarse", maps["coarse"][known], (5, 25, 50))
    found |= quantiles("slopes", maps["slopes"][known], (10, 30, 60))
    same = known & (before >= _SAME)
    found |= quantiles("finest", maps["finest"][same], (10, 50, 80))
    found |= quantiles("moved", moved[firm], (50, 80, 95))
    found |= quantiles("tone", np.abs(maps["tone"]), (50, 80, 95))
    found |= quantiles("colour", maps["colour"], (50, 80, 95))
    found |= quantiles("colour back", maps["colour back"], (50, 80, 95))
    bare = most < TEXTURED  # of what has no structure only colour tells
    found |= quantiles("bare colour", maps["colour"][bare], (50, 90))
    grain = np.abs(maps["grain a"] - maps["grain b"])
    found |= quantiles("grain", grain[same], (50,))
    chroma = np.stack([maps["chroma a"], maps["chroma b"]])
    found |= {
        "chroma most": float(chroma.mean(axis=1).max()),
        "chroma least": float(chroma.mean(axis=1).min()),
    }
    for far in (0.5, 1.0, 2.0):  # cells; half a pixel is what an alignment may be off
        away = firm & (after > before + 0.03) & (moved >= math.log1p(far) / 2)
        found[f"elsewhere {far:g}"] = float(away.sum() / max(int(firm.sum()), 1))
    exact = firm & (before >= 0.9)
    found["moved exact"] = float(moved[exact].mean()) if exact.any() else -1.0
    found["little other"] = float((known & (before < _SAME)).sum() / some)
    dim = known & (before < _SAME) & (least >= TEXTURED)
    found["little other both"] = float(dim.sum() / some)
    found["sharper there"] = (
        float((most - least)[known & (before < _SAME)].mean() - (most - least)[same].mean())
        if same.any() and (known & ~same).any()
        else 0.0
    )
    still = (most < _STILL) & (np.minimum(maps["grain a"], maps["grain b"]) > _GRAINY)
    found |= quantiles("still finest", maps["finest"][still], (30, 60))
    found |= quantiles("same texture", least[same], (30, 70))
    return (
        found
        | differences(maps, known=known, other=other, same=same)
        | captures(maps, some=some, firm=firm, same=same)
    )
