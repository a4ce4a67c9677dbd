"""What every model logs, its likelihood apart from its loss, and the noise of evaluation."""

import functools

import keras
import numpy as np
import pytest
from contract import EAGERLY, assert_equal, state, values
from keras import layers, ops
from zoo_cases import CASES, MECHANISMS, PIXELS, VECTORS, over

import keras_genzoo as zoo

BACKEND = keras.backend.backend()
# Uncompiled convolutions take half a minute on JAX: all but one are long tests there.
each_family = pytest.mark.parametrize(
    "name", over({n: n for n in CASES}, core=("vae",) if BACKEND == "jax" else MECHANISMS)
)


@functools.cache
def fitted(name, validated):
    """A model after two epochs, the state that it was left in, and its logs."""
    keras.utils.set_random_seed(0)
    model = CASES[name].build()
    # The VAE's steps are compiled, for all the others.
    model.compile(run_eagerly=name != "vae", jit_compile="auto" if BACKEND == "jax" else False)
    validation = {"validation_data": CASES[name].data(10, 50)} if validated else {}
    fit = model.fit(*CASES[name].data(0, 10), batch_size=10, epochs=2, verbose=0, **validation)
    return model, state(model), fit.history


# ---------------------------------------------------------------------- loss


@each_family
def test_every_model_logs_the_loss_of_what_it_samples_from(name):
    model, _, history = fitted(name, validated=True)
    same = "generator_loss" if model.family == "adversarial" else model.nll_name
    assert history["loss"] == history[same] and history["val_loss"] == history[f"val_{same}"]
    assert "loss" in model.metrics_names
    logs = model.evaluate(*CASES[name].data(), verbose=0, return_dict=True)
    assert logs["loss"] == logs[same]


@pytest.mark.parametrize("name", ["dcgan", "vae"])
def test_keras_callbacks_work_by_their_defaults(name, tmp_path):
    best = tmp_path / "best.keras"
    callbacks = [
        keras.callbacks.ModelCheckpoint(best, save_best_only=True),
        keras.callbacks.EarlyStopping(min_delta=1e9),
    ]
    model = CASES[name].build()
    model.compile(run_eagerly=EAGERLY)
    data = {"validation_data": CASES[name].x[20:30], "callbacks": callbacks}
    history = model.fit(CASES[name].x[:10], epochs=5, verbose=0, **data).history
    assert len(history["val_loss"]) == 2 and best.exists()


def test_names_of_a_subclass_come_beside_those_of_its_class():
    class Watched(zoo.VAE):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.track("code_size", "kl")

        def objective(self, x, seed, training=False):
            terms = super().objective(x, seed, training)
            return {**terms, "code_size": ops.sqrt(terms["kl"])}

    model = Watched(num_features=3, latent_dim=2, hidden_units=())
    model.compile(run_eagerly=EAGERLY)
    names = {"loss", "negative_elbo", "bits_per_dim", "reconstruction", "kl", "code_size"}
    assert set(model.evaluate(VECTORS, verbose=0, return_dict=True)) == names
    assert set(model.metrics_names) == names and len(model.metrics_names) == 6


# ---------------------------------------------------------------------- loss and likelihood


def vae(cls=zoo.VAE, **arguments):
    keras.utils.set_random_seed(0)
    model = cls(num_features=3, latent_dim=2, hidden_units=(4,), **arguments)
    model.compile(run_eagerly=EAGERLY)
    return model


class Weighted(zoo.VAE):
    """As users write a beta-VAE."""

    def objective(self, x, seed, training=False):
        terms = super().objective(x, seed, training)
        return {**terms, "loss": terms["reconstruction"] + 4.0 * terms["kl"]}


@pytest.mark.parametrize("make", [lambda: vae(beta=4.0), lambda: vae(Weighted)])
def test_a_beta_vae_keeps_its_elbo_and_minimizes_another_loss(make):
    plain, model = vae(), make()
    want = plain.evaluate(VECTORS, verbose=0, return_dict=True)
    logs = model.evaluate(VECTORS, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(logs["reconstruction"] + 4 * logs["kl"], rel=1e-5)
    assert logs.pop("loss") > want.pop("loss") + 1.0
    assert logs == pytest.approx(want)
    log_prob, same = (
        ops.convert_to_numpy(ops.stop_gradient(m.log_prob(ops.convert_to_tensor(VECTORS[:4]))))
        for m in (model, plain)
    )
    np.testing.assert_allclose(log_prob, same, rtol=1e-6)
    # What is minimized is the loss: another step than that of beta 1.
    plain.train_on_batch(VECTORS)
    model.train_on_batch(VECTORS)
    assert not np.array_equal(plain.get_weights()[0], model.get_weights()[0])


def test_beta_is_kept_and_checked():
    model = zoo.VAE(num_features=3, beta=0.5)
    assert zoo.VAE.from_config(model.get_config()).beta == 0.5
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="Expected beta, a weight of 0 or more"):
            zoo.VAE(num_features=3, beta=wrong)


