"""Each mistake in the data gets an error that says what was expected, what came, what to do."""

import keras
import numpy as np
import pytest
from contract import EAGERLY

import keras_genzoo as zoo

GOOD = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 1), dtype=np.uint8)


@pytest.fixture(scope="module")
def model():
    model = zoo.VAE(image_shape=(8, 8, 1), latent_dim=2, hidden_units=(4,))
    model.compile()
    return model


BAD_IMAGES = {
    "rank": (GOOD[0], r"Expected x of shape \(batch, 8, 8, 1\); got \(8, 8, 1\).*x\[None\]"),
    "no channel axis": (GOOD[..., 0], r"got \(20, 8, 8\).*x\[\.\.\., None\]"),
    "size": (np.zeros((4, 9, 8, 1), "uint8"), r"got \(4, 9, 8, 1\).*Resize"),
    "channels": (np.zeros((4, 8, 8, 3), "uint8"), r"got \(4, 8, 8, 3\)"),
    "unit floats": (GOOD / 255.0, r"0\.\.255.*rescaled to \[0, 1\].*x \* 255"),
    "signed floats": (GOOD / 127.5 - 1.0, r"0\.\.255.*\[-1, 1\].*\(x \+ 1\) \* 127\.5"),
    "too bright": (GOOD * 2.0, r"0\.\.255; x has float64 values in \[0, 5"),
    "NaN": (np.where(GOOD[0, 0, 0] == GOOD, np.nan, GOOD), r"NaN or infinite"),
    "infinite": (np.where(GOOD[0, 0, 0] == GOOD, np.inf, GOOD), r"NaN or infinite"),
    "empty": (GOOD[:0], r"at least one example"),
    "text": (np.full((2, 8, 8, 1), "a"), r"numbers; got dtype"),
}


@pytest.mark.parametrize("x, message", BAD_IMAGES.values(), ids=BAD_IMAGES)
@pytest.mark.parametrize("method", ["fit", "evaluate", "encode", "reconstruct", "log_likelihood"])
def test_bad_images(model, method, x, message):
    with pytest.raises(ValueError, match=f"(?s){message}"):
        getattr(model, method)(x)


def test_channels_first_gets_a_hint():
    model = zoo.NICE(image_shape=(8, 8, 3), hidden_units=4)
    with pytest.raises(ValueError, match="Move the channels last"):
        model.log_likelihood(np.zeros((2, 3, 8, 8), "uint8"))


@pytest.mark.parametrize("dtype", ["uint8", "float32", "int64", "float64"])
def test_pixels_of_any_type_are_taken(model, dtype):
    model.fit(GOOD.astype(dtype), batch_size=10, verbose=0)


def test_black_images_of_floats_are_taken(model):
    model.evaluate(np.zeros((4, 8, 8, 1), "float32"), verbose=0)


def test_bad_vectors():
    model = zoo.NICE(num_features=3, hidden_units=4)
    model.compile()
    with pytest.raises(ValueError, match=r"shape \(batch, 3\); got \(5, 2\)"):
        model.fit(np.zeros((5, 2), "float32"))
    with pytest.raises(ValueError, match="1 of 15 values are NaN"):
        model.fit(np.where(np.arange(15).reshape(5, 3) == 7, np.nan, 0.0))


@pytest.mark.parametrize("kind", ["array", "batches", "tf.data", "PyDataset", "generator"])
def test_rescaled_pixels_are_found_in_every_kind_of_data(model, kind):
    x = (GOOD / 255.0).astype("float32")
    if kind == "tf.data":
        tf = pytest.importorskip("tensorflow")
        x = tf.data.Dataset.from_tensor_slices(x).batch(10)
    elif kind == "batches":
        x = zoo.data.Batches(x, batch_size=10)
    elif kind == "PyDataset":

        class Data(keras.utils.PyDataset):
            def __len__(self):
                return 2

            def __getitem__(self, i):
                return (GOOD[:10] / 255.0,)

        x = Data()
    elif kind == "generator":
        x = (batch for batch in (x[:10], x[10:]))
    with pytest.raises(ValueError, match=r"rescaled to \[0, 1\]"):
        model.fit(x)


