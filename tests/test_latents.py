"""Paths through the latent space against their closed forms."""

import numpy as np
import pytest
from scipy.stats import logistic, norm, uniform

from keras_genzoo.latents import (
    analogy,
    linear_interpolation,
    prior_quantile,
    spherical_interpolation,
    traverse,
)

PATHS = pytest.mark.parametrize("path", [linear_interpolation, spherical_interpolation])


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@PATHS
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ends_are_exact_in_shape_and_dtype(path, dtype):
    z0, z1 = normal(50, 7).astype(dtype), (9 * normal(50, 7, seed=1)).astype(dtype)
    z0[0] *= 1e-20
    got = path(z0, z1, 5)
    assert got.shape == (50, 5, 7) and got.dtype == dtype
    np.testing.assert_array_equal(got[:, 0], z0)
    np.testing.assert_array_equal(got[:, -1], z1)
    np.testing.assert_array_equal(path(z0, z1, 2), np.stack([z0, z1], axis=1))


def test_linear_is_the_straight_line():
    z0, z1 = normal(4, 3), normal(4, 3, seed=1)
    t = np.linspace(0, 1, 6)[:, None]
    want = z0[:, None] + t * (z1 - z0)[:, None]
    np.testing.assert_allclose(linear_interpolation(z0, z1, 6), want, atol=1e-14)


