"""The same models as a user of Keras on TensorFlow writes them, after the examples of keras.io.

Each is a `keras.Model` with a `train_step` around `tf.GradientTape`. It trains by `fit()`, or by a
bare loop over a `tf.function` of the same step without metrics and callbacks.
"""

import math
import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers


class HandWritten(keras.Model):
    """What the models share: `step(images)` makes a step's updates and returns its losses."""

    loss_names: tuple[str, ...] = ("loss",)

    def __init__(self):
        super().__init__()
        self.means = {name: keras.metrics.Mean(name=name) for name in self.loss_names}

    @property
    def metrics(self):
        return list(self.means.values())

    def train_step(self, images):
        for name, value in self.step(images).items():
            self.means[name].update_state(value)
        return {name: mean.result() for name, mean in self.means.items()}


def signed(images):
    """0..255 -> [-1, 1]."""
    return tf.cast(images, tf.float32) / 127.5 - 1.0


def binarized(images):
    """1 with probability pixel / 255."""
    pixels = tf.cast(images, tf.float32) / 255.0
    return tf.cast(tf.random.uniform(tf.shape(pixels)) < pixels, tf.float32)


# ---------------------------------------------------------------------------- adversarial


def make_generator(image_shape, latent_dim, width):
    height, base_width, stages = smallest_map(image_shape)
    init = keras.initializers.RandomNormal(stddev=0.02)
    channels = width * 2 ** (stages - 1)
    model = keras.Sequential(name="generator")
    model.add(keras.Input((latent_dim,)))
    model.add(layers.Dense(height * base_width * channels, use_bias=False, kernel_initializer=init))
    model.add(layers.Reshape((height, base_width, channels)))
    model.add(layers.BatchNormalization(momentum=0.9))
    model.add(layers.ReLU())
    for i in reversed(range(stages - 1)):
        model.add(
            layers.Conv2DTranspose(
                width * 2**i, 5, 2, "same", use_bias=False, kernel_initializer=init
            )
        )
        model.add(layers.BatchNormalization(momentum=0.9))
        model.add(layers.ReLU())
    model.add(
        layers.Conv2DTranspose(
            image_shape[-1], 5, 2, "same", activation="tanh", kernel_initializer=init
        )
    )
    return model


def make_judge(image_shape, width, batch_norm):
    init = keras.initializers.RandomNormal(stddev=0.02)
    model = keras.Sequential(name="judge")
    model.add(keras.Input(image_shape))
    for i in range(smallest_map(image_shape)[2]):
        normalized = batch_norm and i > 0
        model.add(
            layers.Conv2D(
                width * 2**i, 5, 2, "same", use_bias=not normalized, kernel_initializer=init
            )
        )
        if normalized:
            model.add(layers.BatchNormalization(momentum=0.9))
        model.add(layers.LeakyReLU(0.2))
    model.add(layers.Flatten())
    model.add(layers.Dense(1, kernel_initializer=init))
    return model


def smallest_map(image_shape) -> tuple[int, int, int]:
    """Height and width after halving while they are even and at least 8, and how often."""
    height, width, _ = image_shape
    stages = 0
    while height % 2 == width % 2 == 0 and min(height, width) >= 8:
        height, width, stages = height // 2, width // 2, stages + 1
    return height, width, stages


class DCGAN(HandWritten):
    loss_names = ("loss", "generator_loss")

    def __init__(self, image_shape, latent_dim, width):
        super().__init__()
        self.latent_dim = latent_dim
        self.generator = make_generator(image_shape, latent_dim, width)
        self.discriminator = make_judge(image_shape, width, batch_norm=True)

    def compile(self, jit_compile="auto"):
        super().compile(jit_compile=jit_compile)
        self.discriminator_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.generator_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)

    def step(self, images):
        real = signed(images)
        n = tf.shape(real)[0]
        z = tf.random.uniform((n, self.latent_dim), -1.0, 1.0)
        fake = self.generator(z, training=True)
        with tf.GradientTape() as tape:
            real_logits = self.discriminator(real, training=True)
            fake_logits = self.discriminator(fake, training=True)
            discriminator_loss = self.cross_entropy(
                tf.ones_like(real_logits), real_logits
            ) + self.cross_entropy(tf.zeros_like(fake_logits), fake_logits)
        weights = self.discriminator.trainable_weights
        grads = tape.gradient(discriminator_loss, weights)
        self.discriminator_optimizer.apply_gradients(zip(grads, weights, strict=True))

        z = tf.random.uniform((n, self.latent_dim), -1.0, 1.0)
        with tf.GradientTape() as tape:
            logits = self.discriminator(self.generator(z, training=True), training=True)
            generator_loss = self.cross_entropy(tf.ones_like(logits), logits)
        weights = self.generator.trainable_weights
        grads = tape.gradient(generator_loss, weights)
        self.generator_optimizer.apply_gradients(zip(grads, weights, strict=True))
        return {"loss": discriminator_loss, "generator_loss": generator_loss}


