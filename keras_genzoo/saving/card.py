"""The model card of a preset."""

from pathlib import Path

from keras_genzoo.saving.preset import PACKAGE, PICTURE
from keras_genzoo.saving.saveable import Saveable


def model_card(model: Saveable, folder: Path, metadata: dict, text: str, has_picture: bool) -> str:
    """The model card: the text given, then facts that no text need repeat."""
    shape = ", ".join(map(str, model.spec.shape))
    class_name = metadata["class_name"].split(">")[-1]
    # Model hubs read the lines between the dashes; a text may bring its own.
    header = f"---\nlibrary_name: keras\ntags: [{PACKAGE}, {class_name}]\n---\n"
    name = folder.resolve().name
    text = text.strip() or f"# {name}"
    parts = [
        "" if text.startswith("---") else header,
        text,
        f"\n![Samples of seed 0]({PICTURE})" if has_picture else "",
        f"""
| | |
|---|---|
| class | `{class_name}` |
| one example | {"image" if model.spec.is_image else "vector"} ({shape}) |
| parameters | {metadata["parameter_count"]:,} |
| optimizer state | {"included: training can go on" if metadata["has_optimizer"] else "none"} |
| saved | {metadata["date_saved"][:10]}, Keras {metadata["keras_version"]} |
| licence | Apache-2.0, unless the text above names another |

```python
import keras_genzoo as zoo
model = zoo.from_preset("{name}")
{"samples = model.sample(64, seed=0)" if has_picture else "model.summary()"}
```
""",
    ]
    return "\n".join(part for part in parts if part)
