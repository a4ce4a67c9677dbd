"""How two networks play against each other: losses, and what steers training beside them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import ops
from keras.random import SeedGenerator

from keras_genzoo import backends
from keras_genzoo.engine import GenerativeModel
from keras_genzoo.engine.labels import beside
from keras_genzoo.layers import DiffAugment
from keras_genzoo.losses import AdversarialLoss
from keras_genzoo.models.gan.controls import Balance, Penalties, Targets
from keras_genzoo.support.types import Tensor


class Game(GenerativeModel):
    """The part of `Adversarial` that `compile` sets up, and that losses are written with.

    A model's losses show its judge what `augmented` made of examples, and give what it says to
    `judge_loss` and `fool_loss`, with `judge_penalty` and `generator_penalty` beside them: so all
    that `compile` takes goes for it, too.
    """

    # Those that `compile` takes by name, `losses.named(...)`; the first is the paper's.
    named_losses: Mapping[str, AdversarialLoss] = {}
    # The paper's own, which `compile` takes where it is given none.
    default_penalties: Mapping[str, float] = {}
    judge_role = ""  # the attribute that the judge is, as `adopt_judge` names it
    # What `compile` sets.
    adversarial_loss: AdversarialLoss
    _targets: Targets | None = None
    _balance: Balance | None = None
    _augment: DiffAugment | None = None
    _penalties = Penalties({})
    _heeded: tuple[str, ...] = ()  # what `compile` was given, as far as a loss was seen to use it
    _in_parts = 1  # of one update's examples, each of which `judge_loss` is given by itself

    def report(self, **values) -> dict[str, Tensor]:
        if "generator_loss" in values:
            values = {"loss": values["generator_loss"], **values}
        return super().report(**values)

    def compile(
        self,
        optimizer=None,
        loss=None,
        *,
        real_targets: float | Sequence[float] | None = None,
        fake_targets: float | Sequence[float] | None = None,
        flip_targets: float | None = None,
        update_balance: Sequence[float] | None = None,
        penalties: Mapping[str, float] | None = None,
        discriminator_augment: str | None = None,
        **settings,
    ):
        """Prepares the model for training; none of what steers the game is on by default.

        Args:
            optimizer: None for the paper's, one Keras optimizer, or a dict by network: see
                `GenerativeModel.compile`.
            loss: None for the paper's; the name of one that the class knows; one of
                `losses.ADVERSARIAL`; or a pair of serializable functions to a loss per example, of
                the real and fake logits for the judge, and of the fake logits, or of both, for the
                generator.
            real_targets: Soft labels, where the judge's loss has targets: what it learns to say of
                real examples in place of 1. A number in 0..1; or two, between which one is drawn
                for each example, (0.7, 0.9) for instance.
            fake_targets: Of fakes, in place of 0: (0.0, 0.3), say.
            flip_targets: Noisy labels: the share of examples that get a target of the other kind.
            update_balance: Two shares (low, high), such as (0.6, 0.9), for more updates of the
                weaker network. A running mean tells of how many pairs of a real example and a fake
                the judge gives the real one the larger logit. Above `high` the judge's updates are
                left out, below `low` the generator's; losses are logged all the same, and what a
                forward pass moves, batch norm's statistics, goes on to move. On one device.
            penalties: Weights by name of what is added to the losses. To the judge's, of its slopes
                ||grad D|| at single examples: "r1" and "r2" (half the square, on real examples and
                on fakes: Mescheder et al., 2018), "wgan_gp" ((||grad D|| - 1)^2 between the two:
                Gulrajani et al., 2017) and "dragan" (the same around real examples: Kodali et
                al., 2017). These mean nothing for a judge with batch norm, of which no example has
                a slope of its own. To the generator's: "orthogonal" (||W^T W * (1 - I)||^2 of its
                kernels: Brock et al., 2018). None for the paper's, {} for none.
            discriminator_augment: Images: some of "color" (three channels), "translation" and
                "cutout", separated by commas. All that the judge sees in training, real or fake,
                goes through `layers.DiffAugment`, so that it does not learn few data by heart.
            **settings: `jit_compile` and others of `GenerativeModel.compile`.

        Raises:
            ValueError: A loss or a penalty that the model does not know; targets for a loss that
                has none; penalties of slopes for a judge with batch norm; numbers out of range; an
                augmentation that is unknown, or that the examples are
                not made for; `update_balance` on several replicas.
        """
        given = {
            "real_targets": real_targets,
            "fake_targets": fake_targets,
            "flip_targets": flip_targets,
            "update_balance": update_balance,
            "penalties": penalties,
            "discriminator_augment": discriminator_augment,
        }
        targets = [name for name in given if name.endswith("targets") and given[name] is not None]
        if targets and not self._loss_of(loss).has_targets:
            having = [name for name in self.named_losses if self._loss_of(name).has_targets]
            raise ValueError(
                f"Expected a loss whose judge has targets, for {targets[0]}; got {loss!r}, which "
                f"has none. Leave it out, or take one of {having}."
            )
        self._targets = Targets.of(real_targets, fake_targets, flip_targets) if targets else None
        self._penalties = Penalties(self.default_penalties if penalties is None else penalties)
        self.uses_input_gradient = type(self).uses_input_gradient
        if self._penalties.of_judge:
            self._check_slopes()
            self.uses_input_gradient = True
        self._augment = None
        if discriminator_augment is not None:
            self._augment = DiffAugment(discriminator_augment, self.spec.shape)
        self._balance = None if update_balance is None else Balance.of(update_balance)
        if self._balance is not None and (replicas := backends.replicas()) > 1:
            raise ValueError(
                f"Expected one replica for update_balance; got {replicas}, whose variables "
                "TensorFlow cannot update in a step that leaves updates out. Train on one device, "
                "or leave it out."
            )
        super().compile(optimizer, loss, **settings)
        if self._balance is not None:
            self._share(self._balance)  # made now, to be loaded with the optimizers' state
        self.remember_compiled(**given)

    def remember_compiled(self, **given) -> None:
        """Adds what a `compile` of one's own was given to its settings; None is what is not."""
        lists = {k: list(v) if isinstance(v, tuple) else v for k, v in given.items()}
        kept = {name: value for name, value in lists.items() if value is not None}
        self._compile_arguments = {**self._compile_arguments, **kept}

    def set_loss(self, loss: Any) -> None:
        self.adversarial_loss = self._loss_of(loss)
        if loss is None:
            loss = next(iter(self.named_losses))
        is_pair = isinstance(loss, AdversarialLoss)
        self.loss_given = [loss.discriminator, loss.generator] if is_pair else loss

    def _loss_of(self, loss: Any) -> AdversarialLoss:
        """The loss that `compile` was given: None for the paper's, a name, or two functions."""
        if loss is None:
            if not self.named_losses:
                raise ValueError(
                    f"Expected named_losses of {type(self).__name__}; it has none. Define them, or "
                    "pass compile(loss=...) a pair of functions."
                )
            loss = next(iter(self.named_losses))
        if isinstance(loss, str) and loss not in self.named_losses:
            raise ValueError(
                f"{type(self).__name__} knows the losses {list(self.named_losses)}; got {loss!r}."
            )
        pair = self.named_losses[loss] if isinstance(loss, str) else loss
        if isinstance(pair, AdversarialLoss):
            return pair
        if not (isinstance(pair, tuple | list) and len(pair) == 2 and all(map(callable, pair))):
            raise ValueError(
                f"Expected loss, one of {list(self.named_losses)} or a pair of functions (of "
                f"the real and fake logits, of the fake logits or of both); got {loss!r}."
            )
        return AdversarialLoss(*pair)

    def get_loss(self) -> str | list | None:
        if isinstance(self.loss_given, str):
            return self.loss_given
        return [keras.saving.serialize_keras_object(function) for function in self.loss_given]

    def _share(self, balance: Balance) -> keras.Variable:
        """The running share of pairs that the judge tells right. It begins where both learn."""
        return self.optimizer.keep("share", (balance.low + balance.high) / 2)

    def minimize(self, network: str, loss_fn: Callable[..., Any], *examples: Any, **how) -> Any:
        """`GenerativeModel.minimize`; where `update_balance` has the network wait, its loss alone,
        of all examples at once.

        Raises:
            ValueError: A loss that takes no notice of what `compile` was given.
        """
        update, balance = super().minimize, self._balance
        self._heeded = ()
        if balance is None:
            values = update(network, loss_fn, *examples, **how)
            self._check_heeded(network)
            return values

        def wait():
            self._in_parts = 1
            return keras.tree.map_structure(ops.stop_gradient, loss_fn(*examples))

        def learn():
            self._in_parts = self.accumulation
            return update(network, loss_fn, *examples, **how)

        waits = balance.waits(self._share(balance), judge=network == self.judge_role)
        values = self.when(waits, wait, learn)
        self._check_heeded(network)
        return values

    def _check_heeded(self, network: str) -> None:
        """Raises ValueError where the last loss left out what `compile` was given."""
        role, penalties = self.judge_role, self._penalties
        wanted = {}
        if network in (role, "generator") and self._augment is not None:
            wanted["discriminator_augment"] = (
                f"augment what its {role} sees",
                f"self.judged(x, seed=seed) in place of self.{role}(x)",
            )
        if network == role and penalties.of_judge:
            call = "self.judge_penalty(judge, x, fake, seed)"
            wanted["penalties"] = (f"add those of its {role}", call)
        if network == "generator" and penalties.of_generator:
            wanted["penalties"] = ("add that of its generator", "self.generator_penalty()")
        for name, (what, instead) in wanted.items():
            if name not in self._heeded:
                raise ValueError(
                    f"Expected the {network}'s loss of {type(self).__name__} to {what}, for "
                    f"{name}; it does not. Write {instead}, or leave {name} out."
                )

    def _check_slopes(self) -> None:
        """Raises ValueError for a judge with batch norm, whose examples have no slopes."""
        judge = getattr(self, self.judge_role)
        for layer in judge._flatten_layers():
            if isinstance(layer, keras.layers.BatchNormalization):
                raise ValueError(
                    f"Expected a {self.judge_role} without batch norm for penalties of its slopes, "
                    f"which are those of each example by itself; got {layer.name!r}. Build "
                    f"{type(self).__name__} with batch_norm=False, where it takes that, or with a "
                    f"{self.judge_role} of your own."
                )

    def judge_loss(self, real_logits: Tensor, fake_logits: Tensor, training: bool = True) -> Tensor:
        """The judge's loss on as many real logits as fake ones, (batch,); the targets that
        `compile` was given are those of training.
        """
        if not training:
            return self.adversarial_loss.discriminator(real_logits, fake_logits)
        if self._balance is not None:
            share = self._share(self._balance)
            share.assign(self._balance.updated(share, real_logits, fake_logits, self._in_parts))
        targets = ()
        if self._targets is not None:
            real, fake = (ops.shape(logits)[0] for logits in (real_logits, fake_logits))
            targets = self._targets.draw(real, fake, self.noise)
        return self.adversarial_loss.discriminator(real_logits, fake_logits, *targets)

    def fool_loss(
        self, fake_logits: Tensor, real_logits: Callable[[], Tensor] | None = None
    ) -> Tensor:
        """The generator's loss (batch,) on logits of fakes.

        Args:
            fake_logits: What the judge says of fakes.
            real_logits: Gives what it says of as many real examples; called by losses that compare
                the two, relativistic ones.
        """
        if not self.adversarial_loss.compares:
            return self.adversarial_loss.generator(fake_logits)
        if real_logits is None:
            raise ValueError(
                f"Expected real logits for the loss {self.loss_given!r}; {type(self).__name__} "
                "gives its generator's loss none. Write self.fool_loss(fake_logits, lambda: "
                "self.judged(x, seed=seed)), or take another loss."
            )
        return self.adversarial_loss.generator(real_logits(), fake_logits)

    def augmented(self, x: Tensor, seed: SeedGenerator, training: bool = True) -> Tensor:
        """Real examples or fakes as the judge sees them: in training, where `compile` was given
        `discriminator_augment`, changed at random.
        """
        if self._augment is None or not training:
            return x
        self._heeded += ("discriminator_augment",)
        return self._augment(x, seed)

    def judge_penalty(
        self,
        judge: Callable[[Tensor], Tensor],
        real: Tensor,
        fake: Tensor,
        seed: SeedGenerator,
    ) -> Tensor | float:
        """The penalties of slopes that `compile` was given, (batch,); 0 without any.

        Args:
            judge: Its logits of examples as it sees them, augmented.
            real: Such examples.
            fake: As many fakes.
            seed: Of the points at which slopes are taken.
        """
        if not self._penalties.of_judge:
            return 0.0
        self._heeded += ("penalties",)
        return self._penalties.on_judge(judge, real, ops.stop_gradient(fake), seed)

    def generator_penalty(self) -> Tensor | float:
        """The penalty on the generator's matrices that `compile` was given, a scalar; 0 without."""
        if not self._penalties.of_generator:
            return 0.0
        self._heeded += ("penalties",)
        return self._penalties.on_generator(self.networks()["generator"])

    def judge(self, x: Tensor, labels: Tensor | None = None, training: bool = True) -> Tensor:
        """The judge's logits of real examples or fakes as it sees them."""
        return getattr(self, self.judge_role)(beside(x, labels), training=training)

    def judged(
        self,
        x: Tensor,
        labels: Tensor | None = None,
        *,
        seed: SeedGenerator,
        training: bool = True,
    ) -> Tensor:
        """The judge's logits of real examples or fakes, which are augmented first."""
        return self.judge(self.augmented(x, seed, training), labels, training)
