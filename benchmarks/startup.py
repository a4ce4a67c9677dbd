"""Seconds to the first training step, peak memory, and what importing keras_genzoo costs.

    python -m benchmarks.startup [--models dcgan vae] [--quick] [--out results.md]

Every figure is of fresh processes, in interleaved rounds, with whatever the system has cached.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import report
from benchmarks.cases import MODELS, Case, of_models
from benchmarks.processes import GENZOO, KERAS, ROOT, TORCH, Worker, environment

CONTESTANTS = (GENZOO, KERAS, TORCH)
LABELS = {"genzoo": "keras_genzoo", "keras": "hand-written", "torch": "PyTorch"}

# What importing costs beyond Keras, as promised.
IMPORT_SECONDS = 0.5

IMPORT_BOTH = """
import time
import keras
start = time.perf_counter()
import keras_genzoo
print(time.perf_counter() - start)
"""


def first_step(contestant, case: Case) -> tuple[float, float]:
    """Seconds from the process's start to its first finished step, and its peak GiB so far."""
    start = time.perf_counter()
    with Worker(contestant, case) as worker:
        answer = worker.run(next(iter(contestant.loops)), 1)
        return time.perf_counter() - start, answer["peak_bytes"] / 2**30


def python_seconds(*arguments: str) -> tuple[float, str]:
    """How long a fresh Python takes from start to exit, and what it printed."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(GENZOO),
        capture_output=True,
        text=True,
        check=True,
    )
    return time.perf_counter() - start, done.stdout


def imports(rounds: int) -> str:
    """Markdown of what the import and the command take."""
    python_seconds("-c", IMPORT_BOTH)  # writes the bytecode, which later imports read
    keras, both, inside = [], [], []
    for _ in range(rounds):
        keras.append(python_seconds("-c", "import keras")[0])
        seconds, printed = python_seconds("-c", IMPORT_BOTH)
        both.append(seconds)
        inside.append(float(printed))
    beyond = statistics.median(inside)
    lines = [
        f"- `import keras` in a fresh process: {statistics.median(keras):.2f} s; with "
        f"`import keras_genzoo` after it: {statistics.median(both):.2f} s. The second import by "
        f"itself: {beyond:.2f} s, from {min(inside):.2f} to {max(inside):.2f}; promised: at most "
        f"{IMPORT_SECONDS} s, {'kept' if beyond <= IMPORT_SECONDS else 'BROKEN'}.",
    ]
    command = Path(sys.executable).parent / "keras-genzoo"
    if command.exists():
        times = [python_seconds(str(command), "--help")[0] for _ in range(rounds)]
        lines.append(f"- `keras-genzoo --help`: {statistics.median(times):.2f} s.")
    else:
        lines.append("- `keras-genzoo --help`: the command is not installed here.")
    return "\n".join(lines)


def first_steps(cases: list[Case], rounds: int) -> str:
    """Markdown of the first steps' times and peaks."""
    header = ["model", "size"]
    header += [f"{LABELS[c.name]}, s" for c in CONTESTANTS]
    header += [f"{LABELS[c.name]}, GiB" for c in CONTESTANTS]
    rows, times, peaks = [], [], []
    for case in cases:
        seconds = {c.name: [] for c in CONTESTANTS}
        gib = {c.name: [] for c in CONTESTANTS}
        for i in range(rounds):
            shift = i % len(CONTESTANTS)
            for contestant in CONTESTANTS[shift:] + CONTESTANTS[:shift]:
                s, peak = first_step(contestant, case)
                seconds[contestant.name].append(s)
                gib[contestant.name].append(peak)
        s = {name: statistics.median(values) for name, values in seconds.items()}
        g = {name: statistics.median(values) for name, values in gib.items()}
        rows.append(
            [case.model, case.size]
            + [f"{s[c.name]:.1f}" for c in CONTESTANTS]
            + [f"{g[c.name]:.2f}" for c in CONTESTANTS]
        )
        times.append({name: s["genzoo"] / other for name, other in s.items()})
        peaks.append({name: g["genzoo"] / other for name, other in g.items()})
        print(f"{case.name}: {rounds} rounds", file=sys.stderr)
    lines = [report.table(header, rows), "", "keras_genzoo's time and memory:", ""]
    for name in ("keras", "torch"):
        lines.append(report.conclusion(f"Time to {LABELS[name]}", [t[name] for t in times]))
        lines.append(report.conclusion(f"Memory to {LABELS[name]}", [p[name] for p in peaks]))
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--models", nargs="+", choices=MODELS, help="default: all")
    parser.add_argument("--quick", action="store_true", help="one round: shows that it runs")
    parser.add_argument(
        "--out", type=Path, help="Markdown file; default: results.md here, for a full run"
    )
    arguments = parser.parse_args()
    out = arguments.out
    if out is None and not arguments.quick and not arguments.models:
        out = report.RESULTS

    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"The load is {load:.1f}: another busy process spoils the figures.", file=sys.stderr)
    # One size of each model: the first.
    cases = list({case.model: case for case in reversed(of_models(arguments.models))}.values())
    section = "\n".join(
        (
            "From a process's start to its first finished training step, compilation included, and "
            "its peak resident memory until then; medians of fresh processes. The hand-written "
            "model trains by `fit`, compiled as Keras does by default.",
            "",
            report.conditions(),
            "",
            first_steps(cases[::-1], 1 if arguments.quick else 3),
            "",
            "Importing, medians:",
            "",
            imports(1 if arguments.quick else 5),
        )
    )
    print(section)
    if out:
        report.write_section(out, "Start-up", section)


if __name__ == "__main__":
    main()
