"""What every model must pass; each check takes a `Case`, or its `Trained` model, and fails with a
reason. `check` is all of it, for a model in the catalogue or out of it.
"""

import contextlib
import json
import math
import shutil
from dataclasses import dataclass
from pathlib import Path

import contract_labels
import keras
import numpy as np
import pytest
from contract_labels import close
from keras import ops
from zoo_cases import Case

import keras_genzoo as zoo
from keras_genzoo.support.abilities import Decodes, Encodes, HasLikelihood, Reconstructs

# On JAX each operation of an eager step is compiled by itself, which takes longer than the step.
EAGERLY = keras.backend.backend() != "jax"
# XLA takes seconds to compile a step, and on TensorFlow it can be left out: other tests show that
# it makes no difference.
JIT_COMPILE = False if keras.backend.backend() == "tensorflow" else "auto"

SET_BY_USERS = ("labels", "codes")  # inputs of samples: an exported function takes each of them


def values(variables) -> list[np.ndarray]:
    return [np.array(ops.convert_to_numpy(v.value)) for v in variables]


def assert_equal(a, b):
    assert len(a) == len(b) and len(a) > 0
    for x, y in zip(a, b, strict=True):
        np.testing.assert_array_equal(x, y)


def state(model) -> list[np.ndarray]:
    """All that training changes: weights, optimizers' states, random states."""
    return values(model.variables + model.optimizer.variables)


@contextlib.contextmanager
def unchanged(model):
    """Afterwards the model's state is what it was before."""
    variables = model.variables + model.optimizer.variables + model.metrics_variables
    before = values(variables)
    yield
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)


@contextlib.contextmanager
def eager(model):
    """Steps that nobody waits for the compilation of.

    Not on JAX, where each operation would be compiled by itself, and a step comes from its cache.
    """
    if keras.backend.backend() == "jax":
        yield
        return
    before = model.run_eagerly, model.train_function
    model.run_eagerly, model.train_function = True, None
    yield
    model.run_eagerly, model.train_function = before


def set_untrained(model):
    """Random values in all that training does not move: statistics, averages, counters, seeds."""
    rng = np.random.default_rng(5)
    trainable = {id(v) for v in model.trainable_variables}
    for v in model.variables:
        if id(v) not in trainable:
            v.assign(rng.integers(1, 100, v.shape).astype(v.dtype))


# ---------------------------------------------------------------------- one training for all


@dataclass
class Trained:
    """A case's model after its training, which most checks share; they leave it `unchanged`.

    Args:
        case: Whose model it is.
        model: After `case.small.epochs`.
        initial: Values of its trainable variables before.
        history: Logs of all epochs, those of validation among them.
        interrupted: A run's folder as a process killed in mid-epoch would have left it.
    """

    case: Case
    model: zoo.GenerativeModel
    initial: list[np.ndarray]
    history: dict[str, list[float]]
    interrupted: Path


class KeepFolder(keras.callbacks.Callback):
    """Copies a run's folder after the second batch of all."""

    def __init__(self, folder, copy):
        super().__init__()
        self.folder, self.copy = folder, copy

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == (0, 1):
            shutil.copytree(self.folder, self.copy)


def train(case, folder, seed: int = 1) -> Trained:
    """Trains a fresh model in `folder`, from where an interrupted run stopped there."""
    keras.utils.set_random_seed(seed)
    model = case.build()
    model.compile(jit_compile=JIT_COMPILE, run_eagerly=EAGERLY and case.small.eagerly)
    initial = values(model.trainable_variables)
    interrupted = folder.with_name(f"{folder.name}_interrupted")
    history = model.fit(
        *case.data(),
        batch_size=case.batch_size,
        epochs=case.small.epochs,
        verbose=0,
        validation_data=case.data(0, case.batch_size),
        callbacks=[
            zoo.callbacks.ResumeTraining(folder, steps=1),
            KeepFolder(folder, interrupted),
        ],
    )
    return Trained(case, model, initial, history.history, interrupted)


# ---------------------------------------------------------------------- checks


def samples(trained):
    """Shape, dtype and range; one seed, the same samples, whatever their number at once."""
    case, model = trained.case, trained.model
    if not model.can_sample:
        with pytest.raises(NotImplementedError, match="Expected a model that draws samples"):
            model.sample(5)
        return
    first = model.sample(5, seed=3)
    assert first.shape == (5, *case.x.shape[1:])
    assert first.dtype == (np.uint8 if case.is_image else np.float32)
    np.testing.assert_array_equal(first, model.sample(5, seed=3))
    assert not np.array_equal(first, model.sample(5, seed=4))
    assert not np.array_equal(model.sample(5), model.sample(5))
    # A sample depends on its own noise, not on its neighbours, nor on how many there are.
    close(first, model.sample(5, seed=3, batch_size=2))
    close(first[:2], model.sample(2, seed=3))
    if case.labels is not None:
        contract_labels.samples_of_classes(model, first)


