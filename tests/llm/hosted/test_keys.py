"""Keys and servers from the environment: what is missing is named, what is there is not spread."""

from __future__ import annotations

import os

import pytest

from vs_magic.errors import ModelError, OptionError
from vs_magic.llm.hosted import keys
from vs_magic.llm.hosted.keys import NO_KEY, Route, load_env, route_to
from vs_magic.llm.hosted.providers import PROVIDERS

KEY = "sk-test-0123456789"
OWN = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    """No variable that opens or redirects a provider."""
    for provider in PROVIDERS.values():
        for name in (*provider.bases, *(name for group in provider.keys for name in group)):
            monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("gpt-4.1", "OPENAI_API_KEY"),
        ("openai/gpt-4.1", "OPENAI_API_KEY"),
        ("o3", "OPENAI_API_KEY"),
        ("claude-sonnet-4-5", "ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN"),
        ("anthropic/claude-next", "ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN"),
        ("gemini/gemini-2.5-flash", "GEMINI_API_KEY or GOOGLE_API_KEY"),
        ("mistral/mistral-small-latest", "MISTRAL_API_KEY"),
        ("groq/anything", "GROQ_API_KEY"),
        ("openrouter/any/thing", "OPENROUTER_API_KEY"),
        ("deepseek/deepseek-chat", "DEEPSEEK_API_KEY"),
        ("xai/grok-4.3", "XAI_API_KEY"),
        ("azure/my-deployment", "AZURE_API_KEY and AZURE_API_BASE or AZURE_AD_TOKEN and AZURE"),
        ("bedrock/anthropic.claude", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE"),
    ],
)
def test_a_missing_key_is_named_before_any_request(name, variables):
    """The variable's name, where it may stand, and what works without."""
    with pytest.raises(ModelError, match=f"{name} needs {variables}.* in the environment") as got:
        route_to(name)
    assert "VS_MAGIC_ENV_FILE" in str(got.value)
    assert "simulated/" in str(got.value)


def test_a_bare_gemini_name_points_to_the_one_that_a_studio_key_opens():
    """litellm takes gemini-… for Vertex AI; most people have a key of AI Studio."""
    with pytest.raises(ModelError, match="VERTEXAI_PROJECT.*write gemini/gemini-2.5-flash"):
        route_to("gemini-2.5-flash")


def test_with_its_key_a_model_is_reached_as_litellm_does(monkeypatch):
    """Nothing is added to what litellm reads from the environment itself."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("GROQ_API_KEY", KEY)
    assert route_to("gpt-4.1") == Route(model="gpt-4.1")
    assert route_to("groq/some-model") == Route(model="groq/some-model")


@pytest.mark.parametrize("base", ["OPENAI_BASE_URL", "OPENAI_API_BASE"])
def test_a_server_of_ones_own_needs_no_key(base, monkeypatch):
    """With an API base set, a dummy stands for the key."""
    monkeypatch.setenv(base, OWN)
    assert route_to("openai/foo") == Route(
        model="openai/foo", base=OWN, key=NO_KEY, variable="OPENAI_API_KEY"
    )
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert route_to("openai/foo").key == KEY


def test_openais_own_address_as_the_base_still_needs_the_key(monkeypatch):
    """Writing the default out changes nothing."""
    monkeypatch.setenv("OPENAI_BASE_URL", "https://api.openai.com/v1")
    with pytest.raises(ModelError, match="gpt-4.1 needs OPENAI_API_KEY"):
        route_to("gpt-4.1")


def test_openais_key_is_not_sent_to_our_own_base(monkeypatch):
    """VS_MAGIC_API_BASE goes before OPENAI_BASE_URL and has a key of its own."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:8/v1")
    monkeypatch.setenv("VS_MAGIC_API_BASE", OWN)
    assert (route_to("openai/foo").base, route_to("openai/foo").key) == (OWN, NO_KEY)
    monkeypatch.setenv("VS_MAGIC_API_KEY", "other-key-123")
    assert route_to("gpt-4.1") == Route(
        model="openai/gpt-4.1", base=OWN, key="other-key-123", variable="VS_MAGIC_API_KEY"
    )


