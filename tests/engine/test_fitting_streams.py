"""fit(): a resumed run over streams, which have their own batches."""

import contextlib

import keras
import pytest
from watching import Recorder, StopAt, vae, watch
from zoo_cases import PIXELS

from keras_genzoo.callbacks import ResumeTraining


class InOrder(keras.utils.PyDataset):
    def __init__(self, size=10):
        super().__init__()
        self.size = size

    def __len__(self):
        return len(PIXELS) // self.size

    def __getitem__(self, i):
        return (PIXELS[self.size * i : self.size * (i + 1)],)


def stream(kind, size):
    if kind == "PyDataset":
        return InOrder(size)
    if kind == "tf.data":
        tf = pytest.importorskip("tensorflow")
        return tf.data.Dataset.from_tensor_slices(PIXELS).batch(size)
    torch = pytest.importorskip("torch")
    tensors = torch.utils.data.TensorDataset(torch.tensor(PIXELS))
    return torch.utils.data.DataLoader(tensors, batch_size=size)


# With 4 of 12 batches an epoch, the run is cut in its second pass and ends in its third.
@pytest.mark.parametrize(
    "size, steps, epochs, cut", [(10, None, 3, (1, 1)), (5, 4, 7, (4, 1))], ids=["passes", "walks"]
)
@pytest.mark.parametrize("kind", ["tf.data", "PyDataset", "loader"])
@pytest.mark.skipif(keras.backend.backend() == "jax", reason="its traced steps show no values")
def test_a_resumed_stream_gives_the_batches_that_were_left(
    tmp_path, kind, size, steps, epochs, cut
):
    def run(folder, *callbacks):
        model = vae()
        seen = watch(model)
        with contextlib.suppress(KeyboardInterrupt):
            model.fit(
                stream(kind, size),
                epochs=epochs,
                steps_per_epoch=steps,
                verbose=0,
                shuffle=False,
                callbacks=[ResumeTraining(folder), *callbacks],
            )
        return [x.tobytes() for x in seen]

    whole = run(tmp_path / "whole")
    first = run(tmp_path / "cut", StopAt(*cut))
    assert 0 < len(first) < len(whole)
    assert first + run(tmp_path / "cut") == whole


def test_what_keras_shuffles_begins_its_epoch_anew(tmp_path):
    resume = ResumeTraining(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        vae().fit(InOrder(), epochs=2, verbose=0, callbacks=[resume, StopAt(0, 2)])
    recorder = Recorder()
    vae().fit(InOrder(), epochs=2, verbose=0, callbacks=[ResumeTraining(tmp_path), recorder])
    assert recorder.seen == [(e, b) for e in (0, 1) for b in range(6)]


def test_a_resumed_tf_data_run_skips_what_it_has_seen(tmp_path):
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensor_slices(PIXELS).batch(10)
    resume = ResumeTraining(tmp_path, steps=1)
    with pytest.raises(KeyboardInterrupt):
        vae().fit(data, epochs=2, verbose=0, shuffle=False, callbacks=[resume, StopAt(0, 3)])
    recorder = Recorder()
    vae().fit(data, epochs=2, verbose=0, callbacks=[ResumeTraining(tmp_path, steps=1), recorder])
    assert recorder.seen[-6:] == [(1, b) for b in range(6)]
    assert [b for e, b in recorder.seen if e == 0] in ([3, 4, 5], [4, 5])
