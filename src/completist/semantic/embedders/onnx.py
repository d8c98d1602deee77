"""ONNX: a sentence model in a folder (``model.onnx`` and ``tokenizer.json``), run on this machine's processor."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from completist.domain.errors import ActionRequired
from completist.sdk.vectors import usable

if TYPE_CHECKING:
    from completist.sdk.vectors import Floats

MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
LONGEST = 256  #: tokens of a text that are read
BATCH = 32  #: texts at once, of like length
_INSTALL = "pip install 'completist[semantic]'"


def _digest(weights: Path) -> str:
    """Twelve hex digits that stand for a file, remembered beside it as long as size and time are the same."""
    known = weights.with_suffix(".digest")
    stat = weights.stat()
    mark = f"{stat.st_size} {stat.st_mtime_ns} "
    if known.is_file() and (kept := known.read_text("ascii")).startswith(mark):
        return kept.removeprefix(mark)
    digest = sha256()
    with weights.open("rb") as file:
        while block := file.read(1 << 22):
            digest.update(block)
    with suppress(OSError):  # the folder may be read-only
        known.write_text(f"{mark}{digest.hexdigest()[:12]}", "ascii")
    return digest.hexdigest()[:12]


class OnnxEmbedder:
    """Means of the last layer's tokens, as sentence-transformers pools them; vectors of length 1."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Take the model in a folder; it is loaded when it is first needed.

        Raises:
            ActionRequired: It is not there.
        """
        self._folder = folder
        self._threads = threads
        missing = [name for name in (MODEL, TOKENIZER) if not (folder / name).is_file()]
        if missing:
            raise ActionRequired(
                f"The folder of the model has no {' and no '.join(missing)}.",
                hint="completist index model --help",
            )

    @cached_property
    def id(self) -> str:
        """The folder's name and a digest of the weights."""
        return f"onnx:{self._folder.name}:{_digest(self._folder / MODEL)}"

    @cached_property
    def dim(self) -> int:
        """The length of the model's vectors."""
        shape = self._session.get_outputs()[0].shape
        return int(shape[-1])

    def embed(self, texts: Sequence[str]) -> Floats:
        """See `Embedder.embed`. Texts of like length go together, so that little is padded."""
        import numpy as np

        encoded = self._tokenizer.encode_batch([*texts])
        order = sorted(range(len(encoded)), key=lambda at: len(encoded[at].ids))
        vectors = np.zeros((len(encoded), self.dim), dtype=np.float32)
        for start in range(0, len(order), BATCH):
            part = order[start : start + BATCH]
            vectors[part] = self._run([encoded[at].ids for at in part])
        return usable(vectors, len(encoded), self.dim)

    def _run(self, ids: Sequence[Sequence[int]]) -> Floats:
        import numpy as np

        width = max(map(len, ids))
        tokens = np.zeros((len(ids), width), dtype=np.int64)
        mask = np.zeros((len(ids), width), dtype=np.int64)
        for row, each in enumerate(ids):
            tokens[row, : len(each)] = each
            mask[row, : len(each)] = 1
        fed = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
        wanted = {each.name for each in self._session.get_inputs()}
        (hidden, *_) = self._session.run(None, {name: data for name, data in fed.items() if name in wanted})
        if hidden.ndim == 2:  # noqa: PLR2004 - the graph pools by itself
            return np.asarray(hidden, dtype=np.float32)
        weights = mask[:, :, None].astype(np.float32)
        return np.asarray((hidden * weights).sum(axis=1) / weights.sum(axis=1), dtype=np.float32)

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401 - the library's own type
        try:
            import onnxruntime
        except ImportError:
            raise ActionRequired("Search by meaning needs onnxruntime.", hint=_INSTALL) from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry(
            "session.intra_op.allow_spinning", "0"
        )  # halves the rate where others work
        return onnxruntime.InferenceSession(
            str(self._folder / MODEL), options, providers=["CPUExecutionProvider"]
        )

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401 - the library's own type
        try:
            from tokenizers import Tokenizer
        except ImportError:
            raise ActionRequired("Search by meaning needs tokenizers.", hint=_INSTALL) from None
        tokenizer = Tokenizer.from_file(str(self._folder / TOKENIZER))
        tokenizer.enable_truncation(LONGEST)
        tokenizer.no_padding()
        return tokenizer