class WGANGP(HandWritten):
    loss_names = ("loss", "generator_loss")

    def __init__(self, image_shape, latent_dim, width, critic_steps):
        super().__init__()
        self.latent_dim, self.critic_steps = latent_dim, critic_steps
        self.generator = make_generator(image_shape, latent_dim, width)
        self.critic = make_judge(image_shape, width, batch_norm=False)

    def compile(self, jit_compile="auto"):
        super().compile(jit_compile=jit_compile)
        self.critic_optimizer = keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9)
        self.generator_optimizer = keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9)

    def gradient_penalty(self, real, fake):
        mix = tf.random.uniform((tf.shape(real)[0], 1, 1, 1))
        between = mix * real + (1.0 - mix) * fake
        with tf.GradientTape() as tape:
            tape.watch(between)
            logits = self.critic(between, training=True)
        slope = tape.gradient(logits, between)
        norm = tf.sqrt(tf.reduce_sum(tf.square(slope), axis=[1, 2, 3]) + 1e-12)
        return tf.reduce_mean(tf.square(norm - 1.0))

    def step(self, images):
        n = tf.shape(images)[0] // self.critic_steps
        for i in range(self.critic_steps):
            real = signed(images[i * n : (i + 1) * n])
            fake = self.generator(tf.random.normal((n, self.latent_dim)), training=True)
            with tf.GradientTape() as tape:
                critic_loss = tf.reduce_mean(self.critic(fake, training=True))
                critic_loss -= tf.reduce_mean(self.critic(real, training=True))
                critic_loss += 10.0 * self.gradient_penalty(real, fake)
            weights = self.critic.trainable_weights
            grads = tape.gradient(critic_loss, weights)
            self.critic_optimizer.apply_gradients(zip(grads, weights, strict=True))

        with tf.GradientTape() as tape:
            fake = self.generator(tf.random.normal((n, self.latent_dim)), training=True)
            generator_loss = -tf.reduce_mean(self.critic(fake, training=True))
        weights = self.generator.trainable_weights
        grads = tape.gradient(generator_loss, weights)
        self.generator_optimizer.apply_gradients(zip(grads, weights, strict=True))
        return {"loss": critic_loss, "generator_loss": generator_loss}


# ---------------------------------------------------------------------------- likelihood


class VAE(HandWritten):
    loss_names = ("loss", "reconstruction", "kl")

    def __init__(self, image_shape, latent_dim, hidden_units, activation):
        super().__init__()
        dense = [layers.Dense(units, activation=activation) for units in hidden_units]
        self.encoder = keras.Sequential(
            [keras.Input(image_shape), layers.Flatten(), *dense, layers.Dense(2 * latent_dim)]
        )
        dense = [layers.Dense(units, activation=activation) for units in hidden_units[::-1]]
        self.decoder = keras.Sequential(
            [
                keras.Input((latent_dim,)),
                *dense,
                layers.Dense(math.prod(image_shape)),
                layers.Reshape(image_shape),
            ]
        )

    def compile(self, jit_compile="auto"):
        super().compile(optimizer=keras.optimizers.Adam(1e-3), jit_compile=jit_compile)

    def step(self, images):
        x = binarized(images)
        with tf.GradientTape() as tape:
            mean, log_var = tf.split(self.encoder(x), 2, axis=-1)
            z = mean + tf.exp(0.5 * log_var) * tf.random.normal(tf.shape(mean))
            cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits(x, self.decoder(z))
            reconstruction = tf.reduce_mean(tf.reduce_sum(cross_entropy, axis=[1, 2, 3]))
            kl = 0.5 * tf.reduce_sum(tf.square(mean) + tf.exp(log_var) - 1.0 - log_var, axis=1)
            kl = tf.reduce_mean(kl)
            loss = reconstruction + kl
        grads = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.trainable_weights, strict=True))
        return {"loss": loss, "reconstruction": reconstruction, "kl": kl}


