"""Seconds per sample, and how they grow with pixels and with layers: one family beside the next.

    python -m benchmarks.sampling_cost

An autoregressive model takes a pass for each pixel, and each pass looks at all of them: its time
grows with up to the square of the pixels, where the others' grows at most with the pixels. Weights
are random: they do not matter to the time. Writes the section "Sampling" of results.md and
sampling_*.png.
"""

import argparse
from pathlib import Path

import keras_genzoo as zoo
from benchmarks import growth, report

SIDES = {"DCGAN": (8, 16, 32, 64), "VAE": (8, 16, 32, 64), "NICE": (8, 16, 32, 64)}
AUTOREGRESSIVE_SIDES = (8, 16, 32)
# Layers with weights between noise and sample.
COUPLINGS, HIDDEN, BLOCKS = (1, 2, 4, 8, 16), (1, 3, 7, 15, 31), (1, 3, 7, 15)
NUM_SAMPLES = 16


def by_pixels(quick: bool) -> dict:
    def at(n, name):
        shape = {"image_shape": (n, n, 1)}
        return {
            "DCGAN": lambda: zoo.DCGAN(**shape, width=32),
            "VAE": lambda: zoo.VAE(**shape),
            "NICE": lambda: zoo.NICE(**shape, hidden_units=500, hidden_layers=3),
            "PixelCNN": lambda: zoo.PixelCNN(**shape, num_blocks=3, width=16),
        }[name]

    sides = {**SIDES, "PixelCNN": AUTOREGRESSIVE_SIDES}
    return {
        name: {n * n: at(n, name) for n in sizes[: 2 if quick else None]}
        for name, sizes in sides.items()
    }


def by_layers(quick: bool) -> dict:
    shape = {"image_shape": (16, 16, 1)}

    def vae(n):
        return lambda: zoo.VAE(**shape, hidden_units=(500,) * n)

    def nice(n):
        return lambda: zoo.NICE(**shape, hidden_units=500, hidden_layers=3, num_couplings=n)

    def pixel_cnn(n):
        return lambda: zoo.PixelCNN(**shape, num_blocks=n, width=16)

    end = 2 if quick else None
    return {
        "VAE": {n + 1: vae(n) for n in HIDDEN[:end]},
        "NICE": {4 * n: nice(n) for n in COUPLINGS[:end]},
        "PixelCNN": {3 * n + 4: pixel_cnn(n) for n in BLOCKS[:end]},
    }


def table(curves: dict, by: str) -> str:
    sizes = sorted({size for scores in curves.values() for size in scores})
    header = ["model", f"time ~ {by}^p", *(f"{size:,}" for size in sizes)]
    rows = []
    for name, scores in curves.items():
        cells = [report.number(scores[n].value * 1e3) if n in scores else "" for n in sizes]
        rows.append([name, f"p = {growth.growth_exponent(scores):.2f}", *cells])
    return report.table(header, rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--quick", action="store_true", help="the two smallest sizes of each")
    parser.add_argument("--out", type=Path, default=report.RESULTS, help="Markdown file")
    arguments = parser.parse_args()
    sections = [
        f"Milliseconds per sample, {NUM_SAMPLES} drawn at once, median of at most 5 draws after a "
        "warm-up; random weights.",
        "",
        report.conditions(),
    ]
    for by, builders in (("pixels", by_pixels), ("layers", by_layers)):
        curves = growth.sampling_growth(
            builders(arguments.quick), by, num_samples=NUM_SAMPLES, most_seconds=10
        )
        name = f"sampling_{by}.png"
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        growth.picture(curves, by).save(arguments.out.parent / name)
        what = "16x16 images" if by == "layers" else "square images of one channel"
        sections += ["", f"By {by}, {what}:", "", table(curves, by), "", f"![By {by}]({name})"]
        print("\n".join(sections[-5:]), flush=True)
    report.write_section(arguments.out, "Sampling", "\n".join(sections))


if __name__ == "__main__":
    main()
