"""Who is asked: where each provider's endpoint stands, which variable its key stands in, and what a model of its is
called."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["EMBEDDED", "PROVIDERS", "Provider", "ProviderName"]

EMBEDDED = "embedded"
"""The provider that is this process itself, and what stands for the endpoint where the model runs inside it."""

ProviderName = Literal["openai", "deepseek", "dashscope", "vllm", "ollama", "embedded"]


@dataclass(frozen=True, slots=True)
class Provider:
    """An endpoint of OpenAI's API: its address up to /v1, a model that it may have, and the environment variable that
    its key stands in, None where it asks for no key, as what runs on a machine of one's own. That is free too."""

    base_url: str
    example: str
    key_name: str | None = None

    @property
    def is_free(self) -> bool:
        return self.key_name is None


PROVIDERS = {
    "openai": Provider("https://api.openai.com/v1", "gpt-5.4-mini", "OPENAI_API_KEY"),
    "deepseek": Provider("https://api.deepseek.com/v1", "deepseek-flash", "DEEPSEEK_API_KEY"),
    "dashscope": Provider("https://dashscope.aliyuncs.com/compatible-mode/v1", "qwen-plus", "DASHSCOPE_API_KEY"),
    "vllm": Provider("http://localhost:8000/v1", "Qwen/Qwen3-8B"),
    "ollama": Provider("http://localhost:11434/v1", "qwen3:8b"),
}