@pytest.mark.parametrize("name", ["my-finetune", "Qwen/Qwen3-8B", "org/team/model"])
def test_a_name_of_no_provider_goes_to_ones_own_server(name, monkeypatch):
    """vLLM and llama.cpp serve names that nobody else knows, slashes and all."""
    monkeypatch.setenv("OPENAI_BASE_URL", OWN)
    assert route_to(name).model == f"openai/{name}"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("gtp-4.1", "did you mean 'gpt-4.1'"),
        ("claud-haiku-4-5", "did you mean 'claude-haiku-4-5'"),
        ("antropic/claude-x", "did you mean 'anthropic/claude-x'"),
        ("simulatd/aligned", "did you mean 'simulated/aligned'"),
        ("qqqqqqqq", "unknown model 'qqqqqqqq': %vs_models lists"),
    ],
)
def test_an_unknown_name_gets_a_near_one(name, hint):
    """A slip of the finger is met with what was probably meant."""
    with pytest.raises(OptionError, match=hint):
        route_to(name)


@pytest.mark.parametrize(
    ("name", "route"),
    [
        ("ollama/llama3", Route(model="ollama_chat/llama3", base="http://localhost:11434",
                              variable="OLLAMA_API_KEY")),
        ("hosted_vllm/x", Route(model="hosted_vllm/x", base="http://localhost:8000/v1",
                              variable="HOSTED_VLLM_API_KEY")),
        ("lm_studio/x", Route(model="lm_studio/x", base="http://localhost:1234/v1",
                            variable="LM_STUDIO_API_KEY")),
    ],
)  # fmt: skip
def test_software_that_one_runs_oneself_is_sought_where_it_listens(name, route):
    """No key, no variable: the usual port on this machine, never a host on the internet."""
    assert route_to(name) == route


@pytest.mark.parametrize(
    "pasted",
    [
        f"{KEY}\n",
        f" {KEY}\r\n",
        f'"{KEY}"',
        f"'{KEY}' ",
        f"“{KEY}”",
        f"‘{KEY}’",
        f"\ufeff{KEY}\xa0",
    ],
    ids=["newline", "blanks", "quotes", "single", "curly", "curly single", "invisible"],
)
def test_a_key_is_taken_without_what_was_pasted_along(pasted, monkeypatch):
    """For a server of one's own, for OpenAI, and for providers whose keys litellm reads."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, pasted)
    assert (route_to("gpt-4.1").key, route_to("claude-haiku-4-5").key) == (KEY, KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", OWN)
    assert route_to("openai/foo").key == KEY
    assert os.environ["OPENAI_API_KEY"] == pasted


@pytest.mark.parametrize(
    ("key", "odd"),
    [
        ("sk-test\n0123456789", r"its character 8 of 18 is '\\n'"),
        ("sk-test 0123456789", "its character 8 of 18 is space"),
        ("sk-test–0123456789", "its character 8 of 18 is en dash"),
        ("sk-tést0123456789", "its character 5 of 17 is latin small letter e with acute"),
    ],
)
@pytest.mark.parametrize("base", [None, OWN])
def test_a_key_that_is_none_is_named_before_any_request(key, odd, base, monkeypatch):
    """The variable and what is wrong with it; never the key."""
    monkeypatch.setenv("OPENAI_API_KEY", key)
    if base is not None:
        monkeypatch.setenv("OPENAI_BASE_URL", base)
    with pytest.raises(ModelError, match=f"OPENAI_API_KEY holds no key: {odd}") as caught:
        route_to("openai/foo")
    assert "0123456789" not in str(caught.value)


def test_a_key_of_blanks_is_a_missing_one(monkeypatch):
    """An empty line in a file of keys, say."""
    monkeypatch.setenv("OPENAI_API_KEY", " \n")
    with pytest.raises(ModelError, match="gpt-4.1 needs OPENAI_API_KEY in the environment"):
        route_to("gpt-4.1")


@pytest.mark.parametrize(
    ("variable", "model", "base", "better"),
    [
        ("OPENAI_BASE_URL", "openai/x", "localhost:11434/v1", "http://localhost:11434/v1"),
        ("OPENAI_BASE_URL", "openai/x", "127.0.0.1:1/v1", "http://127.0.0.1:1/v1"),
        ("OPENAI_API_BASE", "openai/x", "api.example.com/v1", "https://api.example.com/v1"),
        ("VS_MAGIC_API_BASE", "openai/x", "//gate.example/v1", "https://gate.example/v1"),
        ("OLLAMA_API_BASE", "ollama/x", "localhost:11434", "http://localhost:11434"),
        ("ANTHROPIC_API_BASE", "claude-haiku-4-5", "gate.example", "https://gate.example"),
        ("HOSTED_VLLM_API_BASE", "hosted_vllm/x", "[::1]:8000/v1", "http://[::1]:8000/v1"),
    ],
)
def test_an_address_without_its_scheme_is_told_at_once(variable, model, base, better, monkeypatch):
    """What is missing, and the whole address as it should be."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv(variable, base)
    with pytest.raises(OptionError, match=rf"^{variable} lacks https?://.*: set it to ") as caught:
        route_to(model)
    assert str(caught.value).endswith(f"set it to {better}")


