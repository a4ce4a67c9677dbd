"""Averaged weights: what they are made of, what they are used for, how they are kept."""

import json

import keras
import numpy as np
import pytest
from contract import JIT_COMPILE, assert_equal, values
from keras import layers, ops
from steps_of_all_kinds import AllKinds
from zoo_cases import CASES, PIXELS

import keras_genzoo as zoo

BACKEND = keras.backend.backend()


def dcgan(**compile_arguments):
    model = CASES["dcgan"].build()
    optimizer = keras.optimizers.Adam(1e-2)
    own = {"optimizer": optimizer, "ema_decay": 0.9, "jit_compile": JIT_COMPILE}
    model.compile(**own | compile_arguments)
    return model


@pytest.fixture(scope="module")
def trained():
    """A DCGAN after some steps, which no test may change."""
    keras.utils.set_random_seed(0)
    model = dcgan()
    model.fit(PIXELS, batch_size=20, verbose=0)
    return model


def generator(model):
    return values(model.generator.variables)


def average(model):
    return values(model.average["generator"].variables)


# ---------------------------------------------------------------------- what it is


def test_the_average_follows_the_formula():
    model, decay = dcgan(ema_decay=0.15), 0.15
    want = [w.astype("float64") for w in average(model)]
    assert_equal(average(model), generator(model))
    trained = [v.trainable for v in model.generator.variables]
    for t in range(3):
        model.train_on_batch(PIXELS[:20])
        d = min(decay, (1 + t) / (10 + t))
        for i, w in enumerate(generator(model)):
            want[i] = d * want[i] + (1 - d) * w if trained[i] else w
    assert not all(trained)  # batch norm's statistics are copied
    for a, b in zip(average(model), want, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert float(model.average.steps) == 3.0


def test_nobody_trains_or_counts_it():
    plain, model = CASES["dcgan"].build(), dcgan()
    of_networks = [id(v) for one in model.networks().values() for v in one]
    assert sorted(of_networks) == sorted(id(v) for v in model.trainable_variables)
    assert model.count_params() == plain.count_params()
    assert zoo.metrics.cost.parameters(model).value == plain.count_params()
    model.trainable = False
    model.trainable = True
    assert not any(v.trainable for v in model.average.variables)


# ---------------------------------------------------------------------- what it is used for


def test_all_that_samples_takes_the_average(trained):
    z = np.random.default_rng(0).uniform(-1, 1, (4, trained.latent_dim)).astype("float32")

    def made():
        return [
            trained.sample(4, seed=0),
            trained.decode(z),
            ops.convert_to_numpy(trained.decode_mean(ops.convert_to_tensor(z))),
            trained.predict(z, verbose=0),
            ops.convert_to_numpy(trained(z)),
        ]

    of_average, raw = made(), generator(trained)
    with trained.raw_weights():
        of_raw = made()
        assert trained.in_use("generator") is trained.generator
    assert all((a != b).any() for a, b in zip(of_average, of_raw, strict=True))
    assert trained.in_use("generator") is trained.average["generator"]
    try:
        for v in trained.generator.variables:
            v.assign(np.zeros(v.shape))
        assert_equal(made(), of_average)
    finally:
        for v, w in zip(trained.generator.variables, raw, strict=True):
            v.assign(w)


def test_what_is_trained_decodes_by_the_raw_generator():
    model = zoo.GAN(num_features=3, latent_dim=4, hidden_units=(4,))
    model.compile("sgd", ema_decay=0.9, jit_compile=JIT_COMPILE)
    for v in model.generator.trainable_variables:
        v.assign(v + 1.0)
    z = ops.ones((2, 4))
    raw, of_average, in_training = (
        ops.convert_to_numpy(x)
        for x in (model.generator(z), model.decoded(z), model.decoded(z, training=True))
    )
    np.testing.assert_array_equal(in_training, raw)
    assert (of_average != raw).all()


def test_losses_take_the_raw_generator(trained):
    with_average = trained.evaluate(PIXELS, verbose=0, return_dict=True)
    with trained.raw_weights():
        assert trained.evaluate(PIXELS, verbose=0, return_dict=True) == with_average


@pytest.mark.parametrize("name", ["vae", "pixel_cnn"][: 2 if BACKEND == "tensorflow" else 1])
def test_models_with_a_likelihood_are_judged_by_their_average(name):
    case = CASES[name]
    model = case.build()
    model.compile(ema_decay=0.9, jit_compile=JIT_COMPILE)
    model.fit(case.x, batch_size=20, verbose=0)
    scores = model.log_likelihood(case.x[:8])
    loss = model.evaluate(case.x, verbose=0, return_dict=True)["loss"]
    with model.raw_weights():
        assert (model.log_likelihood(case.x[:8]) != scores).any()
        assert model.evaluate(case.x, verbose=0, return_dict=True)["loss"] != loss
    for network in model.averaged_networks:
        for v in getattr(model, network).trainable_variables:
            v.assign(np.zeros(v.shape))
    np.testing.assert_array_equal(model.log_likelihood(case.x[:8]), scores)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="TensorFlow reads its own")
