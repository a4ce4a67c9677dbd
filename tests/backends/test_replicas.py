"""Training on several TensorFlow replicas equals training on one device."""

import json
import os
import subprocess
import sys

import keras
import pytest
from zoo_cases import CASES, MECHANISMS

PROGRAM = """
import json, sys
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
import keras, numpy as np
import keras_genzoo as zoo
from keras import ops
from steps_of_all_kinds import AllKinds
from zoo_cases import CASES

def run(strategy, name):
    keras.utils.set_random_seed(0)
    with strategy.scope():
        model = CASES[name].build()
        model.compile(optimizer="sgd")
    model.fit(*CASES[name].data(), batch_size=20, epochs=1, verbose=0)
    return model

devices = ["CPU:0", "CPU:1"]
reduction = tf.distribute.ReductionToOneDevice()
answer = {}
for name in sys.argv[1:]:
    model = run(tf.distribute.MirroredStrategy(devices, cross_device_ops=reduction), name)
    answer[name] = [bool(np.isfinite(v.numpy()).all()) for v in model.trainable_variables]
# NICE on vectors draws no noise: two replicas do what one device does.
x = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
weights = []
for strategy in (
    tf.distribute.MirroredStrategy(devices, cross_device_ops=reduction),
    tf.distribute.get_strategy(),
):
    keras.utils.set_random_seed(0)
    with strategy.scope():
        model = zoo.NICE(num_features=4, hidden_units=8)
        model.compile(optimizer="sgd", jit_compile=False)
    model.fit(x, batch_size=20, epochs=2, verbose=0)
    weights.append([v.numpy() for v in model.trainable_variables])
answer["difference"] = max(float(abs(a - b).max()) for a, b in zip(*weights))
# Replicas draw noise of their own.
strategy = tf.distribute.MirroredStrategy(devices, cross_device_ops=reduction)
with strategy.scope():
    model = CASES["dcgan"].build()
draws = strategy.run(lambda: model.draw_inputs(4, model.noise)["z"]).values
answer["same noise"] = bool((draws[0].numpy() == draws[1].numpy()).any())
# What steps keep beside the networks is one value, saved as such.
class Counting(zoo.NICE):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.count = self.state("count", dtype="int32")
        self.mean = self.state("mean", (4,))

    def train_step(self, data):
        self.count.assign(self.count + 1)
        self.mean.assign(ops.mean(self.batch(data), axis=0))
        return super().train_step(data)

def differ(variables):
    copies = [[part.numpy() for part in v.value.values] for v in variables]
    return max(float(abs(a - b).max()) for a, b in copies)

with strategy.scope():
    model = Counting(num_features=4, hidden_units=8)
    model.compile(optimizer="sgd")
model.fit(x, batch_size=60, epochs=3, verbose=0, shuffle=False)
answer["state"] = differ([model.count, model.mean])
answer["state"] += float(abs(model.mean.numpy() - x.mean(axis=0)).max())
answer["state"] += abs(int(model.count.numpy()) - 3)
with strategy.scope():
    model = CASES["dcgan"].build()
    model.compile(optimizer="sgd", ema_decay=0.5, ema_statistics="standing", accumulation=2)
model.fit(CASES["dcgan"].x, batch_size=20, epochs=2, verbose=0)
answer["average"] = differ(model.average.variables) + abs(float(model.average.steps.numpy()) - 6.0)
raw = model.generator.trainable_variables
followed = model.average["generator"].variables
answer["follows"] = any((a.numpy() != b.numpy()).any() for a, b in zip(raw, followed))
with strategy.scope():
    model = AllKinds()
    model.compile()
try:
    model.fit(np.zeros((20, 3), "float32"), batch_size=20, verbose=0)
except ValueError as error:
    answer["when"] = str(error)
try:
    with strategy.scope():
        CASES["dcgan"].build().compile(update_balance=(0.6, 0.9))
except ValueError as error:
    answer["balance"] = str(error)
print("ANSWER", json.dumps(answer))
"""


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.distribute is TensorFlow's")
@pytest.mark.parametrize(
    "names", [MECHANISMS, pytest.param(tuple(CASES), marks=pytest.mark.long)], ids=["core", "all"]
)
def test_two_replicas(names):
    folder = os.path.dirname(os.path.dirname(__file__))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([folder, *filter(None, sys.path)])}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *names], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answer = json.loads(done.stdout.split("ANSWER ")[-1])
    assert answer.pop("difference") < 1e-6
    assert answer.pop("same noise") is False
    assert answer.pop("state") < 1e-6
    assert answer.pop("average") < 1e-6
    assert answer.pop("follows")
    assert "Expected one replica for AllKinds.when; got 2" in answer.pop("when")
    assert "Expected one replica for update_balance; got 2" in answer.pop("balance")
    assert set(answer) == set(names) and all(all(finite) for finite in answer.values())
    assert done.stderr.count("several TensorFlow replicas") == 1  # said once
