"""The providers of hosted models: their key variables, their servers, a sensible first model.

Read before any request and without litellm, so that a missing key is named at once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What it takes to reach a provider."""

    title: str
    keys: tuple[tuple[str, ...], ...] = ()  # alternatives, each a set that lets one in; none: open
    bases: tuple[str, ...] = ()  # variables that name another server; litellm reads them
    model: str | None = None  # a small current one to begin with
    own: str | None = None  # software that one runs oneself: where it listens unless told otherwise
    beyond_openai: tuple[str, ...] = ()  # sampling parameters that OpenAI's API has not

    def is_open(self, environ: Mapping[str, str] = os.environ) -> bool:
        """Whether one of the sets of variables is complete."""
        groups = (all(environ.get(v, "").strip() for v in group) for group in self.keys)
        return not self.keys or any(groups)

    def base(self, environ: Mapping[str, str] = os.environ) -> tuple[str | None, str | None]:
        """The server that the environment names, after the variable; else where one's own listens.

        Both are None where there is neither.
        """
        return next(
            ((name, environ[name]) for name in self.bases if environ.get(name)), (None, self.own)
        )

    @property
    def key_names(self) -> str:
        """The variables in words: "A", or "A or B", or "A and B"."""
        return " or ".join(" and ".join(group) for group in self.keys)


def _hosted(
    title: str, key: str, model: str | None = None, *others: str, beyond: tuple[str, ...] = ()
) -> Provider:
    keys = ((key,), *((other,) for other in others))
    return Provider(title=title, keys=keys, model=model, beyond_openai=beyond)


def _own(title: str, base: str, listens: str) -> Provider:
    return Provider(title=title, bases=(base,), own=listens)


AWS_KEYS = (
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ("AWS_PROFILE",),
    ("AWS_ROLE_ARN",),
    ("AWS_BEARER_TOKEN_BEDROCK",),
    ("AWS_WEB_IDENTITY_TOKEN_FILE",),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI",),
)
VERTEX_KEYS = (
    ("VERTEXAI_PROJECT",),
    ("GOOGLE_APPLICATION_CREDENTIALS",),
    ("GOOGLE_CLOUD_PROJECT",),
    ("VERTEX_PROJECT",),
)

PROVIDERS: Mapping[str, Provider] = {
    "openai": Provider(
        title="OpenAI",
        keys=(("OPENAI_API_KEY",),),
        bases=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        model="gpt-4.1-mini",
    ),
    "anthropic": Provider(
        title="Anthropic",
        keys=(("ANTHROPIC_API_KEY",), ("ANTHROPIC_AUTH_TOKEN",)),
        bases=("ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"),
        model="anthropic/claude-haiku-4-5",
        beyond_openai=("top_k",),
    ),
    "gemini": _hosted(
        "Google Gemini",
        "GEMINI_API_KEY",
        "gemini/gemini-2.5-flash",
        "GOOGLE_API_KEY",
        beyond=("top_k",),
    ),
    "mistral": _hosted("Mistral", "MISTRAL_API_KEY", "mistral/mistral-small-latest"),
    "groq": _hosted("Groq", "GROQ_API_KEY", "groq/openai/gpt-oss-20b"),
    "openrouter": _hosted(
        "OpenRouter",
        "OPENROUTER_API_KEY",
        "openrouter/openai/gpt-4.1-mini",
        beyond=("top_k", "min_p"),
    ),
    "deepseek": _hosted("DeepSeek", "DEEPSEEK_API_KEY", "deepseek/deepseek-chat"),
    "xai": _hosted("xAI", "XAI_API_KEY", "xai/grok-4.20-non-reasoning"),
    "together_ai": _hosted(
        "Together AI",
        "TOGETHERAI_API_KEY",
        "together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo",
        "TOGETHER_API_KEY",
        "TOGETHER_AI_API_KEY",
        beyond=("top_k", "min_p"),
    ),
    "fireworks_ai": _hosted(
        "Fireworks AI",
        "FIREWORKS_API_KEY",
        "fireworks_ai/accounts/fireworks/models/gpt-oss-20b",
        "FIREWORKS_AI_API_KEY",
        beyond=("top_k", "min_p"),
    ),
    "cohere_chat": _hosted(
        "Cohere", "COHERE_API_KEY", "cohere_chat/command-r7b-12-2024", "CO_API_KEY"
    ),
    "cohere": _hosted("Cohere", "COHERE_API_KEY", None, "CO_API_KEY"),
    "cerebras": _hosted("Cerebras", "CEREBRAS_API_KEY", "cerebras/gpt-oss-120b"),
    "perplexity": _hosted(
        "Perplexity", "PERPLEXITYAI_API_KEY", None, "PERPLEXITY_API_KEY", beyond=("top_k",)
    ),
    "huggingface": _hosted("Hugging Face", "HF_TOKEN", None, "HUGGINGFACE_API_KEY"),
    "nvidia_nim": _hosted("NVIDIA NIM", "NVIDIA_NIM_API_KEY"),
    "deepinfra": _hosted("DeepInfra", "DEEPINFRA_API_KEY", beyond=("top_k", "min_p")),
    "sambanova": _hosted("SambaNova", "SAMBANOVA_API_KEY", beyond=("top_k",)),
    "ai21": _hosted("AI21", "AI21_API_KEY"),
    "replicate": _hosted("Replicate", "REPLICATE_API_KEY", None, "REPLICATE_API_TOKEN"),
    "azure": Provider(
        title="Azure OpenAI",
        keys=(("AZURE_API_KEY", "AZURE_API_BASE"), ("AZURE_AD_TOKEN", "AZURE_API_BASE")),
        bases=("AZURE_API_BASE",),
    ),
    "azure_ai": Provider(
        title="Azure AI",
        keys=(("AZURE_AI_API_KEY", "AZURE_AI_API_BASE"),),
        bases=("AZURE_AI_API_BASE",),
    ),
    "bedrock": Provider(title="Amazon Bedrock", keys=AWS_KEYS),
    "vertex_ai": Provider(title="Google Vertex AI", keys=VERTEX_KEYS, beyond_openai=("top_k",)),
    "ollama": _own("Ollama", "OLLAMA_API_BASE", "http://localhost:11434"),
    "ollama_chat": _own("Ollama", "OLLAMA_API_BASE", "http://localhost:11434"),
    "lm_studio": _own("LM Studio", "LM_STUDIO_API_BASE", "http://localhost:1234/v1"),
    "hosted_vllm": _own("vLLM", "HOSTED_VLLM_API_BASE", "http://localhost:8000/v1"),
    "llamafile": _own("llamafile", "LLAMAFILE_API_BASE", "http://127.0.0.1:8080/v1"),
}