def test_spherical_is_slerp_where_norms_are_equal():
    z0, z1 = normal(20, 8), normal(20, 8, seed=1)
    z1 *= np.linalg.norm(z0, axis=1, keepdims=True) / np.linalg.norm(z1, axis=1, keepdims=True)
    got = spherical_interpolation(z0, z1, 7)
    square = np.sum(z0 * z0, axis=1)
    angle = np.arccos(np.sum(z0 * z1, axis=1) / square)[:, None, None]
    t = np.linspace(0, 1, 7)[None, :, None]
    want = np.sin((1 - t) * angle) * z0[:, None] + np.sin(t * angle) * z1[:, None]
    np.testing.assert_allclose(got, want / np.sin(angle), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(np.sum(got * got, axis=2), np.repeat(square[:, None], 7, axis=1))


def test_spherical_turns_at_a_constant_rate_and_its_norm_goes_linearly():
    z0, z1 = normal(20, 8), 30 * normal(20, 8, seed=1)
    got = spherical_interpolation(z0, z1, 9)
    norms = np.linalg.norm(got, axis=2)
    want = np.linspace(np.linalg.norm(z0, axis=1), np.linalg.norm(z1, axis=1), 9, axis=1)
    np.testing.assert_allclose(norms, want, rtol=1e-12)
    unit = got / norms[..., None]
    cosines = np.sum(unit[:, 1:] * unit[:, :-1], axis=2)
    np.testing.assert_allclose(cosines, np.repeat(cosines[:, :1], 8, axis=1), rtol=1e-9)
    # A quarter of a circle, by hand.
    quarter = spherical_interpolation([[1.0, 0.0]], [[0.0, 3.0]], 3)[0, 1]
    np.testing.assert_allclose(quarter, [2 * np.sqrt(0.5)] * 2)


def test_straight_draws_pass_through_short_vectors_and_spherical_ones_do_not():
    z0, z1 = normal(100, 512), normal(100, 512, seed=1)
    middle = {
        path: np.linalg.norm(path(z0, z1, 3)[:, 1], axis=1) / np.sqrt(512)
        for path in (linear_interpolation, spherical_interpolation)
    }
    assert abs(middle[linear_interpolation] - np.sqrt(0.5)).max() < 0.1
    assert abs(middle[spherical_interpolation] - 1).max() < 0.1


@pytest.mark.parametrize("nudge", [0.0, 1e-12, 1e-7, 1e-5, 1e-3])
@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_parallel_and_opposite_vectors(nudge, sign, dtype):
    """Finite, and between both ends in length: no division by a sine near zero."""
    z0 = normal(30, 5)
    z1 = sign * 2.0 * z0 + nudge * normal(30, 5, seed=1)
    with np.errstate(all="raise"):
        got = spherical_interpolation(z0.astype(dtype), z1.astype(dtype), 9).astype("float64")
    norms = np.linalg.norm(got, axis=2)
    assert np.isfinite(got).all() and (norms <= norms.max(axis=1, keepdims=True)).all()
    assert (norms.argmax(axis=1) == 8).all()
    if sign > 0 or nudge == 0:
        line = np.linspace(z0, z1, 9, axis=1)
        np.testing.assert_allclose(got, line, atol=1e-5 + 2 * nudge)


def test_zero_vectors_and_one_dimension_give_the_straight_line():
    z0, z1 = np.array([[0.0, 0.0], [0.0, 0.0]]), np.array([[2.0, 4.0], [0.0, 0.0]])
    with np.errstate(all="raise"):
        got = spherical_interpolation(z0, z1, 5)
        line = spherical_interpolation([[-1.0]], [[2.0]], 4)
    np.testing.assert_array_equal(got, linear_interpolation(z0, z1, 5))
    np.testing.assert_array_equal(line, [[[-1.0], [0.0], [1.0], [2.0]]])


def test_traverse_changes_one_dimension():
    z = normal(3, 4).astype("float32")
    got = traverse(z, 2, [-1, 0, 5])
    assert got.shape == (3, 3, 4) and got.dtype == "float32"
    np.testing.assert_array_equal(got[:, :, 2], [[-1, 0, 5]] * 3)
    np.testing.assert_array_equal(np.delete(got, 2, 2), np.delete(z, 2, 1)[:, None].repeat(3, 1))
    np.testing.assert_array_equal(traverse(z, -1, [7]), traverse(z, 3, [7]))


def test_analogy_is_arithmetic_of_means():
    a, b, c = normal(5, 3), normal(2, 3, seed=1), normal(1, 3, seed=2)
    np.testing.assert_allclose(analogy(a, b, c), a.sum(0) / 5 - b.sum(0) / 2 + c[0])


@pytest.mark.parametrize(
    "kind, distribution",
    [
        ("normal", norm),
        ("uniform", uniform),
        ("symmetric_uniform", uniform(-1, 2)),
        ("logistic", logistic),
    ],
)
def test_quantiles_by_name_are_deprecated_and_right(kind, distribution):
    p = np.linspace(0.001, 0.999, 999).reshape(3, 333)
    with pytest.warns(DeprecationWarning, match="model.prior.quantile"):
        np.testing.assert_allclose(prior_quantile(kind, p), distribution.ppf(p), atol=1e-12)


Z = np.ones((2, 3))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: spherical_interpolation(Z, Z[:1], 3), r"one shape.*\(2, 3\) and \(1, 3\)"),
        (lambda: linear_interpolation(Z, Z, 1), "at least 2; got 1"),
        (lambda: linear_interpolation(Z, Z, 2.0), "at least 2; got 2.0"),
        (lambda: spherical_interpolation(Z[0], Z[0], 3), r"z0, numbers \(n, latent_dim\).*\(3,\)"),
        (lambda: spherical_interpolation(Z, Z * np.nan, 3), "finite z1"),
        (lambda: traverse(Z, 3, [0.0]), "one of 3 dimensions; got 3"),
        (lambda: traverse(Z, 0, []), r"values, finite numbers \(steps,\)"),
        (lambda: analogy(Z, Z[:, :2], Z), r"same latent_dim.*\(2, 2\)"),
        (lambda: prior_quantile("cauchy", 0.5), "got 'cauchy'"),
        (lambda: prior_quantile("normal", [0.5, 1.0]), "above 0 and below 1"),
    ],
)
@pytest.mark.filterwarnings("ignore:prior_quantile:DeprecationWarning")
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
