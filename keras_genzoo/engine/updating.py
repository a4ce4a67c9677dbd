"""What a training step is made of: updates, branches, and state that no optimizer moves."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import ops, tree

from keras_genzoo import backends
from keras_genzoo.engine.optimizer import PerNetworkOptimizer
from keras_genzoo.support.types import Tensor


class Updating:
    """The part of `GenerativeModel` that its `train_step` is written with."""

    # What the model sets.
    optimizer: PerNetworkOptimizer
    networks: Callable[[], dict[str, list]]
    add_weight: Callable[..., keras.Variable]
    # Into how many parts `minimize` splits the examples of a step; `compile` sets it.
    accumulation = 1
    # What the engine itself says about a model's steps; see `GenerativeModel`.
    smallest_batch: int
    _take_gradients: Callable[[str, list], None] | None = None

    @property
    def smallest_step(self) -> int:
        """Fewest examples that a step can do with, split as `compile` has it."""
        return self.smallest_batch * self.accumulation

    def minimize(
        self,
        network: str,
        loss_fn: Callable[..., Any],
        *examples: Any,
        variables: list | None = None,
    ) -> Any:
        """One optimizer step of `network` on the mean of `loss_fn(*examples)`.

        With `compile(accumulation=k)`, the loss is taken of k parts of the examples, one after the
        other, and the step is that of the gradients' mean, weighted by the parts' sizes. It is the
        step of all of them at once, to rounding, where the loss of an example depends neither on
        the others, as batch norm has it, nor on what is drawn.

        Args:
            network: A name of `networks()`; no other network's variables move.
            loss_fn: Takes the examples, or a part of them; returns the loss (batch,) or scalar, or
                a dict of such values whose entry "loss" is minimized. The rest is for `report`.
                Variables that it assigns keep the value, those that it trains as well: that is
                what the optimizer moves.
            *examples: Tensors (batch, ...), or structures of them: all that belongs to an example.
            variables: Those of the network's to train; the others and their moments stay as they
                are. All by default; one that the loss does not depend on then counts as having a
                gradient of zero.

        Returns:
            What `loss_fn` returned, without gradients. That of several parts is one again: values
            (batch, ...) are joined, scalars averaged.

        Raises:
            ValueError: Variables of another network, or none that are trained; a loss that does
                not depend on them; no examples, or too few, where they are to be split.
        """
        own = self.networks()[network]
        if variables is None:
            variables = own
        else:
            ids = {id(v) for v in own}
            foreign = [v.path for v in variables if id(v) not in ids]
            if foreign:
                raise ValueError(f"Expected variables of the network {network!r}; got {foreign}.")
        if not variables:
            raise ValueError(f"The network {network!r} has nothing to train: all of it is frozen.")
        optimizer = self.optimizer[network]
        replicas = backends.replicas()

        def gradients(part, share):
            def scaled():
                values = loss_fn(*part)
                loss = values["loss"] if isinstance(values, dict) else values
                # Replicas sum their gradients, and parts theirs.
                loss = ops.mean(loss) / replicas
                return optimizer.scale_loss(loss if share is None else share * loss), values

            (_, values), grads = backends.value_and_grad(scaled, variables)
            return values, grads

        if self.accumulation == 1:
            values, grads = gradients(examples, None)
        else:
            parts = list(self._parts(network, examples))
            of_parts = [gradients(part, share) for part, share in parts]
            values = _joined([v for v, _ in of_parts], [share for _, share in parts])
            grads = [_sum(one) for one in zip(*(g for _, g in of_parts), strict=True)]
        if all(grad is None for grad in grads):
            raise ValueError(
                f"Expected a loss that depends on the variables of the network {network!r}; its "
                "gradient is None for all of them. Look for a stop_gradient, or another network."
            )
        # JAX cannot tell a gradient of zero from none; with zeros for None, Adam's moments fade
        # alike on all backends.
        grads = [
            ops.zeros_like(v.value) if grad is None else grad
            for grad, v in zip(grads, variables, strict=True)
        ]
        if self._take_gradients:
            scale = optimizer.scale_loss(ops.ones(())) / replicas
            self._take_gradients(network, [grad / scale for grad in grads])
        else:
            backends.apply(optimizer, grads, variables)
        return values

    def _parts(self, network: str, examples: tuple) -> Iterator[tuple]:
        """The parts of the examples, each with its share in their number."""
        tensors, k = tree.flatten(examples), self.accumulation
        if not tensors:
            raise ValueError(
                f"Expected the examples of the step that minimizes {network!r}, to split them by "
                f"accumulation={k}; train_step of {type(self).__name__} gives none. Write "
                f"self.minimize({network!r}, loss_fn, x), where loss_fn takes a part of x."
            )
        sizes = {x.shape[0] for x in tensors} - {None}
        if len(sizes) > 1:
            raise ValueError(
                f"Expected examples of one number for {network!r}, to split them by "
                f"accumulation={k}; got {sorted(sizes)}."
            )
        n = next(iter(sizes)) if sizes else ops.shape(tensors[0])[0]
        if sizes and n < k:
            raise ValueError(
                f"Expected {k} examples or more for {network!r}, one for each part of "
                f"accumulation={k}; got {n}. Raise batch_size."
            )
        for i in range(k):
            first, end = i * n // k, (i + 1) * n // k
            part = tree.map_structure(lambda x, a=first, b=end: x[a:b], examples)
            share = (end - first) / n if sizes else _ratio(end - first, n)
            yield part, share

    @contextlib.contextmanager
    def gradients_given_to(self, take: Callable[[str, list], None]) -> Iterator[None]:
        """Inside, `minimize` moves nothing: `take(network, gradients)` is given the gradients."""
        self._take_gradients = take
        try:
            yield
        finally:
            self._take_gradients = None

    def when(self, pred: bool | Tensor, fn: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
        """`fn()` where `pred` holds, else `otherwise()`: an update that not every step does.

        Either may read and assign variables, draw from `self.noise`, and minimize; the one that is
        not asked for is not computed, compiled or not. (On a CPU, XLA takes gradients of
        convolutions in a branch many times more slowly, so JAX does.) Take `pred` from state of
        the model's own, so that a resumed run goes on in its phase:

            self.steps.assign(self.steps + 1)  # self.steps = self.state("steps", dtype="int32")
            penalty = self.when(
                self.steps % 16 == 0,
                lambda: self.minimize("critic", self.penalty, x),
                lambda: ops.zeros(ops.shape(x)[0]),
            )

        Args:
            pred: A boolean, or a scalar tensor of one.
            fn: Takes nothing.
            otherwise: Takes nothing, and returns the same structure, of the same shapes and dtypes.

        Returns:
            What the one returned, as tensors.

        Raises:
            ValueError: A predicate that is no scalar; results of two kinds; several TensorFlow
                replicas, whose updates cannot stand in a branch.
        """
        results: list = []

        def noted(branch):
            def run():
                result = tree.map_structure(_tensor, branch())
                results.append(result)
                if len(results) == 2:  # of a graph, which holds both
                    _check_alike(*results)
                return result

            return run

        if self._take_gradients:  # which is eager: a branch that is traced would give tracers
            pred = bool(ops.convert_to_numpy(pred))
        if isinstance(pred, bool):
            return noted(fn if pred else otherwise)()
        pred = ops.cast(pred, "bool")
        if len(pred.shape):
            raise ValueError(
                f"Expected pred, one boolean; got a tensor of shape {tuple(pred.shape)}. Reduce it "
                "with ops.any or ops.all."
            )
        if backends.replicas() > 1:
            raise ValueError(
                f"Expected one replica for {type(self).__name__}.when; got {backends.replicas()}, "
                "and TensorFlow cannot update their variables together inside a branch. Train on "
                "one device, or multiply the loss by ops.cast(pred, 'float32') instead."
            )
        return backends.when(pred, noted(fn), noted(otherwise))

    def state(
        self, name: str, shape: tuple = (), initializer: Any = "zeros", dtype: str = "float32"
    ) -> keras.Variable:
        """A variable that steps change and no optimizer does: a running mean, a counter, a buffer.

        It is saved with the model and resumed, and does not count as one of its parameters.
        Several replicas keep one value: the mean of theirs, of integers and booleans the first's.
        Make it in the constructor, and keep it as an attribute of another name than an argument's.
        """
        dtype = keras.backend.standardize_dtype(dtype)
        return self.add_weight(
            shape=shape,
            initializer=initializer,
            dtype=dtype,
            trainable=False,
            autocast=False,
            aggregation="mean" if "float" in dtype else "only_first_replica",
            name=name,
        )


def _ratio(part: Tensor, whole: Tensor) -> Tensor:
    return ops.cast(part, "float32") / ops.cast(whole, "float32")


def _sum(grads) -> Tensor | None:
    """The sum of one variable's gradients, None where all are."""
    known = [grad for grad in grads if grad is not None]
    return sum(known[1:], known[0]) if known else None


