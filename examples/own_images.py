"""A GAN of your own pictures: a folder of PNG or JPEG files, in folders of classes or all in one.

    python examples/own_images.py ~/pictures --size 32 --epochs 200 --out runs/own_images

1,000 pictures take some ten minutes on two cores. A discriminator would soon know so few of them
by heart, so it sees all images, real and fake, moved about and with a part cut out (DiffAugment).
OUT/neighbours.png has samples above the pictures nearest to them, to see whether they are new. The
same command goes on where an interrupted run stopped.
"""

import argparse
from pathlib import Path

import keras
import numpy as np

import keras_genzoo as zoo
from keras_genzoo.plotting import image_table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=32, help="height and width: 16, 32, 64, ...")
    parser.add_argument("--width", type=int, default=64, help="channels of the first convolution")
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--out", default="runs/own_images")
    args = parser.parse_args()

    keras.utils.set_random_seed(0)
    train = zoo.data.load(
        args.folder, image_size=args.size, batch_size=args.batch_size, skip_broken=True
    )
    print(train)
    model = zoo.DCGAN(image_shape=train.x.shape[1:], width=args.width)
    model.compile(discriminator_augment="translation,cutout")
    model.fit(
        train,
        epochs=args.epochs,
        callbacks=[
            zoo.callbacks.SampleGrid(args.out, every=5, tensorboard=f"{args.out}/logs"),
            zoo.callbacks.ResumeTraining(args.out),
        ],
    )
    model.save_to_preset(f"{args.out}/preset", overwrite=True)

    samples = model.sample(10, seed=0)
    _, nearest = zoo.metrics.nearest_neighbors(samples, train.x)
    pairs = np.stack([samples, train.x[nearest[:, 0]]])
    image_table(pairs, rows=["sample", "nearest"]).save(f"{args.out}/neighbours.png")
    print(f"Pictures in {args.out}, the model in {args.out}/preset")
    print(f"tensorboard --logdir {args.out}/logs shows how they came about")


if __name__ == "__main__":
    main()
