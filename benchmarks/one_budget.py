"""Every image model of the zoo on the same images, each with the same time to train.

    python -m benchmarks.one_budget --data ./fashion-mnist --seconds 600

Ten minutes a model, on a machine that does nothing else; the clock starts at the end of a short
first epoch, in which the step is compiled. All are scored alike: 10,000 samples against the test
images, by the embedded network. The budget is for comparing: what a model can do with time is told
by its preset.

Each training appends a line to OUT/runs.jsonl when it is done, and writes its log, its samples and
a preset to a folder of its own. The same command goes on with those that are missing; once all are
there it writes OUT/table.md.
"""

import argparse
from pathlib import Path

import keras
import numpy as np

import keras_genzoo as zoo
from benchmarks.trainings import Clock, append, done
from keras_genzoo.metrics.features.digits_fashion import NUM_DIGITS, embedded_extractor

WIDE = {"latent_dim": 100, "width": 32}
RESIDUAL = {"latent_dim": 100, "width": 32}

# Row -> model, and what its constructor, `compile` and batches are given. Widths are those with
# which a step of two cores takes a tenth of a second or so.
ROWS: dict[str, tuple[str, dict, dict, int]] = {
    "GAN": ("GAN", {}, {}, 128),
    "DCGAN": ("DCGAN", WIDE, {}, 64),
    "CGAN": ("CGAN", {**WIDE, "num_classes": 10, "architecture": "dcgan"}, {}, 64),
    "LSGAN": ("DCGAN", WIDE, {"loss": "least_squares"}, 64),
    "WGAN": ("WGAN", WIDE, {}, 64),
    "WGAN-GP": ("WGANGP", WIDE, {}, 64),
    "InfoGAN": ("InfoGAN", {"width": 32}, {}, 64),
    "VEEGAN": ("VEEGAN", {"width": 32}, {}, 64),
    "SNGAN": ("SNGAN", {**RESIDUAL, "num_classes": 10, "discriminator_steps": 1}, {}, 64),
    "SAGAN": ("SAGAN", {**RESIDUAL, "num_classes": 10}, {}, 64),
    "BigGAN": (
        "BigGAN",
        {**RESIDUAL, "num_classes": 10, "discriminator_steps": 1},
        {"ema_decay": 0.999},
        64,
    ),
    "R3": (
        "DCGAN",
        {**WIDE, "batch_norm": False},
        {"loss": "relativistic", "penalties": {"r1": 1.0, "r2": 1.0}},
        64,
    ),
    "VAE": ("VAE", {"likelihood": "gaussian"}, {}, 64),
    "NICE": ("NICE", {"hidden_units": 500, "hidden_layers": 3}, {}, 64),
    "PixelCNN": ("PixelCNN", {"levels": 256, "num_blocks": 5, "width": 24}, {}, 16),
}
METRICS = ("frechet_distance", "precision", "recall", "coverage")
SAMPLES = 10_000
# Of an autoregressive model, whose samples take pixel after pixel.
FEW_SAMPLES = 1_000
EPOCH = 50  # batches, after each of which the clock is read


def train(row: str, seconds: float, data: str, out: Path, seed: int = 0) -> dict:
    """One training, and what came of it, as JSON."""
    name, constructor, compiled, batch = ROWS[row]
    keras.utils.set_random_seed(seed)
    model = getattr(zoo, name)(image_shape=(28, 28, 1), **constructor)
    model.compile(**compiled)
    labels = model.num_classes is not None
    batch_size = batch * model.batches_per_step
    images = zoo.data.load(data, "train", labels=labels, batch_size=batch_size, seed=seed)
    test = zoo.data.load(data, "test", labels=True)
    folder = out / row
    folder.mkdir(parents=True, exist_ok=True)
    clock = Clock(seconds)
    log = keras.callbacks.CSVLogger(folder / "log.csv")
    model.fit(images, epochs=10**6, steps_per_epoch=EPOCH, verbose=0, callbacks=[clock, log])
    model.save_to_preset(folder / "preset", include_optimizer=False)
    return {"row": row, "seed": seed, "seconds": seconds, **scores(model, test, folder)} | {
        "steps": clock.batches,
        "images_per_second": round((clock.batches - EPOCH) * batch_size / clock.spent),
    }


def scores(model, test, folder: Path) -> dict:
    """How good its samples are; they are written to a picture."""
    count = FEW_SAMPLES if model.family == "autoregressive" else SAMPLES
    quality = zoo.metrics.SampleQuality(test.x, metrics=METRICS)
    samples = model.sample(count, seed=0, verbose=0)
    zoo.plotting.picture(samples[:64]).save(folder / "samples.png")
    found = {name: round(score.value, 4) for name, score in quality.measure(samples).items()}
    extractor = embedded_extractor()
    first = NUM_DIGITS if read(extractor, test.x, NUM_DIGITS, test.y) > 0.5 else 0
    classes = extractor.probabilities(samples)[:, first : first + 10].argmax(axis=1)
    # A class is found with a fifth of its share.
    found["classes"] = int((np.bincount(classes, minlength=10) > count // 50).sum())
    found["samples"] = count
    found["parameters"] = model.count_params()
    if model.num_classes is not None:
        asked = zoo.metrics.class_accuracy(model, test.x, test.y)
        found["asked_for"] = round(asked.value, 4)
    return found


def read(extractor, x: np.ndarray, first: int, labels: np.ndarray) -> float:
    """The share of real images that the classes from `first` on are right for."""
    x, labels = x[:1000], labels[:1000]
    return float(np.mean(extractor.probabilities(x)[:, first : first + 10].argmax(1) == labels))


def table(runs: dict[tuple[str, int], dict], seconds: float) -> str:
    """Markdown: a row for each model, the nearest to the data first."""
    lines = [
        f"{seconds:g} s of training each. {SAMPLES:,} samples ({FEW_SAMPLES:,} of PixelCNN, whose "
        "figures are a little worse for that) against the test images, by the embedded network.",
        "",
        "| | Fréchet distance | precision | recall | coverage | classes | read as asked | "
        "parameters | images/s |",
        "|---" * 9 + "|",
    ]
    of_rows = [runs[row, 0] for row in ROWS if (row, 0) in runs]
    for run in sorted(of_rows, key=lambda run: run["frechet_distance"]):
        asked = f"{run['asked_for']:.1%}" if "asked_for" in run else "-"
        lines.append(
            f"| {run['row']} | {run['frechet_distance']:.2f} | {run['precision']:.2f} | "
            f"{run['recall']:.2f} | {run['coverage']:.2f} | {run['classes']} | {asked} | "
            f"{run['parameters']:,} | {run['images_per_second']:,} |"
        )
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", default="fashion_mnist", help="28x28 images, by name or folder")
    parser.add_argument("--seconds", type=float, default=600, help="of each training")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), metavar="ROW")
    parser.add_argument("--out", type=Path, default=Path("runs/one_budget"))
    args = parser.parse_args()

    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "runs.jsonl"
    for row in args.rows:
        if (row, 0) not in done(path, args.seconds):
            run = train(row, args.seconds, args.data, args.out)
            append(path, run)
            print(f"{row}: {run['frechet_distance']}", flush=True)
    text = table(done(path, args.seconds), args.seconds)
    (args.out / "table.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
