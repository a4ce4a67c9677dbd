"""Which modes of a mixture GANs find: a ring of 8 and a grid of 25 Gaussians.

    python -m benchmarks.mode_coverage --seconds 120 --seeds 0 1 2

84 minutes with these settings, on a machine that does nothing else. All models have the same
networks, three layers of 128 units, the same codes and budget of seconds, which starts at the end
of the first epoch; each has its paper's losses and updates, and the rates that are written here.

Each training appends a line to OUT/runs.jsonl when it is done. The same command goes on with those
that are missing; once all are there it writes OUT/table.md and OUT/samples.png, too.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.trainings import MIXTURES, SAMPLES, append, done, on_mixture
from keras_genzoo.plotting.figures import new_figure, rendered

WIDTH, LATENT_DIM, BATCH = 128, 16, 128
DENSE = {"hidden_units": [WIDTH] * 3}
ADAM = {"class_name": "Adam", "config": {"learning_rate": 5e-4, "beta_1": 0.5}}
STILL = {"class_name": "Adam", "config": {"learning_rate": 5e-4, "beta_1": 0.0, "beta_2": 0.9}}
RMSPROP = {"class_name": "RMSprop", "config": {"learning_rate": 5e-4}}
SLOPES = {"r1": 0.1, "r2": 0.1}

# Row -> model, and what its constructor and `compile` are given beside what all share.
ROWS: dict[str, tuple[str, dict, dict]] = {
    "GAN": ("GAN", DENSE, {"optimizer": ADAM}),
    "LSGAN": ("GAN", DENSE, {"optimizer": ADAM, "loss": "least_squares"}),
    "WGAN": ("WGAN", {"width": WIDTH, "clip": 0.05}, {"optimizer": RMSPROP}),
    "WGAN-GP": ("WGANGP", {"width": WIDTH, "penalty_weight": 0.1}, {"optimizer": STILL}),
    "SNGAN": ("SNGAN", {"width": WIDTH, "discriminator_steps": 1}, {"optimizer": STILL}),
    "R3": ("GAN", DENSE, {"optimizer": STILL, "loss": "relativistic", "penalties": SLOPES}),
    "VEEGAN": ("VEEGAN", {"width": WIDTH}, {"optimizer": ADAM}),
}


def train(data: str, row: str, seed: int, seconds: float) -> dict:
    """One training, and what came of it, as JSON."""
    name, constructor, compiled = ROWS[row]
    settings = {"latent_dim": LATENT_DIM, **constructor}
    found = on_mixture(data, name, settings, compiled, seed=seed, seconds=seconds, batch=BATCH)
    return {"row": f"{data}: {row}", "seed": seed, "seconds": seconds, **found}


def table(runs: dict[tuple[str, int], dict], seeds: list[int], seconds: float) -> str:
    """Markdown: a row for each model, modes and good samples of each seed."""
    counts = {data: len(centers) for data, (centers, _) in MIXTURES.items()}
    lines = [
        f"{seconds:g} s each after the first epoch, seeds {', '.join(map(str, seeds))}. "
        f"{SAMPLES:,} samples, good within 3 standard deviations of a mode, which is found with a "
        f"twelfth of its share. {LATENT_DIM} codes, networks of three layers of {WIDTH} units, "
        f"{BATCH} real examples for each update of the discriminator.",
        "",
        "| | " + " | ".join(f"{d}: modes of {n} | good samples" for d, n in counts.items()) + " |",
        "|---" * (1 + 2 * len(MIXTURES)) + "|",
    ]
    for row in ROWS:
        cells = []
        for data in MIXTURES:
            of_row = [runs[key] for seed in seeds if (key := (f"{data}: {row}", seed)) in runs]
            cells.append(", ".join(str(run["modes"]) for run in of_row))
            cells.append(", ".join(f"{run['good_share']:.1%}" for run in of_row))
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def picture(runs: dict[tuple[str, int], dict], seed: int) -> Image.Image:
    """Samples of each model with one seed, a row for each data set."""
    figure = new_figure(2 * len(ROWS), 2.2 * len(MIXTURES), dots_per_inch=80)
    axes = figure.subplots(len(MIXTURES), len(ROWS), squeeze=False)
    for (data, (centers, _)), of_data in zip(MIXTURES.items(), axes, strict=True):
        far = 1.5 * np.abs(centers).max()
        for row, plot in zip(ROWS, of_data, strict=True):
            plot.plot(*centers.T, "+", color="black", markersize=5)
            plot.set(xlim=(-far, far), ylim=(-far, far), xticks=[], yticks=[], aspect="equal")
            plot.set_title(row, fontsize=9)
            if run := runs.get((f"{data}: {row}", seed)):
                plot.scatter(*np.array(run["points"]).T, s=3, linewidths=0)
                plot.set_xlabel(f"{run['modes']} modes, {run['good_share']:.0%}")
    return rendered(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=120, help="of each training")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), metavar="ROW")
    parser.add_argument(
        "--data", nargs="+", choices=MIXTURES, default=list(MIXTURES), metavar="NAME"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/mode_coverage"))
    args = parser.parse_args()

    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "runs.jsonl"
    for seed in args.seeds:  # all rows of one seed first: a cut run still compares them
        for data in args.data:
            for row in args.rows:
                if (f"{data}: {row}", seed) not in done(path, args.seconds):
                    run = train(data, row, seed, args.seconds)
                    append(path, run)
                    print(f"{run['row']}, seed {seed}: {run['modes']}, {run['good_share']:.1%}")
    runs = done(path, args.seconds)
    text = table(runs, args.seeds, args.seconds)
    (args.out / "table.md").write_text(text)
    picture(runs, args.seeds[0]).save(args.out / "samples.png")
    print(text)


if __name__ == "__main__":
    main()
