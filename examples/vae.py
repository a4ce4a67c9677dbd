"""The variational autoencoder of Kingma and Welling (2013) on handwritten digits.

Prints the evidence lower bound of images that it was not trained on, in nats and bits per pixel
of their binary versions, and writes reconstructions. 100 epochs take half a minute on two cores.

    python examples/vae.py --epochs 100 --out runs/vae

The same command goes on where an interrupted run stopped; more --epochs train on.
"""

import argparse

import keras
import numpy as np

import keras_genzoo as zoo
from keras_genzoo.plotting import image_grid


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="a name (mnist, ...) or a path")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--out", default="runs/vae")
    parser.add_argument("--limit", type=int, help="use no more examples, evenly of all classes")
    args = parser.parse_args()

    keras.utils.set_random_seed(0)
    train = zoo.data.load(args.data, "train", batch_size=100, limit=args.limit)
    test = zoo.data.load(args.data, "test", limit=args.limit)
    model = zoo.VAE(image_shape=train.x.shape[1:])  # 500 tanh units, 20 latents
    model.compile()
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

    # Originals above, what the decoder makes of their codes below.
    x = test.x[:10]
    grid = image_grid(np.concatenate([x, model.reconstruct(x)]), columns=len(x))
    grid.save(f"{args.out}/reconstructions.png")
    nats, bits = model.log_likelihood(test.x), model.bits_per_dim(test.x)
    print(f"Test ELBO {nats.mean():.2f} nats, at most {bits.mean():.4f} bits per pixel (binary)")
    print(f"Pictures in {args.out}, the model in {args.out}/preset")


if __name__ == "__main__":
    main()
