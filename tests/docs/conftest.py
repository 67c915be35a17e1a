"""The service that the documents speak of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tools.docs_examples.service import serving


@pytest.fixture(scope="module")
def sessions_pid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The pid of ``examples/sessions``, built, loaded and serving.

    It ends with the module: it and its visitors take half a processor, which the tests that follow are better off with.
    """
    with serving(tmp_path_factory.mktemp("service")) as pid:
        yield pid
