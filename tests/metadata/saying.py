"""Pictures and sidecars that say something of themselves."""

from __future__ import annotations

import io

from PIL import Image

from copyfind.metadata.known import Metadata
from tests.conftest import draw

ZURICH = (47.3769, 8.5417)
HEAD = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:exif="http://ns.adobe.com/exif/1.0/" '
    'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
    'xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" '
    'xmlns:MP="http://ns.microsoft.com/photo/1.2/" '
    'xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#" '
    'xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#">'
)
TAIL = "</rdf:RDF></x:xmpmeta>"


def xmp(attributes: str = "", inner: str = "") -> bytes:
    return (
        f'{HEAD}<rdf:Description rdf:about="" {attributes}>{inner}</rdf:Description>{TAIL}'.encode()
    )


def jpeg(exif: Image.Exif | None = None, packet: bytes | None = None) -> bytes:
    written = io.BytesIO()
    saving = {"exif": exif} if exif is not None else {}
    draw(3).save(written, "JPEG", **saving, **({"xmp": packet} if packet else {}))
    return written.getvalue()


PLAIN = jpeg()

FULL = Metadata(
    position=ZURICH,
    captured_at="2019-07-21T12:00:00",
    rating=5,
    title="Lake",
    description="At noon",
    keywords=("water", "boat"),
    people=("Ada",),
    faces=1,
    film=True,
)
