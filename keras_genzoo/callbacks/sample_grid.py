"""Pictures of a model's samples while it trains."""

import re
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from keras_genzoo.data.tensorflow import import_tensorflow
from keras_genzoo.plotting import picture
from keras_genzoo.plotting.grids import evenly, labels_of_rows
from keras_genzoo.support.checks import whole_number
from keras_genzoo.support.files import check_writable, written_whole
from keras_genzoo.support.types import FilePath

MOST_FRAMES = 100
FRAME_MS = 120
LAST_FRAME_MS = 2000


class SampleGrid(keras.callbacks.Callback):
    """Writes a picture of the same samples after each epoch, and a film of them at the end.

    The noise is that of one seed throughout, so the pictures show how one set of samples comes
    about. Training is not disturbed: the random numbers it draws are others.

    `folder/samples/epoch_0001.png` is after the first epoch; `folder/samples.gif` shows all
    epochs found there up to this run's last, so that of a resumed run is whole. Of more than 100
    it takes 100, evenly.

    Of a conditional model, images have a row for each class, with its label beside it, and vectors
    a colour. Of more than 16 classes it shows 16, evenly, the first and the last among them.

    Args:
        folder: Where the pictures go; made if absent.
        n: Samples in a picture: images in a grid, vectors as points. None means 64, or fewer where
            a sample costs much: `model.grid_samples`. Of a conditional model, as many as make
            full rows, and at least one of each class shown.
        every: Epochs between pictures.
        seed: Seed of the noise.
        tensorboard: A folder for TensorBoard, which shows the pictures under "samples", with the
            epoch as the step, also that of a resumed run; None for none. It may be that of
            Keras's `TensorBoard`. Needs TensorFlow and TensorBoard, with any backend. TensorBoard
            shows ten of a run's pictures unless it is told `--samples_per_plugin images=100`.

    Raises:
        ValueError: `n` or `every` is no positive integer.
        OSError: A folder cannot be written; when training begins.
        ImportError: What `tensorboard` needs is not installed; when training begins.

    Example:
        ```python
        grid = zoo.callbacks.SampleGrid("runs/dcgan", tensorboard="runs/dcgan/logs")
        model.fit(train, epochs=50, callbacks=[grid])
        ```
    """

    def __init__(
        self,
        folder: FilePath,
        n: int | None = None,
        every: int = 1,
        seed: int = 0,
        tensorboard: FilePath | None = None,
    ):
        super().__init__()
        self.n = None if n is None else whole_number("n", n)
        self.every = whole_number("every", every)
        self.folder, self.seed = Path(folder), seed
        self.tensorboard = None if tensorboard is None else Path(tensorboard)
        self._board: _Board | None = None

    def on_train_begin(self, logs=None):
        if not self.model.can_sample:
            raise ValueError(
                f"Expected a model that can sample; {type(self.model).__name__} has no "
                "generate(...). Leave SampleGrid out."
            )
        check_writable(self.folder / "samples")
        self._board = _Board(self.tensorboard) if self.tensorboard else None
        self.last_epoch = None

    def on_epoch_end(self, epoch, logs=None):
        self.last_epoch = epoch + 1
        if self.last_epoch % self.every == 0:
            image = self._picture()
            path = self.folder / "samples" / f"epoch_{self.last_epoch:04d}.png"
            with written_whole(path) as temporary:
                image.save(temporary)
            if self._board:
                self._board.show(image, self.last_epoch)

    def on_train_end(self, logs=None):
        if self._board:
            self._board.close()
        pictures = self._pictures()
        if not pictures:
            return
        frames = []
        for path in evenly(pictures, MOST_FRAMES):
            with Image.open(path) as image:
                frames.append(image.copy())
        # A run resumed with another `n` has pictures of two sizes; a film has one.
        frames = [frame for frame in frames if frame.size == frames[-1].size]
        with written_whole(self.folder / "samples.gif") as temporary:
            frames[0].save(
                temporary,
                save_all=True,
                append_images=frames[1:],
                duration=[FRAME_MS] * (len(frames) - 1) + [LAST_FRAME_MS],
                loop=0,
            )

    def _picture(self) -> Image.Image:
        """That of the samples as they are now."""
        n, labels = self.n or self.model.grid_samples, None
        if self.model.num_classes:
            labels = labels_of_rows(self.model.num_classes, n)
            n = len(labels)
        # As silent as `fit` is.
        shown = (self.params or {}).get("verbose") in ("auto", 1)
        verbose = "auto" if shown else 0
        samples = self.model.sample(n, seed=self.seed, labels=labels, verbose=verbose)
        return picture(samples, labels)

    def _pictures(self) -> list[Path]:
        """This run's pictures by epoch, not those of a longer one before it."""
        epochs = {}
        for path in (self.folder / "samples").glob("epoch_*.png"):
            number = re.fullmatch(r"epoch_(\d+)\.png", path.name)
            if number and (self.last_epoch is None or int(number[1]) <= self.last_epoch):
                epochs[int(number[1])] = path
        return [path for _, path in sorted(epochs.items())]


class _Board:
    """An event file of TensorBoard's; what is shown is on disk at once.

    Args:
        folder: Where it goes; one for each run, resumed ones too: TensorBoard reads them all.
    """

    def __init__(self, folder: Path):
        try:
            import tensorboard  # noqa: F401  TensorFlow's writer of images is in it

            self._tf = import_tensorflow()
        except ImportError as error:
            raise ImportError(
                "Expected TensorFlow and TensorBoard for SampleGrid(tensorboard=...), with any "
                f"backend; got: {error}. Do pip install tensorflow tensorboard, or leave it out."
            ) from error
        check_writable(folder)
        self._writer = self._tf.summary.create_file_writer(str(folder))

    def show(self, image: Image.Image, step: int) -> None:
        pixels = np.atleast_3d(np.asarray(image))[None]
        # Keras's own callback may have told TensorFlow to record some steps alone.
        with self._writer.as_default(), self._tf.summary.record_if(True):
            self._tf.summary.image("samples", pixels, step=step)
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()
