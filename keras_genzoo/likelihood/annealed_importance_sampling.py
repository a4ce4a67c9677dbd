"""The likelihood of any decoder, by annealed importance sampling.

Neal (2001), Annealed Importance Sampling; Wu, Burda, Salakhutdinov and Grosse (2016), On the
Quantitative Analysis of Decoder-Based Generative Models, arXiv:1611.04273; Grosse, Ghahramani and
Adams (2015), Sandwiching the marginal likelihood using bidirectional Monte Carlo, arXiv:1511.02543.
"""

import math
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from keras_genzoo import backends
from keras_genzoo.likelihood.hamiltonian import hamiltonian_step
from keras_genzoo.likelihood.log_mean_exp import RunningLogMeanExp
from keras_genzoo.probability import pixels
from keras_genzoo.probability.observations import Gaussian
from keras_genzoo.support.checks import number_between, whole_number

TARGET_ACCEPTANCE = 0.65
FIRST_STEP_SIZE = 0.5  # about right for the prior, where chains start
ADAPTATION_RATE = 0.3
PILOTS = 2  # chains of each example that tune the step sizes, and are not counted


def inverse_temperatures(distributions: int) -> np.ndarray:
    """0 = beta_0 < ... < beta_T = 1 for T `distributions`: a sigmoid from -4 to 4, rescaled."""
    beta = 1.0 / (1.0 + np.exp(-np.linspace(-4.0, 4.0, distributions + 1)))
    return (beta - beta[0]) / (beta[-1] - beta[0])


class Annealing:
    """Chains from the prior of a decoder's noise to the posterior p(z | y), and back.

    Args:
        model: A model that decodes, see `models.latent.Decoding`.
        observation_std: Of Gaussian noise on what the decoder makes; None for a model with a
            p(x | z) of its own.
        leapfrog_steps: Gradients in one transition.
    """

    def __init__(self, model, observation_std, leapfrog_steps: int):
        self.model = model
        self.observation, self.decoded = decoder(model, observation_std)
        self.leapfrog_steps = leapfrog_steps
        self.walked, self.to_codes = model.prior.unbounded()
        self._log_prob_given = backends.compiled(self.log_prob_given, model)
        self._transition = backends.compiled(self.transition, model)

    def log_prob_given(self, y, *labels_and_u):
        """log p(y | z) in nats, (rows,), of unbounded codes u; of a conditional model that given
        labels.
        """
        *labels, u = labels_and_u
        return self.observation.log_prob(y, self.decoded(self.to_codes(u), *labels))

    def transition(self, *data_and_rest):
        """One step of Hamiltonian Monte Carlo for p(z) p(y | z)^beta.

        Takes y, in a conditional model labels, then u, step_size, beta and seed; returns u,
        log p(y | z) and the probability of acceptance.
        """
        *data, u, step_size, beta, seed = data_and_rest
        seeds = self.model.seeded(seed)
        # Between half and one and a half of the step, anew each time: a trajectory of fixed length
        # comes back to where it began in any direction whose period it meets.
        step_size = step_size * (0.5 + backends.uniform(ops.shape(step_size), seeds))
        u, acceptance = hamiltonian_step(
            lambda u: self.walked.log_prob(u) + beta * self.log_prob_given(*data, u),
            u,
            step_size,
            self.leapfrog_steps,
            seeds,
        )
        return u, self.log_prob_given(*data, u), acceptance

    def prior(self, shape, seed):
        """Unbounded codes (*shape, latent_dim) of the prior."""
        return self.walked.draw((*shape, self.model.latent_dim), seed)

    def log_weights(self, data, u, betas, rng, progress, schedule=None):
        """sum_t (beta_{t+1} - beta_t) log p(y | z_t), where z_t went through a transition at each
        of beta_1 ... beta_t.

        From beta = 0 to 1, with u from the prior, the weights' mean is p(y); from 1 to 0, with u
        from the posterior, it is 1 / p(y). Both hold for step sizes that know nothing of the
        chains which are weighed; were they to follow the chain's own acceptance, it would drift
        to where large steps succeed, and the mean come out too large, by nats.

        Args:
            data: What is observed (n, *shape), and labels (n,) of a conditional model.
            u: Where chains start (n, chains, d).
            betas: The inverse temperatures in the order in which they are gone through.
            rng: A `numpy.random.Generator`.
            progress: Called with `(1, values)` after each distribution.
            schedule: The step sizes of each transition, (n,) each. None: the first `PILOTS`
                chains tune them for the others.

        Returns:
            float64 log-weights (n, chains), without the pilots', and the schedule.
        """
        n, chains = u.shape[:2]
        data = [ops.repeat(of_data, chains, axis=0) for of_data in data]
        u = ops.reshape(u, (n * chains, -1))
        log_likelihood = self._log_prob_given(*data, u)
        log_w = np.zeros(n * chains)
        pilots, step_size, used = 0, None, []
        if schedule is None:
            pilots, step_size = PILOTS, np.full(n, FIRST_STEP_SIZE)
        for t in range(len(betas) - 1):
            values = []
            if t > 0:
                step_size = step_size if pilots else schedule[t - 1]
                used.append(step_size)
                arguments = (
                    np.repeat(step_size, chains).astype("float32"),
                    np.float32(betas[t]),
                    np.int32(rng.integers(2**31)),
                )
                u, log_likelihood, acceptance = self._transition(
                    *data, u, *map(ops.convert_to_tensor, arguments)
                )
                acceptance = ops.convert_to_numpy(acceptance).reshape(n, chains)
                if pilots:
                    off = acceptance[:, :pilots].mean(1) - TARGET_ACCEPTANCE
                    step_size = step_size * np.exp(ADAPTATION_RATE * off)
                values = [("acceptance", acceptance[:, pilots:].mean())]
            log_w += (betas[t + 1] - betas[t]) * ops.convert_to_numpy(log_likelihood)
            progress(1, values)
        return log_w.reshape(n, chains)[:, pilots:], used


