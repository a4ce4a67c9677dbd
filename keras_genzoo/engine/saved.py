"""What makes a model outlive its process: random states, presets, SavedModels."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from keras import ops

from keras_genzoo import saving
from keras_genzoo.engine import arguments
from keras_genzoo.engine.finite import check_finite, non_finite
from keras_genzoo.support.files import written_whole
from keras_genzoo.support.types import FilePath

# What says in a file that there is an average.
AVERAGE = "average"

if TYPE_CHECKING:
    from keras import Model  # which it is mixed into, and whose methods it overrides
else:
    Model = object


class Presets:
    """The attribute `presets` of a model class: those of the zoo's that are of that class.

    Of the class alone, not of its instances, whose attributes Keras reads when it saves them.
    """

    def __get__(self, model, cls: type) -> dict[str, dict]:
        if model is not None:
            raise AttributeError(f"Expected {cls.__name__}.presets; got it of a model.")
        return saving.presets_of(cls)


class Saved(Model):
    """The part of `GenerativeModel` that writes and reads files.

    Attributes:
        presets: Of a class, its presets in the zoo, as Keras Hub has them: name ->
            {"metadata": {"description": ..., "params": ...}, "folder": ...}.
        taken_over: What came from a preset of another configuration; None in other models.
    """

    presets = Presets()
    taken_over: saving.TakenOver | None = None

    def random_states(self) -> list:
        """The variables of every random generator in the model, Dropout's too."""
        return [v for v in self.variables if v.path.endswith("seed_generator_state")]

    def save_own_variables(self, store):
        # Keras's file formats leave out random states; without them no run could be resumed.
        super().save_own_variables(store)
        for i, v in enumerate(self.random_states()):
            store[f"random_{i}"] = ops.convert_to_numpy(v.value)
        if self.average is not None:
            # Keras would pass over the average's weights where a model has none.
            store[AVERAGE] = np.array(self.average.ema_decay)

    def load_own_variables(self, store):
        states = self.random_states()
        keys = [key for key in store.keys() if key != AVERAGE]  # noqa: SIM118 - no dictionary
        self._check_average(AVERAGE in store.keys())  # noqa: SIM118
        saved = [key for key in keys if key.startswith("random_")]
        if len(saved) != len(states):
            raise ValueError(
                f"Expected the states of {len(states)} random generators, the model's own and one "
                f"for each Dropout of its networks; the file has {len(saved)}. Build the model "
                "with the networks that it was saved with."
            )
        # Those that a subclass made by `add_weight`; Keras checks their number.
        super().load_own_variables({key: store[key] for key in keys if key not in saved})
        for i, v in enumerate(states):
            v.assign(np.array(store[f"random_{i}"]))
        self.restored()

    def _check_average(self, is_saved: bool) -> None:
        if is_saved and self.average is None:
            raise ValueError(
                f"Expected weights without an average; the file has one, and this "
                f"{type(self).__name__} does not keep it: it would sample from other weights. Do "
                "compile(ema_decay=0.999) first, or load a preset."
            )
        if self.average is not None and not is_saved:
            raise ValueError(
                f"Expected weights with their average, which this {type(self).__name__} samples "
                "from; the file has none. Load it before compile(ema_decay=...): the average "
                "begins as the weights are."
            )

    def begin_anew(self, taken_over: saving.TakenOver) -> None:
        """Called when a model has taken over part of a preset: to train it is to fine-tune."""
        self.taken_over = taken_over
        if self.average is not None:
            self.average.steps.assign(0.0)  # so that it soon forgets how the new ones began

    def restored(self) -> None:
        """Called when the model's own variables have been loaded; does nothing.

        A model overrides it to bring what it keeps in Python (the stage of its training) in line
        with them. The networks' weights follow after this call.
        """

    def save(
        self,
        filepath,
        overwrite: bool = True,
        zipped: bool | None = None,
        *,
        allow_non_finite: bool = False,
        **kwargs,
    ):
        """Writes a `.keras` file as `keras.Model.save` does, but whole or not at all.

        A file of that name stays as it is until the new one is complete on the disk.

        Args:
            filepath: Where.
            overwrite: Replace a file that is there without asking.
            zipped: False for a folder instead of a file.
            allow_non_finite: Save weights that are NaN or infinite. `save_weights` always does.
            **kwargs: Others of Keras's.

        Raises:
            ValueError: NaN or infinity in the weights or in the optimizers' state.
        """
        arguments.check_kept(self, self._given)
        if not allow_non_finite and non_finite(self):
            if self._running == "fit" and self.stop_training:
                # A callback has ended the run in peace; ModelCheckpoint shall not undo that.
                warnings.warn(
                    f"{filepath} was not written: the model holds NaN or infinity.", stacklevel=2
                )
                return None
            check_finite(self, str(filepath))
        path = Path(str(filepath))
        asks = path.exists() and not overwrite
        # What else Keras takes (remote paths, folders, its question) stays Keras's.
        if path.suffix != ".keras" or zipped is False or asks or not path.parent.is_dir():
            return super().save(filepath, overwrite, zipped, **kwargs)
        with written_whole(path) as temporary:
            super().save(temporary, True, zipped, **kwargs)

    def save_to_preset(
        self,
        folder: FilePath,
        *,
        include_optimizer: bool = True,
        overwrite: bool = False,
        card: str = "",
        recipe: str = "",
        dtype: str = "float32",
        allow_non_finite: bool = False,
    ) -> None:
        """Writes the model as a preset folder that `from_preset` reads.

        It holds `config.json`, `model.weights.h5`, `metadata.json` with their SHA-256, a model
        card `README.md`, `samples.png`, and the `recipe.yaml` that made it where there is one.

        Args:
            folder: Where; made if absent.
            include_optimizer: Keep the optimizers' state, so that training can go on. Without it,
                averaged networks take the places of those that they follow.
            overwrite: Replace the preset that is there.
            card: Markdown for the model card: data, training, scores. Its first paragraph is the
                preset's description.
            recipe: The text of the recipe that the model was trained by.
            dtype: "float16" stores the weights in half precision, without an optimizer; they load
                as float32.
            allow_non_finite: Save weights that are NaN or infinite.

        Raises:
            ValueError: NaN or infinity in what would be saved; functions or classes that Keras
                does not know by name, so that no process could load the preset; float16 with an
                optimizer, or of weights beyond its range.
            FileExistsError: There is a preset already, and `overwrite` is False.
            OSError: The folder cannot be written.
        """
        arguments.check_kept(self, self._given)
        if not str(folder):
            raise ValueError("Expected a folder for the preset; got an empty name.")
        if not allow_non_finite:
            check_finite(self, f"the preset {folder}", optimizer=include_optimizer)
        saving.save_preset(
            self,
            folder,
            include_optimizer=include_optimizer,
            overwrite=overwrite,
            card=card,
            recipe=recipe,
            dtype=dtype,
        )

    @classmethod
    def from_preset(
        cls, preset: str, *, custom_objects: dict | None = None, compile: bool = True, **kwargs
    ) -> Self:
        """Loads a model from a zoo name, a preset folder or `hf://owner/name`.

        Args:
            preset: For instance "dcgan_digits" or "runs/my_dcgan". A preset's folder of that path
                comes before one of the zoo's of that name.
            custom_objects: Name -> function or class, for those of the preset that are not
                registered here.
            compile: Whether to compile the model as it was when saved, with the optimizers'
                state. False leaves its optimizers and losses unread. The zoo's have none: call
                `compile()` to train them.
            **kwargs: Constructor arguments to change, such as `dtype`. With others than that the
                model is fine-tuned from the preset, `num_classes=5` for one: it takes over each
                variable that has the same place and shape, the others are new, and so are the
                optimizers' states. It is printed which, and `model.taken_over` says it: lists of
                what is `loaded`, `new` and `left` out.

        Raises:
            ValueError: An unknown name (the nearest are named); files that are missing, altered
                or truncated; a preset of another class; functions or classes that Keras does not
                know here.
        """
        return saving.load_preset(
            preset, cls, custom_objects=custom_objects, compile=compile, **kwargs
        )

    def export(
        self,
        folder,
        format: str = "tf_saved_model",
        *,
        signature: str | None = None,
        version: int = 1,
        overwrite: bool = False,
        verbose: bool = True,
        allow_non_finite: bool = False,
    ) -> Path:
        """Writes the model for those who have no Keras: as a SavedModel, or as ONNX and others.

        A SavedModel goes to `folder/<version>/`, as TensorFlow Serving wants it, with all of
        `signatures()`; `serving_default` is "sample", or the first where a model cannot sample.
        Sampling happens inside the graph. Loading needs TensorFlow alone. Scalars such as `n` and
        `seed` may come as shape () or (1,), so tools show their rank as unknown. Other shapes,
        and data of another shape than the model's, are errors that say so.

        The other formats are those of `keras.Model.export`. A file of theirs holds one function
        that draws nothing: `decode`, `encode` or `reconstruct`, as far as the model has them.
        `sample` and `log_likelihood` draw random numbers, which only a SavedModel can; draw z
        yourself, and `decode` it. A folder gets a file for each function:

        ```python
        model.export("models/vae", format="onnx")  # decode.onnx, encode.onnx, ...
        model.export("decoder.onnx", format="onnx", signature="decode")
        ```

        Inputs and outputs are called as in `signatures()`; in those files, an output that would
        have an input's name is called "images_out", or "x_out". Images are uint8 on both sides,
        batch sizes are dynamic, and only the weights that the functions use are written: a GAN's
        discriminator is not.

        Args:
            folder: The model's folder; a server loads its highest version. In the other formats
                also the path of a file, with the format's suffix.
            format: "tf_saved_model"; "onnx" (`pip install 'keras_genzoo[onnx]'`; files .onnx);
                "litert" (.tflite); "openvino" (`pip install openvino`; .xml and .bin); or "torch"
                (.pt2, on the PyTorch backend). TensorFlow writes all but the last, on JAX and
                PyTorch in a process of its own.
            signature: The one function to write, in the formats that hold one. None for all that
                draw nothing.
            version: A positive integer, of a SavedModel.
            overwrite: Replace that version, or those files, where they exist.
            verbose: Print where it went and what it offers.
            allow_non_finite: Export weights that are NaN or infinite.

        Returns:
            The path of the version's folder, or `folder`.

        Raises:
            ValueError: NaN or infinity in the weights; a format that does not exist, or not on
                this backend; a model without signatures, with none that the format can hold, or
                for other formats than a SavedModel not in float32.
            FileExistsError: The version or the files exist and `overwrite` is False; they stay.
            ImportError: A package that the format needs is not installed.
        """
        if not allow_non_finite:
            check_finite(self, f"an export to {folder}", optimizer=False)
        return saving.export(
            self,
            folder,
            format,
            signature=signature,
            version=version,
            overwrite=overwrite,
            verbose=verbose,
        )
