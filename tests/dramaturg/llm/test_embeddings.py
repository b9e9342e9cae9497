"""Texts as vectors: kept like answers, and never asked for twice."""

from pathlib import Path

import numpy as np
import pytest

from dramaturg.errors import EndpointError
from dramaturg.llm import open_engine
from dramaturg.llm.embeddings import Embedder
from dramaturg.settings import Settings
from tests.endpoint import FakeEndpoint, serving


def settings(endpoint: FakeEndpoint, **fields: object) -> Settings:
    return Settings(llm="auto", openai_base_url=endpoint.url, model=endpoint.model, **fields)  # type: ignore[arg-type]


def test_a_text_has_one_vector_of_length_1_and_is_asked_for_once(tmp_path: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        for _ in range(2):
            with open_engine(settings(endpoint), tmp_path / "store") as engine:
                embed = Embedder(engine)
                vectors = embed(["河里的铃", "面咸", "河里的铃"])
                assert vectors.shape[0] == 3
                assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
                assert (vectors[0] == vectors[2]).all()
                assert vectors[0] @ vectors[1] < 1
                assert (embed(["面咸"]) == vectors[1]).all()
        assert sorted(endpoint.embedded) == ["河里的铃", "面咸"]


def test_what_has_no_vector_is_an_error_with_what_the_endpoint_says(tmp_path: Path) -> None:
    with serving(FakeEndpoint(embeds=False)) as endpoint, open_engine(settings(endpoint), tmp_path / "store") as engine:
        with pytest.raises(EndpointError, match="404"):
            Embedder(engine)(["面咸"])
        assert endpoint.embedded == []
