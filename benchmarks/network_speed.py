"""CPU milliseconds a picture that networks take on one thread, in turns.

    python -m benchmarks.network_speed lite0-256 OTHER.safetensors [--rounds 15]

Weights by name or file. Each is fed squares of its own size, eight at a time; turns alternate, so
that what else the machine does falls on all alike. Ratios to the first one are of the same round.
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import numpy as np

from copyfind.descriptor.engines import Engine, onnx_engine
from copyfind.descriptor.weights import Weights, find_weights, read_weights
from copyfind.records import Pixels

AT_ONCE, PASSES = 8, 4


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("weights", nargs="+")
    options.add_argument("--rounds", type=int, default=15)
    asked = options.parse_args()
    every = [read_weights(find_weights(name)) for name in asked.weights]
    fed = [(_engine(weights), _pictures(weights.input_size)) for weights in every]
    rounds = [[_milliseconds(run, pictures) for run, pictures in fed] for _ in range(asked.rounds)]
    for at, weights in enumerate(every):
        taken = median(one[at] for one in rounds)
        ratio = median(one[at] / one[0] for one in rounds)
        print(
            f"{weights.name:24} {weights.input_size:4} px  "
            f"{'8 bits' if weights.levels else 'floats'}  {taken:6.2f} ms  {ratio:5.2f}"
        )


def _engine(weights: Weights) -> Engine:
    run = onnx_engine(weights)
    if run is None:
        raise SystemExit(f"{weights.path}: no graph beside it")
    return run


def _pictures(side: int) -> Pixels:
    """Coloured tiles: what pictures show makes no difference."""
    chance = np.random.default_rng(0)
    coarse = chance.integers(0, 256, (AT_ONCE, 8, 8, 3), dtype=np.uint8)
    return np.ascontiguousarray(
        coarse.repeat(-(-side // 8), 1).repeat(-(-side // 8), 2)[:, :side, :side]
    )


def _milliseconds(run: Engine, pictures: Pixels) -> float:
    began = time.process_time()
    for _ in range(PASSES):
        run(pictures)
    return 1000 * (time.process_time() - began) / (PASSES * len(pictures))


if __name__ == "__main__":
    main()
