"""The first GAN (Goodfellow et al., 2014): fully connected networks, on digits or in the plane.

Other losses, soft labels and more controls are arguments of `compile`; `python -m
benchmarks.gan_controls` compares them on the ring. 400 epochs on the embedded digits take some
three minutes on two cores.

    python examples/gan.py --epochs 400 --out runs/gan
    python examples/gan.py --data ring --epochs 20 --out runs/gan_ring

The same command goes on where an interrupted run stopped; more --epochs train on.
"""

import argparse

import keras

import keras_genzoo as zoo


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="ring, grid, digits, a name, or a path")
    parser.add_argument("--epochs", type=int, default=400)
    parser.add_argument("--out", default="runs/gan")
    parser.add_argument("--limit", type=int, help="use no more examples, evenly of all classes")
    args = parser.parse_args()

    keras.utils.set_random_seed(0)
    train = zoo.data.load(args.data, "train", batch_size=100, limit=args.limit)
    if train.x.ndim == 4:
        # Soft labels: the discriminator of so few digits would soon be certain of each.
        model = zoo.GAN(image_shape=train.x.shape[1:], hidden_units=[512, 512])
        model.compile(real_targets=(0.7, 0.9), fake_targets=(0.0, 0.3))
    else:
        model = zoo.GAN(num_features=train.x.shape[1], latent_dim=2, hidden_units=[128, 128])
        model.compile(keras.optimizers.Adam(1e-3, beta_1=0.5))
    grid = zoo.callbacks.SampleGrid(args.out, n=64 if train.x.ndim == 4 else 2000)
    model.fit(train, epochs=args.epochs, callbacks=[grid, zoo.callbacks.ResumeTraining(args.out)])
    model.save_to_preset(f"{args.out}/preset", overwrite=True)
    losses = model.evaluate(train, return_dict=True, verbose=0)
    print(", ".join(f"{name} {value:.3f}" for name, value in losses.items()))
    if args.data in ("ring", "grid"):
        found = zoo.metrics.mode_coverage_of(model, args.data, samples=10_000, seed=1)
        modes, share = found["modes"].value, found["good_share"].value
        print(f"{modes:.0f} of {found['modes'].protocol['modes']} modes, ", end="")
        print(f"{share:.1%} of samples within 3 sigma of one")
    print(f"Pictures in {args.out}/samples, the model in {args.out}/preset")


if __name__ == "__main__":
    main()
