"""What may steer a game of two networks: targets, penalties, and who learns how often."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from keras import ops
from keras.random import SeedGenerator

from keras_genzoo import backends
from keras_genzoo.losses import penalties
from keras_genzoo.support.checks import number_between
from keras_genzoo.support.names import known
from keras_genzoo.support.types import Tensor


@dataclass(frozen=True)
class Targets:
    """What the judge's logits are pulled to: soft and noisy labels of real and fake examples.

    A discriminator that is not asked to be certain of what it sees goes on giving gradients:
    Salimans et al. (2016), arXiv:1606.03498.

    Args:
        real: The target of real examples, in 0..1; or a range, in which one is drawn for each.
        fake: That of fakes.
        flip: The share of examples, real and fake alike, that get a target of the others.

    Raises:
        ValueError: Numbers out of range, or a range whose ends are not two numbers in order.
    """

    real: tuple[float, float]
    fake: tuple[float, float]
    flip: float

    @classmethod
    def of(
        cls,
        real: float | Sequence[float] | None,
        fake: float | Sequence[float] | None,
        flip: float | None,
    ) -> "Targets":
        """Of what `compile` was given; None is 1 for real examples, 0 for fakes, and no flips."""
        if flip is not None and not (_is_number(flip) and 0 <= flip < 0.5):
            raise ValueError(f"Expected flip_targets, a share of examples in 0..0.5; got {flip!r}.")
        return cls(
            _range("real_targets", real, 1.0), _range("fake_targets", fake, 0.0), flip or 0.0
        )

    def draw(self, n_real: int | Tensor, n_fake: int | Tensor, seed: SeedGenerator) -> tuple:
        """Targets of real examples and of fakes: numbers, or (n,) where they are drawn."""
        return (
            self._draw(n_real, self.real, self.fake, seed),
            self._draw(n_fake, self.fake, self.real, seed),
        )

    def _draw(self, n, own, other, seed):
        if own[0] == own[1] and not self.flip:
            return own[0]
        u = backends.uniform((n, 2), seed)
        low, high = (
            own_end + ops.cast(u[:, 0] < self.flip, "float32") * (other_end - own_end)
            for own_end, other_end in zip(own, other, strict=True)
        )
        return low + (high - low) * u[:, 1]


@dataclass(frozen=True)
class Balance:
    """Who learns in a step: both networks, or the weaker one alone.

    The judge's share is that of pairs of a real example and a fake of which it gives the real one
    the larger logit: 1/2 for one that cannot tell them, 1 for one that always can. Unlike a count
    of the signs, it means the same for any loss. A running mean of it, which weighs the last
    update by 1 - `MOMENTUM`, decides before each update.

    Args:
        low: Below this running share the generator waits.
        high: Above it the judge does.

    Raises:
        ValueError: Shares that are not in 0..1 and in order.
    """

    low: float
    high: float

    MOMENTUM = 0.9

    @classmethod
    def of(cls, given: Sequence[float]) -> "Balance":
        """Of what `compile` was given."""
        pair = isinstance(given, list | tuple) and len(given) == 2 and all(map(_is_number, given))
        if not pair or not 0 <= given[0] < given[1] <= 1:
            raise ValueError(
                "Expected update_balance, two shares (low, high) in 0..1 of pairs that the judge "
                f"tells right, such as (0.6, 0.9); got {given!r}."
            )
        return cls(*map(float, given))

    def updated(
        self, share: Tensor, real_logits: Tensor, fake_logits: Tensor, parts: int = 1
    ) -> Tensor:
        """The running share after a batch of as many real logits as fakes, or after one of the
        parts that it is given in.
        """
        real, fake = (ops.cast(logits, "float32") for logits in (real_logits, fake_logits))
        # A tie is half right.
        right = ops.mean(ops.cast(real > fake, "float32") + ops.cast(real >= fake, "float32")) / 2
        momentum = self.MOMENTUM ** (1.0 / parts)
        return momentum * share + (1.0 - momentum) * right

    def waits(self, share: Tensor, judge: bool) -> Tensor:
        """Whether the judge, or else the generator, is left as it is; a boolean scalar."""
        return share > self.high if judge else share < self.low


@dataclass(frozen=True)
class Penalties:
    """What is added to the losses, by name, each with its weight.

    Args:
        weights: Of some of `losses.penalties.OF_JUDGES`, and of "orthogonal", which is the
            generator's.

    Raises:
        ValueError: An unknown name; a weight that is not positive.
    """

    weights: Mapping[str, float]

    KNOWN = (*penalties.OF_JUDGES, "orthogonal")

    def __post_init__(self):
        if not isinstance(self.weights, Mapping):
            raise ValueError(
                f"Expected penalties, a dict of weights by name, such as {{'r1': 1.0}}; got "
                f"{self.weights!r}. There are {list(self.KNOWN)}."
            )
        for name, weight in self.weights.items():
            known("a penalty", name, self.KNOWN)
            number_between(f"the weight of the penalty {name!r}", weight, 0, float("inf"))

    @property
    def of_judge(self) -> bool:
        """Whether there are some that take slopes of the judge."""
        return bool(self.weights.keys() & penalties.OF_JUDGES)

    @property
    def of_generator(self) -> bool:
        """Whether there is that on the generator's matrices."""
        return "orthogonal" in self.weights

    def on_judge(
        self,
        judge: Callable[[Tensor], Tensor],
        real: Tensor,
        fake: Tensor,
        seed: SeedGenerator,
    ) -> Tensor:
        """The sum of those of a judge, weighted, (batch,)."""
        total = ops.zeros((ops.shape(real)[0],))
        for name, penalty in penalties.OF_JUDGES.items():
            if name in self.weights:
                total = total + self.weights[name] * penalty(judge, real, fake, seed)
        return total

    def on_generator(self, variables: Sequence) -> Tensor:
        """That on the generator's matrices but embeddings, weighted, a scalar."""
        kernels = [v for v in variables if len(v.shape) > 1 and v.name != "embeddings"]
        return self.weights["orthogonal"] * penalties.orthogonal(kernels)


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _range(name: str, given, default: float) -> tuple[float, float]:
    """The ends of a range in 0..1, equal ones for a number."""
    if given is None:
        given = default
    ends = tuple(given) if isinstance(given, list | tuple) else (given, given)
    if not (len(ends) == 2 and all(map(_is_number, ends)) and 0 <= ends[0] <= ends[1] <= 1):
        raise ValueError(
            f"Expected {name}, a number in 0..1 or a range (low, high) of such; got {given!r}."
        )
    return float(ends[0]), float(ends[1])
