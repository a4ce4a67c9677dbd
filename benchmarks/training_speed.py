"""Milliseconds per training step of keras_genzoo, hand-written Keras and PyTorch.

    python -m benchmarks.training_speed [--models dcgan vae] [--quick] [--out results.md]
    python -m benchmarks.training_speed --against ../older/checkout

For each case all contestants are built, then train in turns, some steps each in every round, one
at a time. Ratios are medians over the rounds of ratios within a round, so that a machine whose
speed drifts does not favour anyone.
"""

import argparse
import contextlib
import os
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks import report
from benchmarks.cases import MODELS, Case, of_models
from benchmarks.processes import CONTESTANTS, GENZOO, Contestant, Worker

# A contestant's first loss may differ from keras_genzoo's by this share: the draws are others. A
# new discriminator's loss depends much on the draw of its last layer.
TOLERANCE = {"dcgan": 2.0}
USUAL_TOLERANCE = 0.15
HAND_FIT = ("fit", "fit, XLA")
HAND_LOOP = ("loop", "loop, XLA")
BEFORE = "before"
# A row is slower than before where it is by this share, and by twice the spread of both.
SLOWER = 0.05


def measure(
    case: Case,
    rounds: int,
    round_seconds: float,
    contestants: tuple[Contestant, ...] = CONTESTANTS,
) -> dict:
    """Trains all contestants in interleaved rounds.

    Returns:
        "ms": milliseconds per step of each round by the contestant's label; "parameters";
        "steps" of a round; "others": the share of the machine that other processes took, or None.
    """
    with contextlib.ExitStack() as stack:
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            workers = list(pool.map(lambda c: Worker(c, case), contestants))
            for worker in workers:
                stack.callback(worker.close)
            check_parameters(case, workers)
            # The first step compiles, which takes longest: as many at once as there are cores.
            losses = dict(pool.map(first_step, workers))
        check_losses(case, losses)

        entries = [
            (label, worker, loop)
            for worker in workers
            for loop, label in worker.contestant.loops.items()
        ]
        # Once more alone, which also tells how long a step takes.
        seconds = [worker.run(loop, 2)["seconds"] / 2 for _, worker, loop in entries]
        steps = min(400, max(3, round(round_seconds / statistics.median(seconds))))
        for _, worker, loop in entries:
            worker.run(loop, steps)

        ms = {label: [] for label, _, _ in entries}
        before, own, start = report.processor_ticks(), 0.0, time.perf_counter()
        for i in range(rounds):
            shift = i % len(entries)  # nobody always follows the same neighbour's heat
            for label, worker, loop in entries[shift:] + entries[:shift]:
                answer = worker.run(loop, steps)
                ms[label].append(1e3 * answer["seconds"] / steps)
                own += answer["processor"]
        elapsed = time.perf_counter() - start
        after = report.processor_ticks()
    others = None
    if before and after and after[1] > before[1]:
        busy = (after[0] - before[0]) / (after[1] - before[1])
        others = max(0.0, busy - own / (elapsed * os.cpu_count()))
    return {"ms": ms, "parameters": workers[0].parameters, "steps": steps, "others": others}


def first_step(worker: Worker) -> tuple[str, float]:
    """Compiles all of a worker's loops; its name and the loss of the very first step."""
    losses = [worker.run(loop, 1)["loss"] for loop in worker.contestant.loops]
    return worker.contestant.name, losses[0]


def check_parameters(case: Case, workers: list[Worker]):
    counts = {worker.contestant.name: worker.parameters for worker in workers}
    if len(set(counts.values())) > 1:
        raise AssertionError(f"{case.name}: the contestants differ in parameters: {counts}.")


def check_losses(case: Case, losses: dict[str, float]):
    reference = losses["genzoo"]
    tolerance = TOLERANCE.get(case.model, USUAL_TOLERANCE)
    for name, loss in losses.items():
        if abs(loss - reference) > tolerance * abs(reference):
            raise AssertionError(
                f"{case.name}: the first loss of {name} is {loss:.4g}, keras_genzoo's is "
                f"{reference:.4g}: they do not compute the same."
            )


def ratio(measured: dict, labels: tuple[str, ...]) -> float:
    """keras_genzoo's time over that of the fastest of `labels`, within rounds."""
    ms = measured["ms"]
    best = min(labels, key=lambda label: statistics.median(ms[label]))
    pairs = zip(ms["keras_genzoo"], ms[best], strict=True)
    return statistics.median(own / other for own, other in pairs)


