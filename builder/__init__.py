"""tailbox: renders, builds and proves images for remote GPU development."""
