"""A dataset held against its sources, and generated rows against the answers they were taken from.

The caller decodes the sources afresh; from there on nothing here is shared with what made the rows: no
extractor, no scene, no row builder. So what it accepts, two programs agree on.
"""

from dramaturg.verify.dataset import Verdict, built_stages, verify

__all__ = ["Verdict", "built_stages", "verify"]
