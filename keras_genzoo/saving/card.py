"""The model card of a preset: a text, then facts that no text need repeat."""

import re

from keras_genzoo.saving.preset import PACKAGE, PICTURE


def model_card(metadata: dict, text: str, has_picture: bool) -> str:
    """The card, made of nothing else, so that it can be made again and compared.

    Args:
        metadata: The preset's.
        text: Markdown to begin with.
        has_picture: Whether there are samples to show.
    """
    shape = ", ".join(map(str, metadata["example_shape"]))
    class_name, name = metadata["class_name"].split(">")[-1], metadata["name"]
    # Model hubs read the lines between the dashes; a text may bring its own.
    header = f"---\nlibrary_name: keras\ntags: [{PACKAGE}, {class_name}]\n---\n"
    text = text.strip() or f"# {name}"
    half = ", stored in half precision, loaded as float32"
    parts = [
        "" if text.startswith("---") else header,
        text,
        f"\n![Samples of seed 0]({PICTURE})" if has_picture else "",
        f"""
| | |
|---|---|
| class | `{class_name}` |
| one example | {metadata["example"]} ({shape}) |
| parameters | {metadata["parameter_count"]:,}{half if metadata["stored_in"] == "float16" else ""} |
| optimizer state | {"included: training can go on" if metadata["has_optimizer"] else "none"} |
| saved | {metadata["date_saved"][:10]}, Keras {metadata["keras_version"]} |
| licence | Apache-2.0, unless the text above names another |

```python
import keras_genzoo as zoo

model = zoo.from_preset("{name}")
{"samples = model.sample(64, seed=0)" if metadata["can_sample"] else "model.summary()"}
```
""",
    ]
    return "\n".join(part for part in parts if part)


def description(text: str) -> str:
    """The first paragraph of a card's text in one line, without headings and what hubs read."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text.strip(), flags=re.S)
    paragraphs = (" ".join(p.split()) for p in re.split(r"\n\s*\n", text))
    return next((p for p in paragraphs if p and not p.startswith("#")), "")
