"""What is measured, and how it is repeated: `make bench`."""
