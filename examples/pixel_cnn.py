"""PixelCNN (van den Oord et al., 2016) on binarized handwritten digits: exact likelihoods.

Prints the log-likelihood of binary images that it was not trained on, in nats and bits per pixel.
A smaller network than the paper's 15 blocks of 128; --blocks 15 --width 128 is that one. 10 epochs
on the digits take about two minutes on two cores.

    python examples/pixel_cnn.py --epochs 10 --out runs/pixel_cnn

The same command goes on where an interrupted run stopped; more --epochs train on.
"""

import argparse

import keras

import keras_genzoo as zoo


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="a name (mnist, ...) or a path")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--out", default="runs/pixel_cnn")
    parser.add_argument("--limit", type=int, help="use no more examples, evenly of all classes")
    parser.add_argument("--blocks", type=int, default=5)
    parser.add_argument("--width", type=int, default=32)
    args = parser.parse_args()

    keras.utils.set_random_seed(0)
    train = zoo.data.load(args.data, "train", batch_size=16, limit=args.limit)  # the paper's 16
    test = zoo.data.load(args.data, "test", limit=args.limit)
    model = zoo.PixelCNN(
        image_shape=train.x.shape[1:], levels=2, num_blocks=args.blocks, width=args.width
    )
    model.compile()  # the paper's RMSprop
    model.fit(
        train,
        epochs=args.epochs,
        validation_data=test,
        callbacks=[
            zoo.callbacks.SampleGrid(args.out, n=16),  # a pass for each pixel
            zoo.callbacks.ResumeTraining(args.out),
        ],
    )
    model.save_to_preset(f"{args.out}/preset", overwrite=True)

    nats, bits = model.log_likelihood(test.x), model.bits_per_dim(test.x)
    print(f"Test log-likelihood {nats.mean():.2f} nats, {bits.mean():.4f} bits per pixel (binary)")
    print(f"Pictures in {args.out}/samples, the model in {args.out}/preset")


if __name__ == "__main__":
    main()
