"""Diagnostics against what one step of gradient descent does, and against a decomposition."""

import csv

import keras
import numpy as np
import pytest
from keras import ops

import keras_genzoo as zoo
from keras_genzoo.callbacks import Diagnostics, ResumeTraining
from keras_genzoo.callbacks.diagnostics import largest_singular_value, told_rightly

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), "uint8")
NORMS = ["discriminator_gradient_norm", "generator_gradient_norm"]


def build(cls=zoo.DCGAN, optimizer=None, loss=None, **arguments):
    keras.utils.set_random_seed(3)
    if cls is zoo.NICE:
        arguments |= {"hidden_units": 8, "hidden_layers": 1}
    else:
        architecture = {"architecture": "dcgan"} if cls is zoo.CGAN else {}
        arguments |= {"latent_dim": 4, "width": 4, **architecture}
    model = cls(image_shape=(8, 8, 1), **arguments)
    model.compile(optimizer, loss, jit_compile=False)
    return model


def figures(model, **kwargs):
    callback = Diagnostics(IMAGES, **kwargs)
    callback.set_model(model)
    callback.on_train_begin()
    return callback.measure()


def state(model):
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return [np.array(ops.convert_to_numpy(v.value)) for v in variables]


def equal(before, after):
    return len(before) == len(after) and all(map(np.array_equal, before, after))


def way(model, network, before):
    """How far a network has moved."""
    own = [ops.convert_to_numpy(v) for v in model.networks()[network]]
    return np.sqrt(sum(((a - b) ** 2).sum() for a, b in zip(own, before, strict=True)))


@pytest.mark.parametrize("moving", ["discriminator", "generator"])
def test_a_gradient_norm_is_the_way_of_a_step_of_gradient_descent(moving):
    rate = 1e-2
    optimizers = {
        name: keras.optimizers.SGD(rate if name == moving else 0.0)
        for name in ("discriminator", "generator")
    }
    model = build(optimizer=optimizers)
    found = figures(model, examples=20, seed=5)[f"{moving}_gradient_norm"]
    model.noise.state.assign(ops.cast([5, 0], model.noise.state.dtype))
    before = [ops.convert_to_numpy(v).copy() for v in model.networks()[moving]]
    model.train_on_batch(IMAGES[:20])
    np.testing.assert_allclose(found, way(model, moving, before) / rate, rtol=1e-3)


def test_scaled_losses_are_scaled_back():
    full, half = (figures(build(dtype=dtype)) for dtype in ("float32", "mixed_float16"))
    for name in NORMS:
        np.testing.assert_allclose(half[name], full[name], rtol=0.1)


def test_several_updates_in_a_step_and_several_families():
    found = figures(build(zoo.WGANGP, critic_steps=2))
    values = ["critic_largest_singular_value", "generator_largest_singular_value"]
    assert sorted(found) == ["critic_gradient_norm", values[0], NORMS[1], values[1]]
    assert min(found.values()) > 0
    labels = np.arange(40) % 3
    found = figures(build(zoo.CGAN, num_classes=3), labels=labels)
    assert {"real_logits_right", "fake_logits_right", *NORMS} < set(found)
    assert sorted(figures(build(zoo.NICE))) == ["flow_gradient_norm", "flow_largest_singular_value"]


@pytest.mark.parametrize("shape", [(7, 5), (5, 7), (3, 3, 2, 4), (6, 1)])
def test_singular_values_are_those_of_a_decomposition(shape):
    kernel = np.random.default_rng(1).normal(size=shape).astype("float32")
    values = np.linalg.svd(kernel.reshape(-1, shape[-1]), compute_uv=False)
    np.testing.assert_allclose(largest_singular_value(kernel), values[0], rtol=1e-6)


def test_of_a_network_it_is_the_largest():
    model = build()
    kernels = [v for v in model.networks()["generator"] if len(v.shape) > 1]
    kernels[1].assign(100 * kernels[1].value)
    found = figures(model)["generator_largest_singular_value"]
    np.testing.assert_allclose(found, largest_singular_value(kernels[1]))


@pytest.mark.parametrize("bias, shares", [(100.0, (1.0, 0.0)), (-100.0, (0.0, 1.0))])
def test_signs_of_logits(bias, shares):
    model = build()
    last = model.networks()["discriminator"][-1]
    assert last.shape == (1,)
    last.assign([bias])
    found = figures(model)
    assert (found["real_logits_right"], found["fake_logits_right"]) == shares