def test_a_saved_model_holds_the_average_alone(trained, tmp_path):
    import tensorflow as tf

    def exported(name):
        loaded = tf.saved_model.load(trained.export(tmp_path / name, verbose=False))
        n, seed = tf.constant(4), tf.constant(0, "int64")
        images = loaded.signatures["sample"](n=n, seed=seed)["images"].numpy()
        return images, sorted(w.numpy().tobytes() for w in loaded.weights)

    images, weights = exported("average")
    np.testing.assert_array_equal(images, trained.sample(4, seed=0))
    assert weights == sorted(w.tobytes() for w in average(trained))
    with trained.raw_weights():
        images, weights = exported("raw")
        np.testing.assert_array_equal(images, trained.sample(4, seed=0))
    assert weights == sorted(w.tobytes() for w in generator(trained))


@pytest.mark.skipif(BACKEND != "torch", reason="JAX goes the same way, TensorFlow exports itself")
def test_the_process_that_exports_is_told_which_weights(trained, tmp_path):
    import tensorflow as tf

    z = np.random.default_rng(0).uniform(-1, 1, (4, trained.latent_dim)).astype("float32")
    with trained.raw_weights():
        loaded = tf.saved_model.load(trained.export(tmp_path, verbose=False))
        raw = trained.decode(z).astype(int)
    images = loaded.signatures["decode"](z=tf.constant(z))["images"].numpy()
    assert abs(images - raw).max() <= 1 < abs(raw - trained.decode(z)).max()


# ---------------------------------------------------------------------- how it is kept


def test_it_is_there_in_whatever_way_the_model_is_loaded(trained, tmp_path):
    samples = trained.sample(4, seed=0)
    trained.save(tmp_path / "m.keras")
    trained.save_to_preset(tmp_path / "whole")
    loaded = [
        keras.saving.load_model(tmp_path / "m.keras"),
        keras.saving.load_model(tmp_path / "m.keras", compile=False),
        zoo.from_preset(tmp_path / "whole"),
        zoo.from_preset(tmp_path / "whole", compile=False),
    ]
    for model in loaded:
        assert model.average_settings() == {"ema_decay": 0.9, "ema_statistics": "copied"}
        np.testing.assert_array_equal(model.sample(4, seed=0), samples)
        assert_equal(generator(model), generator(trained))
    again = loaded[-1]
    again.compile(jit_compile=JIT_COMPILE)  # goes on with the average that it has
    np.testing.assert_array_equal(again.sample(4, seed=0), samples)
    assert float(again.average.steps) == 3.0
    again.compile(ema_decay=0.5, jit_compile=JIT_COMPILE)
    assert again.average.ema_decay == 0.5


def test_without_optimizers_a_preset_has_the_networks_in_use_alone(trained, tmp_path):
    def bare(name):
        trained.save_to_preset(tmp_path / name, include_optimizer=False)
        return zoo.from_preset(tmp_path / name)

    averaged = bare("averaged")
    with trained.raw_weights():
        raw = bare("raw")
        np.testing.assert_array_equal(raw.sample(4, seed=0), trained.sample(4, seed=0))
    np.testing.assert_array_equal(averaged.sample(4, seed=0), trained.sample(4, seed=0))
    assert averaged.average is raw.average is None and trained.average is not None
    assert_equal(generator(raw), generator(trained))
    assert_equal(generator(averaged), average(trained))
    judges = [values(one.discriminator.variables) for one in (trained, averaged, raw)]
    assert_equal(judges[0], judges[1])
    assert_equal(judges[0], judges[2])
    averaged.compile(ema_decay=0.9, jit_compile=JIT_COMPILE)  # training goes on from there
    np.testing.assert_array_equal(averaged.sample(4, seed=0), trained.sample(4, seed=0))


