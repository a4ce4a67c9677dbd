"""The process that a contestant runs in: trains when it is told to, and sleeps otherwise.

Started by `processes.Worker`. Takes lines of JSON `[loop, steps]`, answers each with one.
"""

import importlib
import json
import math
import os
import resource
import sys
import time

import numpy as np

from benchmarks.cases import BY_NAME


def images_of(case, steps: int) -> np.ndarray:
    """Noise: what pixels show does not change what a step costs."""
    shape = (steps * case.batch, *case.image_shape)
    return np.random.default_rng(0).integers(0, 256, shape, dtype="uint8")


def main():
    module, case_name, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    # Answers go out on the real standard output; what libraries print goes to standard error.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    case = BY_NAME[case_name]
    contestant = importlib.import_module(f"benchmarks.contestants.{module}").build(case, **options)
    print(json.dumps({"parameters": contestant.parameters}), file=answers)
    images = images_of(case, 1)
    for line in sys.stdin:
        loop, steps = json.loads(line)
        count = steps * case.batch
        if len(images) < count:
            images = images_of(case, steps)
        processor_start = time.process_time()
        wall_start = time.perf_counter()
        seconds, loss = contestant.run(loop, images[:count])
        wall = time.perf_counter() - wall_start
        if not math.isfinite(loss):
            raise ValueError(f"{module} on {case_name}: the loss is {loss}.")
        answer = {
            "seconds": seconds,
            "loss": loss,
            "wall": wall,
            "processor": time.process_time() - processor_start,
            "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main()