def test_signs_are_of_real_examples_and_of_fakes():
    """A discriminator that sums pixels up, above 0 for white ones; the generator's are grey."""
    judge = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
    judge.add(keras.layers.Dense(1, kernel_initializer="ones"))
    model = build(discriminator=judge)
    generator = model.networks()["generator"]
    generator[-2].assign(ops.zeros_like(generator[-2].value))
    judge.layers[-1].bias.assign([-1.0])
    callback = Diagnostics(
        np.repeat(np.array([[0], [255], [255], [255]], "uint8"), 64, 1).reshape(4, 8, 8, 1)
    )
    callback.set_model(model)
    found = callback.measure()
    assert (found["real_logits_right"], found["fake_logits_right"]) == (0.75, 1.0)
    # The fakes are those of the game, of which dropout makes other ones than `decode`.
    white = ops.ones((4, 8, 8, 1))
    object.__setattr__(model, "fakes", lambda n, labels, *, seed, training: white)
    share = told_rightly(model, (ops.convert_to_tensor(callback.batch[0]),), 0.0, 0)
    assert share["fake_logits_right"] == 0.0


@pytest.mark.parametrize(
    "loss, right", [("least_squares", 0.0), ("hinge", 1.0), ("relativistic", None)]
)
def test_the_border_is_that_of_the_loss(loss, right):
    model = build(loss=loss)
    judge = model.networks()["discriminator"]
    for v, value in ((judge[-2], 0.0), (judge[-1], 0.25)):  # one logit for all
        v.assign(ops.full(v.shape, value))
    found = figures(model)
    assert found.get("real_logits_right") == right
    assert found.get("fake_logits_right") == (None if right is None else 1.0 - right)


@pytest.mark.parametrize("cls", [zoo.DCGAN, zoo.NICE])
def test_a_measurement_leaves_no_trace(cls):
    model = build(cls)
    model.train_on_batch(IMAGES)
    before = state(model)
    first, again = figures(model), figures(model)
    assert first == again and equal(before, state(model))
    assert first != figures(model, seed=1)


def fit(model, callbacks, epochs=3):
    return model.fit(IMAGES, batch_size=20, epochs=epochs, verbose=0, callbacks=callbacks)


def test_training_ends_in_the_same_bits():
    def dropping():
        layers = [keras.layers.Flatten(), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
        return keras.Sequential([keras.Input((8, 8, 1)), *layers])

    def run(*callbacks):
        keras.utils.set_random_seed(3)
        model = build(discriminator=dropping())
        history = fit(model, callbacks).history
        return state(model), history

    (plain, expected), (watched, history) = run(), run(Diagnostics(IMAGES, examples=20))
    assert equal(plain, watched)
    assert {name: history[name] for name in expected} == expected
    assert set(NORMS) < set(history) and len(set(history[NORMS[0]])) == 3


def test_between_measurements_the_last_figures_stand_in_the_logs(tmp_path):
    log = tmp_path / "log.csv"
    callbacks = [Diagnostics(IMAGES, every=3), keras.callbacks.CSVLogger(log)]
    values = fit(build(), callbacks, epochs=5).history[NORMS[0]]
    assert values[0] == values[1] and values[2] == values[3]
    assert len(set(values)) == 3  # the first, the third and the last
    with log.open() as file:
        assert [float(row[NORMS[0]]) for row in csv.DictReader(file)] == values


def test_a_resumed_run_has_the_same_figures(tmp_path):
    def run(folder, epochs, every):
        callbacks = [Diagnostics(IMAGES, every=every), ResumeTraining(tmp_path / folder)]
        return fit(build(), callbacks, epochs).history[NORMS[1]]

    whole = run("whole", 4, 2)
    run("cut", 2, 2)
    assert run("cut", 4, 2) == whole
    assert whole[1] == whole[2]  # the third is not due, and the value before is known


@pytest.mark.parametrize("arguments", [{"every": 0}, {"examples": 1.5}, {"seed": -1}])
def test_bad_numbers(arguments):
    with pytest.raises(ValueError, match=f"Expected {next(iter(arguments))}"):
        Diagnostics(IMAGES, **arguments)


def test_examples_that_the_model_does_not_take_are_found_before_training():
    with pytest.raises(ValueError, match=r"Expected .*8, 8, 1"):
        fit(build(), [Diagnostics(IMAGES[:, :4])])
    with pytest.raises(ValueError, match="not conditional"):
        fit(build(), [Diagnostics(zoo.data.Batches(IMAGES, np.zeros(40, int)))])
    with pytest.raises(ValueError, match="labels"):
        figures(build(zoo.CGAN, num_classes=3))
    with pytest.raises(ValueError, match="at least 5 examples.*got 4. Raise examples"):
        figures(build(zoo.WGANGP), examples=4)
