"""Types that annotations name in several rooms."""

import os
from typing import Any, TypeAlias

# A tensor of the active backend, inside a graph too: tf.Tensor, jax.Array or torch.Tensor. No type
# checker knows them all.
Tensor: TypeAlias = Any
# The path of a file or folder.
FilePath: TypeAlias = str | os.PathLike[str]
