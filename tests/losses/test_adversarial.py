"""Adversarial losses against the formulas of their papers, in NumPy."""

import inspect

import numpy as np
import pytest
from keras import ops
from scipy.special import expit, log_expit

from keras_genzoo import losses

RNG = np.random.default_rng(0)
REAL, FAKE = RNG.normal(0, 2, (2, 6, 1)).astype("float32")
R, F = REAL[:, 0].astype("float64"), FAKE[:, 0].astype("float64")

DISCRIMINATORS = {
    "minimax": -np.log(expit(R)) - np.log(1 - expit(F)),
    "non_saturating": -np.log(expit(R)) - np.log(1 - expit(F)),
    "least_squares": 0.5 * (R - 1) ** 2 + 0.5 * F**2,
    "hinge": np.maximum(0, 1 - R) + np.maximum(0, 1 + F),
    "relativistic": -np.log(expit(R - F)),
    "wasserstein": F - R,
}
GENERATORS = {
    "minimax": np.log(1 - expit(F)),
    "non_saturating": -np.log(expit(F)),
    "least_squares": 0.5 * (F - 1) ** 2,
    "hinge": -F,
    "relativistic": -np.log(expit(F - R)),
    "wasserstein": -F,
}


def numpy(x):
    return ops.convert_to_numpy(x)


def generator_loss(loss, real, fake):
    return loss.generator(real, fake) if loss.compares else loss.generator(fake)


@pytest.mark.parametrize("name", losses.ADVERSARIAL)
def test_losses_are_those_of_the_papers(name):
    loss = losses.ADVERSARIAL[name]
    np.testing.assert_allclose(
        numpy(loss.discriminator(REAL, FAKE)), DISCRIMINATORS[name], rtol=2e-5, atol=1e-6
    )
    np.testing.assert_allclose(
        numpy(generator_loss(loss, REAL, FAKE)), GENERATORS[name], rtol=2e-5, atol=1e-6
    )


@pytest.mark.parametrize("name", losses.ADVERSARIAL)
def test_patches_are_averaged_within_their_example(name):
    loss = losses.ADVERSARIAL[name]
    real, fake = RNG.normal(size=(2, 5, 3, 4, 1)).astype("float32")
    flat = real.reshape(-1), fake.reshape(-1)
    for got, each in (
        (loss.discriminator(real, fake), loss.discriminator(*flat)),
        (generator_loss(loss, real, fake), generator_loss(loss, *flat)),
    ):
        assert got.shape == (5,)
        np.testing.assert_allclose(numpy(got), numpy(each).reshape(5, -1).mean(1), rtol=1e-5)


@pytest.mark.parametrize("name", losses.ADVERSARIAL)
def test_half_precision_far_out_is_finite_and_float32(name):
    loss = losses.ADVERSARIAL[name]
    real, fake = (ops.cast(np.array([[x], [-x]]), "float16") for x in (300.0, -300.0))
    for value in (loss.discriminator(real, fake), generator_loss(loss, real, fake)):
        assert "float32" in str(value.dtype) and np.isfinite(numpy(value)).all()


@pytest.mark.parametrize("shape", [(6, 1), (6, 2, 1)])
def test_soft_targets_are_those_of_each_example(shape):
    real, fake = RNG.normal(0, 2, (2, *shape)).astype("float32")
    a, b = RNG.uniform(size=(2, 6)).astype("float32")
    column = (6,) + (1,) * (len(shape) - 1)
    ca, cb = a.reshape(column), b.reshape(column)
    entropy = lambda logits, t: -t * log_expit(logits) - (1 - t) * log_expit(-logits)  # noqa: E731
    axes = tuple(range(1, len(shape)))
    want = {
        "minimax": entropy(real, ca) + entropy(fake, cb),
        "least_squares": 0.5 * (real - ca) ** 2 + 0.5 * (fake - cb) ** 2,
    }
    for name, value in want.items():
        got = losses.ADVERSARIAL[name].discriminator(real, fake, a, b)
        np.testing.assert_allclose(numpy(got), value.mean(axes), rtol=1e-4)
        one = losses.ADVERSARIAL[name].discriminator(real, fake, 0.9, 0.2)
        each = losses.ADVERSARIAL[name].discriminator(real, fake, a * 0 + 0.9, a * 0 + 0.2)
        np.testing.assert_allclose(numpy(one), numpy(each), rtol=1e-6)


def test_the_table_says_which_losses_have_targets_and_which_compare():
    for name, loss in losses.ADVERSARIAL.items():
        assert loss.has_targets == (len(inspect.signature(loss.discriminator).parameters) == 4)
        assert loss.compares == (name == "relativistic")


def test_a_model_names_the_losses_that_it_knows():
    assert list(losses.named("hinge", "minimax")) == ["hinge", "minimax"]
    with pytest.raises(ValueError, match="Expected names of advers.*'hing'. Did you mean 'hinge'"):
        losses.named("hing")
