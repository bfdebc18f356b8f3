"""The labels of an image."""

TARGET = "dev.tailbox.target"
EXPECTATIONS = "dev.tailbox.expectations"  # JSON: what its contents must be
STEPS = "dev.tailbox.steps"  # JSON: its layers, each with what it is made of (`layers.Layer`)
