"""The models of how often customers buy, by name."""

from sflydwh.predict.beta_geometric import BG_NBD, MBG_NBD
from sflydwh.predict.count_model import CountModel
from sflydwh.predict.pareto_nbd import PARETO_NBD

MODELS: dict[str, CountModel] = {model.name: model for model in (BG_NBD, MBG_NBD, PARETO_NBD)}
