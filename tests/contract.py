"""What every model must pass; each function takes a `Case` and fails with a reason."""

import json
import math

import keras
import numpy as np
from keras import ops

import keras_genzoo as zoo


def values(variables) -> list[np.ndarray]:
    return [np.array(ops.convert_to_numpy(v.value)) for v in variables]


def assert_equal(a, b):
    assert len(a) == len(b) and len(a) > 0
    for x, y in zip(a, b, strict=True):
        np.testing.assert_array_equal(x, y)


def state(model) -> list[np.ndarray]:
    """All that training changes: weights, optimizers' states, random states."""
    return values(model.variables + model.optimizer.variables)


def trained(case, **compile_arguments):
    """The case's model after two epochs."""
    model = case.build()
    model.compile(**compile_arguments)
    model.fit(case.x, batch_size=20, epochs=2, verbose=0)
    return model


def samples(case):
    """Shape, dtype and range; one seed, the same samples, whatever their number at once."""
    model = case.build()
    first = model.sample(5, seed=3)
    images = "image_shape" in case.arguments
    assert first.shape == (5, *case.x.shape[1:])
    assert first.dtype == (np.uint8 if images else np.float32)
    np.testing.assert_array_equal(first, model.sample(5, seed=3))
    assert not np.array_equal(first, model.sample(5, seed=4))
    assert not np.array_equal(model.sample(5), model.sample(5))
    # A sample depends on its own noise, not on its neighbours.
    close(first, model.sample(5, seed=3, batch_size=2))


def training(case):
    """fit, evaluate, validation, train_on_batch and predict: finite logs under the same names."""
    model = case.build()
    model.compile()
    before = values(model.trainable_variables)
    history = model.fit(
        case.x, batch_size=20, epochs=2, verbose=0, validation_data=case.x[:20]
    ).history
    names = set(model.metrics_names)
    assert set(history) == names | {f"val_{name}" for name in names}
    assert all(math.isfinite(v) for series in history.values() for v in series)
    after = values(model.trainable_variables)
    still = {
        v.path
        for v, a, b in zip(model.trainable_variables, before, after, strict=True)
        if np.array_equal(a, b)
    }
    if isinstance(model, zoo.WGANGP):  # f(x) - f(G(z)) does not depend on the critic's last bias
        still -= {model.critic.trainable_variables[-1].path}
    assert not still
    logs = model.evaluate(case.x, batch_size=20, verbose=0, return_dict=True)
    assert set(logs) == names and all(map(math.isfinite, logs.values()))
    listed = model.evaluate(case.x, batch_size=20, verbose=0)
    assert set(dict(zip(model.metrics_names, listed, strict=True))) == names
    assert_equal(after, values(model.trainable_variables))  # evaluation trains nothing
    assert set(model.train_on_batch(case.x[:20], return_dict=True)) == names
    assert set(model.test_on_batch(case.x[:20], return_dict=True)) == names
    inputs = case.x[:4]
    if isinstance(model, zoo.DCGAN | zoo.WGANGP):
        inputs = ops.convert_to_numpy(model.draw_noise(4, 0))
    assert len(model.predict(inputs, verbose=0)) == 4


def only_the_right_network_moves(case):
    """In each phase one network's weights move, and no other's."""
    model = case.build()
    model.compile(run_eagerly=True)
    minimize, seen = model.minimize, []

    def watched(network, loss_fn):
        before = {k: values(vs) for k, vs in model.networks().items()}
        logs = minimize(network, loss_fn)
        for k, vs in model.networks().items():
            equal = all(map(np.array_equal, before[k], values(vs)))
            assert equal == (k != network), f"{k} in the phase of {network}"
        seen.append(network)
        return logs

    object.__setattr__(model, "minimize", watched)
    model.train_on_batch(case.x[:20])
    assert set(seen) == set(model.networks())
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


def keras_file(case, folder):
    """A `.keras` file holds weights, optimizers' states and random states: training goes on."""
    model = trained(case)
    model.save(folder / "model.keras")
    again = keras.saving.load_model(folder / "model.keras")
    assert_equal(state(model), state(again))
    model.train_on_batch(case.x[:20])
    again.train_on_batch(case.x[:20])
    assert_equal(state(model), state(again))


def preset(case, folder):
    """So does a preset folder; without the optimizers' states, the samples are still equal."""
    model = trained(case)
    model.save_to_preset(folder / "whole")
    again = zoo.from_preset(str(folder / "whole"))
    assert_equal(state(model), state(again))
    model.save_to_preset(folder / "bare", include_optimizer=False)
    bare = type(model).from_preset(str(folder / "bare"))
    np.testing.assert_array_equal(model.sample(4, seed=0), bare.sample(4, seed=0))


def export(case, folder):
    """The SavedModel's functions give what the model's own methods give."""
    import tensorflow as tf

    model = trained(case)
    path = model.export(folder / "exported", verbose=False)
    loaded = tf.saved_model.load(str(path))

    def call(name, **arguments):
        (answer,) = loaded.signatures[name](
            **{k: tf.constant(v) for k, v in arguments.items()}
        ).values()
        return answer.numpy()

    on_tensorflow = keras.backend.backend() == "tensorflow"
    np.testing.assert_array_equal(
        call("sample", n=np.int32(4), seed=np.int64(7)),
        call("serving_default", n=np.int32(4), seed=np.int64(7)),
    )
    if on_tensorflow:  # other backends draw other numbers
        np.testing.assert_array_equal(
            call("sample", n=np.int32(4), seed=np.int64(7)), model.sample(4, seed=7)
        )
    assert call("sample", n=np.int32(9), seed=np.int64(7)).shape[0] == 9
    if hasattr(model, "decode"):
        z = ops.convert_to_numpy(model.draw_noise(3, 0))
        close(call("decode", z=z), model.decode(z))
    for name in ("encode", "reconstruct"):
        if hasattr(model, name):
            close(call(name, x=case.x[:3]), getattr(model, name)(case.x[:3]))
    if "log_likelihood" in model.signatures():
        got = call("log_likelihood", x=case.x[:3], seed=np.int64(0))
        # Other draws of the noise: near, not equal.
        np.testing.assert_allclose(got, model.log_likelihood(case.x[:3]), rtol=0.5)


def close(a, b):
    """Equal but for float32 rounding; a pixel may round to its neighbour."""
    if a.dtype == np.uint8:
        assert np.abs(a.astype(int) - b.astype(int)).max() <= 1
    else:
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)
