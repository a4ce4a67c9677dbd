"""Pictures of a model's samples while it trains."""

import re
from pathlib import Path

import keras
from PIL import Image

from keras_genzoo.plotting import picture
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

    Args:
        folder: Where the pictures go; made if absent.
        n: Samples in a picture: images in a grid, vectors as points. None means 64, or fewer where
            a sample costs much: `model.grid_samples`.
        every: Epochs between pictures.
        seed: Seed of the noise.

    Raises:
        ValueError: `n` or `every` is no positive integer.
        OSError: The folder cannot be written; when training begins.

    Example:
        ```python
        model.fit(train, epochs=50, callbacks=[zoo.callbacks.SampleGrid("runs/dcgan")])
        ```
    """

    def __init__(self, folder: FilePath, n: int | None = None, every: int = 1, seed: int = 0):
        super().__init__()
        self.n = None if n is None else whole_number("n", n)
        self.every = whole_number("every", every)
        self.folder, self.seed = Path(folder), seed

    def on_train_begin(self, logs=None):
        if not self.model.can_sample:
            raise ValueError(
                f"Expected a model that can sample; {type(self.model).__name__} has no "
                "generate(...). Leave SampleGrid out."
            )
        check_writable(self.folder / "samples")
        self.last_epoch = None

    def on_epoch_end(self, epoch, logs=None):
        self.last_epoch = epoch + 1
        if self.last_epoch % self.every == 0:
            # As silent as `fit` is.
            shown = (self.params or {}).get("verbose") in ("auto", 1)
            n = self.n or self.model.grid_samples
            image = picture(self.model.sample(n, seed=self.seed, verbose="auto" if shown else 0))
            path = self.folder / "samples" / f"epoch_{self.last_epoch:04d}.png"
            with written_whole(path) as temporary:
                image.save(temporary)

    def on_train_end(self, logs=None):
        pictures = self._pictures()
        if not pictures:
            return
        frames = []
        for path in _thinned(pictures, MOST_FRAMES):
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

    def _pictures(self) -> list[Path]:
        """This run's pictures by epoch, not those of a longer one before it."""
        epochs = {}
        for path in (self.folder / "samples").glob("epoch_*.png"):
            number = re.fullmatch(r"epoch_(\d+)\.png", path.name)
            if number and (self.last_epoch is None or int(number[1]) <= self.last_epoch):
                epochs[int(number[1])] = path
        return [path for _, path in sorted(epochs.items())]


def _thinned(items: list, most: int) -> list:
    """At most `most` of the items, evenly, the first and the last among them."""
    if len(items) <= most:
        return items
    return [items[round(i * (len(items) - 1) / (most - 1))] for i in range(most)]
