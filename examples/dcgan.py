"""DCGAN, as Radford et al. (2015) train it, on handwritten digits.

Two networks play against each other: watch OUT/samples/epoch_0001.png and its successors. 100
epochs on the embedded digits take some three minutes on two cores.

    python examples/dcgan.py --epochs 100 --out runs/dcgan

The same command goes on where an interrupted run stopped; more --epochs train on.
"""

import argparse

import keras

import keras_genzoo as zoo


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="a name (mnist, ...) or a path")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--out", default="runs/dcgan")
    parser.add_argument("--limit", type=int, help="use no more examples, evenly of all classes")
    args = parser.parse_args()

    keras.utils.set_random_seed(0)
    # The paper's batches hold 128 images, of much larger data sets.
    train = zoo.data.load(args.data, "train", batch_size=64, limit=args.limit)
    model = zoo.DCGAN(image_shape=train.x.shape[1:])
    model.compile()  # the paper's: Adam, 2e-4, beta_1 = 0.5, for both networks
    model.fit(
        train,
        epochs=args.epochs,
        callbacks=[
            zoo.callbacks.SampleGrid(args.out),
            zoo.callbacks.ResumeTraining(args.out),
        ],
    )
    model.save_to_preset(f"{args.out}/preset", overwrite=True)
    losses = model.evaluate(train, return_dict=True, verbose=0)
    print(", ".join(f"{name} {value:.3f}" for name, value in losses.items()))
    print(f"Pictures in {args.out}/samples, a film in {args.out}/samples.gif")
    print(f"zoo.from_preset('{args.out}/preset') loads the model")


if __name__ == "__main__":
    main()