class NICE(HandWritten):
    def __init__(self, image_shape, num_couplings, hidden_units, hidden_layers):
        super().__init__()
        self.size = math.prod(image_shape)
        even, odd = (self.size + 1) // 2, self.size // 2
        self.couplings = []
        for i in range(num_couplings):
            inputs, outputs = (even, odd) if i % 2 == 0 else (odd, even)
            hidden = [layers.Dense(hidden_units, activation="relu") for _ in range(hidden_layers)]
            self.couplings.append(
                keras.Sequential([keras.Input((inputs,)), *hidden, layers.Dense(outputs)])
            )
        self.log_scale = self.add_weight(shape=(self.size,), initializer="zeros")

    def compile(self, jit_compile="auto"):
        optimizer = keras.optimizers.Adam(1e-3, beta_1=0.9, beta_2=0.99, epsilon=1e-4)
        super().compile(optimizer=optimizer, jit_compile=jit_compile)

    def step(self, images):
        pixels = tf.cast(images, tf.float32)
        x = tf.reshape((pixels + tf.random.uniform(tf.shape(pixels))) / 256.0, (-1, self.size))
        with tf.GradientTape() as tape:
            a, b = x[:, 0::2], x[:, 1::2]
            for coupling in self.couplings:
                a, b = b + coupling(a), a
            z = tf.concat([a, b], axis=1) * tf.exp(self.log_scale)
            log_prior = -tf.reduce_sum(tf.nn.softplus(z) + tf.nn.softplus(-z), axis=1)
            log_det = tf.reduce_sum(self.log_scale)
            loss = self.size * math.log(256.0) - tf.reduce_mean(log_prior) - log_det
        grads = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.trainable_weights, strict=True))
        return {"loss": loss}


class MaskedConv2D(layers.Conv2D):
    """Of an image with one channel: "A" does not see the pixel itself, "B" does."""

    def __init__(self, filters, size, mask_type, **kwargs):
        super().__init__(filters, size, padding="same", **kwargs)
        self.mask_type = mask_type

    def build(self, input_shape):
        super().build(input_shape)
        rows, columns, *_ = self.kernel.shape
        self.mask = np.zeros(self.kernel.shape, "float32")
        self.mask[: rows // 2] = 1.0
        self.mask[rows // 2, : columns // 2 + (self.mask_type == "B")] = 1.0

    def convolution_op(self, inputs, kernel):
        return super().convolution_op(inputs, kernel * self.mask)


class PixelCNN(HandWritten):
    def __init__(self, image_shape, levels, num_blocks, width):
        super().__init__()
        x = keras.Input(image_shape)
        h = MaskedConv2D(2 * width, 7, "A")(x)
        for _ in range(num_blocks):
            r = MaskedConv2D(width, 1, "B")(layers.ReLU()(h))
            r = MaskedConv2D(width, 3, "B")(layers.ReLU()(r))
            r = MaskedConv2D(2 * width, 1, "B")(layers.ReLU()(r))
            h = layers.Add()([h, r])
        for _ in range(2):
            h = MaskedConv2D(2 * width, 1, "B")(layers.ReLU()(h))
        self.network = keras.Model(x, MaskedConv2D(levels, 1, "B")(layers.ReLU()(h)))

    def compile(self, jit_compile="auto"):
        super().compile(optimizer=keras.optimizers.RMSprop(1e-3), jit_compile=jit_compile)

    def step(self, images):
        x = binarized(images)
        with tf.GradientTape() as tape:
            nll = tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=tf.cast(x[..., 0], tf.int32), logits=self.network(2.0 * x - 1.0)
            )
            loss = tf.reduce_mean(tf.reduce_sum(nll, axis=[1, 2]))
        grads = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.trainable_weights, strict=True))
        return {"loss": loss}


# ---------------------------------------------------------------------------- training

MODELS = {"dcgan": DCGAN, "wgan_gp": WGANGP, "vae": VAE, "nice": NICE, "pixel_cnn": PixelCNN}


class EpochTimer(keras.callbacks.Callback):
    """Seconds of an epoch; it has no hook on batches, so `fit` runs as it does without."""

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds = time.perf_counter() - self.start


class HandWrittenKeras:
    """`fit`, or a bare `loop` over the compiled step; with XLA or as Keras compiles by default."""

    loops = ("fit", "loop")

    def __init__(self, case, xla):
        self.model = MODELS[case.model](image_shape=case.image_shape, **case.arguments)
        self.model.compile(jit_compile=True if xla else "auto")
        self.step = tf.function(self.model.step, jit_compile=xla)
        self.batch = case.batch
        self.parameters = sum(math.prod(v.shape) for v in self.model.trainable_variables)

    def run(self, loop, images):
        return self.fit(images) if loop == "fit" else self.loop(images)

    def fit(self, images):
        timer = EpochTimer()
        logs = self.model.fit(
            images, batch_size=self.batch, epochs=1, verbose=0, callbacks=[timer]
        ).history
        return timer.seconds, float(logs["loss"][0])

    def loop(self, images):
        losses = []
        start = time.perf_counter()
        order = np.random.permutation(len(images))
        for i in range(0, len(images), self.batch):
            batch = tf.convert_to_tensor(images[order[i : i + self.batch]])
            losses.append(self.step(batch)["loss"])
        loss = float(tf.reduce_mean(losses))
        return time.perf_counter() - start, loss


def build(case, xla: bool = False) -> HandWrittenKeras:
    return HandWrittenKeras(case, xla)
