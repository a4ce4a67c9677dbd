"""How near a decoder comes to its own samples, and to images that it was not trained on.

    python -m benchmarks.inversion dcgan_digits --data digits

Prints how the errors of `invert` are distributed, in grey levels, beside the distances to the
nearest training images, and writes pictures: images from the best inverted to the worst, what they
were inverted to, and their nearest training images. Own samples have codes, so what is left of
their error is the search's; what is left of the others' is the model's as well.
"""

import argparse
import time
from pathlib import Path

import numpy as np

import keras_genzoo as zoo
from keras_genzoo import plotting

SAMPLE_SEED = 1
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
ENOUGH = 2.0  # grey levels


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("preset", help="a preset's name or folder, of a model that decodes")
    parser.add_argument("--data", default="digits", help="what it was trained on")
    parser.add_argument("--count", type=int, default=100, help="images of each kind")
    parser.add_argument("--starts", type=int, help="other than the default")
    parser.add_argument("--steps", type=int, help="other than the default")
    parser.add_argument("--out", type=Path, default=Path("runs/inversion"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    model = zoo.from_preset(args.preset)
    training, test = (zoo.data.load(args.data, split).x for split in ("train", "test"))
    chosen = {name: getattr(args, name) for name in ("starts", "steps")}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    kinds = {"samples": model.sample(args.count, seed=SAMPLE_SEED), "test": test[: args.count]}
    print(f"{'root mean squares':24s}" + "".join(f"{share:>8.0%}" for share in SHARES))
    for kind, x in kinds.items():
        start = time.perf_counter()
        found = model.invert(x, nearest=training, **chosen)
        seconds = (time.perf_counter() - start) / len(x)
        for name, errors in (("inverted", found.error), ("nearest", found.distance)):
            row = "".join(f"{value:8.2f}" for value in np.quantile(errors, SHARES))
            print(f"{f'{kind}, {name}':24s}{row}")
        share = np.mean(found.error <= ENOUGH)
        print(f"{share:.0%} within {ENOUGH:g} grey levels, {seconds:.2f} s for an image")
        picture(x, found).save(args.out / f"{kind}.png")


def picture(x: np.ndarray, found, columns: int = 12):
    """Images from the best inverted to the worst, and below each what was found."""
    order = np.argsort(found.error)[np.linspace(0, len(x) - 1, min(columns, len(x))).astype(int)]
    return plotting.image_table(
        np.stack([x, found.images, found.nearest])[:, order],
        rows=["image", "inverted", "nearest training"],
        columns=[f"{error:.1f}" for error in found.error[order]],
    )


if __name__ == "__main__":
    main()
