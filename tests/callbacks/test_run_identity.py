"""A folder's run goes on with its own data and settings, and with others only on purpose."""

import keras
import numpy as np
import pytest
from zoo_cases import CASES, PIXELS

import keras_genzoo as zoo
from keras_genzoo.callbacks import ResumeTraining
from keras_genzoo.engine import identity


def train(folder, data, epochs=1, model=None, accept=(), verbose=0, **kwargs):
    if model is None:
        keras.utils.set_random_seed(0)
        model = CASES["vae"].build()
        model.compile()
    model.fit(
        data,
        epochs=epochs,
        verbose=verbose,
        callbacks=[ResumeTraining(folder, accept=accept)],
        **kwargs,
    )
    return model


def batches(x=PIXELS, **kwargs):
    return zoo.data.Batches(x, **{"batch_size": 20, "name": "mnist/train", **kwargs})


OTHERS = {
    "examples": (batches(255 - PIXELS, name="faces/train"), "data: mnist/train: 60 .* now faces"),
    "number": (batches(PIXELS[:50]), "data: .*60 examples of 8x8x1.*now .*50 examples"),
    "one row": (batches(np.concatenate([PIXELS[:59], PIXELS[:1]])), "data: .*rows .*rows"),
    "order": (batches(shuffle=False), "shuffle True.*but now .*shuffle False"),
    "kind": (PIXELS, "data"),
    "seed": (batches(seed=1), "seed: 0, but now 1"),
    "batch size": (batches(batch_size=30), "batch_size: 20, but now 30"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    train(folder, batches())
    return folder


@pytest.mark.parametrize("data, message", OTHERS.values(), ids=OTHERS)
def test_other_data_are_refused_with_both_named(folder, data, message):
    before = {path: path.read_bytes() for path in (folder / "checkpoints").iterdir()}
    with pytest.raises(ValueError, match=f"(?s){message}.*another folder.*accept="):
        train(folder, data, epochs=2)
    assert before == {path: path.read_bytes() for path in (folder / "checkpoints").iterdir()}


def test_another_backend_is_refused(folder, monkeypatch):
    monkeypatch.setattr(identity.keras.backend, "backend", lambda: "numpy")
    with pytest.raises(ValueError, match="backend: .*, but now numpy"):
        train(folder, batches(), epochs=2)


def test_the_same_examples_elsewhere_are_the_same_data(folder):
    train(folder, batches(name="moved/to/train"))


def test_what_is_meant_is_accepted(tmp_path):
    train(tmp_path, batches())
    train(tmp_path, batches(255 - PIXELS, batch_size=30), 2, accept=("data", "batch_size"))
    train(tmp_path, batches(255 - PIXELS, batch_size=30), 3)  # now these are its data
    with pytest.raises(ValueError, match=r"Expected accept.*got \['dat'\]"):
        ResumeTraining(tmp_path, accept="dat")


def test_an_array_and_a_stream_are_known_again(tmp_path):
    tf = pytest.importorskip("tensorflow")
    train(tmp_path / "array", PIXELS, batch_size=20)
    with pytest.raises(ValueError, match="data: 60 examples"):
        train(tmp_path / "array", PIXELS[::-1], batch_size=20)
    stream = tf.data.Dataset.from_tensor_slices(PIXELS)
    train(tmp_path / "stream", stream.batch(20), shuffle=False)
    with pytest.raises(ValueError, match="data: tf.data"):
        train(tmp_path / "stream", stream.map(lambda x: tf.cast(x, "float32")).batch(20))


def compiled(rate):
    keras.utils.set_random_seed(0)
    model = CASES["dcgan"].build()
    model.compile({name: keras.optimizers.Adam(r) for name, r in rate.items()})
    return model


def rates(model):
    return [
        float(keras.ops.convert_to_numpy(model.optimizer[name].learning_rate))
        for name in ("generator", "discriminator")
    ]


def test_a_new_learning_rate_is_taken_and_said(tmp_path, capsys):
    first = compiled({"generator": 1e-3, "discriminator": 2e-3})
    train(tmp_path, batches(), model=first)
    first.optimizer.learning_rate = 5e-4  # as a schedule does: no setting of compile
    train(tmp_path, batches(), epochs=2, model=first)
    changed = rates(first)
    same = compiled({"generator": 1e-3, "discriminator": 2e-3})
    train(tmp_path, batches(), epochs=3, model=same, verbose=2)
    assert rates(same) == changed and "learning_rate is" not in capsys.readouterr().out
    lower = compiled({"generator": 1e-5, "discriminator": 2e-3})
    train(tmp_path, batches(), epochs=4, model=lower, verbose=2)
    assert rates(lower) == pytest.approx([1e-5, changed[1]])
    said = capsys.readouterr().out
    assert "optimizer.generator.learning_rate is 1e-05 from now on" in said
    assert "discriminator.learning_rate" not in said


def test_a_model_made_again_in_a_notebook_goes_on(tmp_path):
    def make():
        decoder = keras.Sequential([keras.Input((4,)), keras.layers.Dense(64),
                                    keras.layers.Reshape((8, 8, 1))])  # fmt: skip
        model = zoo.VAE(image_shape=(8, 8, 1), latent_dim=4, hidden_units=(8,), decoder=decoder)
        model.compile()
        return model

    train(tmp_path, batches(), model=make())
    train(tmp_path, batches(), epochs=2, model=make())


def test_another_configuration_is_named(folder):
    other = zoo.VAE(**{**CASES["vae"].arguments, "latent_dim": 3})
    other.compile()
    with pytest.raises(ValueError, match=r"another configuration \(latent_dim: 4, but now 3\)"):
        train(folder, batches(), model=other)