def decoder(model, observation_std: float | None):
    """p(x | z): a distribution, and the function that gives its parameters of codes z.

    Args:
        model: A model that decodes.
        observation_std: Of Gaussian noise on what it decodes; None for the model's own p(x | z).
    """
    if observation_std is None:
        if model.observation is None:
            raise ValueError(
                f"{type(model).__name__} has no p(x | z) of its own: pass observation_std, the "
                "standard deviation of Gaussian noise on what it decodes, for images on the scale "
                "where pixels are in [0, 1]."
            )
        return model.observation, model.decoded
    number_between("observation_std", observation_std, 0.0, math.inf)
    scale = pixels.dequantized(model.spec.shape)
    return Gaussian(scale, observation_std), lambda *codes: scale.numbers(model.decode_mean(*codes))


def annealing_of(model, observation_std, leapfrog_steps) -> Annealing:
    """The model's `Annealing` with these arguments, compiled once."""
    key = Annealing, observation_std, leapfrog_steps
    return model.kept(key, lambda: Annealing(model, observation_std, leapfrog_steps))


def annealed_importance_sampling(
    model: Any,
    x: np.ndarray,
    labels: np.ndarray | None = None,
    *,
    observation_std: float | None = None,
    chains: int = 16,
    distributions: int = 1000,
    leapfrog_steps: int = 10,
    seed: int = 0,
    batch_size: int = 256,
    verbose: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """log p(x) of a decoder in nats, from below, and its standard error.

    Each chain goes from z_0 ~ p(z) through p(z) p(x | z)^beta for beta_1 < ... < beta_T = 1 by
    transitions of Hamiltonian Monte Carlo; its weight is

        w = prod_t p(x | z_{t-1})^(beta_t - beta_{t-1}),        E[w] = p(x).

    So the log of the mean weight of the chains is below log p(x) on average, and close where
    chains keep up with the temperature: `bidirectional_gap` tells how close. Time goes with
    examples x chains x distributions x leapfrog_steps, each a gradient by z.

    Args:
        model: A model with a decoder and a prior of its codes. Uniform codes are walked in as a
            normal's distribution function.
        x: Images (n, height, width, channels) in 0..255, or vectors (n, features). Images are
            dequantized or made binary once for all chains, by `seed`.
        labels: Of a conditional model, (n,) or one for all: the figure is of x given its label.
        observation_std: p(x | z) = N(decode_mean(z), observation_std^2), for images on the scale
            where pixels are in [0, 1]. None: the model's own p(x | z), where it has one.
        chains: For each example.
        distributions: T, spaced by a sigmoid.
        leapfrog_steps: Gradients in each transition.
        seed: Of all that is drawn.
        batch_size: Chains run at once; bounds the memory. Examples go in groups of
            batch_size / (chains + 2), at least one.
        verbose: 1 shows a progress bar.

    Returns:
        nats (n,) and standard errors (n,), float64: the delta method's over the chains' weights,
        never above 1, NaN for a single chain. For images the log-mass of the integer pixels, as
        for any model; the density on [0, 1] that Wu et al. print is nats + D ln 256.

    The step sizes of an example, tuned to an acceptance of 0.65, are those of two more chains
    that are not weighed: E[w] = p(x) would not hold if chains tuned their own. Each transition
    takes 0.5 to 1.5 times as much, at random.
    """
    whole_number("chains", chains)
    betas = inverse_temperatures(whole_number("distributions", distributions))
    whole_number("leapfrog_steps", leapfrog_steps)
    whole_number("batch_size", batch_size)
    model.spec.check(x)
    conditions = model.conditions(labels, len(x))
    annealing = annealing_of(model, observation_std, leapfrog_steps)
    rng, seeds = _generators(model, seed)
    groups = _groups(len(x), chains, batch_size)
    progress = keras.utils.Progbar(len(groups) * distributions, verbose=verbose).add
    nats, errors = [], []
    for group in groups:
        y = annealing.observation.observed(ops.convert_to_tensor(x[group]), seeds)
        told = [ops.convert_to_tensor(of_class[group]) for of_class in conditions]
        u = annealing.prior((len(y), PILOTS + chains), seeds)
        log_w, _ = annealing.log_weights((y, *told), u, betas, rng, progress)
        mean, error = _over_chains(log_w)
        nats.append(mean)
        errors.append(error)
    return np.concatenate(nats), np.concatenate(errors)


class BidirectionalGap(NamedTuple):
    """Means over simulated examples, in nats, each with its standard error.

    For these examples log p(x) is between `lower` and `upper` on average; `gap` is upper - lower,
    as much as either can be off.
    """

    lower: float
    upper: float
    gap: float
    lower_error: float
    upper_error: float
    gap_error: float


def bidirectional_gap(
    model: Any,
    *,
    examples: int = 100,
    observation_std: float | None = None,
    chains: int = 16,
    distributions: int = 1000,
    leapfrog_steps: int = 10,
    seed: int = 0,
    batch_size: int = 256,
    verbose: int = 0,
) -> BidirectionalGap:
    """How far annealed importance sampling can be off, on data simulated from the model: BDMC.

    For z ~ p(z) and x ~ p(x | z), z is an exact draw of the posterior of x. Chains from the prior
    give a lower bound of log p(x); chains from this z back to the prior give an upper one, minus
    the log of the mean of their weights, whose expectation is 1 / p(x).

    What it says of real data is as good as the simulated data are like it. In a conditional
    model each example is of a class drawn at random.

    Args:
        model: As `annealed_importance_sampling` takes it; also the other arguments.
        examples: How many are simulated.

    Returns:
        `BidirectionalGap`. For images, nats of the log-mass of pixels, as `log_likelihood`.
    """
    low, high = bounds_of_simulated(
        annealing_of(model, observation_std, whole_number("leapfrog_steps", leapfrog_steps)),
        whole_number("examples", examples, least=2),
        whole_number("chains", chains),
        whole_number("distributions", distributions),
        seed,
        whole_number("batch_size", batch_size),
        verbose,
    )[1:]
    figures = (low, high, high - low)
    means = [float(values.mean()) for values in figures]
    errors = [float(values.std(ddof=1) / math.sqrt(examples)) for values in figures]
    return BidirectionalGap(*means, *errors)


def bounds_of_simulated(annealing, examples, chains, distributions, seed, batch_size, verbose):
    """Simulated observations (n, *shape), and the lower and upper bound of each, (n,)."""
    rng, seeds = _generators(annealing.model, seed)
    betas = inverse_temperatures(distributions)
    groups = _groups(examples, chains, batch_size)
    progress = keras.utils.Progbar(2 * len(groups) * distributions, verbose=verbose).add
    observed, lower, upper = [], [], []
    for group in groups:
        n = group.stop - group.start
        exact = annealing.prior((n, 1), seeds)
        label_spec = annealing.model.label_spec
        labels = [] if label_spec is None else [label_spec.draw(n, seeds)]
        output = annealing.decoded(annealing.to_codes(exact[:, 0]), *labels)
        y = annealing.observation.draw(output, seeds)
        observed.append(ops.convert_to_numpy(y))
        u = annealing.prior((len(y), PILOTS + chains), seeds)
        data = (y, *labels)
        log_w, schedule = annealing.log_weights(data, u, betas, rng, progress)
        lower.append(_over_chains(log_w)[0])
        u = ops.repeat(exact, chains, axis=1)
        log_w, _ = annealing.log_weights(data, u, betas[::-1], rng, progress, schedule[::-1])
        upper.append(-_over_chains(log_w)[0])
    return np.concatenate(observed), np.concatenate(lower), np.concatenate(upper)


def _generators(model, seed):
    """The seeds of the transitions, and those of all else."""
    rng = np.random.default_rng(whole_number("seed", seed, least=0))
    return rng, model.seeded(int(rng.integers(2**31)))


def _groups(examples: int, chains: int, batch_size: int) -> list[slice]:
    """Examples whose chains run together."""
    size = max(1, batch_size // (chains + PILOTS))
    return [slice(i, min(i + size, examples)) for i in range(0, examples, size)]


def _over_chains(log_w):
    mean = RunningLogMeanExp()
    mean.update(log_w)
    return mean.result()
