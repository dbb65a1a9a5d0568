"""Findings for eyes in a browser: one file with everything in it, for any number of clusters.

The page works from a file: address, offline and printed. It carries its data as JSON and draws a
page of clusters at a time; thumbnails lie in blocks that are read when they are shown. Names reach
it as text only: JSON whose `<` is escaped, `textContent`, and a policy that lets no script or style
run but the two whose hashes it names.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

from copyfind.records import Cluster, Findings
from copyfind.report.cards import (
    Card,
    Folders,
    cluster_card,
    contents_in_order,
    day,
    file_url,
    findings_card,
    why,
)
from copyfind.report.fitting import shown_path
from copyfind.report.numbers import counted, shown_bytes
from copyfind.report.totals_words import in_a_sentence, proposal
from copyfind.totals import numbers_of, totals_of

Thumbnail = Callable[[bytes], bytes | None]  # SHA-256 of a content -> JPEG

BUDGET = 48_000_000  # bytes of thumbnails in a page: browsers open that within a second or two
CHUNK = 60  # thumbnails in a block
PLAIN = 100  # clusters shown without scripts
_SAMPLE = 48


@dataclass(frozen=True, slots=True)
class _Size:
    """How thumbnails are kept small; `longest` None keeps them as they are."""

    longest: int | None
    quality: int
    share: float  # of the bytes of a thumbnail as it is, measured on photos


# 400 pixels give 20 kB a photo: 5,000 clusters of three would be a page of 400 MB.
_SIZES = (_Size(None, 0, 1.0), _Size(256, 70, 0.4), _Size(176, 62, 0.18), _Size(120, 55, 0.08))


def findings_as_html(
    findings: Findings,
    *,
    thumbnail: Thumbnail,
    version: str,
    now: datetime | None = None,
    budget: int = BUDGET,
) -> str:
    """The findings as one page. `thumbnail` gives the JPEG of a content, or None where there is
    none; where they would take more than `budget` bytes, all are made smaller alike. `version` is
    that of the copyfind that made it."""
    from jinja2 import Environment, PackageLoader
    from markupsafe import Markup

    style = _asset("common.css") + _asset("report.css")
    script = _asset("common.js") + _asset("report.js")
    folders = Folders()
    numbers = numbers_of(findings.clusters)
    clusters = [
        {**cluster_card(cluster, folders), "number": numbers[cluster.id]}
        for cluster in findings.clusters
    ]
    pictures = contents_in_order(findings)
    _number_pictures(findings, clusters, pictures)
    when = (now or datetime.now(UTC)).astimezone()
    head = findings_card(findings)
    page = Environment(
        loader=PackageLoader("copyfind.report", "page"), autoescape=True, trim_blocks=True
    )
    # Markup: our own files, and JSON in which nothing can end its script element.
    return page.get_template("report.html.j2").render(
        version=version,
        made_on=when.strftime("%Y-%m-%d"),
        style=Markup(style),
        style_hash=_hash(style),
        script=Markup(script),
        script_hash=_hash(script),
        headline=_headline(findings),
        summary=_summary(findings),
        about=_about(findings),
        footer=f"Made by copyfind {version} on {when:%Y-%m-%d at %H:%M}. Nothing was "
        "changed; links lead to the files as they were then.",
        clusters=f"{len(clusters):,}",
        plain=[_plain(c, numbers[c.id]) for c in findings.clusters[:PLAIN]],
        findings=Markup(
            _json(
                {
                    "head": head,
                    "folders": folders.cards(),
                    "chunk": CHUNK,
                    "clusters": clusters,
                }
            )
        ),
        chunks=[Markup(_json(chunk)) for chunk in _chunks(pictures, thumbnail, budget)],
    )


def _asset(name: str) -> str:
    return (files("copyfind.report") / "page" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """A text as the source that a Content-Security-Policy allows."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _json(value: object) -> str:
    """JSON that an HTML parser takes for text until the script element ends."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _number_pictures(
    findings: Findings, clusters: Sequence[Card], pictures: Sequence[bytes]
) -> None:
    numbers = {sha256: number for number, sha256 in enumerate(pictures)}
    for cluster, card in zip(findings.clusters, clusters, strict=True):
        members = card["members"]
        assert isinstance(members, list)
        for member, shown_member in zip(cluster.members, members, strict=True):
            shown_member["picture"] = numbers[member.content.sha256]


def _chunks(pictures: Sequence[bytes], thumbnail: Thumbnail, budget: int) -> list[list[str | None]]:
    """All thumbnails in Base64, some dozens a block, none twice."""
    size = _fitting(pictures, thumbnail, budget)
    encoded = [_encoded(thumbnail(sha256), size) for sha256 in pictures]
    return [encoded[start : start + CHUNK] for start in range(0, len(encoded), CHUNK)]


def _fitting(pictures: Sequence[bytes], thumbnail: Thumbnail, budget: int) -> _Size:
    """The largest size in which all pictures fit into the budget, told by some of them."""
    some = pictures[:: max(len(pictures) // _SAMPLE, 1)]
    known = [len(jpeg) for sha256 in some if (jpeg := thumbnail(sha256))]
    expected = sum(known) / max(len(known), 1) * len(pictures)
    for size in _SIZES:
        if expected * size.share <= budget:
            return size
    return _SIZES[-1]


def _encoded(jpeg: bytes | None, size: _Size) -> str | None:
    if jpeg is None:
        return None
    if size.longest is not None:
        jpeg = _smaller(jpeg, size.longest, size.quality)
    return base64.b64encode(jpeg).decode("ascii")


def _smaller(jpeg: bytes, longest: int, quality: int) -> bytes:
    from PIL import Image

    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
        picture.draft("RGB", (longest, longest))
        small = picture.convert("RGB")
    small.thumbnail((longest, longest))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _headline(findings: Findings) -> str:
    if not findings.clusters:
        return f"No copies among {counted(findings.files, 'photo')}"
    return f"{counted(len(findings.clusters), 'cluster')} among {counted(findings.files, 'photo')}"


def _summary(findings: Findings) -> str:
    if not findings.clusters:
        return ""
    said = in_a_sentence(totals_of(findings.clusters))
    return f"{said}. The photo to keep stands first."


def _about(findings: Findings) -> str:
    where = ", ".join(shown_path(root) for root in findings.roots[:4])
    more = f" and {len(findings.roots) - 4} more folders" if len(findings.roots) > 4 else ""
    skipped = (
        f" {counted(len(findings.skipped), 'file')} could not be looked at."
        if findings.skipped
        else ""
    )
    return (
        f"{where}{more}. Model {findings.model.name}, threshold {findings.threshold:.2f}.{skipped}"
    )


def _plain(cluster: Cluster, number: int) -> dict[str, object]:
    """A cluster for the table that needs no scripts."""
    return {
        "number": number,
        "proposal": proposal(totals_of([cluster])),
        "gain": shown_bytes(cluster.reclaimable_bytes) if cluster.reclaimable_bytes else "",
        "members": [
            {
                "role": member.role.value,
                "url": file_url(member.file.path),
                "path": shown_path(member.file.path),
                "facts": shown_bytes(member.file.size),
                "date": day(member)[0],
                "why": why(member),
            }
            for member in cluster.members
        ],
    }
