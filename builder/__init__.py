"""tailbox: renders, builds and proves images for remote GPU development."""

__version__ = "0.1.0"
