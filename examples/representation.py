"""What a model knows of digits without labels: a VAE's codes and a GAN's discriminator, probed.

Prints how well a linear classifier tells the digits apart by codes of 2 and 20 dimensions, by the
features of the shipped DCGAN's discriminator, and by the pixels themselves; and draws a map of the
codes, the manifold, interpolations, traversals and arithmetic. Takes two minutes on two cores.

    python examples/representation.py --epochs 100 --out runs/representation
"""

import argparse
from pathlib import Path

import keras
import numpy as np

import keras_genzoo as zoo
from keras_genzoo import plotting
from keras_genzoo.metrics import linear_probe


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path("runs/representation"))
    parser.add_argument("--limit", type=int, help="use no more examples, evenly of all classes")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    keras.utils.set_random_seed(0)
    train = zoo.data.load("digits", "train", labels=True, limit=args.limit)
    test = zoo.data.load("digits", "test", labels=True)
    models = {f"VAE with {n} latents": zoo.VAE((28, 28, 1), latent_dim=n) for n in (2, 20)}
    flat, vae = models.values()
    for model in (flat, vae):
        model.compile()
        model.fit(train.x, batch_size=20, epochs=args.epochs)
    models["DCGAN"] = zoo.from_preset("dcgan_digits")
    models["Pixels"] = keras.layers.Flatten()
    for name, model in models.items():
        print(f"{name}: {linear_probe(model, train.x, train.y, test.x, test.y)}")

    codes, shown = vae.encode(train.x), test.x[:12]
    light_first = np.argsort(train.x.mean(axis=(1, 2, 3)))
    zeros, ones = (codes[light_first[train.y[light_first] == digit]] for digit in (0, 1))
    kinds = {"heavy 1": ones[-20:], "light 1": ones[:20], "light 0": zeros[:20]}
    for name, picture in {
        "map_2d": plotting.code_map(flat.encode(test.x), test.y),
        "map_pca": plotting.code_map(codes, train.y),
        "map_tsne": plotting.code_map(codes, train.y, method="tsne"),
        "manifold": plotting.latent_manifold(flat),
        "interpolations": plotting.interpolations(vae, shown[:6], shown[6:]),
        "traversals": plotting.traversals(vae, codes[0], dims=np.argsort(-codes.std(0))[:8]),
        "arithmetic": plotting.arithmetic(vae, *kinds.values(), list(kinds)),
    }.items():
        picture.save(args.out / f"{name}.png")


if __name__ == "__main__":
    main()
