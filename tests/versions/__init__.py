"""Every version of Spark and of Python that the package asks for, against the embedded engine of this environment."""

import pytest

pytest.register_assert_rewrite("tests.versions.same_bytes")
