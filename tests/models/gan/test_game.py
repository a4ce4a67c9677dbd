"""What `compile` gives any GAN beside its loss: targets, augmentation, functions of one's own."""

import keras
import numpy as np
import pytest
from contract import JIT_COMPILE, close, values
from keras import ops
from zoo_cases import CASES, MECHANISMS, PIXELS, VECTORS

import keras_genzoo as zoo
from keras_genzoo import losses
from keras_genzoo.models.gan.game import Game

ON_JAX = keras.backend.backend() == "jax"
GANS = {name: case for name, case in CASES.items() if issubclass(case.cls, Game)}
CONTROLS = {
    "real_targets": [0.7, 0.9],
    "fake_targets": 0.1,
    "flip_targets": 0.05,
    "penalties": {"r1": 0.5, "orthogonal": 1e-3},
    "discriminator_augment": "translation,cutout",
}


def small(**arguments):
    image = {"image_shape": (8, 8, 1), "latent_dim": 4, "hidden_units": (8,)}
    return zoo.GAN(**image | arguments)


def compiled(model, **settings):
    model.compile(jit_compile=JIT_COMPILE, **settings)
    return model


def watched(model, method):
    """A list that grows with each call of a method."""
    calls, original = [], getattr(model, method)

    def watch(*args, **kwargs):
        calls.append(args)
        return original(*args, **kwargs)

    object.__setattr__(model, method, watch)
    return calls


# ---------------------------------------------------------------------- targets


def test_targets_are_drawn_in_training_alone(monkeypatch):
    seen = []

    def judge_loss(real_logits, fake_logits, real_targets=1.0, fake_targets=0.0):
        seen.append((real_targets, fake_targets))
        return losses.minimax_discriminator_loss(real_logits, fake_logits)

    model = compiled(
        small(), loss=(judge_loss, losses.minimax_generator_loss), real_targets=(0.7, 0.9)
    )
    x, state = ops.zeros((6, 8, 8, 1)), values([model.noise.state])
    model.discriminator_loss(x, seed=model.test_noise(), training=False)
    assert seen == [(1.0, 0.0)]
    np.testing.assert_array_equal(values([model.noise.state]), state)
    model.discriminator_loss(x)
    real, fake = seen[1]
    assert fake == 0.0 and real.shape == (6,)
    assert (ops.convert_to_numpy(real) >= 0.7).all() and (ops.convert_to_numpy(real) < 0.9).all()


def test_soft_labels_change_what_is_minimized():
    model, x = small(), ops.convert_to_tensor(PIXELS[:6] / 127.5 - 1.0, "float32")
    found = []
    for settings in ({}, {"real_targets": 0.9}, {"real_targets": 0.9, "fake_targets": 0.2}):
        compiled(model, **settings)
        found.append(ops.convert_to_numpy(model.discriminator_loss(x, seed=model.seeded(1))))
    assert not np.allclose(found[0], found[1]) and not np.allclose(found[1], found[2])


@pytest.mark.parametrize("loss", ["hinge", "relativistic", (losses.wasserstein_critic_loss, min)])
@pytest.mark.parametrize("name", ["real_targets", "fake_targets", "flip_targets"])
def test_losses_without_targets_refuse_them(loss, name):
    message = rf"has targets, for {name}; got .*\['non_saturating', 'minimax', 'least_squares'\]"
    with pytest.raises(ValueError, match=message):
        small().compile(loss=loss, **{name: 0.1})


def test_the_generators_loss_may_look_at_real_examples():
    def compare(real_logits, fake_logits):
        return losses.relativistic_generator_loss(real_logits, fake_logits)

    pair = losses.relativistic_discriminator_loss, compare
    own, named = compiled(small(), loss=pair), compiled(small(), loss="relativistic")
    named.set_weights(own.get_weights())
    x = ops.convert_to_tensor(PIXELS[:6] / 127.5 - 1.0, "float32")
    a, b = (ops.convert_to_numpy(m.generator_loss(x, seed=m.seeded(1))) for m in (own, named))
    np.testing.assert_allclose(a, b, rtol=1e-5)
    with pytest.raises(ValueError, match="Expected real logits for the loss 'relativistic'"):
        named.fool_loss(ops.zeros((6, 1)))


# ---------------------------------------------------------------------- augmentation