def test_a_likelihood_beside_the_loss_is_logged_by_the_name_that_the_model_has_for_it():
    class Bounded(zoo.VAE):
        def objective(self, x, seed, training=False):
            values = super().objective(x, seed, training)
            return {**values, "nll": values["loss"], "loss": values["loss"] + 100.0}

    model = Bounded(num_features=3, latent_dim=2, hidden_units=(4,))
    model.compile(run_eagerly=EAGERLY)
    logs = model.evaluate(VECTORS, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(logs["negative_elbo"] + 100.0, rel=1e-5)
    assert "nll" not in logs and logs.keys() == set(model.metrics_names)


def test_a_loss_that_adds_something_leaves_the_likelihood_alone():
    class Regularized(zoo.NICE):
        def objective(self, x, seed, training=False):
            nll = super().objective(x, seed, training)["loss"]
            return {"loss": nll + 100.0, "nll": nll}

    model = Regularized(num_features=3, hidden_units=4, hidden_layers=1)
    model.compile(run_eagerly=EAGERLY)
    logs = model.evaluate(VECTORS, verbose=0, return_dict=True)
    nats = model.log_likelihood(VECTORS).mean()
    assert logs["nll"] == pytest.approx(-nats, rel=1e-4)
    assert logs["bits_per_dim"] == pytest.approx(-nats / (3 * np.log(2)), rel=1e-4)
    assert logs["loss"] == pytest.approx(100.0 - nats, rel=1e-4)


# ---------------------------------------------------------------------- networks in training


def with_noise(*network):
    """Batch norm and Dropout before the last layer or two."""
    first, *rest = network
    # With no seed of its own Dropout draws from PyTorch's global generator there.
    dropout = layers.Dropout(0.5, seed=1)
    return keras.Sequential([first, layers.BatchNormalization(), dropout, *rest])


def unsettled(name):
    """A model whose networks work otherwise in training than in inference."""
    keras.utils.set_random_seed(0)
    if name == "vae":
        return zoo.VAE(
            image_shape=(8, 8, 1),
            latent_dim=2,
            encoder=with_noise(keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(4)),
            decoder=with_noise(keras.Input((2,)), layers.Dense(64), layers.Reshape((8, 8, 1))),
        )
    if name == "nice":
        halves = [with_noise(keras.Input((32,)), layers.Dense(32)) for _ in range(2)]
        return zoo.NICE(image_shape=(8, 8, 1), num_couplings=2, coupling_networks=halves)
    first, last = (
        zoo.layers.MaskedConv2D(2, size, mask_type=mask) for size, mask in ((3, "A"), (1, "B"))
    )
    rest = with_noise(keras.Input((8, 8, 2)), last, layers.Reshape((8, 8, 1, 2)))
    network = keras.Sequential([keras.Input((8, 8, 1)), first, rest])
    return zoo.PixelCNN(image_shape=(8, 8, 1), levels=2, network=network)


@pytest.mark.parametrize("name", ["vae", "nice", "pixel_cnn"])
def test_batch_norm_and_dropout_of_own_networks_work_in_training_alone(name):
    model = unsettled(name)
    model.compile(run_eagerly=EAGERLY)
    before = values(model.variables)

    def inference():
        answers = [model.sample(3, seed=0), model.log_likelihood(PIXELS[:3])]
        if name != "pixel_cnn":
            answers += [model.encode(PIXELS[:3]), model.decode(np.ones((3, model.latent_dim)))]
        return answers

    model.evaluate(PIXELS, verbose=0)
    assert_equal(inference(), inference())
    assert_equal(values(model.variables), before)
    model.train_on_batch(PIXELS)
    for v, old in zip(model.variables, before, strict=True):
        moves = "moving" in v.path or v.path.endswith("seed_generator_state")
        if moves:
            assert not np.array_equal(values([v])[0], old), v.path
    assert sum("moving" in v.path for v in model.variables) >= 2
    assert len(model.random_states()) >= 2  # the model's noise and Dropout's


def test_a_flow_with_batch_norm_inverts_by_its_moving_averages():
    model = unsettled("nice")
    model.compile(run_eagerly=EAGERLY)
    model.fit(PIXELS, batch_size=20, epochs=2, verbose=0)
    np.testing.assert_array_equal(model.decode(model.encode(PIXELS)), PIXELS)


# ---------------------------------------------------------------------- noise of evaluation


@each_family
def test_evaluation_does_not_disturb_training(name):
    model, end, history = fitted(name, validated=True)
    assert_equal(end, fitted(name, validated=False)[1])
    again = model.evaluate(*CASES[name].data(10, 50), batch_size=10, verbose=0, return_dict=True)
    # The same noise in each call: the last epoch's figures once more.
    assert again == {key[4:]: series[-1] for key, series in history.items() if "val_" in key}
    model.test_on_batch(*CASES[name].data(0, 10))
    assert_equal(state(model), end)


def test_each_batch_of_an_evaluation_draws_other_noise():
    model, seen = vae(), []
    model.compile(run_eagerly=True)  # what is seen are values, on JAX, too
    posterior = model.test_noise

    def watched():
        seed = posterior()
        seen.append(ops.convert_to_numpy(model.draw_inputs(5, seed)["z"]))
        return seed

    object.__setattr__(model, "test_noise", watched)
    for _ in range(2):
        model.evaluate(VECTORS[:30], batch_size=10, verbose=0)
    assert len({draw.tobytes() for draw in seen[:3]}) == 3
    assert_equal(seen[:3], seen[3:])
