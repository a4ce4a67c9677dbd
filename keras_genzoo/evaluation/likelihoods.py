"""A model's likelihood of data as scores: by the tightest method that it has, or by one named."""

import math

import numpy as np

from keras_genzoo.engine import GenerativeModel
from keras_genzoo.evaluation.measured import Inapplicable
from keras_genzoo.metrics import Score
from keras_genzoo.support.abilities import HasLikelihood

# The first of these that a model has is taken where none is named, with these options: the
# tightest figure that two processor cores give in a minute or two.
METHODS: dict[str, dict[str, float]] = {
    "exact": {},
    "iwae": {"k": 500},
    "elbo": {"k": 10},
    "ais": {"observation_std": 0.1, "chains": 4, "distributions": 300, "leapfrog_steps": 5},
}
# A chain of annealed importance sampling is worth thousands of other models' passes.
AIS_EXAMPLES = 32


def scores(
    model: GenerativeModel,
    x: np.ndarray,
    labels: np.ndarray | None = None,
    *,
    method: str | None,
    options: dict,
    num_examples: int | None,
    seed: int,
    protocol: dict,
) -> dict[str, Score]:
    """The mean over examples of log p(x), or of a bound of it, and the bits of it.

    Args:
        model: Any of the zoo.
        x: Examples (n, *shape).
        labels: Of a conditional model, (n,).
        method: One of `METHODS`; None for the first of them that the model has.
        options: Those of the method, in place of `METHODS`' own.
        num_examples: The first so many of x; None for all, or `AIS_EXAMPLES`.
        seed: Of dequantization and estimators.
        protocol: More entries of the scores' protocol.

    Returns:
        `log_likelihood`, in nats, and `bits_per_dim`.

    Raises:
        Inapplicable: The model has no likelihood, or none by this method.
    """
    methods = list(model.likelihood_methods()) if isinstance(model, HasLikelihood) else []
    wanted = method or next((known for known in METHODS if known in methods), None)
    if wanted is None or wanted not in methods:
        has = ", ".join(methods) or "none"
        raise Inapplicable(f"its likelihood methods are {has}; expected {wanted or 'one'}")
    defaults = dict(METHODS[wanted])
    if wanted == "ais" and model.observation is not None and not options:
        del defaults["observation_std"]  # The model has a p(x | z) of its own.
    options = defaults | options
    x = x[: num_examples or (AIS_EXAMPLES if wanted == "ais" else len(x))]
    told = {} if labels is None else {"labels": labels[: len(x)]}
    found = model.log_likelihood(x, **told, method=wanted, seed=seed, **options)
    value, error = float(found.mean()), float(found.std(ddof=1) / math.sqrt(len(found)))
    protocol = {
        **protocol,
        "of": values_of(model),
        "method": wanted,
        **options,
        **({} if labels is None else {"given": "its label"}),
        "examples": len(x),
        "error": "standard error over the examples",
        "seed": seed,
    }
    nats = math.log(2.0) * model.spec.size  # of a bit in each dimension
    return {
        "log_likelihood": Score("log_likelihood", value, protocol, error),
        "bits_per_dim": Score("bits_per_dim", -value / nats, protocol, error / nats),
    }


def values_of(model: GenerativeModel) -> str:
    """Whose log-mass, or log-density, a model's likelihood is: "256-valued pixels"."""
    levels = model.scale.levels
    if levels is None:
        return "vectors"
    return "binary pixels" if levels == 2 else f"{levels}-valued pixels"
