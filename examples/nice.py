"""NICE, the flow of Dinh et al. (2014), on handwritten digits: exact likelihoods.

Prints the log-likelihood of images that it was not trained on, in nats and bits per dimension of
the 256-valued pixels, and as the paper does: the density on [0, 1]. Its scales grow by 0.001 a
step, so it takes ten thousand steps, in small batches for so few images: some three minutes on
two cores. The second command trains the paper's network on MNIST, which takes hours.

    python examples/nice.py --epochs 120 --out runs/nice
    python examples/nice.py --data mnist --units 1000 --batch-size 200 --epochs 150

The same command goes on where an interrupted run stopped; more --epochs train on.
"""

import argparse
import math

import keras

import keras_genzoo as zoo


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="a name (mnist, ...) or a path")
    parser.add_argument("--epochs", type=int, default=120)
    parser.add_argument("--out", default="runs/nice")
    parser.add_argument("--limit", type=int, help="use no more examples, evenly of all classes")
    parser.add_argument("--units", type=int, default=200, help="of each hidden layer")
    parser.add_argument("--batch-size", type=int, default=16)
    args = parser.parse_args()

    keras.utils.set_random_seed(0)
    train = zoo.data.load(args.data, "train", batch_size=args.batch_size, limit=args.limit)
    test = zoo.data.load(args.data, "test", limit=args.limit)
    model = zoo.NICE(image_shape=train.x.shape[1:], hidden_units=args.units)
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