def training(trained):
    """fit, evaluate, validation, train_on_batch and predict: finite logs under the same names."""
    case, model, history = trained.case, trained.model, trained.history
    names = set(model.metrics_names)
    assert set(history) == names | {f"val_{name}" for name in names}
    assert "loss" in names  # what Keras's callbacks look at by their defaults
    assert all(math.isfinite(v) for series in history.values() for v in series)
    after = values(model.trainable_variables)
    still = {model.networks()[network][index].path for network, index in case.small.still}
    for v, a, b in zip(model.trainable_variables, trained.initial, after, strict=True):
        assert v.path in still or not np.array_equal(a, b), f"{v.path} did not move"
    logs = model.evaluate(*case.data(), batch_size=case.batch_size, verbose=0, return_dict=True)
    assert set(logs) == names and all(map(math.isfinite, logs.values()))
    listed = model.evaluate(*case.data(), batch_size=case.batch_size, verbose=0)
    assert len(np.atleast_1d(listed)) == len(model.metrics_names)  # Keras gives one by itself
    assert_equal(after, values(model.trainable_variables))  # evaluation trains nothing
    batch = case.data(0, case.batch_size)
    assert set(model.train_on_batch(*batch, return_dict=True)) == names
    assert set(model.test_on_batch(*batch, return_dict=True)) == names
    if case.labels is not None:
        return contract_labels.are_needed(case, model)
    takes_examples = model.call_spec.shape == model.spec.shape
    inputs = case.x[:4] if takes_examples else codes(4, *model.call_spec.shape)
    assert len(model.predict(inputs, verbose=0)) == 4


def only_the_right_network_moves(case):
    """In each phase one network's weights move, and no other's."""
    model = case.build()
    model.compile(run_eagerly=EAGERLY)
    minimize, train_step, moved = model.minimize, model.train_step, {}

    def watched(network, loss_fn, *examples, **how):
        before = {k: [ops.copy(v) for v in vs] for k, vs in model.networks().items()}
        logs = minimize(network, loss_fn, *examples, **how)
        phase = len(moved)
        for k, vs in model.networks().items():
            changes = [ops.any(v != old) for v, old in zip(vs, before[k], strict=True)]
            moved[f"{phase}/{network}/{k}"] = ops.cast(ops.any(ops.stack(changes)), "float32")
        return logs

    def watched_step(data):
        train_step(data)
        return moved

    object.__setattr__(model, "minimize", watched)
    object.__setattr__(model, "train_step", watched_step)
    answer = model.train_on_batch(*case.data(0, case.batch_size), return_dict=True)
    for name, changed in answer.items():
        _, network, k = name.split("/")
        assert bool(changed) == (k == network), f"{k} in the phase of {network}"
    assert {name.split("/")[1] for name in answer} == set(model.networks())
    everything = [id(v) for vs in model.networks().values() for v in vs]
    assert sorted(everything) == sorted(id(v) for v in model.trainable_variables)


def config_round_trip(case):
    """The configuration is plain JSON, and builds an equal model."""
    model = case.build()
    config = json.loads(json.dumps(model.get_config()))
    again = type(model).from_config(config)
    assert json.loads(json.dumps(again.get_config())) == config
    assert [v.shape for v in again.variables] == [v.shape for v in model.variables]
    for key, value in case.arguments.items():
        assert tuple(np.atleast_1d(config[key])) == tuple(np.atleast_1d(value))


def resume(trained):
    """What a killed process left behind goes on in a fresh model, to the same bits and logs."""
    # Another seed: nothing of the whole run may come from anywhere but the checkpoint.
    again = train(trained.case, trained.interrupted, seed=2)
    if any(np.ptp(value) > 0 for value in trained.initial):  # some models begin with zeros
        assert not all(map(np.array_equal, again.initial, trained.initial))
    assert_equal(state(trained.model), state(again.model))
    assert again.history == trained.history


def keras_file(trained, folder):
    """A `.keras` file holds all variables, the optimizers' and random states: training goes on.

    Its figures are those of the model that was saved, as often as they are asked for.
    """
    case, model = trained.case, trained.model
    set_untrained(model)
    model.save(folder / "model.keras")
    again = keras.saving.load_model(folder / "model.keras")
    assert_equal(state(model), state(again))
    figures = [
        one.evaluate(*case.data(), verbose=0, return_dict=True) for one in (model, again, model)
    ]
    assert figures[0] == figures[1] == figures[2]
    assert_equal(state(model), state(again))
    for one in (model, again):
        with eager(one):
            one.train_on_batch(*case.data(0, case.batch_size))
    assert_equal(state(model), state(again))


