"""Learn the codebook of local features from a folder of photos: copyfind/search/codebook.npz.

The one that travels with copyfind was learnt from photos that no benchmark holds and edited copies
of them: what codes stand for from 1,700 pictures, of which 200 features each and 61,440 of all were
taken, the centres of the lists from 1,500, 40 each and 40,000 of all.

    python -m benchmarks.make_codebook PHOTOS
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from copyfind.evidence.features import extract_features
from copyfind.imaging.decode import thumbnail
from copyfind.search.codes import CODEBOOK, train_codebook

_OF_EACH = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    paths = sorted(path for path in parser.parse_args().photos.rglob("*") if path.is_file())
    found = [
        extract_features(thumbnail(path.read_bytes(), longest=400)).sifts[:_OF_EACH]
        for path in paths
    ]
    train_codebook(np.concatenate(found))
    print(f"{CODEBOOK}: from {sum(map(len, found)):,} features of {len(paths):,} photos")


if __name__ == "__main__":
    main()
