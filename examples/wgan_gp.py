"""WGAN-GP (Gulrajani et al., 2017) on eight Gaussians in a ring, or on images.

Counts how many of the ring's modes the samples find, and how many samples lie within three
standard deviations of one. 60 epochs on the ring take some four minutes on two cores.

    python examples/wgan_gp.py --data ring --epochs 60 --out runs/wgan_gp
    python examples/wgan_gp.py --data digits --epochs 200 --out runs/wgan_gp_digits

The same command goes on where an interrupted run stopped; more --epochs train on.
"""

import argparse

import keras
import numpy as np

import keras_genzoo as zoo
from keras_genzoo.data.mixtures import RING_STD, ring_centers


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="ring", help="ring, digits, another name, or a path")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--out", default="runs/wgan_gp")
    parser.add_argument("--limit", type=int, help="use the first so many examples only")
    args = parser.parse_args()

    keras.utils.set_random_seed(0)
    # One batch holds the real examples of five critic updates, 64 each as in the paper.
    train = zoo.data.load(args.data, "train", batch_size=5 * 64, limit=args.limit)
    images = train.x.ndim == 4
    shape = train.x.shape[1:]
    model = zoo.WGANGP(image_shape=shape) if images else zoo.WGANGP(num_features=shape[0])
    model.compile()  # the paper's: Adam, 1e-4, beta_1 = 0, beta_2 = 0.9, for both networks
    model.fit(
        train,
        epochs=args.epochs,
        callbacks=[
            zoo.callbacks.SampleGrid(args.out, n=64 if images else 2000),
            zoo.callbacks.ResumeTraining(args.out),
        ],
    )
    model.save_to_preset(f"{args.out}/preset", overwrite=True)
    if args.data == "ring":
        x = model.sample(10_000, seed=1)
        distance = np.linalg.norm(x[:, None] - ring_centers(), axis=-1)
        near = distance.min(axis=1) < 3 * RING_STD
        modes = len(np.unique(distance.argmin(axis=1)[near]))
        print(f"{modes} of 8 modes, {near.mean():.1%} of samples within 3 sigma of one")
    print(f"Pictures in {args.out}/samples, the model in {args.out}/preset")


if __name__ == "__main__":
    main()
