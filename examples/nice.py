"""NICE, the flow of Dinh et al. (2014), on handwritten digits: exact likelihoods.

Prints the log-likelihood of images that it was not trained on, in nats and bits per dimension of
the 256-valued pixels, and as the paper does: the density on [0, 1]. 30 epochs on the digits take
about a minute on two cores; MNIST takes 150 (the paper has 1500) and hours.

    python examples/nice.py --epochs 30 --out runs/nice

The same command goes on where an interrupted run stopped; more --epochs train on.
"""

import argparse
import math

import keras

import keras_genzoo as zoo


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="a name (mnist, ...) or a path")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch-size", type=int, default=64, help="the paper's is 200")
    parser.add_argument("--out", default="runs/nice")
    parser.add_argument("--limit", type=int, help="use the first so many examples only")
    args = parser.parse_args()

    keras.utils.set_random_seed(0)
    train = zoo.data.load(args.data, "train", batch_size=args.batch_size, limit=args.limit)
    test = zoo.data.load(args.data, "test", limit=args.limit)
    model = zoo.NICE(image_shape=train.x.shape[1:])  # 4 couplings of five layers of 1000 units
    model.compile()  # the paper's: Adam, 1e-3, beta_2 = 0.99, epsilon = 1e-4
    model.fit(
        train,
        epochs=args.epochs,
        validation_data=test,
        callbacks=[
            zoo.callbacks.SampleGrid(args.out),
            zoo.callbacks.ResumeTraining(args.out),
        ],
    )
    model.save_to_preset(f"{args.out}/preset", overwrite=True)

    nats, bits = model.log_likelihood(test.x).mean(), model.bits_per_dim(test.x).mean()
    density = nats + model.spec.size * math.log(256)
    print(f"Test log-likelihood {nats:.2f} nats, {bits:.4f} bits per dimension")
    print(f"In the paper's convention {density:.2f} nats: the density of pixels on [0, 1]")
    print(f"Pictures in {args.out}/samples, the model in {args.out}/preset")


if __name__ == "__main__":
    main()
