"""The labels by which an image says what it is."""

TARGET = "dev.tailbox.target"
EXPECTATIONS = "dev.tailbox.expectations"  # JSON: what it must answer when asked
STEPS = "dev.tailbox.steps"  # JSON: its layers, each with what it is made of (`steps.Step`)
