"""What each loss and each control of training does for a GAN: modes of the ring that it finds.

    python -m benchmarks.gan_controls --seconds 120 --seeds 0 1 2

72 minutes with these settings, on a machine that does nothing else. One network, one optimizer and
one budget of seconds for all rows: the plain GAN, then what differs from it. The clock starts at
the end of the first epoch, in which the step is compiled.

Each training appends a line to OUT/runs.jsonl when it is done. The same command goes on with those
that are missing; once all are there it writes OUT/table.md and OUT/samples.png, too.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
from PIL import Image

import keras_genzoo as zoo
from benchmarks.trainings import Clock, append, done
from keras_genzoo.data import mixtures
from keras_genzoo.plotting.figures import new_figure, rendered

# Row of the table -> what the constructor and `compile` are given beside what all share.
ROWS: dict[str, tuple[dict, dict]] = {
    "plain: non-saturating": ({}, {}),
    "minimax": ({}, {"loss": "minimax"}),
    "least squares": ({}, {"loss": "least_squares"}),
    "hinge": ({}, {"loss": "hinge"}),
    "relativistic": ({}, {"loss": "relativistic"}),
    "Wasserstein, weights clipped at 0.05": ({}, {"loss": "wasserstein", "clip": 0.05}),
    "Wasserstein, gradient penalty 0.1": (
        {},
        {"loss": "wasserstein", "penalties": {"wgan_gp": 0.1}},
    ),
    "5 discriminator steps": ({"discriminator_steps": 5}, {}),
    "soft labels": ({}, {"real_targets": [0.7, 0.9], "fake_targets": [0.0, 0.3]}),
    "soft labels, 5 % flipped": (
        {},
        {"real_targets": [0.7, 0.9], "fake_targets": [0.0, 0.3], "flip_targets": 0.05},
    ),
    "dropout 0.2 in the generator": ({"dropout": 0.2}, {}),
    "update balance 0.6 to 0.9": ({}, {"update_balance": [0.6, 0.9]}),
    "uniform codes": ({"prior": "uniform"}, {}),
}
# Of so many codes the plain GAN's samples crowd in one place; of two they find the whole ring.
NETWORKS = {"num_features": 2, "latent_dim": 256, "hidden_units": [128, 128]}
BATCH = 128  # real examples of each discriminator step
RATE = 1e-3
# A mode counts as found with a hundredth of the samples; an eighth would be its share.
SAMPLES, ENOUGH, SHOWN = 10_000, 100, 500


def train(row: str, seed: int, seconds: float) -> dict:
    """One training, and what came of it, as JSON."""
    constructor, compiled = ROWS[row]
    keras.utils.set_random_seed(seed)
    model = zoo.GAN(**NETWORKS, **constructor)
    model.compile(keras.optimizers.Adam(RATE, beta_1=0.5), **compiled)
    # Shorter epochs than the data's: the clock is read between them.
    data = zoo.data.load("ring", "train", batch_size=BATCH * model.discriminator_steps, seed=seed)
    clock = Clock(seconds)
    model.fit(data, epochs=10**6, verbose=0, callbacks=[clock])
    points = model.sample(SAMPLES, seed=seed)
    found = zoo.metrics.mode_coverage(
        points, mixtures.ring_centers(), mixtures.RING_STD, min_count=ENOUGH
    )
    return {
        "row": row,
        "seed": seed,
        "seconds": seconds,
        "spent": round(clock.spent, 1),
        "steps": clock.batches,
        "modes": found.modes,
        "good_share": round(found.good_share, 4),
        "points": np.round(points[:SHOWN].astype("float64"), 3).tolist(),
    }


def table(runs: dict[tuple[str, int], dict], seeds: list[int], seconds: float) -> str:
    """Markdown: a row for each control, modes and good samples of each seed, and steps."""
    lines = [
        f"Ring of 8, {seconds:g} s each after the first epoch, seeds "
        f"{', '.join(map(str, seeds))}. {SAMPLES:,} samples, good within 3 standard deviations of "
        f"a mode, which is found with {ENOUGH} good ones. {NETWORKS['latent_dim']} codes, networks "
        f"of {NETWORKS['hidden_units']} units, Adam({RATE:g}, beta_1=0.5), {BATCH} real examples "
        "for each discriminator step.",
        "",
        "| | modes of 8 | good samples | steps |",
        "|---|---|---|---|",
    ]
    for row in ROWS:
        of_row = [runs[row, seed] for seed in seeds if (row, seed) in runs]
        if of_row:
            modes = ", ".join(str(run["modes"]) for run in of_row)
            good = ", ".join(f"{run['good_share']:.1%}" for run in of_row)
            steps = np.mean([run["steps"] for run in of_row])
            lines.append(f"| {row} | {modes} | {good} | {steps:,.0f} |")
    return "\n".join(lines) + "\n"


def picture(runs: dict[tuple[str, int], dict], seeds: list[int]) -> Image.Image:
    """Samples of each training, a row for each control and a column for each seed."""
    rows = [row for row in ROWS if any((row, seed) in runs for seed in seeds)]
    figure = new_figure(2 * len(seeds) + 0.5, 2.2 * len(rows), dots_per_inch=80)
    axes = figure.subplots(len(rows), len(seeds), squeeze=False)
    centers = mixtures.ring_centers()
    for row, of_row in zip(rows, axes, strict=True):
        for seed, plot in zip(seeds, of_row, strict=True):
            plot.plot(*centers.T, "+", color="black", markersize=5)
            plot.set(xlim=(-3, 3), ylim=(-3, 3), xticks=[], yticks=[], aspect="equal")
            if run := runs.get((row, seed)):
                plot.scatter(*np.array(run["points"]).T, s=3, linewidths=0)
                plot.set_xlabel(f"seed {seed}: {run['modes']} modes")
        of_row[0].set_title(row, loc="left", fontsize=9)
    return rendered(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=120, help="of each training")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), metavar="ROW")
    parser.add_argument("--out", type=Path, default=Path("runs/gan_controls"))
    args = parser.parse_args()

    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "runs.jsonl"
    for seed in args.seeds:  # all rows of one seed first: a cut run still compares them
        for row in args.rows:
            if (row, seed) not in done(path, args.seconds):
                run = train(row, seed, args.seconds)
                append(path, run)
                print(f"{row}, seed {seed}: {run['modes']} modes, {run['good_share']:.1%}")
    runs = done(path, args.seconds)
    text = table(runs, args.seeds, args.seconds)
    (args.out / "table.md").write_text(text)
    picture(runs, args.seeds).save(args.out / "samples.png")
    print(text)


if __name__ == "__main__":
    main()
