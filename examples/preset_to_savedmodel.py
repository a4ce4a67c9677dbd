"""From a preset to a SavedModel, as TensorFlow Serving takes it, which TensorFlow alone reads.

    python examples/preset_to_savedmodel.py dcgan_digits --out runs/savedmodel

Writes the SavedModel, and has a process in which this package is not imported list what it offers
and draw samples: those of the preset. Takes some twenty seconds.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import keras_genzoo as zoo

# All that a client must know: signatures by name, tensors by name; a seed is int64.
READER = """
import sys
import numpy as np
import tensorflow as tf

folder, seed, out = sys.argv[1:]
signatures = tf.saved_model.load(folder).signatures
for name, f in sorted(signatures.items()):
    print(f"  {name}:", *sorted(f.structured_input_signature[1]), "->", *f.structured_outputs)
seed = tf.constant(int(seed), tf.int64)
(samples,) = signatures["sample"](n=tf.constant(16), seed=seed).values()
np.save(out, samples.numpy())
assert "keras_genzoo" not in sys.modules
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset", help="a name that keras-genzoo list shows, or a folder")
    parser.add_argument("--out", type=Path, default=Path("runs/savedmodel"))
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    model = zoo.from_preset(args.preset)
    folder = model.export(args.out, overwrite=True, verbose=False)  # a version's: OUT/1
    with tempfile.TemporaryDirectory() as work:
        out = Path(work) / "samples.npy"
        command = [sys.executable, "-c", READER, folder, args.seed, out]
        # What TensorFlow remarks about the machine is shown where something fails.
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        samples = np.load(out)
    print(f"{folder} offers, to TensorFlow alone:\n{done.stdout}")
    if not np.array_equal(samples, model.sample(16, seed=args.seed)):
        sys.exit("Expected the samples of the preset. On JAX and PyTorch a seed gives others.")
    print(f"Its samples of seed {args.seed} are those of the preset.")


if __name__ == "__main__":
    main()