def test_bad_validation_data(model):
    with pytest.raises(ValueError, match=r"rescaled to \[0, 1\]"):
        model.fit(GOOD, validation_data=GOOD / 255.0)


def test_a_generators_first_batch_is_not_lost(model):
    seen = []

    class Count(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)

    batches = ((GOOD[i : i + 5],) for i in range(0, 20, 5))
    model.fit(batches, steps_per_epoch=4, verbose=0, callbacks=[Count()])
    assert len(seen) == 4


@pytest.mark.parametrize("how", ["y", "batches", "validation"])
def test_labels_to_an_unconditional_model(model, how):
    labels = np.zeros(20, "int32")
    with pytest.raises(ValueError, match="not conditional.*labels=False"):
        if how == "y":
            model.fit(GOOD, labels)
        elif how == "batches":
            model.fit(zoo.data.Batches(GOOD, labels))
        else:
            model.fit(GOOD, validation_data=(GOOD, labels))


def test_weights_of_examples(model):
    with pytest.raises(ValueError, match="no sample_weight"):
        model.fit(GOOD, sample_weight=np.ones(20))


def test_empty_data_sets(model):
    with pytest.raises(ValueError, match="empty"):
        model.fit(iter(()))
    with pytest.raises(ValueError, match="Expected data"):
        model.fit()


def test_batch_size_with_a_data_set(model):
    with pytest.raises(ValueError, match="batch_size belongs to arrays"):
        model.fit(zoo.data.Batches(GOOD), batch_size=5)


def test_not_compiled():
    with pytest.raises(ValueError, match=r"compile\(\)"):
        zoo.VAE(image_shape=(8, 8, 1)).fit(GOOD)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({}, "either image_shape=.* or num_features"),
        ({"image_shape": (8, 8, 1), "num_features": 3}, "either image_shape"),
        ({"image_shape": (8, 8)}, r"image_shape=\(height, width, channels\)"),
        ({"image_shape": (8, 0, 1)}, "positive integers"),
        ({"num_features": 0}, "positive integers"),
        ({"num_features": 3, "latent_dim": 0}, "latent_dim, a positive integer; got 0"),
        ({"num_features": 3, "likelihood": "bernoulli"}, "bernoulli for images only"),
    ],
)
def test_bad_constructor_arguments(arguments, message):
    with pytest.raises(ValueError, match=f"(?s){message}"):
        zoo.VAE(**arguments)


@pytest.mark.parametrize("shape", [(27, 27, 1), (6, 6, 1), (28, 29, 1)])
@pytest.mark.parametrize("cls", [zoo.DCGAN, zoo.WGANGP])
def test_an_image_size_that_the_architecture_cannot_make(cls, shape):
    with pytest.raises(ValueError, match="can be halved.*8, 28, 32, 64"):
        cls(image_shape=shape)


@pytest.mark.parametrize("size", [(8, 8, 1), (28, 28, 1), (32, 32, 3), (64, 64, 3), (16, 32, 2)])
def test_image_sizes_that_it_can(size):
    model = zoo.DCGAN(image_shape=size, latent_dim=4, width=4)
    assert model.sample(1, seed=0).shape == (1, *size)


def test_a_generator_that_was_not_called(model):
    def batches():
        yield np.zeros((4, 3), "float32")

    model.compile()
    with pytest.raises(ValueError, match=r"got the function batches. Call it.*batches\(\)"):
        model.fit(batches)


def test_no_codes(model):
    with pytest.raises(ValueError, match="at least one example or code; got an empty array"):
        model.decode(np.zeros((0, 2)))


