"""Which GANs still train at which rate, with and without batch norm: on a ring of 8 Gaussians.

    python -m benchmarks.stability --seconds 60 --seeds 0

16 minutes with these settings, on a machine that does nothing else. Networks, codes and losses are
those of `benchmarks.mode_coverage`; each model runs at two rates ten times apart.

Each training appends a line to OUT/runs.jsonl when it is done. The same command goes on with those
that are missing; once all are there it writes OUT/table.md.
"""

import argparse
from pathlib import Path

from benchmarks.mode_coverage import BATCH, LATENT_DIM, ROWS
from benchmarks.trainings import append, done, on_mixture

MODELS = ("GAN", "WGAN", "WGAN-GP", "SNGAN")
RATES = (5e-4, 5e-3)
NORMS = {"without": False, "with": True}


def settings(model: str, rate: float, batch_norm: bool) -> tuple[str, dict, dict] | None:
    """What a model is given; None for one that has no batch norm."""
    name, constructor, compiled = ROWS[model]
    if batch_norm and model not in ("GAN", "WGAN"):
        return None  # its penalty, or its bound, is of each example by itself
    optimizer = compiled["optimizer"]
    config = {**optimizer["config"], "learning_rate": rate}
    constructor = {"latent_dim": LATENT_DIM, **constructor}
    if batch_norm:
        constructor["batch_norm"] = True
    return name, constructor, {**compiled, "optimizer": {**optimizer, "config": config}}


def table(runs: dict[tuple[str, int], dict], seeds: list[int], seconds: float) -> str:
    """Markdown: a row for each model, and modes and good samples at each rate."""
    lines = [
        f"Ring of 8, {seconds:g} s each after the first epoch, seeds {', '.join(map(str, seeds))}: "
        "modes found, and the share of good samples.",
        "",
        "| | batch norm | " + " | ".join(f"rate {rate:g}" for rate in RATES) + " |",
        "|---" * (2 + len(RATES)) + "|",
    ]
    for model in MODELS:
        for norm in NORMS:
            cells = []
            for rate in RATES:
                keys = [(f"{model}, {norm}, {rate:g}", seed) for seed in seeds]
                found = [runs[key] for key in keys if key in runs]
                cells.append(", ".join(f"{r['modes']} ({r['good_share']:.0%})" for r in found))
            if any(cells):
                lines.append(f"| {model} | {norm} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60, help="of each training")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--out", type=Path, default=Path("runs/stability"))
    args = parser.parse_args()

    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "runs.jsonl"
    for seed in args.seeds:
        for model in MODELS:
            for norm, batch_norm in NORMS.items():
                for rate in RATES:
                    row, given = f"{model}, {norm}, {rate:g}", settings(model, rate, batch_norm)
                    if given is None or (row, seed) in done(path, args.seconds):
                        continue
                    found = on_mixture("ring", *given, seed=seed, seconds=args.seconds, batch=BATCH)
                    append(path, {"row": row, "seed": seed, "seconds": args.seconds, **found})
                    print(f"{row}, seed {seed}: {found['modes']}, {found['good_share']:.0%}")
    text = table(done(path, args.seconds), args.seeds, args.seconds)
    (args.out / "table.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
