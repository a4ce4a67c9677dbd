"""Samples of the classes that one asks for: a conditional GAN (Mirza and Osindero, 2014).

    python examples/conditional.py --epochs 100 --out runs/conditional

100 epochs on the embedded digits take some five minutes on two cores. OUT/samples has a row for
each class; at the end, OUT/styles.png shows the same codes as every digit, and a classifier of real
digits says how many of 500 samples it reads as they were asked for.
"""

import argparse

import keras
import numpy as np
from sklearn.svm import SVC

import keras_genzoo as zoo
from keras_genzoo.plotting import image_table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--out", default="runs/conditional")
    parser.add_argument("--limit", type=int, help="use no more examples, evenly of all classes")
    args = parser.parse_args()

    keras.utils.set_random_seed(0)
    train = zoo.data.load("digits", batch_size=64, labels=True, limit=args.limit)
    model = zoo.CGAN(image_shape=(28, 28, 1), num_classes=10, architecture="dcgan", width=32)
    model.compile()
    model.fit(
        train,
        epochs=args.epochs,
        callbacks=[
            zoo.callbacks.SampleGrid(args.out, n=100),
            zoo.callbacks.ResumeTraining(args.out),
        ],
    )
    model.save_to_preset(f"{args.out}/preset", overwrite=True)

    # A seed says how the digits are written, a label which ones they are.
    styles = np.stack([model.sample(6, labels=digit, seed=1) for digit in range(10)], axis=1)
    table = image_table(styles, columns=[str(digit) for digit in range(10)])
    table.save(f"{args.out}/styles.png")

    # One label for all samples, or one for each; without any they are drawn.
    asked = np.arange(500) % 10
    samples = model.sample(500, labels=asked, seed=0)
    reader = SVC().fit(train.x.reshape(-1, 784) / 255, train.y)
    share = np.mean(reader.predict(samples.reshape(-1, 784) / 255) == asked)
    print(f"A classifier reads {share:.1%} of 500 samples as they were asked for.")
    print(f"Pictures in {args.out}, the model in {args.out}/preset")


if __name__ == "__main__":
    main()
