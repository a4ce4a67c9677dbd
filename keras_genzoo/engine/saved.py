"""What makes a model outlive its process: random states, presets, SavedModels."""

import numpy as np
from keras import ops

from keras_genzoo import saving


class Saved:
    """The part of `GenerativeModel` that writes and reads files."""

    def random_states(self) -> list:
        """The variables of every random generator in the model, Dropout's too."""
        return [v for v in self.variables if v.path.endswith("seed_generator_state")]

    def save_own_variables(self, store):
        # Keras's file formats leave out random states; without them no run could be resumed.
        super().save_own_variables(store)
        for i, v in enumerate(self.random_states()):
            store[f"random_{i}"] = ops.convert_to_numpy(v.value)

    def load_own_variables(self, store):
        states, keys = self.random_states(), list(store.keys())
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

    def restored(self):
        """Called when the model's own variables have been loaded; does nothing.

        A model overrides it to bring what it keeps in Python (the stage of its training) in line
        with them. The networks' weights follow after this call.
        """

    def save_to_preset(
        self, folder, *, include_optimizer: bool = True, overwrite: bool = False, card: str = ""
    ):
        """Writes the model as a preset folder that `from_preset` reads.

        It holds `config.json`, `model.weights.h5`, `metadata.json` with their SHA-256, a model
        card `README.md` and `samples.png`.

        Args:
            folder: Where; made if absent.
            include_optimizer: Keep the optimizers' state, so that training can go on.
            overwrite: Replace the preset that is there.
            card: Markdown for the model card: data, training, scores.

        Raises:
            FileExistsError: There is a preset already, and `overwrite` is False.
            OSError: The folder cannot be written.
        """
        saving.save_preset(
            self, folder, include_optimizer=include_optimizer, overwrite=overwrite, card=card
        )

    @classmethod
    def from_preset(cls, preset: str, **kwargs):
        """Loads a model from a zoo name, a preset folder or `hf://owner/name`.

        Args:
            preset: For instance "dcgan_digits" or "runs/my_dcgan".
            **kwargs: Constructor arguments to change, such as `dtype`.

        Raises:
            ValueError: An unknown name (the nearest are named), files that are missing, altered
                or truncated, or a preset of another class.
        """
        return saving.load_preset(preset, cls, **kwargs)

    def signatures(self) -> dict[str, tuple]:
        """What an exported model offers: name -> (function, {argument: (shape, dtype)}).

        Every model has "sample" (n, seed); a subclass adds those of its own methods.
        """
        return {
            "sample": (
                lambda n, seed: self.generate(self.draw_noise(n, seed)),
                {"n": ((), "int32"), "seed": ((), "int64")},
            )
        }

    def export(self, folder, *, version: int = 1, overwrite: bool = False, verbose: bool = True):
        """Writes a SavedModel to `folder/<version>/`, as TensorFlow Serving wants it.

        Its signatures are those of `signatures()`, `serving_default` being "sample"; sampling
        happens inside the graph, and batch sizes are dynamic. Loading needs TensorFlow alone. Only
        the weights that the signatures use are in it: a GAN's discriminator is not.

        Args:
            folder: The model's folder; a server loads its highest version.
            version: A positive integer.
            overwrite: Replace that version where it exists.
            verbose: Print where it went and what it offers.

        Returns:
            The path of the version's folder.

        Raises:
            FileExistsError: The version exists and `overwrite` is False; it stays as it was.
        """
        return saving.export(self, folder, version=version, overwrite=overwrite, verbose=verbose)
