"""One question answered once: requests, the store of all answers, the endpoint or the embedded model behind them."""

from dramaturg.llm.engine import Batch, Engine, open_engine
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.llm.store import Store

__all__ = ["Answer", "Batch", "Engine", "Failure", "Request", "Store", "open_engine"]