RATIOS = {
    "/ hand-written fit": HAND_FIT,
    "/ hand-written loop": HAND_LOOP,
    "/ PyTorch": ("PyTorch",),
    "/ tuned PyTorch": ("PyTorch, tuned",),
}


def body(results: list[tuple[Case, dict]], rounds: int) -> str:
    """The section of the results, in Markdown."""
    labels = list(results[0][1]["ms"])
    header = ["model", "size", "parameters", *labels, *RATIOS]
    rows = []
    for case, measured in results:
        cells = [case.model, case.size, f"{measured['parameters']:,}"]
        for label in labels:
            ms = measured["ms"][label]
            cells.append(f"{report.number(statistics.median(ms))} ±{spread(ms):.0%}")
        cells += [f"{ratio(measured, other):.2f}" for other in RATIOS.values()]
        rows.append(cells)
    others = [measured["others"] for _, measured in results if measured["others"] is not None]
    lines = [
        f"Milliseconds per training step: median of {rounds} interleaved rounds, ± half the "
        "distance between the quartiles. `fit` and `loop` are hand-written Keras on TensorFlow; "
        "ratios are to the faster of without and with XLA.",
        "",
        report.conditions(),
        f"- Other processes took up to {max(others):.0%} of the machine while it was measured."
        if others
        else "- What other processes took of the machine is not known here.",
        "",
        report.table(header, rows),
        "",
        "keras_genzoo's time per step:",
        "",
        *(
            report.conclusion(
                f"To {name.removeprefix('/ ')}", [ratio(m, other) for _, m in results]
            )
            for name, other in RATIOS.items()
        ),
    ]
    return "\n".join(lines)


def against(results: list[tuple[Case, dict]], rounds: int) -> str:
    """The table of a comparison with another checkout."""
    rows = []
    for case, measured in results:
        now, before = (measured["ms"][label] for label in ("keras_genzoo", BEFORE))
        change = ratio(measured, (BEFORE,)) - 1.0
        slower = change > max(SLOWER, 2 * spread(now), 2 * spread(before))
        cells = [
            f"{report.number(statistics.median(ms))} ±{spread(ms):.0%}" for ms in (now, before)
        ]
        rows.append([case.name, *cells, f"{change:+.1%}", "slower" if slower else ""])
    return "\n".join(
        [
            f"Milliseconds per training step: median of {rounds} interleaved rounds, ± half the "
            "distance between the quartiles.",
            "",
            report.table(["case", "now", "before", "change", ""], rows),
        ]
    )


def spread(ms: list[float]) -> float:
    """Half the distance between the quartiles, over the median."""
    if len(ms) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(ms, n=4, method="inclusive")
    return (high - low) / 2 / middle


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--models", nargs="+", choices=MODELS, help="default: all")
    parser.add_argument(
        "--quick", action="store_true", help="few short rounds: shows that it runs, not how fast"
    )
    parser.add_argument("--rounds", type=int, default=None, help="default: 7, quick: 2")
    parser.add_argument(
        "--out", type=Path, help="Markdown file; default: results.md here, for a full run"
    )
    parser.add_argument(
        "--against", type=Path, help="another checkout: compare with its keras_genzoo alone"
    )
    arguments = parser.parse_args()
    rounds = arguments.rounds or (2 if arguments.quick else 7)
    out = arguments.out
    contestants = CONTESTANTS
    if arguments.against:
        before = Contestant(BEFORE, "genzoo", {"fit": BEFORE}, root=arguments.against.resolve())
        contestants = (GENZOO, before)
    elif out is None and not arguments.quick and not arguments.models:
        out = report.RESULTS

    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"The load is {load:.1f}: another busy process spoils the figures.", file=sys.stderr)
    results = []
    for case in of_models(arguments.models):
        start = time.perf_counter()
        measured = measure(case, rounds, 0.02 if arguments.quick else 2.0, contestants)
        results.append((case, measured))
        steps, seconds = results[-1][1]["steps"], time.perf_counter() - start
        print(f"{case.name}: {rounds} rounds of {steps} steps, {seconds:.0f} s", file=sys.stderr)
    section = (against if arguments.against else body)(results, rounds)
    print(section)
    if out:
        report.write_section(out, "Training speed", section)


if __name__ == "__main__":
    main()
