"""What runs inside a node: the entrypoint, the join service, nodectl. Standard library only."""
