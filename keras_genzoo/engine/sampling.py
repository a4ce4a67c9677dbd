"""How samples come about: pure functions of inputs, which are drawn by the number of the sample."""

import functools
import random
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.random import SeedGenerator
from numpy.typing import ArrayLike

from keras_genzoo import backends
from keras_genzoo.engine.compiling import Kept
from keras_genzoo.engine.data_spec import DataSpec
from keras_genzoo.engine.inputs import Source
from keras_genzoo.engine.labels import Labels
from keras_genzoo.engine.noise import GOLDEN, FixedSeed, NoiseStream, checked_seed
from keras_genzoo.engine.progress import LongWork
from keras_genzoo.saving.signature import Signature
from keras_genzoo.support.checks import number_between, whole_number
from keras_genzoo.support.names import known
from keras_genzoo.support.types import Tensor

# Samples whose inputs are drawn together, from a seed of their own. What a seed gives depends on
# this number, and on no batch size.
BLOCK = 64


class Sampling:
    """The part of `GenerativeModel` that draws samples, and runs functions over arrays in batches.

    A traceable method works on the tensors of one batch, in a graph too; its NumPy twin takes and
    gives whole arrays: `generate` and `sample`, `code` and `encode`.
    """

    # What the model sets.
    spec: DataSpec
    label_spec: Labels | None
    noise: NoiseStream
    _kept: Kept
    _uses_raw: bool
    # Samples in a picture that is drawn again and again; fewer where a sample costs much.
    grid_samples = 64
    # Whether `sample` takes a truncation: the model defines `truncated`.
    takes_truncation = False

    def inputs(self) -> Mapping[str, Source]:
        """What a sample is made of: the arguments of `generate`, in their order, by name."""
        raise self._undefined("inputs()", 'return {"z": Noise(prior, shape)}')

    def generate(self, *args: Any, **inputs: Any) -> Tensor:
        """Samples (batch, *shape) of inputs (batch, ...): uint8 images or float32. Traceable.

        A subclass names the arguments, `generate(self, z)`. A sample depends on its own alone.
        """
        raise self._undefined("generate(...)", "return samples, uint8 images or float32 vectors")

    @property
    def can_sample(self) -> bool:
        """Whether the model has a `generate` of its own."""
        return type(self).generate is not Sampling.generate

    def draw_inputs(self, n: int | Tensor, seed: int | SeedGenerator) -> dict:
        """Inputs of n samples, drawn at once: what training does. `seed` as `seeded` takes it."""
        seed = self.seeded(seed)
        return {name: source.draw(n, seed) for name, source in self.inputs().items()}

    def sample(
        self,
        n: int,
        *,
        seed: int | None = None,
        labels: ArrayLike | None = None,
        truncation: float | None = None,
        first: int = 0,
        batch_size: int = 256,
        verbose: int | str = "auto",
        **given,
    ) -> np.ndarray:
        """Draws `n` samples.

        Args:
            n: How many.
            seed: An integer in 0..2**63 - 1. The same seed gives the same samples, whatever the
                batch size, and more samples begin with those of fewer; None draws anew each time
                (repeatable after `keras.utils.set_random_seed`). Training is not disturbed.
            labels: Conditional models: the class of all samples, or of each of them. None draws
                classes by the seed, each as likely. The rest of a sample is the same either way.
            truncation: Of models that have it, BigGAN for one: how far from the middle what samples
                are made of may lie, above 0. Small ones give typical samples, and less of a kind.
            first: The number of the first one: `sample(100, seed=0, first=900)` are the last
                hundred of `sample(1000, seed=0)`.
            batch_size: How many are made at once.
            verbose: 1 shows progress, 0 does not; "auto" does where it will take long.
            **given: Others of `inputs()`, by name, (n, ...) each; what is not given is drawn.

        Returns:
            uint8 images (n, height, width, channels), or float32 vectors (n, features).

        Raises:
            NotImplementedError: A model that draws no samples; `can_sample` says so.
            ValueError: Numbers out of range; labels that do not exist, or of a model that is not
                conditional; a truncation of a model that has none.
        """
        if not self.can_sample:
            raise NotImplementedError(
                f"Expected a model that draws samples; {type(self).__name__} defines no "
                "generate(...). Do what it offers instead, reconstruct(x) for one."
            )
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
            raise ValueError(f"Expected n, a positive number of samples; got {n!r}.")
        whole_number("batch_size", batch_size)
        if whole_number("first", first, least=0) + n > 2**31:
            raise ValueError(f"Expected samples of numbers below 2**31; got {first} + {n}.")
        if labels is not None:
            given["labels"] = labels
        given = self._checked_inputs(n, given)
        if truncation is not None:
            if not self.takes_truncation:
                raise ValueError(
                    f"Expected truncation=None; got {truncation!r}: samples of "
                    f"{type(self).__name__} are not made to be truncated. Leave it out."
                )
            number_between("truncation", truncation, 0, float("inf"))
        work = LongWork(n * self.spec.size, verbose)
        parts = self.inputs_in_batches(n, seed, batch_size, first, given, truncation)
        return np.concatenate([self.generate_batch(inputs, work) for inputs in parts])

    def _checked_inputs(self, n: int, given: dict[str, Any]) -> dict[str, np.ndarray]:
        """What a user gives of the inputs of n samples."""
        inputs = self.inputs()
        if "labels" in given and "labels" not in inputs:
            self.conditions(given["labels"], n)
        for name in given:
            known(f"an input of {type(self).__name__}'s samples", name, inputs)
        return {name: inputs[name].given(name, value, n) for name, value in given.items()}

    def conditions(self, labels: ArrayLike | None, n: int) -> tuple[np.ndarray, ...]:
        """What the networks are told of n examples beside them: their labels, int32 (n,), in a
        conditional model, and nothing else in others.

        Args:
            labels: One for all examples, or n; None in models that are not conditional.
            n: How many examples there are.

        Raises:
            ValueError: Labels that are missing, that do not exist, or that have no use here.
        """
        if self.label_spec is None:
            if labels is None:
                return ()
            raise ValueError(
                f"{type(self).__name__} is not conditional: expected no labels; got some. Leave "
                "them out, or take a model that was built with num_classes."
            )
        if labels is None:
            raise ValueError(
                f"{type(self).__name__} is conditional: expected labels, one for all examples or "
                f"{n} in 0..{self.label_spec.num_classes - 1}; got None. Pass labels=..."
            )
        return (self.label_spec.given("labels", labels, n),)

    def generate_batch(self, inputs: dict[str, np.ndarray], work: LongWork) -> np.ndarray:
        """`generate`, compiled, of the inputs of one batch; tells `work` of all values drawn."""
        run = self.compiled_function(self._generate_of, names=tuple(inputs))
        x = ops.convert_to_numpy(run(*map(ops.convert_to_tensor, inputs.values())))
        work.add(x.size)
        return x

    def _generate_of(self, *values, names):
        return self.generate(**dict(zip(names, values, strict=True)))

    def inputs_in_batches(
        self,
        n: int,
        seed: int | None,
        batch_size: int,
        first: int = 0,
        given: dict[str, np.ndarray] | None = None,
        truncation: float | None = None,
    ) -> Iterator[dict[str, np.ndarray]]:
        """The inputs that `sample` makes n samples of, by name; never more of them at once than a
        batch and a block. Those `given` replace what is drawn; what is drawn is truncated where
        that is asked for.
        """
        given = given or {}
        limits = [] if truncation is None else [ops.convert_to_tensor(np.float32(truncation))]
        seed = random.randrange(2**31) if seed is None else seed
        words = ops.convert_to_tensor(FixedSeed(seed, self.noise.state.dtype).words())
        draw = self.compiled_function(self._inputs_of_block)
        held: dict[str, list[np.ndarray]] = {}
        drawn = first - first % BLOCK
        skipped = first - drawn
        for start in range(first, first + n, batch_size):
            stop = min(start + batch_size, first + n)
            while drawn < stop:
                block = draw(words, ops.convert_to_tensor(np.int32(drawn // BLOCK)), *limits)
                for name, values in block.items():
                    held.setdefault(name, []).append(ops.convert_to_numpy(values))
                drawn += BLOCK
            # In the order of `inputs()`: JAX gives a compiled function's dict in that of the names.
            joined = {name: np.concatenate(held[name])[skipped:] for name in self.inputs()}
            yield {
                name: given[name][start - first : stop - first]
                if name in given
                else values[: stop - start]
                for name, values in joined.items()
            }
            held = {name: [values[stop - start :]] for name, values in joined.items()}
            skipped = 0

    def _inputs_of_block(self, words, block, truncation=None) -> dict:
        """Inputs of the samples from 64 block on, of the two words of a seed."""
        seed = FixedSeed.of_words(words[0], words[1], self.noise.state.dtype).fold(block)
        drawn = self.draw_inputs(BLOCK, seed)
        return drawn if truncation is None else self.truncated(drawn, truncation, seed)

    def truncated(
        self, inputs: dict[str, Tensor], truncation: Tensor, seed: SeedGenerator
    ) -> dict[str, Tensor]:
        """Inputs of samples as a truncation leaves them, above 0. Traceable."""
        raise self._undefined("truncated(...)", "return the inputs, some of them truncated")

    def samples_in_graph(
        self, n: Tensor, seed: Tensor, truncation: Tensor | None = None, **given: Tensor
    ) -> Tensor:
        """What `sample` gives, as one function of scalar tensors; it is what is exported.

        Inputs that are `given`, (n, ...) each, replace what is drawn.
        """
        words = self.seeded(seed).words()
        blocks = ops.arange((n + BLOCK - 1) // BLOCK)
        drawn = ops.map(lambda block: self._inputs_of_block(words, block, truncation), blocks)
        inputs = self.inputs()
        flat = {
            name: ops.reshape(values, (-1, *inputs[name].shape))[:n]
            for name, values in drawn.items()
        }
        return self.generate(**flat | given)

    def sample_signatures(self) -> dict[str, Signature]:
        """`sample` as exported: (n, seed), and, of a conditional model, (labels, seed); where it
        takes a truncation, with that.
        """
        scalars = {"n": ((), "int32"), "seed": ((), "int64")}
        ranges: dict[str, tuple[float, float]] = {"n": (1, 2**31 - 1), "seed": (0, 2**63 - 1)}
        ranges |= self.label_ranges()
        found: dict[str, tuple[Callable, dict]] = {"sample": (self.samples_in_graph, scalars)}
        if self.label_spec is not None:
            of_labels = {**self.label_inputs(), "seed": scalars["seed"]}
            found["sample_labels"] = (self._samples_of_labels, of_labels)
        if self.takes_truncation:
            function, inputs = list(found.values())[-1]  # of labels, where there are any
            found["sample_truncated"] = (function, {**inputs, "truncation": ((), "float32")})
            ranges["truncation"] = (1e-6, 3e38)
        return {
            name: Signature(function, inputs, self.spec.name, draws=True, ranges=ranges)
            for name, (function, inputs) in found.items()
        }

    def label_inputs(self) -> dict[str, tuple]:
        """The inputs of an exported function that a conditional model has besides others."""
        return {} if self.label_spec is None else {"labels": self.label_spec.tensor}

    def label_ranges(self) -> dict[str, tuple[int, int]]:
        """The least and the largest label, as `Signature` takes them."""
        return {} if self.label_spec is None else {"labels": (0, self.label_spec.num_classes - 1)}

    def _samples_of_labels(
        self, labels: Tensor, seed: Tensor, truncation: Tensor | None = None
    ) -> Tensor:
        return self.samples_in_graph(ops.shape(labels)[0], seed, truncation, labels=labels)

    def seeded(self, seed: int | Tensor | SeedGenerator) -> FixedSeed:
        """A generator of the draws of `seed`, an int or a tensor; a generator stays itself."""
        if isinstance(seed, keras.random.SeedGenerator):
            return seed
        return FixedSeed(seed, self.noise.state.dtype)

    # ------------------------------------------------------------------ arrays, batch by batch

    def in_batches(
        self,
        method: Callable,
        *arrays: np.ndarray,
        batch_size: int = 256,
        seed: int | None = None,
        **static,
    ) -> np.ndarray:
        """A method of a batch, compiled, over all of the arrays, (n, ...) each.

        With a `seed`, the method takes one more argument, a seed of its own for each batch;
        `static` are options that are compiled in, see `compiled_function`.
        """
        seed = None if seed is None else checked_seed(seed)
        run = self.compiled_function(method, **static)
        if len(arrays[0]) == 0:
            raise ValueError("Expected at least one example or code; got an empty array.")
        parts = []
        for i in range(0, len(arrays[0]), batch_size):
            arguments: list = [array[i : i + batch_size] for array in arrays]
            if seed is not None:
                # An odd factor, so that the batches of two small seeds do not meet; the bits that
                # int32 has no room for are mixed in.
                batch_seed = seed * 1_000_003 + i + ((seed >> 31) * GOLDEN >> 16)
                arguments.append(np.int32(batch_seed % 2**31))
            parts.append(ops.convert_to_numpy(run(*[ops.convert_to_tensor(a) for a in arguments])))
        return np.concatenate(parts)

    def compiled_function(self, method: Callable, **static) -> Callable:
        """`method(*tensors, **static)` compiled, once for each method and values of the options.

        `method` may be any function; a lambda or partial made anew is compiled anew.
        """
        function = functools.partial(method, **static) if static else method
        key = method, tuple(sorted(static.items()))
        return self.kept(key, lambda: backends.compiled(function, self))

    def kept(self, key: Hashable, make: Callable) -> Any:
        """`make()`, kept for the next call with this key, until a network is replaced; for raw
        and averaged weights by itself.
        """
        return self._kept.get(self, (key, self._uses_raw), make)

    def _undefined(self, name: str, what: str) -> NotImplementedError:
        return NotImplementedError(
            f"Expected {type(self).__name__}.{name}; the class does not define it. Let it {what}."
        )
