"""WGAN: clipped weights, the estimate of a distance, and several critic updates."""

import keras
import numpy as np
import pytest
from contract import JIT_COMPILE, values
from keras import ops
from zoo_cases import ALL, CASES, VECTORS

import keras_genzoo as zoo


@pytest.mark.parametrize("name", ["wgan", "wgan_vectors"])
def test_weights_are_inside_the_clip_after_every_update(name):
    case = ALL[name]
    model = case.build()
    model.compile(keras.optimizers.RMSprop(0.1), jit_compile=JIT_COMPILE)
    for v in model.trainable_variables:
        v.assign(1.0 + v)
    for _ in range(2):
        model.train_on_batch(*case.data(0, 20))
        clipped = values(model.critic.trainable_variables)
        assert max(np.abs(v).max() for v in clipped) == np.float32(model.clip)
    assert max(np.abs(v).max() for v in values(model.generator.trainable_variables)) > model.clip


def test_the_estimate_is_what_the_critic_tells_real_from_fake_by():
    model = ALL["wgan_vectors"].build()
    model.compile(jit_compile=JIT_COMPILE)
    x = ops.convert_to_tensor(VECTORS[:20])
    logs = model.critic_loss(x, seed=model.seeded(3), training=False)
    fake = model.fakes(20, seed=model.seeded(3), training=False)
    real, fake = (ops.convert_to_numpy(model.critic(y))[:, 0] for y in (x, fake))
    np.testing.assert_allclose(
        ops.convert_to_numpy(logs["wasserstein_estimate"]), real - fake, rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(ops.convert_to_numpy(logs["loss"]), fake - real, rtol=1e-4)


def test_the_papers_settings():
    model = CASES["wgan"].cls(num_features=2, width=4)
    assert (model.critic_steps, model.clip, model.smallest_batch) == (5, 0.01, 5)
    for optimizer in model.default_optimizers().values():
        assert isinstance(optimizer, keras.optimizers.RMSprop)
        assert float(optimizer.learning_rate) == pytest.approx(5e-5)
    model.compile(jit_compile=JIT_COMPILE)
    model.train_on_batch(VECTORS[:20, :2])
    assert [int(model.optimizer[n].iterations) for n in ("critic", "generator")] == [5, 1]


def test_batch_norm_of_images_unless_told():
    norms = {
        arguments: sum("batch_normalization" in layer.name for layer in model.critic.layers)
        for arguments, model in {
            "images": zoo.WGAN(image_shape=(16, 16, 1), width=4),
            "images without": zoo.WGAN(image_shape=(16, 16, 1), width=4, batch_norm=False),
            "vectors": zoo.WGAN(num_features=2, width=4),
            "vectors with": zoo.WGAN(num_features=2, width=4, batch_norm=True),
        }.items()
    }
    assert norms == {"images": 1, "images without": 0, "vectors": 0, "vectors with": 3}


def test_it_finds_where_the_data_are():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal([3, -2], 0.3, (1000, 2)).astype("float32")
    model = zoo.WGAN(num_features=2, latent_dim=2, width=32, critic_steps=2, clip=0.1)
    model.compile(keras.optimizers.RMSprop(2e-3), jit_compile=JIT_COMPILE)
    far = np.abs(model.sample(500, seed=0).mean(0) - [3, -2]).max()
    model.fit(x, batch_size=100, epochs=40, verbose=0)
    near = np.abs(model.sample(500, seed=0).mean(0) - [3, -2]).max()
    assert near < 0.7 < far


def test_a_clip_that_clips_nothing():
    with pytest.raises(ValueError, match="Expected clip, a number between 0"):
        zoo.WGAN(num_features=2, clip=0.0)
