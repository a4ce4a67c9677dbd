"""What DiffAugment does for a GAN of few images: DCGAN on the first 600 of MNIST.

    python -m benchmarks.small_data --data ./mnist --seconds 300 --seeds 0 1 2

Half an hour with these settings, on a machine that does nothing else. Both rows have the same
network, optimizer, batches and budget of seconds, which starts at the end of the first epoch.

Each training appends a line to OUT/runs.jsonl when it is done. The same command goes on with those
that are missing; once all are there it writes OUT/table.md, and OUT/samples.png with the first
seed's samples, those with DiffAugment below.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
from PIL import Image

import keras_genzoo as zoo
from benchmarks.trainings import Clock, append, done

# Digits stand in the middle of their images: "translation" would teach that they need not.
ROWS = {"none": None, "cutout": "cutout"}
IMAGES, BATCH = 600, 32
NETWORKS = {"image_shape": (28, 28, 1), "width": 16, "latent_dim": 64}
# At fifteen times DCGAN's rate the discriminator has learned 600 images by heart in the budget.
RATE = 3e-3
SAMPLES = 2000


def _picture(row: str, seed: int) -> str:
    return f"{row.replace(', ', '_')}_{seed}.png"


def train(row: str, seed: int, seconds: float, data: str, out: Path) -> dict:
    """One training, and what came of it, as JSON."""
    keras.utils.set_random_seed(seed)
    few = zoo.data.load(data, "train").x[:IMAGES]
    test = zoo.data.load(data, "test")
    model = zoo.DCGAN(**NETWORKS)
    model.compile(
        keras.optimizers.Adam(RATE, beta_1=0.5),
        discriminator_augment=ROWS[row],
    )
    clock = Clock(seconds)
    batches = zoo.data.Batches(few, batch_size=BATCH, seed=seed)
    model.fit(batches, epochs=10**6, verbose=0, callbacks=[clock])
    samples = model.sample(SAMPLES, seed=seed)
    quality = zoo.metrics.SampleQuality(test, metrics=("frechet_distance", "recall"))
    scores = quality.measure(samples)
    extractor = quality.extractor
    found = zoo.metrics.memorization(
        *(extractor.features(x) for x in (samples, few, test.x[:SAMPLES]))
    )
    zoo.plotting.picture(samples[:64]).save(out / _picture(row, seed))
    return {
        "row": row,
        "seed": seed,
        "seconds": seconds,
        "steps": clock.batches,
        "frechet_distance": round(scores["frechet_distance"].value, 3),
        "recall": round(scores["recall"].value, 4),
        "memorized": round(found.share, 4),
        "memorized_of_real": round(found.expected_share, 4),
        "nearest": round(float(np.median(found.distances)), 4),
    }


def table(runs: dict[tuple[str, int], dict], seeds: list[int], seconds: float) -> str:
    """Markdown: a line for each training."""
    lines = [
        f"DCGAN of width {NETWORKS['width']}, {IMAGES} images of MNIST, {seconds:g} s each after "
        f"the first epoch, batches of {BATCH}, Adam({RATE:g}, beta_1=0.5). {SAMPLES:,} samples "
        "against the test images, seen by the embedded network. Memorized: samples as near to a "
        "training image as 1 % of real test images are; median distance to the nearest training "
        "image.",
        "",
        "| DiffAugment | seed | steps | Fréchet distance | recall | memorized | nearest |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in ROWS:
        for seed in seeds:
            run = runs[row, seed]
            lines.append(
                f"| {row} | {seed} | {run['steps']:,} | {run['frechet_distance']:.2f} | "
                f"{run['recall']:.3f} | {run['memorized']:.1%} | {run['nearest']:.2f} |"
            )
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", default="mnist", help="MNIST, by name or as a folder")
    parser.add_argument("--seconds", type=float, default=300, help="of each training")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, default=Path("runs/small_data"))
    args = parser.parse_args()

    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "runs.jsonl"
    for seed in args.seeds:
        for row in ROWS:
            if (row, seed) not in done(path, args.seconds):
                run = train(row, seed, args.seconds, args.data, args.out)
                append(path, run)
                print(f"{row}, seed {seed}: {run['frechet_distance']}", flush=True)
    text = table(done(path, args.seconds), args.seeds, args.seconds)
    (args.out / "table.md").write_text(text)
    pictures = [Image.open(args.out / _picture(row, args.seeds[0])) for row in ROWS]
    joined = np.concatenate([np.asarray(picture) for picture in pictures])
    Image.fromarray(joined).save(args.out / "samples.png")
    print(text)


if __name__ == "__main__":
    main()
