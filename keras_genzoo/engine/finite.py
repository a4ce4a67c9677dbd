"""Whether a model is still made of numbers: what NaN and infinity have reached."""

from pathlib import Path

import numpy as np
from keras import ops

OTHERS = "model"  # of variables that belong to no network


def non_finite(model, *, optimizer: bool = True) -> dict[str, list[str]]:
    """Which of the model's variables hold NaN or infinity.

    Batch-norm statistics count under the network whose layers hold them, an optimizer's moments
    under "optimizer of" its network.

    Args:
        model: A `GenerativeModel`.
        optimizer: Whether to look at the optimizers' state, where the model is compiled.

    Returns:
        {network: [paths of its variables]}, those of no network under "model". Empty where all
        is finite.
    """
    bad = [v for v in _floats(model, optimizer) if not np.isfinite(ops.convert_to_numpy(v)).all()]
    if not bad:
        return {}
    owners = _owners(model, optimizer)
    found: dict[str, list[str]] = {}
    for v in bad:
        found.setdefault(owners.get(id(v), OTHERS), []).append(v.path)
    return found


def check_finite(
    model,
    doing: str,
    *,
    optimizer: bool = True,
    instead: str = "Pass allow_non_finite=True to keep the model as it is.",
):
    """Raises ValueError where a variable of the model holds NaN or infinity.

    Args:
        model: A `GenerativeModel`.
        doing: What is refused then, for the message: "save_to_preset".
        optimizer: Whether to look at the optimizers' state, where the model is compiled.
        instead: The message's last sentence: how to have it all the same.
    """
    found = non_finite(model, optimizer=optimizer)
    if not found:
        return
    number = sum(map(len, found.values()))
    raise ValueError(
        f"Expected finite weights for {doing}; got NaN or infinity in {number} of "
        f"{len(_floats(model, optimizer))} arrays: {in_words(found)}. The training has "
        "diverged: go back to an earlier checkpoint and train on from there, with a smaller "
        f"learning rate. {instead}"
    )


def diverged(
    model,
    epoch: int,
    batch: int | None,
    steps: int | None,
    figures: dict,
    newest: Path | None,
) -> FloatingPointError:
    """The error of a training that has turned non-finite: where, in which network and figure.

    Args:
        model: A `GenerativeModel`.
        epoch: Index of the epoch.
        batch: Index of the batch in it, None where that is not known.
        steps: Batches of an epoch, None where the data do not tell.
        figures: Those of the logs that are not finite, by name.
        newest: The last checkpoint before, None where there is none.
    """
    if batch is not None:
        where = f"at batch {batch + 1}{f' of {steps}' if steps else ''}"
    else:
        where = f"within its {steps or ''} batches".replace("  ", " ")
    parts = [f"{name} is {float(value):g}" for name, value in figures.items()]
    weights = non_finite(model)
    if weights:
        parts.append(f"no finite weights in {in_words(weights)}")
    kept = f" The last checkpoint before is {newest}." if newest else ""
    return FloatingPointError(
        f"The training of {type(model).__name__} turned non-finite in epoch {epoch + 1}, {where}: "
        f"{'; '.join(parts)}.{kept} Lower the learning rate, or clip the gradients "
        "(an optimizer's clipnorm), and train on from an earlier state."
    )


def in_words(found: dict[str, list[str]]) -> str:
    """What `non_finite` found, for a message."""
    return ", ".join(f"{name} ({len(paths)}, {paths[0]})" for name, paths in found.items())


def _floats(model, optimizer) -> list:
    of_optimizer = model.optimizer.variables if optimizer and model.compiled else []
    return [v for v in [*model.variables, *of_optimizer] if "float" in v.dtype]


def _owners(model, optimizer) -> dict[int, str]:
    """id of a variable -> its network."""
    networks = model.networks()
    owners = {id(v): name for name, variables in networks.items() for v in variables}
    for layer in model.layers:
        names = {owners[id(v)] for v in layer.variables if id(v) in owners}
        if len(names) == 1:  # what is not trained there belongs to it, too
            (name,) = names
            owners.update((id(v), name) for v in layer.variables)
    if optimizer and model.compiled:
        for name in networks:
            owners.update((id(v), f"optimizer of {name}") for v in model.optimizer[name].variables)
    return owners
