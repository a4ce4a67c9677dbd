"""NICE inverts, its log-determinant is its Jacobian's, its density integrates to one."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats
from zoo_cases import PIXELS

import keras_genzoo as zoo
from keras_genzoo.engine import input_gradient


def nice(seed=0, **arguments):
    """A model with random scales, as if it had been trained."""
    keras.utils.set_random_seed(seed)
    model = zoo.NICE(**{"hidden_units": 16, "hidden_layers": 2} | arguments)
    scale = model.scaling.log_scale
    scale.assign(np.random.default_rng(seed).normal(0, 0.5, scale.shape).astype("float32"))
    return model


SHAPES = [
    {"num_features": 2},
    {"num_features": 5},
    {"num_features": 5, "num_couplings": 3},
    {"image_shape": (8, 8, 1)},
    {"image_shape": (3, 3, 3), "num_couplings": 1},
]


@pytest.mark.parametrize("arguments", SHAPES)
def test_it_inverts(arguments):
    model = nice(**arguments)
    y = np.random.default_rng(0).normal(size=(20, *model.spec.shape)).astype("float32")
    z, _ = model.transform(ops.convert_to_tensor(y))
    np.testing.assert_allclose(ops.convert_to_numpy(model.inverse(z)), y, atol=1e-4)
    assert not np.allclose(ops.convert_to_numpy(z).ravel(), y.ravel(), atol=0.1)


def test_the_default_network_inverts_at_28x28():
    model = nice(image_shape=(28, 28, 1), hidden_units=1000, hidden_layers=5)
    y = np.random.default_rng(0).uniform(size=(10, 28, 28, 1)).astype("float32")
    z, _ = model.transform(ops.convert_to_tensor(y))
    np.testing.assert_allclose(ops.convert_to_numpy(model.inverse(z)), y, atol=1e-4)


@pytest.mark.parametrize("arguments", SHAPES)
def test_log_determinant_equals_autodiffs(arguments):
    model = nice(**arguments)
    y = np.random.default_rng(0).normal(size=(1, *model.spec.shape)).astype("float32")
    y = ops.convert_to_tensor(y)
    rows = [
        ops.convert_to_numpy(input_gradient(lambda y, i=i: model.transform(y)[0][:, i], y)).ravel()
        if keras.backend.backend() != "torch"
        else input_gradient(lambda y, i=i: model.transform(y)[0][:, i], y).detach().numpy().ravel()
        for i in range(model.spec.size)
    ]
    sign, log_det = np.linalg.slogdet(np.array(rows, "float64"))
    assert abs(log_det - float(ops.convert_to_numpy(model.transform(y)[1]))) < 1e-3


def test_the_density_integrates_to_one():
    model = nice(num_features=2)
    axis = np.linspace(-40, 40, 801, dtype="float32")
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    density = np.exp(model.log_likelihood(grid, batch_size=100_000).astype("float64"))
    assert density.sum() * 0.1**2 == pytest.approx(1.0, abs=2e-3)


def test_samples_come_from_the_logistic_prior():
    model = nice(num_features=2)
    z = model.encode(model.sample(4000, seed=0))
    for i in range(2):
        assert stats.kstest(z[:, i], stats.logistic.cdf).pvalue > 1e-3
        assert stats.kstest(z[:, i], stats.norm.cdf).pvalue < 1e-6


def test_the_samples_have_the_density():
    """Mean log-density of samples = minus the entropy, here of logistics moved and scaled."""
    model = nice(num_features=2)
    nats = model.log_likelihood(model.sample(20_000, seed=0))
    want = -2 * 2 - float(np.sum(-ops.convert_to_numpy(model.scaling.log_scale.value)))
    assert nats.mean() == pytest.approx(want, abs=5 * float(nats.std()) / 20_000**0.5)


def test_images_count_as_256_valued_pixels():
    model = nice(image_shape=(8, 8, 1))
    nats = model.log_likelihood(PIXELS[:5], seed=3)
    bits = model.bits_per_dim(PIXELS[:5], seed=3)
    np.testing.assert_allclose(bits, -nats / (64 * np.log(2)), rtol=1e-6)
    middle = ops.convert_to_tensor((PIXELS[:5].astype("float32") + 0.5) / 256)
    density = ops.convert_to_numpy(model.log_density(middle))
    # The density on [0, 1] and the mass of the pixels are D ln 256 apart.
    np.testing.assert_allclose(nats, density - 64 * np.log(256), atol=2.0)


def test_decode_undoes_encode_to_the_pixel():
    model = nice(image_shape=(8, 8, 1))
    np.testing.assert_array_equal(model.decode(model.encode(PIXELS)), PIXELS)


def test_own_coupling_networks(tmp_path):
    networks = [
        keras.Sequential([keras.Input((i,)), keras.layers.Dense(o)]) for i, o in ((3, 2), (2, 3))
    ]
    model = zoo.NICE(num_features=5, num_couplings=2, coupling_networks=networks)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(model.sample(3, seed=0), again.sample(3, seed=0))
    with pytest.raises(ValueError, match="Expected 4 coupling_networks; got 2"):
        zoo.NICE(num_features=5, coupling_networks=networks)
    with pytest.raises(ValueError, match=r"coupling network 0 that takes \(batch, 2\)"):
        zoo.NICE(num_features=4, num_couplings=2, coupling_networks=networks)
    with pytest.raises(ValueError, match="at least 2 dimensions"):
        zoo.NICE(num_features=1)


def test_it_learns_the_moons():
    keras.utils.set_random_seed(0)
    train = zoo.data.load("moons", batch_size=500, limit=5000)
    model = zoo.NICE(num_features=2, hidden_units=64, hidden_layers=2)
    model.compile(optimizer=keras.optimizers.Adam(5e-3))
    model.fit(train, epochs=60, verbose=0)
    x = zoo.data.load("moons", split="test", limit=2000).x
    gaussian = stats.multivariate_normal(x.mean(0), np.cov(x.T)).logpdf(x).mean()
    assert model.log_likelihood(x).mean() > gaussian + 0.2