@pytest.mark.filterwarnings("ignore:Skipping nested container")  # Keras's, before the error
def test_a_file_without_it_is_not_taken_for_one_with_it(trained, tmp_path):
    plain = CASES["dcgan"].build()
    plain.save_weights(tmp_path / "plain.weights.h5")
    with pytest.raises(ValueError, match="the file has none. Load it before compile"):
        dcgan().load_weights(tmp_path / "plain.weights.h5")
    trained.save_weights(tmp_path / "averaged.weights.h5")
    with pytest.raises(ValueError, match="Expected weights without an average; the file has one"):
        plain.load_weights(tmp_path / "averaged.weights.h5")


def test_it_begins_as_the_weights_are(tmp_path):
    plain = CASES["dcgan"].build()
    plain.compile(jit_compile=JIT_COMPILE)
    plain.fit(PIXELS, batch_size=20, verbose=0)
    samples = plain.sample(4, seed=0)
    plain.compile(ema_decay=0.9, jit_compile=JIT_COMPILE)
    np.testing.assert_array_equal(plain.sample(4, seed=0), samples)


def test_a_run_goes_on_with_another_decay_but_not_without(tmp_path):
    def run(epochs, **compile_arguments):
        model = CASES["dcgan"].build()
        model.compile(jit_compile=JIT_COMPILE, **compile_arguments)
        callback = zoo.callbacks.ResumeTraining(tmp_path)
        model.fit(PIXELS, batch_size=20, epochs=epochs, verbose=0, callbacks=[callback])
        return model

    run(1, ema_decay=0.9)
    assert float(run(2, ema_decay=0.5).average.steps) == 6.0
    with pytest.raises(ValueError, match=r"another configuration \(compile\(ema_decay=...\): True"):
        run(3)


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("wrong", [1.0, 1, -0.1, 2, True, "0.9", float("nan")])
def test_a_decay_that_is_none(wrong):
    with pytest.raises(ValueError, match="Expected ema_decay, a number from 0 to less than 1"):
        dcgan(ema_decay=wrong)


def test_settings_that_do_not_go_together():
    with pytest.raises(ValueError, match="one of .'copied', 'standing'.; got 'moving'"):
        dcgan(ema_statistics="moving")
    with pytest.raises(ValueError, match="Expected ema_decay with ema_statistics='copied'"):
        dcgan(ema_decay=None, ema_statistics="copied")
    with pytest.raises(ValueError, match="networks of VAE do not work on draws alone"):
        CASES["vae"].build().compile(ema_decay=0.9, ema_statistics="standing")
    ring = zoo.WGANGP(num_features=2, width=4)
    with pytest.raises(ValueError, match="Expected a network with batch norm"):
        ring.compile(ema_decay=0.9, ema_statistics="standing")
    ring.compile()  # as if it had not been asked for
    assert ring.average is None
    ring.compile(ema_decay=0.9)
    assert ring.average_settings()["ema_statistics"] == "copied"
    with pytest.raises(ValueError, match="Expected averaged weights with statistics of their own"):
        dcgan().recompute_statistics()


def test_a_model_that_keeps_no_average_says_so():
    with pytest.raises(ValueError, match="for ema_decay=0.9; NICE does not. Let it name averaged"):
        CASES["nice"].build().compile(ema_decay=0.9)


def test_it_is_not_thrown_away():
    model = dcgan(ema_decay=0)
    assert model.average_settings() == {"ema_decay": 0.0, "ema_statistics": "copied"}
    with pytest.raises(ValueError, match="averaged weights that this DCGAN keeps; got ema_decay=F"):
        model.compile(ema_decay=False)
    AllKinds().compile(ema_decay=False)  # the paper's is not asked for


def test_a_step_that_does_not_follow_is_noticed():
    class Forgets(type(CASES["dcgan"].build())):
        def update_average(self):
            pass

    model = Forgets(**CASES["dcgan"].arguments)
    model.compile(ema_decay=0.9, jit_compile=JIT_COMPILE)
    with pytest.raises(ValueError, match="Expected train_step of Forgets to follow the averaged"):
        model.fit(PIXELS, batch_size=20, verbose=0)


def test_a_network_that_cannot_be_copied():
    class Own(layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.dense = layers.Dense(units)

        def call(self, x):
            return ops.reshape(self.dense(x), (-1, 8, 8, 1))

        def get_config(self):
            return {}

    own = keras.Sequential([keras.Input((6,)), Own(64)])
    model = zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=6, width=8, generator=own)
    with pytest.raises(ValueError, match="(?s)Expected a generator that can be copied.*get_config"):
        model.compile(ema_decay=0.9)


def test_the_configuration_stays_json(trained):
    config = json.loads(json.dumps(trained.get_config()))
    again = zoo.DCGAN.from_config(config)
    assert again.get_config() == config and again.average is not None
