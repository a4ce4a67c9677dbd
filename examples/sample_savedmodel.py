"""Samples of an exported model, with TensorFlow alone: keras_genzoo need not be there.

    python examples/sample_savedmodel.py savedmodels/dcgan --n 100 --seed 0 --out samples.png

Writes all samples as an array beside the picture of the first hundred. Takes some seconds.
"""

import argparse
import math
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the model's folder, with its versions")
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("samples.png"))
    args = parser.parse_args()

    # As a server does: the highest version.
    versions = [path for path in args.folder.iterdir() if path.name.isdecimal()]
    version = str(max(versions, key=lambda path: int(path.name)))
    sample = tf.saved_model.load(version).signatures["sample"]
    arguments = {"n": tf.constant(args.n), "seed": tf.constant(args.seed, tf.int64)}
    images = sample(**arguments)["images"].numpy()  # uint8 (n, height, width, channels)
    np.save(args.out.with_suffix(".npy"), images)

    side = math.isqrt(min(args.n, 100))
    framed = np.pad(images[: side * side], ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=255)
    _, height, width, channels = framed.shape
    grid = framed.reshape(side, side, height, width, channels).transpose(0, 2, 1, 3, 4)
    grid = grid.reshape(side * height, side * width, channels)
    Image.fromarray(grid.squeeze().repeat(2, axis=0).repeat(2, axis=1)).save(args.out)

    print(f"TensorFlow {tf.__version__} alone drew {args.n} samples from {version}: {args.out}")


if __name__ == "__main__":
    main()