def preset(trained, folder):
    """So does a preset folder; without the optimizers' states, the samples are still equal."""
    model = trained.model
    set_untrained(model)
    model.save_to_preset(folder / "whole")
    again = zoo.from_preset(str(folder / "whole"))
    assert_equal(state(model), state(again))
    model.save_to_preset(folder / "bare", include_optimizer=False)
    bare = type(model).from_preset(str(folder / "bare"))
    assert_equal(values(model.weights_in_use()), values(bare.weights_in_use()))
    if model.can_sample:
        np.testing.assert_array_equal(model.sample(4, seed=0), bare.sample(4, seed=0))


def export(trained, folder):
    """The SavedModel's functions give what the model's own methods give."""
    import tensorflow as tf

    case, model = trained.case, trained.model
    path = model.export(folder / "exported", verbose=False)
    loaded = tf.saved_model.load(str(path))
    methods, offered, told = exported(model), model.signatures(), case.told(3)
    assert set(loaded.signatures) == {"serving_default", *methods}

    examples = "images" if case.is_image else "x"
    inputs = next(model.inputs_in_batches(3, 0, 3)) if model.can_sample else {}

    def call(name, output, **arguments):
        arguments = {k: tf.constant(v) for k, v in arguments.items()}
        return loaded.signatures[name](**arguments)[output].numpy()

    if model.can_sample:
        four = {"n": np.int32(4), "seed": np.int64(7)}
        sampled = call("sample", examples, **four)
        np.testing.assert_array_equal(sampled, call("serving_default", examples, **four))
        if keras.backend.backend() == "tensorflow":  # other backends draw other numbers
            np.testing.assert_array_equal(sampled, model.sample(4, seed=7))
        assert len(call("sample", examples, n=np.int32(9), seed=np.int64(7))) == 9
    for name in set(SET_BY_USERS) & set(inputs):
        given = {name: inputs[name]}
        sampled = call(f"sample_{name}", examples, seed=np.int64(7), **given)
        if keras.backend.backend() == "tensorflow":
            np.testing.assert_array_equal(sampled, model.sample(3, seed=7, **given))
    if "sample_truncated" in methods:
        which = told or {"n": np.int32(3)}
        arguments = {"seed": np.int64(7), "truncation": np.float32(0.5), **which}
        truncated = call("sample_truncated", examples, **arguments)
        if keras.backend.backend() == "tensorflow":
            whole = model.sample(3, seed=7, truncation=0.5, **told)
            np.testing.assert_array_equal(truncated, whole)
    x = {examples: case.x[:3], **told}
    if "decode" in methods:
        taken = {name: inputs[name] for name in offered["decode"].inputs}
        close(call("decode", examples, **taken), model.decode(**taken))
    for name in {"encode", "reconstruct"} & methods:
        close(call(name, offered[name].output, **x), getattr(model, name)(case.x[:3], **told))
    if "log_likelihood" in methods:
        want = model.log_likelihood(*case.data())
        x = {examples: case.x, "seed": np.int64(0), **case.told(60)}
        off = call("log_likelihood", "log_likelihood", **x) - want
        # Other draws of the noise: equal on average, within its error and rounding.
        error = 5 * off.std() / math.sqrt(len(off)) + 1e-4 * np.abs(want).max()
        assert abs(off.mean()) < error


def exported(model) -> set[str]:
    """The methods that a SavedModel must have: all that the model has, but a likelihood that is
    estimated in many passes.
    """
    abilities = {"decode": Decodes, "encode": Encodes, "reconstruct": Reconstructs}
    methods = {name for name, ability in abilities.items() if isinstance(model, ability)}
    methods |= {"sample"} if model.can_sample else set()
    inputs = set(model.inputs()) if model.can_sample else set()
    methods |= {f"sample_{name}" for name in inputs.intersection(SET_BY_USERS)}
    methods |= {"sample_truncated"} if model.takes_truncation else set()
    if isinstance(model, HasLikelihood) and next(iter(model.likelihood_methods()), "ais") != "ais":
        methods.add("log_likelihood")
    return methods


def codes(n: int, *shape: int) -> np.ndarray:
    """Codes that any prior may have drawn."""
    return np.random.default_rng(0).uniform(-1, 1, (n, *shape)).astype("float32")


# ---------------------------------------------------------------------- all of it


def check(case, folder):
    """Everything that a model must pass, on one training."""
    only_the_right_network_moves(case)
    config_round_trip(case)
    trained = train(case, folder / "run")
    for checks_a_model in (samples, training, resume):
        with unchanged(trained.model):
            checks_a_model(trained)
    for writes in (keras_file, preset, export):
        place = folder / writes.__name__
        place.mkdir()
        with unchanged(trained.model):
            writes(trained, place)
