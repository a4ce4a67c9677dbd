"""Every batch is checked, whatever brings it, and by whichever method it is given."""

import keras
import numpy as np
import pytest
from zoo_cases import CASES

import keras_genzoo as zoo

GOOD = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype=np.uint8)
FLOATS = GOOD.astype("float32")
NAN = FLOATS.copy()
NAN[3, 0, 0, 0] = np.nan
BINARY = (GOOD > 127).astype("uint8")
LATER = {
    "rescaled": (FLOATS / 255, r"rescaled to \[0, 1\]"),
    "signed": (FLOATS / 127.5 - 1, r"\[-1, 1\].*\(x \+ 1\)"),
    "NaN": (NAN, r"finite x; 1 of 640 values"),
    "too bright": (FLOATS * 300, r"0\.\.255; x has float32 values in \[0, 7"),
    "over": (FLOATS * 1.002 - 0.4, r"np\.clip\(x, 0, 255\)"),
}


class Data(keras.utils.PyDataset):
    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, i):
        return (self.batches[i],)


def stream(kind, batches):
    if kind == "PyDataset":
        return Data(batches)
    if kind == "generator":
        return ((batch,) for batch in batches)
    if kind == "tf.data":
        tf = pytest.importorskip("tensorflow")
        return tf.data.Dataset.from_tensor_slices(np.stack(batches))
    torch = pytest.importorskip("torch")
    tensors = torch.utils.data.TensorDataset(torch.tensor(np.concatenate(batches)))
    return torch.utils.data.DataLoader(tensors, batch_size=len(batches[0]))


@pytest.fixture(scope="module")
def model():
    model = CASES["vae"].build()
    model.compile(run_eagerly=True)
    return model


KINDS = ["PyDataset", "generator", "tf.data", "loader"]


@pytest.mark.parametrize("wrong, message", LATER.values(), ids=LATER)
@pytest.mark.parametrize("kind", KINDS)
def test_a_later_batch_of_a_stream(model, kind, wrong, message):
    batches = [FLOATS[:10], FLOATS[10:20], wrong[:10]]
    with pytest.raises(ValueError, match=f"(?s)^Expected .*{message}"):
        model.fit(stream(kind, batches), verbose=0, shuffle=False)
    with pytest.raises(ValueError, match=f"(?s)^Expected .*{message}"):
        model.evaluate(stream(kind, batches), verbose=0)


@pytest.mark.parametrize("kind", KINDS)
def test_integers_of_0_and_1_are_judged_over_several_batches(model, kind):
    dark = np.zeros((10, 8, 8, 1), "uint8")
    dark[0, 0] = 1
    with pytest.raises(ValueError, match=r"uint8 values of 0 and 1 alone.*x \* 255"):
        model.fit(stream(kind, [BINARY[:10]] * 8), verbose=0, shuffle=False)
    for batches in ([dark] * 3 + [GOOD[:10]], [0 * dark] * 8):
        steps = len(batches) if kind == "generator" else None
        model.fit(stream(kind, batches), verbose=0, shuffle=False, steps_per_epoch=steps)


def test_integers_of_0_and_1_in_an_array(model):
    for method in ("fit", "evaluate", "encode", "predict", "log_likelihood"):
        with pytest.raises(ValueError, match=r"uint8 values of 0 and 1 alone.*x \* 255"):
            getattr(model, method)(BINARY)
    with pytest.raises(ValueError, match="int64 values of 0 and 1"):
        model.fit(zoo.data.Batches(BINARY.astype("int64")))


@pytest.mark.parametrize("method", ["train_on_batch", "test_on_batch", "__call__"])
def test_single_batches(model, method):
    model = CASES["vae"].build()
    model.compile(run_eagerly=True)
    give = getattr(model, method)
    give(FLOATS[:10])
    for wrong, message in LATER.values():
        with pytest.raises(ValueError, match=f"(?s){message}"):
            give(wrong[:10])
    with pytest.raises(ValueError, match="shape"):
        give(GOOD[:10, :7])
    for _ in range(3):
        give(GOOD[:10])


@pytest.mark.parametrize("method", ["train_on_batch", "test_on_batch", "__call__"])
def test_single_batches_of_0_and_1(method):
    model = CASES["vae"].build()
    model.compile(run_eagerly=True)
    with pytest.raises(ValueError, match="0 and 1 alone"):
        for _ in range(8):
            getattr(model, method)(BINARY[:10])


def test_a_step_may_call_the_model_on_what_it_likes():
    class Own(CASES["vae"].cls):
        def train_step(self, data):
            self(keras.ops.cast(self.batch(data), "float32") / 127.5 - 1.0)
            return super().train_step(data)

    model = Own(**CASES["vae"].arguments)
    model.compile(run_eagerly=True)
    model.fit(GOOD, batch_size=20, verbose=0)


def test_predict_checks_what_call_takes(model):
    with pytest.raises(ValueError, match=r"rescaled to \[0, 1\]"):
        model.predict(FLOATS / 255, verbose=0)
    with pytest.raises(ValueError, match=r"rescaled to \[0, 1\]"):
        model.predict(stream("tf.data", [FLOATS[:10], FLOATS[:10] / 255]), verbose=0)
    gan = CASES["dcgan"].build()
    z = keras.ops.convert_to_numpy(gan.draw_inputs(4, 0)["z"])
    assert gan.predict(z, verbose=0).shape == (4, 8, 8, 1)
    with pytest.raises(ValueError, match="shape"):
        gan.predict(z[:, :3], verbose=0)
    with pytest.raises(ValueError, match="finite"):
        gan(np.where(z > 1, z, np.nan))


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
def test_a_model_that_was_broken_off_keeps_its_weights(method):
    model = CASES["vae"].build()
    model.compile()
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"rescaled to \[0, 1\]"):
        batches = [FLOATS[:10], FLOATS[:10] / 255]
        getattr(model, method)(Data(batches), verbose=0)
    after = model.get_weights()
    assert all(np.isfinite(a).all() for a in after)
    assert method == "fit" or all(map(np.array_equal, before, after))


def test_a_path_is_no_data(model):
    with pytest.raises(ValueError, match=r"got the path '\./faces'.*zoo\.data\.load"):
        model.fit("./faces")
