"""A dataset as one page, to look at, read and correct."""

from dramaturg.publish.report.page import render_page

__all__ = ["render_page"]
