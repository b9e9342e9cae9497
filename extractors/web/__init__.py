"""The web: pages fetched and kept, and pages, those or files saved from a browser, read as a canonical text."""

from extractors.web.fetch import Fetched, Follow, fetch_pages
from extractors.web.page import PageText, read_page, read_page_file, read_pages
from extractors.web.visit import Limits

__all__ = ["Fetched", "Follow", "Limits", "PageText", "fetch_pages", "read_page", "read_page_file", "read_pages"]
