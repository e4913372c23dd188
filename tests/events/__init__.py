"""Steps over events: what their tests share."""

from hypothesis import HealthCheck, Phase, settings

# Each example is one query over hundreds of texts; a failure names the texts, so none is shrunk.
a_few = settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
