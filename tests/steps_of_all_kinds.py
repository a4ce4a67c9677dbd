"""A model whose steps do all that the engine offers, for the tests of it."""

import keras
from keras import layers, ops
from zoo_cases import Case

from keras_genzoo.engine import DataSpec
from keras_genzoo.losses import named
from keras_genzoo.models.catalogue import Small
from keras_genzoo.models.gan.adversarial import Adversarial


@keras.saving.register_keras_serializable("steps_of_all_kinds")
class AllKinds(Adversarial):
    """A GAN of vectors: its generator is averaged, its discriminator moves at every second step,
    in the others a part of it does; a mean of the logits and the steps are state of its own.
    """

    ema_decay = 0.9
    ema_statistics = "standing"
    named_losses = named("non_saturating")

    def __init__(self, num_features=3, **kwargs):
        super().__init__(DataSpec((num_features,)), 2, **kwargs)
        with self.own_precision():
            hidden = [layers.Dense(5), layers.BatchNormalization(), layers.Dropout(0.2)]
            self.generator = self.adopt_generator(
                keras.Sequential([keras.Input((2,)), *hidden, layers.Dense(num_features)])
            )
            self.discriminator = self.adopt_judge(
                keras.Sequential(
                    [
                        keras.Input((num_features,)),
                        layers.Dense(6, "tanh"),
                        layers.Dropout(0.2),
                        layers.Dense(1),
                    ]
                ),
                "discriminator",
            )
        self.steps = self.state("steps", dtype="int32")
        self.mean_logit = self.state("mean_logit")
        self.track("discriminator_loss", "mean_logit")

    def compile(self, *args, accumulation=2, **kwargs):
        super().compile(*args, accumulation=accumulation, **kwargs)

    def default_optimizers(self):
        return {name: keras.optimizers.Adam(1e-2) for name in self.networks()}

    def train_step(self, data):
        (x,) = self.real(data)
        self.steps.assign(self.steps + 1)

        def moved(variables=None):
            logs = self.minimize("discriminator", self.told_apart, x, variables=variables)
            self.mean_logit.assign(0.9 * self.mean_logit + 0.1 * ops.mean(logs["logit"]))
            return logs["loss"]

        last = self.discriminator.layers[-1].trainable_variables
        loss = self.when(self.steps % 2 == 0, moved, lambda: moved(last))
        fooled = self.minimize("generator", lambda x: self.taken_for_real(ops.shape(x)[0]), x)
        self.update_average()
        return self.report(
            discriminator_loss=loss, generator_loss=fooled, mean_logit=self.mean_logit.value
        )

    def test_step(self, data):
        (x,), seed = self.real(data), self.test_noise()
        judged = self.told_apart(x, seed, training=False)
        return self.report(
            discriminator_loss=judged["loss"],
            generator_loss=self.taken_for_real(ops.shape(x)[0], seed, training=False),
            mean_logit=judged["logit"],
        )

    def told_apart(self, x, seed=None, training=True):
        fake = self.generator(self.draw_z(ops.shape(x)[0], seed or self.noise), training=training)
        real = ops.cast(self.discriminator(x, training=training), "float32")
        loss = self.judge_loss(real, self.discriminator(fake, training=training))
        return {"loss": loss, "logit": real[:, 0]}

    def taken_for_real(self, n, seed=None, training=True):
        fake = self.generator(self.draw_z(n, seed or self.noise), training=training)
        return self.fool_loss(self.discriminator(fake, training=training))


CASE = Case(AllKinds, Small({"num_features": 3}))
