"""On TensorFlow the step's own function is handed each batch: the same steps as Keras's."""

import keras
import numpy as np
import pytest

import keras_genzoo as zoo

tf = pytest.importorskip("tensorflow")
pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="its trainer's own")
X = np.random.default_rng(0).integers(0, 256, (50, 4, 4, 1), dtype="uint8")


@pytest.fixture
def handed(monkeypatch):
    """What Keras's functions were called with."""
    seen = []
    make = keras.Model.make_train_function, keras.Model.make_test_function

    def recording(self, name, make, force):
        make(self, force)
        function = getattr(self, name)

        def recorded(batches):
            seen.append(batches)
            return function(batches)

        setattr(self, name, recorded)

    monkeypatch.setattr(
        keras.Model,
        "make_train_function",
        lambda self, force=False: recording(self, "train_function", make[0], force),
    )
    monkeypatch.setattr(
        keras.Model,
        "make_test_function",
        lambda self, force=False: recording(self, "test_function", make[1], force),
    )
    return seen


def build(**arguments):
    keras.utils.set_random_seed(0)
    model = zoo.VAE(image_shape=(4, 4, 1), latent_dim=2, hidden_units=(5,))
    model.compile(**arguments)
    return model


def weights(model):
    return [np.asarray(v.value) for v in model.variables]


@pytest.mark.parametrize("jit_compile", [True, False])
def test_same_steps_as_keras(handed, jit_compile, monkeypatch):
    runs = []
    for by_keras in (False, True):
        if by_keras:
            monkeypatch.setattr(
                "keras_genzoo.backends.tensorflow._are_alike", lambda batches: False
            )
        model = build(jit_compile=jit_compile)
        history = model.fit(X, batch_size=8, epochs=3, verbose=0).history
        logs = model.evaluate(X[:48], batch_size=8, verbose=0, return_dict=True)
        runs.append((history, logs, weights(model)))
        assert len(handed) == 3 * 6 + 6
        assert all(isinstance(batches, list) != by_keras for batches in handed)
        handed.clear()
    assert runs[0][:2] == runs[1][:2]
    for one, other in zip(runs[0][2], runs[1][2], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "what",
    ["short batches", "several steps at once", "unknown length", "train_on_batch", "eagerly"],
)
def test_all_else_trains_as_before(handed, what):
    model = build(
        steps_per_execution=2 if what == "several steps at once" else 1,
        run_eagerly=what == "eagerly",
    )
    if what == "short batches":
        data = tf.data.Dataset.from_tensor_slices(X).batch(8)
        model.fit(data, epochs=2, verbose=0)
        assert model.optimizer.iterations == 14
        assert all(isinstance(batches, tf.data.Iterator) for batches in handed)
    elif what == "unknown length":
        data = tf.data.Dataset.from_tensor_slices(X).batch(8, drop_remainder=True)
        data = data.filter(lambda x: True)
        with pytest.warns(UserWarning, match="ran out of data"):  # as Keras says itself
            model.fit(data, epochs=2, verbose=0)
        assert model.optimizer.iterations == 12
        assert all(isinstance(batches, list) for batches in handed)
    elif what == "train_on_batch":
        logs = model.train_on_batch(X[:8], return_dict=True)
        assert np.isfinite(logs["loss"]) and model.optimizer.iterations == 1
    else:
        model.fit(X, batch_size=8, epochs=2, verbose=0)
        assert model.optimizer.iterations == 12
        alike = what == "eagerly"
        assert all(isinstance(batches, list) == alike for batches in handed)
