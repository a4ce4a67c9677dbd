"""WGAN-GP (Gulrajani et al., 2017) on Gaussians in a ring or a grid, or on images.

Counts how many of the modes the samples find, and how many samples lie within three standard
deviations of one. 100 epochs in the plane take some four minutes on two cores.

    python examples/wgan_gp.py --data ring --epochs 100 --out runs/wgan_gp
    python examples/wgan_gp.py --data digits --epochs 200 --out runs/wgan_gp_digits

The same command goes on where an interrupted run stopped.
"""

import argparse

import keras

import keras_genzoo as zoo


def falling_adam(updates: int) -> keras.optimizers.Adam:
    """Adam with the authors' betas in the plane, at a rate that falls to 0 over so many updates."""
    rate = keras.optimizers.schedules.CosineDecay(1e-3, updates)
    return keras.optimizers.Adam(rate, beta_1=0.5, beta_2=0.9)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="ring", help="ring, grid, digits, a name, or a path")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--out", default="runs/wgan_gp")
    parser.add_argument("--limit", type=int, help="use no more examples, evenly of all classes")
    args = parser.parse_args()

    keras.utils.set_random_seed(0)
    # One batch holds the real examples of five critic updates, 64 each as in the paper.
    train = zoo.data.load(args.data, "train", batch_size=5 * 64, limit=args.limit)
    images = train.x.ndim == 4
    if images:
        model = zoo.WGANGP(image_shape=train.x.shape[1:])
        model.compile()  # the paper's: Adam, 1e-4, beta_1 = 0, beta_2 = 0.9, for both networks
    else:
        # The authors' weight in two dimensions; modes so narrow need a rate that falls.
        train = zoo.data.Batches(train.x, batch_size=5 * 128)
        size = train.x.shape[1]
        model = zoo.WGANGP(num_features=size, latent_dim=size, width=256, penalty_weight=0.1)
        steps = args.epochs * len(train)
        model.compile({"critic": falling_adam(5 * steps), "generator": falling_adam(steps)})
    grid = zoo.callbacks.SampleGrid(args.out, n=64 if images else 2000)
    resume = zoo.callbacks.ResumeTraining(args.out)
    model.fit(train, epochs=args.epochs, callbacks=[grid, resume])
    model.save_to_preset(f"{args.out}/preset", overwrite=True)
    if args.data in ("ring", "grid"):
        found = zoo.metrics.mode_coverage_of(model, args.data, samples=10_000, seed=1)
        modes, share = found["modes"].value, found["good_share"].value
        print(f"{modes:.0f} of {found['modes'].protocol['modes']} modes, ", end="")
        print(f"{share:.1%} of samples within 3 sigma of one")
    print(f"Pictures in {args.out}/samples, the model in {args.out}/preset")


if __name__ == "__main__":
    main()
