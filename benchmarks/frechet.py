"""What a Fréchet distance costs: seconds and peak memory, by the number of images.

    python -m benchmarks.frechet

About a minute on two cores. As many real images as fakes, both from generators that make 500 at a
time, 28x28, through the embedded extractor. Each number is measured in a process of its own, after
the network is loaded and compiled: memory before and after are the process's peak so far.
"""

import argparse
import resource
import subprocess
import sys
import time

COUNTS = (2_000, 10_000, 50_000)
AT_ONCE = 500


def images(count: int, seed: int):
    """Batches of digits with noise, as many as a model would draw one after the other."""
    import numpy as np

    import keras_genzoo as zoo

    digits = zoo.data.load("digits", "train").x
    rng = np.random.default_rng(seed)
    for _ in range(0, count, AT_ONCE):
        batch = digits[rng.integers(len(digits), size=AT_ONCE)]
        yield np.clip(batch + rng.normal(0, 10, batch.shape), 0, 255).astype(np.uint8)


def measure(count: int) -> str:
    import keras_genzoo as zoo

    def distance(count):
        quality = zoo.metrics.SampleQuality(
            images(count, 0), metrics="frechet_distance", data="noisy digits", split="train"
        )
        return quality.measure(images(count, 1))["frechet_distance"].value

    distance(AT_ONCE)
    before, start = _peak_mib(), time.perf_counter()
    value = distance(count)
    seconds = time.perf_counter() - start
    return f"{count:>7,} {seconds:>9.1f} {before:>12.0f} {_peak_mib():>12.0f} {value:>12.5f}"


def _peak_mib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, help="measure this number alone, in this process")
    count = parser.parse_args().count
    if count:
        print(measure(count))
        return
    print(f"{'images':>7} {'seconds':>9} {'MiB before':>12} {'MiB after':>12} {'distance':>12}")
    for count in COUNTS:
        command = [sys.executable, "-m", "benchmarks.frechet", "--count", str(count)]
        print(subprocess.run(command, check=True, capture_output=True, text=True).stdout, end="")


if __name__ == "__main__":
    main()
