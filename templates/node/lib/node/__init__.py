"""The code that runs inside a node: the entrypoint, the join service, nodectl. Standard library only."""