@pytest.mark.parametrize(
    "name",
    [
        # Compiled anew for each: on JAX one is enough for every change.
        pytest.param(
            name,
            marks=[] if name == "gan" or name in MECHANISMS and not ON_JAX else pytest.mark.long,
        )
        for name in GANS
    ],
)
def test_the_judge_sees_augmented_images_in_training_alone(name):
    case = GANS[name]
    model = compiled(case.build(), discriminator_augment="translation,cutout")
    calls = watched(model, "_augment")
    model.test_on_batch(*case.data(0, 20))
    model.features(case.x[:2], **case.told(2))
    model.sample(2, seed=0)
    assert calls == []
    model.run_eagerly, model.train_function = True, None
    model.train_on_batch(*case.data(0, 20))
    updates = model.batches_per_step
    assert len(calls) == 2 * updates + 1  # real and fake, and the fakes of the generator's update


def test_gradients_come_back_through_the_augmentation():
    model = compiled(small(), discriminator_augment="translation,cutout")
    before = values(model.generator.trainable_variables)
    model.train_on_batch(PIXELS[:20])
    after = values(model.generator.trainable_variables)
    assert not any(map(np.array_equal, before, after))


def test_the_penalty_is_taken_between_what_the_critic_sees(monkeypatch):
    model = compiled(CASES["wgan_gp"].build(), discriminator_augment="cutout")
    object.__setattr__(model, "_augment", lambda x, seed: 0.0 * x + 7.0)
    seen = []

    def watch(critic, x):
        seen.append(ops.convert_to_numpy(x))
        return ops.zeros((ops.shape(x)[0],))

    monkeypatch.setattr(losses.penalties, "gradient_penalty", watch)
    model.critic_loss(ops.ones((4, 8, 8, 1)))
    np.testing.assert_allclose(seen[0], 7.0, rtol=1e-6)


@pytest.mark.parametrize(
    "policy, message",
    [
        ("color", "Expected images with 3 channels for 'color'; got 1"),
        ("translation,cutuot", "'cutuot'. Did you mean 'cutout'"),
        ("", "Expected policy"),
    ],
)
def test_augmentations_that_cannot_be(policy, message):
    with pytest.raises(ValueError, match=message):
        small().compile(discriminator_augment=policy)


def test_vectors_are_not_augmented():
    with pytest.raises(ValueError, match="Vectors cannot be augmented"):
        zoo.GAN(num_features=3).compile(discriminator_augment="cutout")


class OwnJudge(zoo.GAN):
    def discriminator_loss(self, x, *, seed=None, training=True):
        return self.judge_loss(self.discriminator(x), self.discriminator(x), training)


class OwnGenerator(zoo.GAN):
    def generator_loss(self, x, *, seed=None, training=True):
        return self.fool_loss(self.discriminator(self.fakes(20, seed=self.noise)))


@pytest.mark.parametrize(
    "cls, settings, message",
    [
        (OwnJudge, {"discriminator_augment": "cutout"}, "the discriminator's loss .* to augment"),
        (OwnGenerator, {"discriminator_augment": "cutout"}, "the generator's loss .* to augment"),
        (OwnJudge, {"penalties": {"r1": 1.0}}, "add those of its discriminator, for penalties"),
        (OwnGenerator, {"penalties": {"orthogonal": 1.0}}, "add that of its generator, for pen"),
        (OwnJudge, {"discriminator_augment": "cutout", "update_balance": (0.1, 0.9)}, "to augment"),
    ],
)
def test_losses_of_ones_own_that_leave_out_what_compile_was_given(cls, settings, message):
    model = cls(image_shape=(8, 8, 1), latent_dim=4, hidden_units=(8,))
    model.compile(run_eagerly=True, **settings)
    with pytest.raises(ValueError, match=message):
        model.train_on_batch(PIXELS[:20])


# ---------------------------------------------------------------------- penalties


def test_penalties_are_added_with_their_weights(monkeypatch):
    monkeypatch.setitem(losses.penalties.OF_JUDGES, "r1", lambda judge, x, fake, seed: x[:, 0] + 3)
    monkeypatch.setitem(losses.penalties.OF_JUDGES, "r2", lambda judge, x, fake, seed: 0 * x[:, 0])
    model, x = zoo.GAN(num_features=3, hidden_units=(8,)), ops.zeros((6, 3))
    found = []
    for given in (None, {"r1": 1.0}, {"r1": 2.0, "r2": 5.0}, {"orthogonal": 1.0}):
        compiled(model, penalties=given)
        loss = model.discriminator_loss(x, seed=model.test_noise(), training=False)
        found.append(ops.convert_to_numpy(loss).mean())
    np.testing.assert_allclose(np.array(found) - found[0], [0.0, 3.0, 6.0, 0.0], atol=1e-4)


