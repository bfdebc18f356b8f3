"""Measurements for the documentation; no test reads them."""