def test_arrays_of_other_libraries_are_arrays():
    class Other:
        """As PyTorch's tensors and pandas' frames are to other backends."""

        def __init__(self, values):
            self.values = values

        def __array__(self, dtype=None, copy=None):
            return np.asarray(self.values, dtype)

        def __len__(self):
            return len(self.values)

    x, labels = np.zeros((20, 8, 8, 1), "uint8"), np.arange(20) % 2
    model = zoo.CGAN(image_shape=(8, 8, 1), num_classes=2, latent_dim=4, architecture="dcgan")
    model.compile(run_eagerly=EAGERLY)
    model.fit(Other(x), Other(labels), batch_size=20, verbose=0)
    model.evaluate(Other(x), Other(labels), verbose=0)


def test_a_network_of_other_shapes():
    wrong = keras.Sequential([keras.Input((4,)), keras.layers.Dense(64)])
    with pytest.raises(ValueError, match=r"generator that maps \(batch, 4\) to \(batch, 8, 8, 1\)"):
        zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=4, generator=wrong)
    with pytest.raises(ValueError, match="generator that takes"):
        zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=5, generator=wrong)
    with pytest.raises(ValueError, match="a Keras model or layer; got 'resnet'"):
        zoo.DCGAN(image_shape=(8, 8, 1), generator="resnet")


def test_batches_smaller_than_the_critic_steps():
    model = zoo.WGANGP(num_features=3, width=4, critic_steps=5)
    model.compile()
    with pytest.raises(ValueError, match="at least 5 examples; got 4"):
        model.fit(np.zeros((8, 3), "float32"), batch_size=4)


def test_a_last_batch_smaller_than_a_step():
    """Its empty parts would make batch norm's statistics NaN, and nothing else."""
    model = zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=4, width=4, discriminator_steps=2)
    model.compile(accumulation=2)
    x = np.random.default_rng(0).integers(0, 256, (26, 8, 8, 1), "uint8")
    with pytest.raises(ValueError, match="at least 4 examples; the last of 26 in batches of 12"):
        model.fit(x, batch_size=12, shuffle=False, verbose=0)
    with pytest.raises(ValueError, match="at least 4 examples.*; got one of 3"):
        model.train_on_batch(x[:3])
    for stream in (lambda: iter([x[:12], x[:2]]), lambda: Batched(x)):
        with pytest.raises(ValueError, match="at least 4 examples.*; got one of 2"):
            model.fit(stream(), epochs=1, verbose=0)
    model.compile()
    assert np.isfinite(model.train_on_batch(x[:3])).all()  # the last compile's step


class Batched(keras.utils.PyDataset):
    def __init__(self, x):
        super().__init__()
        self.x = x

    def __len__(self):
        return 3

    def __getitem__(self, i):
        return self.x[12 * i : 12 * i + 12]


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.data is TensorFlow's")
@pytest.mark.parametrize("kind", ["images", "labelled"])
def test_a_last_batch_of_tf_data_smaller_than_a_step(kind):
    import tensorflow as tf

    x = np.random.default_rng(0).integers(0, 256, (26, 8, 8, 1), "uint8")
    data = x if kind == "images" else (x, np.zeros(26, "int32"))
    cls, more = (zoo.DCGAN, {}) if kind == "images" else (zoo.CGAN, {"num_classes": 2})
    model = cls(image_shape=(8, 8, 1), latent_dim=4, discriminator_steps=3, **more)
    model.compile(jit_compile=False)
    stream = tf.data.Dataset.from_tensor_slices(data).batch(12)
    with pytest.raises(ValueError, match="at least 3 examples.*; got one of 2"):
        model.fit(stream, verbose=0)
    assert all(np.isfinite(w).all() for w in model.get_weights())
    model.evaluate(stream, verbose=0)


@pytest.mark.parametrize("n", [0, -1, 2.5])
def test_a_bad_number_of_samples(model, n):
    with pytest.raises(ValueError, match="positive number of samples"):
        model.sample(n)


def test_codes_of_another_size(model):
    with pytest.raises(ValueError, match=r"shape \(n, 2\); got \(1, 3\)"):
        model.decode(np.zeros((1, 3)))


def test_an_unknown_model_name():
    from keras_genzoo.registry import model_class

    with pytest.raises(ValueError, match="got 'dcgam'. Did you mean 'dcgan'"):
        model_class("dcgam")
