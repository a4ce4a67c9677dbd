"""`make demo`: digits out of a SavedModel, from nothing, by the commands a user would type.

Trains a DCGAN on real handwritten digits, which come with scikit-learn; exports it; draws 1,000
samples in a process that knows TensorFlow alone; and asks a classifier, trained on the real ones,
which digits they are. Takes some three minutes on two cores. An interrupted demo goes on where it
stopped, and one that is done trains no more; to start anew, remove its folder, runs/demo.

    python examples/demo.py
"""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.svm import SVC


def run(program, *arguments):
    """Runs a command in a process of its own, and shows it as a user would type it."""
    print("\n$", program, *arguments, flush=True)
    module = ["-m", "keras_genzoo.cli"] if program == "keras-genzoo" else []
    command = [sys.executable, *module, *map(str, arguments)]
    # What TensorFlow remarks about the machine is shown where something fails.
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=130)
    parser.add_argument("--out", type=Path, default=Path("runs/demo"))
    args = parser.parse_args()
    out, sampler = args.out, Path(__file__).with_name("sample_savedmodel.py")

    # The paper's recipe but for a smaller network, and fewer latents for so few images.
    train = "keras-genzoo train dcgan --data digits --set width=32 --set latent_dim=8"
    run(*train.split(), "--epochs", args.epochs, "--out", out)
    run("keras-genzoo", "export", out / "preset", out / "savedmodel", "--overwrite")
    run("python", sampler, out / "savedmodel", "--n", 1000, "--out", out / "samples.png")

    # At 8x8, the size of scikit-learn's digits, whose values go to 16.
    samples = [Image.fromarray(x) for x in np.load(out / "samples.npy")[..., 0]]
    small = [np.asarray(x.resize((8, 8), Image.Resampling.BICUBIC)) for x in samples]
    classifier = SVC().fit(*load_digits(return_X_y=True))
    counts = np.bincount(classifier.predict(np.reshape(small, (-1, 64)) * (16 / 255)), minlength=10)
    print("\nWhat a classifier of real digits takes the 1,000 samples for:")
    for digit, count in enumerate(counts):
        print(f"  {digit} {count / 1000:6.1%} {'#' * (count // 5)}")
    print(f"\nAll is in {out}: samples.png, samples.gif, samples, preset, savedmodel")
    if counts.min() < 20:
        sys.exit("Expected each digit in 2% of the samples or more.")


if __name__ == "__main__":
    main()