def test_the_orthogonal_penalty_is_of_the_generators_kernels():
    model, x = zoo.GAN(num_features=3, hidden_units=(8,)), ops.zeros((6, 3))
    found = []
    for given in (None, {"orthogonal": 0.5}):
        compiled(model, penalties=given)
        loss = model.generator_loss(x, seed=model.test_noise(), training=False)
        found.append(ops.convert_to_numpy(loss).mean())
    kernels = [v for v in values(model.generator.trainable_variables) if v.ndim > 1]
    want = [(w.T @ w * (1 - np.eye(w.shape[1]))) ** 2 for w in kernels]
    assert len(kernels) == 2
    np.testing.assert_allclose(found[1] - found[0], 0.5 * sum(w.sum() for w in want), rtol=1e-4)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name == "r1" or not ON_JAX else pytest.mark.long)
        for name in losses.penalties.OF_JUDGES
    ],
)
def test_penalties_of_slopes_train(name):
    model = compiled(zoo.GAN(num_features=3, hidden_units=(8,)), penalties={name: 2.0})
    model.run_eagerly = not ON_JAX
    assert model.uses_input_gradient
    assert np.isfinite(model.train_on_batch(VECTORS[:20])).all()
    compiled(model)
    assert not model.uses_input_gradient and "penalties" not in model.compiled_settings()


@pytest.mark.parametrize(
    "given, message",
    [
        ({"r3": 1.0}, "Expected a penalty; got 'r3'.*'r1'"),
        ({"r1": -1.0}, "the weight of the penalty 'r1', a number between 0"),
        ({"r1": 0.0}, "the weight of the penalty 'r1', a number between 0"),
        ("r1", "Expected penalties, a dict of weights by name"),
    ],
)
def test_penalties_that_cannot_be(given, message):
    with pytest.raises(ValueError, match=message):
        small().compile(penalties=given)


def test_an_example_has_no_slope_of_its_own_where_there_is_batch_norm():
    with pytest.raises(ValueError, match="Expected a discriminator without batch norm for pena"):
        zoo.DCGAN((16, 16, 1), width=4).compile(penalties={"r1": 1.0})
    zoo.DCGAN((16, 16, 1), width=4, batch_norm=False).compile(penalties={"r1": 1.0})
    zoo.DCGAN((16, 16, 1), width=4).compile(penalties={"orthogonal": 1.0})


# ---------------------------------------------------------------------- what is kept


def test_settings_are_kept_in_files_and_presets(tmp_path):
    model = compiled(small(), **CONTROLS | {"real_targets": (0.7, 0.9)})
    model.save(tmp_path / "m.keras")
    model.save_to_preset(tmp_path / "preset")
    for again in (
        keras.saving.load_model(tmp_path / "m.keras"),
        zoo.from_preset(str(tmp_path / "preset")),
    ):
        assert again.compiled_settings() == model.compiled_settings()
        assert again.compiled_settings().items() >= CONTROLS.items()
    # What is not given is not written: settings of older files stay equal.
    plain = compiled(small()).compiled_settings()
    assert set(model.compiled_settings()) - set(plain) == set(CONTROLS)


def test_a_loss_of_the_table_is_kept_as_its_two_functions(tmp_path):
    loss = losses.ADVERSARIAL["wasserstein"]
    model = compiled(zoo.DCGAN((8, 8, 1), latent_dim=4, width=4), loss=loss)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    assert again.adversarial_loss == model.adversarial_loss == loss


def test_a_new_compile_forgets_the_old_one():
    model = compiled(small(), **CONTROLS)
    compiled(model)
    assert model._targets is None and model._augment is None
    assert not set(CONTROLS) & set(model.compiled_settings())


def test_dropout_and_prior_of_dcgan():
    model = zoo.DCGAN((8, 8, 1), latent_dim=4, width=8, dropout=0.5, prior="normal")
    assert model.inputs()["dropout"].shape == (4 * 4 * 8,)
    inputs = next(model.inputs_in_batches(3, 1, 3))
    assert np.abs(inputs["z"]).max() > 1
    close(model.sample(3, seed=1), ops.convert_to_numpy(model.generate(**inputs)))
    assert (model.decode(inputs["z"]) != model.sample(3, seed=1)).any()
    assert type(model).from_config(model.get_config()).get_config() == model.get_config()
    compiled(model).train_on_batch(PIXELS[:20])


def test_vectors_train_with_all_that_they_take():
    given = {name: CONTROLS[name] for name in ("real_targets", "fake_targets", "flip_targets")}
    model = compiled(zoo.GAN(num_features=3, hidden_units=(8,), dropout=0.2), **given)
    assert np.isfinite(model.train_on_batch(VECTORS[:20])).all()
