"""Ways through the latent space: paths, traversals, arithmetic; pure functions of NumPy arrays.

Each gives latents in the dtype that it got, for `model.decode`.
"""

import warnings

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logit, ndtri

from keras_genzoo.support.checks import whole_number

# Sine of the angle below which two vectors count as parallel, or opposite.
PARALLEL = 1e-6


def linear_interpolation(z0: ArrayLike, z1: ArrayLike, steps: int) -> np.ndarray:
    """Straight lines z0 + t (z1 - z0), t = 0, ..., 1, with both ends exact.

    Args:
        z0: Where the lines begin, (n, latent_dim).
        z1: Where they end, (n, latent_dim).
        steps: Points on each line, ends included; 2 or more.

    Returns:
        (n, steps, latent_dim).

    Raises:
        ValueError: Other shapes, values that are not finite, fewer than 2 steps.
    """
    z0, z1 = _ends(z0, z1, steps)
    return np.linspace(z0.astype("float64"), z1, steps, axis=1).astype(z0.dtype)


def spherical_interpolation(z0: ArrayLike, z1: ArrayLike, steps: int) -> np.ndarray:
    """Great circles: the direction turns from z0's to z1's at a constant rate.

        z(t) = ((1 - t) |z0| + t |z1|) slerp(z0 / |z0|, z1 / |z1|, t),
        slerp(u, v, t) = (sin((1 - t) a) u + sin(t a) v) / sin(a),  cos(a) = u . v

    A straight line between two draws of a Gaussian in many dimensions passes through points far
    shorter than any draw, where a decoder was never trained; these paths do not. Both ends are
    exact. Where there is no one arc (vectors that are parallel, opposite or zero), the path is the
    straight line.

    Departure from the paper: its formula scales the sines by the vectors as they are; here the
    norm goes from |z0| to |z1| linearly. Both are the same where the norms are equal.

    Args, returns and errors are those of `linear_interpolation`.

    Reference: White (2016), Sampling Generative Networks, arXiv:1609.04468.
    """
    z0, z1 = _ends(z0, z1, steps)
    path = np.linspace(z0.astype("float64"), z1, steps, axis=1)  # (n, steps, latent_dim)
    norms = np.linalg.norm(path[:, [0, -1]], axis=-1)  # (n, 2)
    u, v = (path[:, end] / np.maximum(norms[:, end], 1e-300)[:, None] for end in (0, -1))
    cosine = np.sum(u * v, axis=-1, keepdims=True)
    across = v - cosine * u  # at a right angle to u; its length is the sine
    sine = np.linalg.norm(across, axis=-1, keepdims=True)
    curved = np.flatnonzero((sine[:, 0] > PARALLEL) & (norms > 0).all(axis=1))

    # cos(ta) u + sin(ta) w, w the unit vector across u: slerp, but sound where sin(a) is small.
    angle = np.linspace(0.0, np.arctan2(sine, cosine)[curved], steps, axis=1)  # (curved, steps, 1)
    w = across[curved] / sine[curved]
    direction = np.cos(angle) * u[curved, None] + np.sin(angle) * w[:, None]
    path[curved] = direction * np.linspace(norms[curved, :1], norms[curved, 1:], steps, axis=1)
    path[:, 0], path[:, -1] = z0, z1
    return path.astype(z0.dtype)


def traverse(z: ArrayLike, dim: int, values: ArrayLike) -> np.ndarray:
    """Copies of each z in which one dimension takes the given values in turn.

    Args:
        z: Latents (n, latent_dim).
        dim: Which dimension changes; negative ones count from the end.
        values: Its values, (steps,).

    Returns:
        (n, steps, latent_dim).

    Raises:
        ValueError: Other shapes, values that are not finite, a dimension that z does not have.
    """
    z, values = _vectors("z", z), np.asarray(values)
    if values.ndim != 1 or len(values) == 0 or not np.isfinite(values).all():
        raise ValueError(f"Expected values, finite numbers (steps,); got {values!r}.")
    if not isinstance(dim, int | np.integer) or not -z.shape[1] <= dim < z.shape[1]:
        raise ValueError(f"Expected dim, one of {z.shape[1]} dimensions; got {dim!r}.")
    path = np.repeat(z[:, None], len(values), axis=1)
    path[..., dim] = values
    return path


def analogy(a: ArrayLike, b: ArrayLike, c: ArrayLike) -> np.ndarray:
    """mean(a) - mean(b) + mean(c): what is to c as a is to b.

    The arithmetic of Radford et al. (2015), arXiv:1511.06434, section 6.3.2: a, b and c hold some
    codes of one kind each, which are averaged because single ones are unstable.

    Args:
        a, b, c: Codes (n, latent_dim); each may have an n of its own.

    Returns:
        (latent_dim,).

    Raises:
        ValueError: Other shapes, values that are not finite.
    """
    a, b, c = (_vectors(name, z) for name, z in {"a": a, "b": b, "c": c}.items())
    if not a.shape[1] == b.shape[1] == c.shape[1]:
        got = ", ".join(str(z.shape) for z in (a, b, c))
        raise ValueError(f"Expected a, b and c of the same latent_dim; got shapes {got}.")
    return a.mean(axis=0) - b.mean(axis=0) + c.mean(axis=0)


def prior_quantile(kind: str, p: ArrayLike) -> np.ndarray:
    """Values below which noise lies with probability p: deprecated for `model.prior.quantile(p)`.

    Args:
        kind: "normal", "uniform", "symmetric_uniform" (in -1..1) or "logistic".
        p: Probabilities, above 0 and below 1.

    Returns:
        float64, in the shape of p.

    Raises:
        ValueError: Another kind; probabilities out of range.
    """
    warnings.warn(
        "prior_quantile is deprecated: a model that decodes has its prior as an object. Write "
        "model.prior.quantile(p).",
        DeprecationWarning,
        stacklevel=2,
    )
    # Priors draw their paths by this module, which therefore cannot ask them for their quantiles.
    inverses = {
        "normal": ndtri,
        "uniform": lambda p: p,
        "symmetric_uniform": lambda p: 2.0 * p - 1.0,
        "logistic": logit,
    }
    if kind not in inverses:
        raise ValueError(f"Expected kind, one of {list(inverses)}; got {kind!r}.")
    p = np.asarray(p, "float64")
    if not ((p > 0) & (p < 1)).all():
        raise ValueError(f"Expected p, above 0 and below 1; got {p!r}.")
    return inverses[kind](p)


def _ends(z0, z1, steps) -> tuple[np.ndarray, np.ndarray]:
    z0, z1 = _vectors("z0", z0), _vectors("z1", z1)
    if z0.shape != z1.shape:
        raise ValueError(f"Expected z0 and z1 of one shape; got {z0.shape} and {z1.shape}.")
    whole_number("steps", steps, least=2)
    return z0, z1


def _vectors(name: str, z) -> np.ndarray:
    z = np.asarray(z)
    if z.dtype.kind in "iu":
        z = z.astype("float32")
    if z.dtype.kind != "f" or z.ndim != 2 or 0 in z.shape:
        raise ValueError(
            f"Expected {name}, numbers (n, latent_dim), n > 0; got {z.dtype} {z.shape}."
        )
    if not np.isfinite(z).all():
        raise ValueError(f"Expected finite {name}; got NaN or infinite values.")
    return z
