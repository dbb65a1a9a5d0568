"""`python -m copyfind.learn.run` is `copyfind train`, where not all of copyfind can be installed.

On a rented GPU, say: it needs torch, torchvision, timm, numpy, Pillow, safetensors, typer and
rich, and onnx for a teacher in that format.
"""

from __future__ import annotations

import sys

from copyfind.cli.app import main

if __name__ == "__main__":
    main(["train", *sys.argv[1:]])