def _joined(values: list, shares: list) -> Any:
    """What a loss returned of several parts, as if it had been one."""

    def join(*parts):
        if len(parts[0].shape):
            return ops.concatenate(parts, axis=0)
        return sum(share * part for share, part in zip(shares, parts, strict=True))

    return tree.map_structure(join, *values)


def _tensor(value):
    return None if value is None else ops.convert_to_tensor(value)


def _check_alike(a, b) -> None:
    """Raises ValueError where two results have not the same structure, shapes and dtypes."""
    try:
        tree.assert_same_structure(a, b)
        alike = all(map(_fits, tree.flatten(a), tree.flatten(b)))
    except (TypeError, ValueError):
        alike = False
    if not alike:
        one, other = (tree.map_structure(_described, x) for x in (a, b))
        raise ValueError(
            "Expected both functions of when to return one structure, of the same shapes and "
            f"dtypes; got {one} and {other}."
        )


def _fits(x, y) -> bool:
    if x is None or y is None:
        return x is y
    # Lengths that a graph does not know yet may be equal.
    same = all(m == n or None in (m, n) for m, n in zip(x.shape, y.shape, strict=False))
    return same and len(x.shape) == len(y.shape) and x.dtype == y.dtype


def _described(x) -> str:
    if x is None:
        return "None"
    return f"{keras.backend.standardize_dtype(x.dtype)} {tuple(x.shape)}"
