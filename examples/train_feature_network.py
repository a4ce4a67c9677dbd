"""Trains the small feature network that comes with keras_genzoo, on MNIST and Fashion-MNIST.

    python examples/train_feature_network.py --out runs/feature_network

About ten minutes on two cores. The sets are downloaded, or read from folders of idx files: --digits
DIR --clothes DIR. Each training image comes twice, as it is and cropped and coarsened: the network
is to know digits that fill the frame and those of 8x8 pixels. The test splits are scored once.
To ship the network, copy what this writes into keras_genzoo/metrics/features/embedded_features.
"""

import argparse
import json
import sys
from pathlib import Path

import keras
import numpy as np
from PIL import Image

import keras_genzoo as zoo
from keras_genzoo.metrics.features import digits_fashion as shipped
from keras_genzoo.support.files import files_written_whole, sha256

parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
parser.add_argument("--digits", default="mnist", help="data set or folder of the digits")
parser.add_argument("--clothes", default="fashion_mnist", help="data set or folder of the clothes")
parser.add_argument("--epochs", type=int, default=5)
parser.add_argument("--out", type=Path, default=Path("runs/feature_network"))
args = parser.parse_args()


def coarse(image, margin, size):
    image = Image.fromarray(image[margin : 28 - margin, margin : 28 - margin, 0])
    return image.resize((size, size), 3).resize((28, 28), 3)  # 3 is bicubic


sets = [(name, zoo.data.load(name, labels=True)) for name in (args.digits, args.clothes)]
x = np.concatenate([data.x for _, data in sets])
y = np.concatenate([data.y + shipped.NUM_DIGITS * i for i, (_, data) in enumerate(sets)])
keras.utils.set_random_seed(0)
crops = zip(x, np.random.randint(0, 5, len(x)), np.random.randint(8, 29, len(x)), strict=True)
x = np.concatenate([x, np.stack([coarse(*crop) for crop in crops])[..., None]])

model = shipped.feature_network()
rate = keras.optimizers.schedules.CosineDecay(2e-3, args.epochs * len(x) // 128)
model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, np.tile(y, 2), batch_size=128, epochs=args.epochs, verbose=2)

command = " ".join(["python examples/train_feature_network.py", *sys.argv[1:]])
metadata = {"parameter_count": model.count_params(), "command": command}
for i, (name, _) in enumerate(sets):
    test = zoo.data.load(name, "test", labels=True)
    accuracy = model.evaluate(test.x, test.y + shipped.NUM_DIGITS * i, verbose=0)[1]
    metadata[f"{('digits', 'clothes')[i]}_test_accuracy"] = round(accuracy, 4)
(trained := shipped.feature_network()).set_weights(model.get_weights())  # without the optimizer
with files_written_whole(args.out, [shipped.WEIGHTS.name, shipped.METADATA.name]) as folder:
    trained.save_weights(folder / shipped.WEIGHTS.name)
    metadata["sha256"] = sha256(folder / shipped.WEIGHTS.name)
    (folder / shipped.METADATA.name).write_text(json.dumps(metadata, indent=2) + "\n")
print(metadata)