@pytest.mark.parametrize("base", ["ftp://gate.example/v1", "http://", "htp://x", "http:///v1"])
def test_what_is_no_address_is_told_at_once(base, monkeypatch):
    """With an example of one."""
    monkeypatch.setenv("OPENAI_BASE_URL", base)
    with pytest.raises(OptionError, match="OPENAI_BASE_URL is no address of a server.*as in http"):
        route_to("openai/x")


def test_a_server_is_taken_without_its_user_and_password(monkeypatch):
    """They go into a header, and nothing that is shown or kept holds them."""
    monkeypatch.setenv("OPENAI_BASE_URL", ' "http://ann:hunt%40er22@gate.example:8000/v1"\n')
    route = route_to("openai/x")
    assert route.base == "http://gate.example:8000/v1"
    assert route.headers == {"Authorization": "Basic YW5uOmh1bnRAZXIyMg=="}
    assert "hunt" not in repr(route)


def test_a_way_does_not_show_its_key():
    """Its repr ends up in tracebacks."""
    assert KEY not in repr(Route(model="openai/x", base=OWN, key=KEY))


def test_a_file_of_keys_is_read_line_by_line(tmp_path, monkeypatch):
    """Comments, export, quotes; what is set stays; nothing is expanded; only keys are taken."""
    monkeypatch.setenv("ALREADY_SET_KEY", "mine")
    for name in ("A_KEY", "B_KEY", "C_KEY", "D_KEY"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "keys.env"
    file.write_text(
        "# a comment = x\n"
        "A_KEY=plain # and why\n"
        "export B_KEY='sp ace # kept'\n"
        'C_KEY="$(touch hacked) ${HOME}"\n'
        "D_KEY =\n"
        "no assignment here\n"
        "LD_PRELOAD=evil.so\n"
        "HTTPS_PROXY=http://evil.example\n"
        "ALREADY_SET_KEY=theirs\n",
        encoding="utf-8",
    )
    assert sorted(load_env(file)) == ["A_KEY", "B_KEY", "C_KEY", "D_KEY"]
    values = [os.environ[name] for name in ("A_KEY", "B_KEY", "C_KEY", "D_KEY", "ALREADY_SET_KEY")]
    assert "LD_PRELOAD" not in os.environ
    assert os.environ.get("HTTPS_PROXY") != "http://evil.example"
    assert values == ["plain", "sp ace # kept", "$(touch hacked) ${HOME}", "", "mine"]
    for name in ("A_KEY", "B_KEY", "C_KEY", "D_KEY"):
        monkeypatch.delenv(name)


def test_the_named_file_opens_a_provider(tmp_path, monkeypatch):
    """VS_MAGIC_ENV_FILE is read on the way to a model."""
    file = tmp_path / "keys.env"
    file.write_text(f"MISTRAL_API_KEY={KEY}\n", encoding="utf-8")
    monkeypatch.setenv("MISTRAL_API_KEY", "")
    monkeypatch.setenv(keys.ENV_FILE, str(file))
    assert route_to("mistral/mistral-small-latest").model == "mistral/mistral-small-latest"
    assert os.environ["MISTRAL_API_KEY"] == KEY


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["missing", "binary"])
def test_a_file_of_keys_that_cannot_be_read_is_an_error(content, tmp_path):
    """The name of the file and the reason, never its content."""
    file = tmp_path / "keys.env"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(OptionError, match=r"cannot read the file of keys '.*keys.env': (No|it is)"):
        load_env(file)
